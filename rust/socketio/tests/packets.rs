//! The decoder against socket.io-parser 4.2.7: the same texts give the same packets and the same errors, word for word.

use socketio::packet::{Packet, PacketType};

type Parts<'a> = (PacketType, usize, &'a str, Option<u64>, &'a str);

fn decode(text: &str) -> Result<Parts<'_>, String> {
    let packet = Packet::decode(text, 10).map_err(|error| error.to_string())?;
    Ok((packet.kind, packet.attachments, packet.namespace, packet.id, packet.data))
}

const PLACEHOLDER: &str = "[\"x\",{\"_placeholder\":true,\"num\":0}]";

#[test]
fn every_type_is_taken_apart() {
    use PacketType::{Ack, BinaryAck, BinaryEvent, Connect, ConnectError, Disconnect, Event};
    let (binary_event, binary_ack) =
        (format!("51-{PLACEHOLDER}"), format!("610-/admin,13{PLACEHOLDER}"));
    for (text, expected) in [
        ("0", (Connect, 0, "/", None, "")),
        ("0{\"token\":\"abc\"}", (Connect, 0, "/", None, "{\"token\":\"abc\"}")),
        ("0/admin,{}", (Connect, 0, "/admin", None, "{}")),
        ("0/admin,", (Connect, 0, "/admin", None, "")),
        ("0/admin", (Connect, 0, "/admin", None, "")),
        ("0/admin?a=b,", (Connect, 0, "/admin?a=b", None, "")),
        ("0/,", (Connect, 0, "/", None, "")),
        ("01", (Connect, 0, "/", Some(1), "")),
        ("1", (Disconnect, 0, "/", None, "")),
        ("1/admin,", (Disconnect, 0, "/admin", None, "")),
        ("2", (Event, 0, "/", None, "")),
        ("2[\"hello\",1]", (Event, 0, "/", None, "[\"hello\",1]")),
        ("2/admin,456[\"x\"]", (Event, 0, "/admin", Some(456), "[\"x\"]")),
        ("2[7]", (Event, 0, "/", None, "[7]")),
        ("2[1.5]", (Event, 0, "/", None, "[1.5]")),
        ("2[\"error\"]", (Event, 0, "/", None, "[\"error\"]")),
        ("29007199254740991[\"x\"]", (Event, 0, "/", Some(9_007_199_254_740_991), "[\"x\"]")),
        ("3", (Ack, 0, "/", None, "")),
        ("30", (Ack, 0, "/", Some(0), "")),
        ("3[]", (Ack, 0, "/", None, "[]")),
        ("3/admin,456[]", (Ack, 0, "/admin", Some(456), "[]")),
        ("4", (ConnectError, 0, "/", None, "")),
        ("4{\"message\":\"x\"}", (ConnectError, 0, "/", None, "{\"message\":\"x\"}")),
        ("4\"x\"", (ConnectError, 0, "/", None, "\"x\"")),
        (&binary_event, (BinaryEvent, 1, "/", None, PLACEHOLDER)),
        (&binary_ack, (BinaryAck, 10, "/admin", Some(13), PLACEHOLDER)),
        ("51-", (BinaryEvent, 1, "/", None, "")),
        ("52-[\"x\"]", (BinaryEvent, 2, "/", None, "[\"x\"]")),
    ] {
        assert_eq!(decode(text), Ok(expected), "{text}");
    }
}

#[test]
fn an_unknown_type_is_told_as_the_number_that_javascript_reads() {
    for (text, error) in [
        ("7", "unknown packet type 7"),
        ("9[\"x\"]", "unknown packet type 9"),
        ("x", "unknown packet type NaN"),
        ("\u{663}", "unknown packet type NaN"),
        ("-1", "unknown packet type NaN"),
    ] {
        assert_eq!(decode(text), Err(error.into()), "{text}");
    }
}

#[test]
fn attachments_are_counted_in_digits_from_one_to_the_limit() {
    for (text, error) in [
        ("5", "Illegal attachments"),
        ("51", "Illegal attachments"),
        ("5[\"x\"]", "Illegal attachments"),
        ("5-[\"x\"]", "Illegal attachments"),
        ("50-[\"x\"]", "Illegal attachments"),
        ("5-1-[\"x\"]", "Illegal attachments"),
        ("51[\"x\"]", "Illegal attachments"),
        ("5\u{663}-[\"x\"]", "Illegal attachments"),
        ("6[]", "Illegal attachments"),
        ("60-[]", "Illegal attachments"),
        ("6x-[]", "Illegal attachments"),
        ("511-[\"x\"]", "too many attachments"),
        ("611-[]", "too many attachments"),
        ("5450000000-[\"x\"]", "too many attachments"),
        ("599999999999999999999999-[\"x\"]", "too many attachments"),
    ] {
        assert_eq!(decode(text), Err(error.into()), "{text}");
    }
    for count in [1, 9, 10] {
        assert!(decode(&format!("5{count}-[\"x\"]")).is_ok());
    }
}

#[test]
fn what_a_type_does_not_carry_is_an_invalid_payload() {
    for text in [
        "0{",
        "0[]",
        "0null",
        "0\"x\"",
        "01{}x",
        "1{}",
        "1[]",
        "1null",
        "2{}",
        "2[]",
        "2[null]",
        "2[{}]",
        "2[[]]",
        "2[true]",
        "2\"x\"",
        "2[\"x\"",
        "2[\"x\"]y",
        "2x",
        "30{}",
        "30null",
        "3-1[]",
        "4[]",
        "4null",
        "51-{}",
        "51-[]",
        "51-[null]",
        "51-x",
        "61-{}",
        "61-\"x\"",
    ] {
        assert_eq!(decode(text), Err("invalid payload".into()), "{text}");
    }
}

#[test]
fn reserved_names_are_invalid_however_they_are_spelt() {
    for name in [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
        "d\\u0069sconnect",
        "\\u0063onnect",
    ] {
        for text in [format!("2[\"{name}\"]"), format!("51-[\"{name}\"]")] {
            assert_eq!(decode(&text), Err("invalid payload".into()), "{text}");
        }
        assert!(decode(&format!("2[\"x\",\"{name}\"]")).is_ok());
        assert!(decode(&format!("30[\"{name}\"]")).is_ok());
    }
    for name in ["Connect", "connection", "error", "new_namespace", "\\\\u0063onnect", "connec"] {
        assert!(decode(&format!("2[\"{name}\"]")).is_ok(), "{name}");
    }
}

#[test]
fn v09_a_placeholder_must_have_its_attachment() {
    for (number, accepted) in
        [("0", true), ("1", false), ("-1", false), ("\"0\"", false), ("null", false)]
    {
        let text = format!("51-[\"x\",{{\"_placeholder\":true,\"num\":{number}}}]");
        let error = decode(&text).err();
        assert_eq!(error.as_deref(), (!accepted).then_some("illegal attachments"), "{text}");
        let plain = text.replacen("51-", "2", 1);
        assert!(decode(&plain).is_ok(), "without attachments it is an object like any other");
    }
    assert_eq!(decode("51-[\"x\",{\"_placeholder\":true}]"), Err("illegal attachments".into()));
}

#[test]
fn ids_that_nobody_can_have_given_are_no_ids_of_answers_and_none_of_events() {
    for digits in ["9007199254740992", "99999999999999999999", &"9".repeat(1_000)] {
        let error = Err("ack id exceeds the limit of 9007199254740991".into());
        assert_eq!(decode(&format!("2{digits}[\"x\"]")), error);
        let ignored = Ok((PacketType::Ack, 0, "/", None, "[]"));
        assert_eq!(decode(&format!("3{digits}[]")), ignored);
    }
}

/// Where the reference takes for a number what JavaScript does, we don't.
#[test]
fn numbers_are_digits() {
    assert_eq!(decode("2 [\"x\"]"), Ok((PacketType::Event, 0, "/", None, " [\"x\"]")));
    for (text, error) in [
        ("", "unknown packet type NaN"),
        (" ", "unknown packet type NaN"),
        ("5 1-[\"x\"]", "Illegal attachments"),
        ("51e0-[\"x\"]", "Illegal attachments"),
        ("50x1-[\"x\"]", "Illegal attachments"),
        ("51-[{\"_placeholder\":true,\"num\":0.0}]", "illegal attachments"),
    ] {
        assert_eq!(decode(text), Err(error.into()), "{text}");
    }
}

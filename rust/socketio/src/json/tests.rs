//! Texts that are JSON, texts that are not, and placeholders.

use proptest::prelude::*;

use super::*;

#[test]
fn valid_texts_pass_with_their_shape() {
    for (text, shape) in [
        ("{}", Shape::Object),
        (" { \"a\" : [ 1 , { } ] , \"b\" : null } ", Shape::Object),
        ("\"x\"", Shape::String),
        ("-0.5e+3", Shape::Scalar),
        ("true", Shape::Scalar),
        ("[]", Shape::Array(First::None)),
        ("[ ]", Shape::Array(First::None)),
        ("[\"chat\",1]", Shape::Array(First::String(2..6))),
        ("[ \"a\\\"b\" ]", Shape::Array(First::String(3..7))),
        ("[12.5,[]]", Shape::Array(First::Number(1..5))),
        ("[[],{}]", Shape::Array(First::Other)),
        ("[null]", Shape::Array(First::Other)),
        ("[\"\\ud83d\"]", Shape::Array(First::String(2..8))),
    ] {
        assert_eq!(check(text, None), Ok(shape), "{text}");
    }
}

#[test]
fn broken_texts_are_refused() {
    for text in [
        "",
        " ",
        "[",
        "]",
        "[1",
        "[1,]",
        "[,1]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "[1}",
        "{\"a\":1]",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "--1",
        "tru",
        "nul",
        "NaN",
        "Infinity",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\u{1}\"",
        "[1] 2",
        "[] []",
        "\u{feff}[]",
        "'a'",
        "[1 2]",
        "{\"a\" 1}",
    ] {
        assert_eq!(check(text, None), Err(Invalid::Syntax), "{text}");
    }
}

#[test]
fn depth_is_bounded_at_512() {
    for (depth, invalid) in
        [(511, None), (512, None), (513, Some(Invalid::Depth)), (1_000_000, Some(Invalid::Depth))]
    {
        let text = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(check(&text, None).err(), invalid, "{depth} arrays");
        let text = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        assert_eq!(check(&text, None).err(), invalid, "{depth} objects");
    }
}

#[test]
fn placeholders_must_name_an_attachment() {
    for (object, accepted) in [
        ("{\"_placeholder\":true,\"num\":0}", true),
        ("{\"num\": 1 ,\"_placeholder\":true}", true),
        ("{\"_placeholder\":false,\"num\":9}", true),
        ("{\"_placeholder\":1,\"num\":\"x\"}", true),
        ("{\"_placeholder\":true}", false),
        ("{\"_placeholder\":true,\"num\":2}", false),
        ("{\"_placeholder\":true,\"num\":-1}", false),
        ("{\"_placeholder\":true,\"num\":0.5}", false),
        ("{\"_placeholder\":true,\"num\":1e0}", false),
        ("{\"_placeholder\":true,\"num\":\"splice\"}", false),
        ("{\"_placeholder\":true,\"num\":9007199254740993}", false),
        ("{\"a\":{\"_placeholder\":true,\"num\":7}}", false),
    ] {
        let expected = if accepted { None } else { Some(Invalid::Placeholder) };
        assert_eq!(check(&format!("[\"x\",{object}]"), Some(2)).err(), expected, "{object}");
        assert!(check(&format!("[\"x\",{object}]"), None).is_ok(), "{object}");
    }
}

#[test]
fn there_are_no_more_placeholders_than_attachments() {
    let place = "{\"_placeholder\":true,\"num\":0}";
    for (places, accepted) in [(1, true), (2, true), (3, false)] {
        let text = format!("[\"x\",[{}]]", vec![place; places].join(","));
        assert_eq!(check(&text, Some(2)).is_ok(), accepted, "{places}");
    }
}

proptest! {
    #[test]
    fn any_text_is_accepted_or_refused_without_a_panic(text in "\\PC{0,60}|[\\[\\]{}\",:0-9a-z\\\\ ]{0,60}") {
        let _ = check(&text, Some(1));
    }
}

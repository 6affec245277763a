//! Any packets and attachments are events or a peer's mistake, the same ones by polling and by WebSocket; a packet that was
//! decoded is encoded as what decodes equal.

use engineio::payload;
use socketio::packet::{Packet, PacketType, encode};
use socketio::{Body, Config, SocketKey};
use websocket::Frames;

use crate::world::{Heard, World, config};

/// Also for `fuzz/`; the text is the body of a POST.
pub(crate) fn assert_reads_alike(text: &str) {
    let packets = || payload::packets(text);
    packets().filter_map(|packet| packet.strip_prefix('4')).for_each(assert_decodes_as_encoded);
    // Only by polling is a close packet an end.
    let until_close: Vec<_> = packets().take_while(|packet| !packet.starts_with('1')).collect();
    assert_eq!(heard_by_websocket(&until_close), heard_by_polling(&until_close));
}

fn assert_decodes_as_encoded(text: &str) {
    let Ok(packet) = Packet::decode(text, 10) else { return };
    // The types with attachments are written where there are some.
    let kind = match packet.kind {
        PacketType::BinaryEvent => PacketType::Event,
        PacketType::BinaryAck => PacketType::Ack,
        kind => kind,
    };
    let attachments = u32::try_from(packet.attachments).expect("at most 10");
    let body = Body { json: packet.data.as_bytes(), attachments, binary: &[] };
    let mut out = Vec::new();
    encode(&mut out, kind, packet.namespace, packet.id, body);
    let (_, frame) = Frames::new(&out).next().expect("a frame");
    let encoded = str::from_utf8(&frame[1..]).expect("text");
    assert_eq!(Packet::decode(encoded, 10), Ok(packet), "{encoded:?}");
}

fn new_world() -> World {
    let world = World::new(Config { max_pending_events: u32::MAX, ..config() });
    world.front.namespace("/b");
    world
}

fn heard_by_websocket(packets: &[&str]) -> Vec<String> {
    let mut world = new_world();
    let (peer, socket) = world.join();
    for packet in packets {
        world.say(peer, packet);
    }
    world.turn();
    news(&mut world, socket)
}

fn heard_by_polling(packets: &[&str]) -> Vec<String> {
    let mut world = new_world();
    let (poller, socket) = world.join_polling();
    world.post(poller, &packets.join("\x1e"));
    news(&mut world, socket)
}

/// What came of the client's packets, its first socket having joined before.
fn news(world: &mut World, first: SocketKey) -> Vec<String> {
    let mut sockets = vec![first];
    let mut number = |socket| {
        let known = sockets.iter().position(|known| *known == socket);
        known.unwrap_or_else(|| {
            sockets.push(socket);
            sockets.len() - 1
        })
    };
    let mut news = Vec::new();
    for heard in world.heard_but_lines() {
        news.push(match heard {
            Heard::Connected(socket) => format!("{} connected", number(socket)),
            Heard::Packet(socket, id, data, attachments) => {
                format!("{} event {id:?} {data} {attachments}", number(socket))
            }
            Heard::Answer(socket, id, data, attachments) => {
                format!("{} answer {id} {data} {attachments}", number(socket))
            }
            // A close by polling waits for a GET, so that reasons and order differ.
            Heard::Disconnected(..) | Heard::Closed(_) => continue,
            other => panic!("{other:?}"),
        });
    }
    news
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::assert_reads_alike;

    fn packet() -> impl Strategy<Value = String> {
        let namespace = select(vec!["", "", "", "/,", "/b,", "/unknown,", "/b"]);
        let id = select(vec!["", "", "0", "13", "9007199254740991", "9007199254740992"]);
        let data = select(vec![
            "",
            "[]",
            "{}",
            "[\"x\",1]",
            "[7]",
            "[\"connect\"]",
            "[\"x\",{\"_placeholder\":true,\"num\":0}]",
            "[{\"num\":1,\"_placeholder\":true}]",
        ]);
        let text = ("4[0-4]|45[0-3]-|46[0-3]-", namespace, id, data);
        prop_oneof![
            4 => text.prop_map(|(head, namespace, id, data)| format!("{head}{namespace}{id}{data}")),
            3 => "b[A-Za-z0-9+/]{0,8}",
            1 => "40(/b,)?|[0-9]",
            1 => "4[0-9\\-\\[\\]{}\",:a-z]{0,20}",
        ]
    }

    proptest! {
        #[test]
        fn any_packets_read_the_same_by_both_transports_and_as_they_are_encoded(
            packets in prop::collection::vec(packet(), 0..8)
        ) {
            assert_reads_alike(&packets.join("\x1e"));
        }
    }
}

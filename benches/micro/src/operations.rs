//! The operations of which a server's work consists, each behind the next of its closure's calls.

use engineio::{Frame, Time};
use socketio::{Event, Outbound, Targets};
use websocket::{Message, Reader};

use crate::masked_text;
use crate::world::{Client, World, body};

/// How many members the room has to which [`delivery`] sends.
pub const MEMBERS: usize = 1000;

const TEXT: &str = "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01";

/// Makes an operation.
pub type Make = fn() -> Box<dyn FnMut()>;

/// All of them by name, with how many a call makes.
pub const ALL: [(&str, usize, Make); 5] = [
    ("event", 1, event),
    ("ack", 1, ack),
    ("delivery", MEMBERS, delivery),
    ("connect", 1, connect),
    ("poll", 1, poll),
];

/// The bytes of an event, up to the event in the batch and its start.
fn event() -> Box<dyn FnMut()> {
    let frame = masked_text(&format!("427[\"echo\",\"{TEXT}\"]"));
    let mut world = World::new();
    let client = world.join();
    let mut reader = Reader::new();
    let mut input = frame.clone();
    Box::new(move || {
        input.copy_from_slice(&frame);
        let mut bytes = &mut input[..];
        while let Some(message) = reader.next(&mut bytes, 1_000_000).expect("a frame") {
            let Message::Text(text) = message else {
                panic!("not what was sent");
            };
            let frame = Frame::Text(text);
            world.hub.handle_frame(client.session, client.connection, frame, Time(0));
        }
        world.turn();
        start(&mut world, &client);
    })
}

/// Tells the hub that the events of the batch have started.
fn start(world: &mut World, client: &Client) {
    let mut count = 0;
    let mut bytes = 0;
    for event in world.events() {
        if let Event::Packet { data, .. } = event {
            count += 1;
            bytes += data.len();
        }
    }
    assert_eq!(count, 1, "one event at a time");
    world.front.started(&client.conn, bytes);
}

/// The answer to an event, up to the bytes for its connection.
fn ack() -> Box<dyn FnMut()> {
    let json = format!("[\"{TEXT}\"]");
    let mut world = World::new();
    let client = world.join();
    Box::new(move || {
        let answer = Outbound::Answer(7, body(&json));
        world.front.send(client.socket, answer, false).expect("room in the inbox");
        world.turn();
    })
}

/// An event for a room of [`MEMBERS`], up to the bytes for each connection.
fn delivery() -> Box<dyn FnMut()> {
    let json = format!("[\"msg\",\"{TEXT}\"]");
    let mut world = World::new();
    for _ in 0..MEMBERS {
        let client = world.join();
        world.front.join(client.socket, &["r".to_owned()]);
    }
    world.turn();
    let targets = Targets {
        namespace: world.front.namespace("/"),
        rooms: Some(vec!["r".to_owned()]),
        except: Vec::new(),
        sender: None,
        volatile: false,
    };
    Box::new(move || {
        world.front.broadcast(&targets, body(&json)).expect("room in the inbox");
        world.turn();
    })
}

/// A WebSocket that is opened, joins the main namespace and is closed.
fn connect() -> Box<dyn FnMut()> {
    let mut world = World::new();
    Box::new(move || {
        let client = world.join();
        world.leave(&client);
    })
}

/// Over long-polling: a GET that waits, a POST with an event, and its answer.
fn poll() -> Box<dyn FnMut()> {
    let packet = format!("427[\"echo\",\"{TEXT}\"]");
    let json = format!("[\"{TEXT}\"]");
    let mut world = World::new();
    let (client, target) = world.join_polling();
    Box::new(move || {
        assert_eq!(world.get(&target), None, "it waits");
        world.post(&target, &packet);
        world.turn();
        start(&mut world, &client);
        let answer = Outbound::Answer(7, body(&json));
        world.front.send(client.socket, answer, false).expect("room in the inbox");
        world.turn();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_can_be_repeated() {
        for (_, _, make) in ALL {
            let mut operation = make();
            (0..3).for_each(|_| operation());
        }
    }
}

//! The client of the crate `rust_socketio`: `client URL TRANSPORT` prints what it sees, a line of JSON each.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rust_socketio::client::Client;
use rust_socketio::{ClientBuilder, Event, Payload, TransportType};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(10);

fn shown(payload: &Payload) -> Value {
    match payload {
        Payload::Text(values) => json!(values),
        Payload::Binary(bytes) => json!({ "bytes": bytes.as_ref() }),
        #[allow(deprecated)]
        Payload::String(text) => json!(text),
    }
}

fn connect(url: &str, transport: TransportType, nsp: &str, seen: &Sender<Value>) -> Client {
    let note = |name: &'static str| {
        let seen = seen.clone();
        move |payload: Payload, _: rust_socketio::RawClient| {
            let _ = seen.send(json!([name, shown(&payload)]));
        }
    };
    ClientBuilder::new(url)
        .namespace(nsp)
        .transport_type(transport)
        .auth(json!({ "token": "secret" }))
        .reconnect(false)
        .on(Event::Connect, note("connect"))
        .on(Event::Error, note("error"))
        .on("news", note("news"))
        .on("bytes", note("bytes"))
        .connect()
        .expect("a connection")
}

fn ask(client: &Client, event: &str, data: Value) -> Value {
    let (sender, answers) = channel();
    let answer = move |payload: Payload, _: rust_socketio::RawClient| {
        let _ = sender.send(shown(&payload));
    };
    client.emit_with_ack(event, data, PATIENCE, answer).expect("sent");
    answers.recv_timeout(PATIENCE).expect("an answer")
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, url, transport] = &arguments[..] else { panic!("client URL TRANSPORT") };
    let transport = match &**transport {
        "polling" => TransportType::Polling,
        "websocket" => TransportType::Websocket,
        _ => TransportType::Any,
    };
    let say = |value: Value| println!("{value}");
    let next = |seen: &Receiver<Value>| say(seen.recv_timeout(PATIENCE).expect("something"));

    // What one client sees at its end is no matter of the other.
    let (sender, seen) = channel();
    let client = connect(url, transport.clone(), "/", &sender);
    next(&seen);
    say(ask(&client, "echo", json!(["text é👩", 1, { "deep": [null, true, 2.5] }])));
    client.emit("send me news", json!([3])).expect("sent");
    for _ in 0..3 {
        next(&seen);
    }
    client.emit("bytes", Payload::from(vec![0_u8, 1, 255])).expect("sent");
    next(&seen);
    client.disconnect().expect("disconnected");

    let (sender, seen) = channel();
    let admin = connect(url, transport, "/admin", &sender);
    next(&seen);
    say(ask(&admin, "who am i", json!([])));
    admin.disconnect().expect("disconnected");
}

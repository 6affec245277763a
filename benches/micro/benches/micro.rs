//! Times of the crates without I/O: their parts, and the operations that are made of them.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use micro::{masked_text, operations};
use socketio::packet::{self, Packet, PacketType};
use socketio::{Body, json};
use websocket::Reader;

const SIZES: [usize; 2] = [64, 1024];

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    for size in SIZES {
        let frame = masked_text(&"x".repeat(size));
        let (mut reader, mut input) = (Reader::new(), frame.clone());
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(size.to_string(), |bencher| {
            bencher.iter(|| {
                input.copy_from_slice(&frame);
                let mut bytes = &mut input[..];
                let message = reader.next(&mut bytes, 1_000_000).expect("a frame");
                black_box(message.is_some())
            });
        });
    }
}

fn packets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("packet");
    for size in SIZES {
        let json = format!("[\"echo\",\"{}\"]", "x".repeat(size));
        let text = format!("27{json}");
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("decode/{size}"), |bencher| {
            bencher.iter(|| Packet::decode(black_box(&text), 10).expect("a packet"));
        });
        let mut out = Vec::new();
        group.bench_function(format!("encode/{size}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                let body = Body::json(black_box(json.as_bytes()));
                packet::encode(&mut out, PacketType::Ack, "/", Some(7), body)
            });
        });
    }
}

fn payloads(criterion: &mut Criterion) {
    let payload = [format!("42[\"echo\",\"{}\"]", "x".repeat(64)).as_str(); 16].join("\x1e");
    criterion.bench_function("payload/16 packets", |bencher| {
        bencher.iter(|| engineio::payload::packets(black_box(&payload)).count());
    });
}

fn json_pass(criterion: &mut Criterion) {
    let record = r#"{"id":1234,"name":"Ada","tags":["a","b"],"at":[1.5,-2e3],"ok":true,"no":null}"#;
    let documents = [
        ("text 64", format!("[\"{}\"]", "x".repeat(64))),
        ("text 1024", format!("[\"{}\"]", "x".repeat(1024))),
        ("escapes", format!("[\"{}\"]", "\\u00e4\\n\\\"".repeat(100))),
        ("records", format!("[{}]", [record; 50].join(","))),
    ];
    let mut group = criterion.benchmark_group("json");
    for (name, document) in &documents {
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| json::check(black_box(document), None).expect("JSON"));
        });
    }
}

fn whole_operations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hub");
    for (name, count, make) in operations::ALL {
        let mut operation = make();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(name, |bencher| bencher.iter(&mut operation));
    }
}

criterion_group!(benches, frames, packets, payloads, json_pass, whole_operations);
criterion_main!(benches);

"""WebSockets that are abused: extensions and subprotocols, lengths, fragments, floods of control frames."""

import json
from contextlib import suppress

import pytest
from protocol.wire import (
    POLLING,
    WEBSOCKET,
    Frame,
    Poller,
    Wire,
    ask,
    echoing,
    reasons,
    request,
    upgrade,
)
from support.raw import BINARY, CLOSE, PONG, TEXT, masked_frame

from socketio_rs import Server

CONTINUATION = 0
TOO_BIG = Frame(CLOSE, b"\x03\xf1")
PROTOCOL_ERROR = Frame(CLOSE, b"\x03\xea")


@pytest.mark.parametrize(
    "extensions",
    [
        "constructor",
        "__proto__",
        "permessage-deflate",
        "permessage-deflate; server_max_window_bits=99",
        "permessage-deflate; server_max_window_bits=",
        'permessage-deflate; server_max_window_bits="',
        "permessage-deflate; client_max_window_bits=0; client_max_window_bits=0",
        ",,;;==",
        "x;" * 4_000,
        "",
    ],
)
async def test_v32_extensions_are_declined(extensions: str) -> None:
    line = f"Sec-WebSocket-Extensions: {extensions}"
    async with echoing().serving() as listener, Wire.to(listener) as wire:
        wire.send(upgrade(WEBSOCKET, line) + masked_frame(TEXT, b"40"))
        answer = await wire.answer()
        assert answer.status == 101
        assert "sec-websocket-extensions" not in answer.headers
        assert (await wire.text()).startswith("0{")
        assert (await wire.text()).startswith("40{")
        # What a client compresses all the same is no frame of ours.
        wire.send(masked_frame(0x40 | TEXT, b"\x32\xb6\x04\x00"))
        assert await wire.frame() == PROTOCOL_ERROR


@pytest.mark.parametrize(
    ("protocols", "chosen"),
    [
        ("a" + " \t" * 7_000 + ",b", "a"),
        ("a," + " " * 14_000 + "b", "a"),
        ("a" + " " * 14_000 + "b", None),
        (" " * 14_000, None),
        ("a" + "," * 14_000, None),
        ("a, a", None),
    ],
)
async def test_v33_subprotocols_between_long_spaces_are_read_or_refused(
    protocols: str, chosen: str | None
) -> None:
    async with Server().serving() as listener:
        answer = await ask(listener, upgrade(WEBSOCKET, f"Sec-WebSocket-Protocol: {protocols}"))
    assert answer.status == (400 if chosen is None else 101)
    assert answer.headers.get("sec-websocket-protocol") == chosen


@pytest.mark.parametrize(
    ("more", "status"), [(0, 101), (1, 101), (94, 101), (95, 101), (96, 431), (10_000, 431)]
)
@pytest.mark.parametrize("before", [b"", request("/")], ids=["first", "later"])
async def test_v34_upgrade_with_very_many_headers_is_refused(
    before: bytes, more: int, status: int
) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(before)
        if before:
            assert (await wire.answer()).status == 404
        wire.send(upgrade(WEBSOCKET, *["A: b"] * more))
        assert (await wire.answer()).status == status


async def test_v34_request_without_any_header_is_refused() -> None:
    async with Server().serving() as listener:
        assert (await ask(listener, f"GET {WEBSOCKET} HTTP/1.1\r\n\r\n".encode())).status == 400


@pytest.mark.parametrize(
    "length",
    [
        (1 << 31) - 1,
        1 << 31,
        (1 << 32) - 1,
        1 << 32,
        (1 << 63) - 1,
        1 << 63,
        (1 << 64) - 1,
    ],
)
@pytest.mark.parametrize("opcode", [TEXT, BINARY, CONTINUATION])
async def test_v40_length_beyond_all_bounds_is_refused_before_anything_is_known_of_the_client(
    opcode: int, length: int
) -> None:
    # A fragment has to count with those before it.
    begun = b"" if opcode != CONTINUATION else masked_frame(BINARY, b"x", final=False)
    head = bytes([0x80 | opcode, 0xFF]) + length.to_bytes(8) + bytes(4)
    async with Server().serving() as listener, Wire.websocket(listener) as wire:
        wire.send(begun + head)
        assert await wire.frame() == TOO_BIG
        assert await wire.rest() == b""


async def test_v35_endless_fragments_end_the_connection_though_they_are_empty() -> None:
    first, next_ = (masked_frame(opcode, b"", final=False) for opcode in (TEXT, CONTINUATION))
    io = Server()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.send(first + next_ * 1_000_000)
        assert await wire.frame() == TOO_BIG
        assert await left.get() == "transport error"


async def test_v36_message_in_very_many_fragments_is_read_once() -> None:
    count, fragment = 65_536, b"x" * 64
    text = b'42["echo","' + fragment * count + b'"]'
    frames = [
        masked_frame(TEXT, b'42["echo","', final=False),
        masked_frame(CONTINUATION, fragment, final=False) * count,
        masked_frame(CONTINUATION, b'"]'),
    ]
    async with (
        echoing(max_http_buffer_size=5_000_000, send_queue_bytes=8_000_000).serving() as listener,
        Wire.joined(listener) as wire,
    ):
        wire.send(b"".join(frames))
        assert await wire.frame() == Frame(TEXT, text)


async def test_a24_message_that_never_ends_does_not_keep_its_client_alive() -> None:
    io = Server(ping_interval=0.2, ping_timeout=0.2)
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.send(masked_frame(TEXT, b"42", final=False))
        assert await wire.text() == "2"
        # A pong of the engine is a message, which can't come within another.
        wire.send(masked_frame(CONTINUATION, b"3", final=False))
        assert await left.get() == "ping timeout"


async def test_a26_flood_of_pongs_ends_the_connection() -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.send(masked_frame(PONG, b"x" * 10) * 200)
        wire.say('42["echo"]')
        assert await wire.text() == '42["echo"]'
        wire.send(masked_frame(PONG, b"x" * 10) * 1_000_000)
        with suppress(ConnectionError):
            assert await wire.frame() == Frame(CLOSE, b"\x03\xf0")
            assert await wire.rest() == b""


async def test_a26_flood_of_close_frames_is_answered_once() -> None:
    io = Server()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.send(masked_frame(CLOSE, b"\x03\xe8") * 100_000)
        # What is still on its way when the server closes resets the connection.
        with suppress(ConnectionError):
            assert await wire.frame() == Frame(CLOSE, b"\x03\xe8")
            assert await wire.rest() == b""
        assert await left.get() == "transport close"
        assert left.empty()


ENDS = {
    "empty text": masked_frame(TEXT, b""),
    "empty binary": masked_frame(BINARY, b""),
    "empty fragments": masked_frame(TEXT, b"", final=False) + masked_frame(CONTINUATION, b""),
    "no packet": masked_frame(TEXT, b"x"),
    "no mask": b"\x81\x0240",
    "no text": masked_frame(TEXT, b"\xff"),
    "too long": b"\x82\xff" + bytes([0, 0, 1] + [0] * 5) + bytes(4),
    "close": masked_frame(CLOSE, b""),
    "deep": masked_frame(TEXT, b'42["x",' + b"[" * 100_000 + b"]" * 100_000 + b"]"),
}


@pytest.mark.parametrize("frames", ENDS.values(), ids=ENDS)
async def test_v26_session_is_gone_when_its_client_is_told_of_the_end(frames: bytes) -> None:
    io = Server()
    left = reasons(io)
    async with io.serving() as listener, Wire.to(listener) as wire:
        wire.send(upgrade() + masked_frame(TEXT, b"40"))
        await wire.answer()
        sid = json.loads((await wire.text())[1:])["sid"]
        assert (await wire.text()).startswith("40{")
        wire.send(frames)
        assert (await wire.frame()).opcode == CLOSE
        answer = await ask(listener, request(f"{POLLING}&sid={sid}"))
        assert json.loads(answer.body) == {"code": 1, "message": "Session ID unknown"}
        assert await left.get()
        assert left.empty()


async def test_a28_two_upgrades_at_once_have_one_winner() -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        async with Wire.to(listener) as first, Wire.to(listener) as second:
            for wire in (first, second):
                wire.send(upgrade(f"{WEBSOCKET}&sid={poller.sid}") + masked_frame(TEXT, b"5"))
            wires = [(await wire.answer(), wire) for wire in (first, second)]
            assert [answer.status for answer, _ in wires] == [101, 101]
            for wire in (first, second):
                wire.say('42["echo","x"]')
            frames = [await wire.frame() for wire in (first, second)]
        assert sorted(frames) == [Frame(TEXT, b'42["echo","x"]'), Frame(CLOSE, b"")]

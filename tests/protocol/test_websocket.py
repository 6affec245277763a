"""WebSockets: the opening handshake, messages in frames, control frames, and the closing handshake."""

import re

import pytest
from support.raw import BINARY, CLOSE, PING, PONG, TEXT, masked_frame

from socketio_rs import Limits, Listener, Server, Socket

from .wire import (
    ACCEPT,
    KEY,
    UPGRADE,
    WEBSOCKET,
    Frame,
    Wire,
    ask,
    echoing,
    reasons,
    request,
    settled,
    upgrade,
)

CONTINUATION = 0
ECHO = Frame(TEXT, '42["echo","é",1]'.encode())


async def test_handshake_is_answered_as_the_standard_says() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(upgrade())
        head = await wire.reader.readuntil(b"\r\n\r\n")
    assert (
        head
        == (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    "lines",
    [
        ("Connection: keep-alive, Upgrade", "Upgrade: WebSocket", *UPGRADE[2:]),
        ("connection: upgrade", "upgrade: websocket", *UPGRADE[2:]),
        (*UPGRADE[:3], "Sec-WebSocket-Version: 8"),
        (*UPGRADE, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
    ],
)
async def test_handshake_may_look_otherwise(lines: tuple[str, ...]) -> None:
    async with Server().serving() as listener:
        answer = await ask(listener, request(WEBSOCKET, *lines))
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


async def test_first_subprotocol_on_offer_is_taken() -> None:
    async with Server().serving() as listener:
        answer = await ask(listener, upgrade(WEBSOCKET, "Sec-WebSocket-Protocol: b, a"))
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "b")


NO_KEY = "Missing or invalid Sec-WebSocket-Key header"
NO_VERSION = "Missing or invalid Sec-WebSocket-Version header"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((UPGRADE[0], "Upgrade: h2c", *UPGRADE[2:]), "Invalid Upgrade header"),
        ((*UPGRADE[:2], UPGRADE[3]), NO_KEY),
        ((*UPGRADE[:2], UPGRADE[3], "Sec-WebSocket-Key: short"), NO_KEY),
        ((*UPGRADE, f"Sec-WebSocket-Key: {KEY}"), NO_KEY),
        (UPGRADE[:3], NO_VERSION),
        ((*UPGRADE[:3], "Sec-WebSocket-Version: 7"), NO_VERSION),
        ((*UPGRADE[:3], "Sec-WebSocket-Version: 13, 8"), NO_VERSION),
        ((*UPGRADE, "Sec-WebSocket-Protocol: a, a"), "Invalid Sec-WebSocket-Protocol header"),
    ],
)
async def test_wrong_handshake_is_refused(lines: tuple[str, ...], message: str) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(request(WEBSOCKET, *lines))
        answer = await wire.answer()
        assert await wire.rest() == b""
    version = {"sec-websocket-version": "13, 8"} if message == NO_VERSION else {}
    assert (answer.status, answer.body) == (400, message)
    assert answer.headers == {
        "connection": "close",
        "content-type": "text/html",
        "content-length": str(len(message)),
        **version,
    }


def fragments(*parts: bytes) -> list[bytes]:
    """A text message in these fragments."""
    last = len(parts) - 1
    return [
        masked_frame(CONTINUATION if index else TEXT, part, final=index == last)
        for index, part in enumerate(parts)
    ]


@pytest.mark.parametrize(
    "frames",
    [
        [masked_frame(TEXT, ECHO.payload)],
        fragments(ECHO.payload[:5], ECHO.payload[5:]),
        fragments(*(bytes([byte]) for byte in ECHO.payload)),
        fragments(b"", b"", ECHO.payload, b""),
        # Lengths need not be in their shortest form.
        [b"\x81\xfe\x00\x11\0\0\0\0" + ECHO.payload],
        [b"\x81\xff\0\0\0\0\0\0\x00\x11\0\0\0\0" + ECHO.payload],
    ],
    ids=["whole", "two", "bytes", "empty", "16 bits", "64 bits"],
)
async def test_message_may_come_in_fragments(frames: list[bytes]) -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.send(b"".join(frames))
        assert await wire.frame() == ECHO


async def test_control_frames_may_come_between_fragments() -> None:
    first, second, third = fragments(ECHO.payload[:4], ECHO.payload[4:13], ECHO.payload[13:])
    ping, pong = masked_frame(PING, b"now"), masked_frame(PONG, b"unasked")
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.send(first + pong + ping + second)
        assert await wire.frame() == Frame(PONG, b"now")
        wire.send(pong + third)
        assert await wire.frame() == ECHO


async def test_binary_message_may_come_in_fragments() -> None:
    header = '451-["echo",{"_placeholder":true,"num":0}]'
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(header)
        wire.send(masked_frame(BINARY, b"\x00\xff", final=False) + masked_frame(0, b"\xfe"))
        assert await wire.frame() == Frame(TEXT, header.encode())
        assert await wire.frame() == Frame(BINARY, b"\x00\xff\xfe")


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 999_985])
async def test_message_of_any_length_comes_back(size: int) -> None:
    text = f'42["echo","{"x" * size}"]'
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say(text)
        assert await wire.text() == text


async def answers_to(listener: Listener, first: bytes, second: bytes) -> bytes:
    """What comes up to the pong when bytes are sent in two writes; ids are made equal."""
    async with Wire.to(listener) as wire:
        wire.send(first)
        await settled(listener)
        wire.send(second)
        answers = await wire.reader.readuntil(b"\x8a\x01p")
        return re.sub(rb'"sid":"[\w-]{20}"', b'"sid":"-"', answers)


async def test_bytes_may_be_split_anywhere() -> None:
    name = "40/é,".encode()
    messages = masked_frame(TEXT, b"40") + b"".join(fragments(name[:4], name[4:]))
    stream = upgrade() + messages + masked_frame(PING, b"p")
    refused = '44/é,{"message":"Invalid namespace"}'.encode()
    async with Server().serving() as listener:
        whole = await answers_to(listener, stream, b"")
        assert whole.endswith(b'\x81\x2040{"sid":"-"}\x81\x25' + refused + b"\x8a\x01p")
        for at in range(1, len(stream)):
            assert await answers_to(listener, stream[:at], stream[at:]) == whole, at


@pytest.mark.parametrize("payload", [b"", b"hello", bytes(range(125))])
async def test_ping_is_answered_with_its_payload(payload: bytes) -> None:
    async with Server().serving() as listener, Wire.websocket(listener) as wire:
        wire.send(masked_frame(PING, payload))
        assert await wire.frame() == Frame(PONG, payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x03\xe8",
        b"\x03\xe9",
        b"\x03\xe8goodbye",
        b"\x03\xe8" + b"x" * 123,
        b"\x0b\xb8",
        b"\x13\x87",
    ],
)
async def test_close_frame_is_answered_with_its_code_and_reason(payload: bytes) -> None:
    io = Server()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.send(masked_frame(CLOSE, payload) + masked_frame(TEXT, b"42["))
        assert await wire.frame() == Frame(CLOSE, payload)
        assert await wire.rest() == b""
        assert await left.get() == "transport close"


async def test_what_came_before_a_close_is_answered_first() -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.send(masked_frame(PING, b"now") + masked_frame(CLOSE, b""))
        assert await wire.frame() == Frame(PONG, b"now")
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_lost_connection_is_a_close() -> None:
    io = Server()
    left = reasons(io)
    async with io.serving() as listener:
        async with Wire.joined(listener) as wire:
            wire.writer.write_eof()
            assert await left.get() == "transport close"
        async with Wire.joined(listener):
            pass  # ends with a reset
        assert await left.get() == "transport close"


LIMIT = 100
PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG = b"\x03\xea", b"\x03\xef", b"\x03\xf1"
WRONG = {
    PROTOCOL_ERROR: {
        "not masked": b"\x81\x0240",
        "reserved bit 1": masked_frame(0x40 | TEXT, b"42"),
        "reserved bit 2": masked_frame(0x20 | TEXT, b"42"),
        "reserved bit 3": masked_frame(0x10 | TEXT, b"42"),
        **{f"opcode {opcode}": masked_frame(opcode, b"42") for opcode in (3, 4, 5, 6, 7)},
        **{f"opcode {opcode}": masked_frame(opcode, b"42") for opcode in (11, 12, 13, 14, 15)},
        "long ping": masked_frame(PING, b"x" * 126),
        "ping in fragments": masked_frame(PING, b"x", final=False),
        "close in fragments": masked_frame(CLOSE, b"", final=False),
        "nothing to continue": masked_frame(CONTINUATION, b"42"),
        "text in a message": masked_frame(TEXT, b"4", final=False) + masked_frame(TEXT, b"2"),
        "binary in a message": masked_frame(TEXT, b"4", final=False) + masked_frame(BINARY, b"2"),
        "half a close code": masked_frame(CLOSE, b"\x03"),
        **{
            f"close code {code}": masked_frame(CLOSE, code.to_bytes(2))
            for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)
        },
    },
    INVALID_TEXT: {
        "close reason": masked_frame(CLOSE, b"\x03\xe8\xff"),
        "byte": masked_frame(TEXT, b"42\xff"),
        "byte in a fragment": masked_frame(TEXT, b"42\xff", final=False),
        "end": masked_frame(TEXT, b"42\xc3"),
        "surrogate": masked_frame(TEXT, b"42\xed\xa0\x80"),
        "overlong": masked_frame(TEXT, b"42\xc0\xaf"),
        "across fragments": b"".join(fragments(b"42\xc3", b"\x28")),
    },
    TOO_BIG: {
        "text": masked_frame(TEXT, b"4" * (LIMIT + 1)),
        "binary": masked_frame(BINARY, b"4" * (LIMIT + 1)),
        "length beyond 63 bits": b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0",
        "announced": b"\x81\xff" + (1 << 40).to_bytes(8) + b"\0\0\0\0",
        "fragments": b"".join(fragments(b"4" * LIMIT, b"4")),
    },
}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        pytest.param(frames, code, id=f"{int.from_bytes(code)} {name}")
        for code, cases in WRONG.items()
        for name, frames in cases.items()
    ],
)
async def test_a22_a23_a27_wrong_frame_is_answered_with_a_code(frames: bytes, code: bytes) -> None:
    io = Server(max_http_buffer_size=LIMIT)
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.send(frames + masked_frame(TEXT, b'42["late"]'))
        assert await wire.frame() == Frame(CLOSE, code)
        assert await wire.rest() == b""
        assert await left.get() == "transport error"


@pytest.mark.parametrize("before", [b"", request("/")], ids=["first", "later"])
async def test_wrong_frame_may_come_with_the_upgrade(before: bytes) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(before + upgrade() + masked_frame(0x20 | TEXT, b"42"))
        if before:
            assert (await wire.answer()).status == 404
        assert (await wire.answer()).status == 101
        assert (await wire.rest()).endswith(b"\x88\x02" + PROTOCOL_ERROR)


async def test_a26_pings_of_a_client_that_does_not_read_are_not_all_answered() -> None:
    ping, pings = masked_frame(PING, b"x" * 125), 200_000
    io: Server = Server(limits=Limits(max_control_frames=pings))
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        for _ in range(100):
            wire.send(ping * (pings // 100))
            await wire.writer.drain()
        wire.send(masked_frame(CLOSE, b""))
        answers = await wire.rest()
    assert 0 < len(answers) < pings * 127 // 2


@pytest.mark.parametrize("cut", [b"", b"42"], ids=["whole", "fragments"])
async def test_message_of_the_limit_is_taken(cut: bytes) -> None:
    text = f'42["echo","{"x" * (LIMIT - 13)}"]'.encode()
    assert len(text) == LIMIT
    async with (
        echoing(max_http_buffer_size=LIMIT).serving() as listener,
        Wire.joined(listener) as wire,
    ):
        wire.send(b"".join(fragments(cut, text.removeprefix(cut))))
        assert await wire.frame() == Frame(TEXT, text)


async def test_server_closes_without_a_code_and_waits_for_the_client() -> None:
    io = Server()

    @io.event
    def leave(socket: Socket) -> None:
        socket.disconnect(True)

    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say('42["leave"]')
        assert await wire.text() == "41"
        assert await wire.frame() == Frame(CLOSE, b"")
        # What still comes is nobody's any more.
        wire.say('42["leave"]', "7")
        await settled(listener)
        assert not wire.reader.at_eof()
        wire.send(masked_frame(CLOSE, b"\x03\xe8"))
        assert await wire.rest() == b""

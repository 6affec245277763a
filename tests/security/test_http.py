"""HTTP that nobody means well with: requests that may be read in two ways, that overlap, or that break off."""

import asyncio
import random
import re
import socket
import struct
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from protocol.wire import (
    POLLING,
    WEBSOCKET,
    Poller,
    Wire,
    ask,
    echoing,
    reasons,
    request,
    settled,
    upgrade,
)

from socketio_rs import Limits, Listener, Server

from .served import connected, descriptors, served, until

NEXT = request("/next", "Connection: close")

# The first request of a connection is parsed in another place than those that follow.
first_and_later = pytest.mark.parametrize("before", [b"", request("/")], ids=["first", "later"])


async def statuses(listener: Listener, data: bytes) -> list[int]:
    """The statuses of all that is answered until the server has closed."""
    async with Wire.to(listener) as wire:
        wire.send(data)
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d+) ", await wire.rest())]


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The same with a few bytes replaced, removed, or put in."""
    mutant = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(mutant))
        piece = dice.choice([b"\r\n", b"\n", b"\0", b" ", b":", b"\xff", dice.randbytes(1)])
        mutant[at : at + dice.randint(0, 2)] = piece
    return bytes(mutant)


async def test_a01_mutated_requests_get_an_answer_or_the_end_and_harm_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dice = random.Random(1)
    requests = [
        request(POLLING),
        upgrade(),
        request(f"{POLLING}&sid=unknown", method="POST", body=b"42"),
        request("/", "Transfer-Encoding: chunked", method="POST") + b"1\r\n4\r\n0\r\n\r\n",
    ]
    async with echoing().serving() as listener, Wire.joined(listener) as healthy:
        for _ in range(1_000):
            async with Wire.to(listener) as wire:
                wire.send(mutated(dice.choice(requests), dice))
                wire.writer.write_eof()
                assert re.match(rb"HTTP/1\.[01] [1-5]\d\d |$", await wire.rest())
        healthy.say('42["echo"]')
        assert await healthy.text() == '42["echo"]'
    assert not [line for line in caplog.messages if "internal error" in line]


async def test_a06_of_a_hundred_gets_at_once_one_is_told_of_the_end_of_the_session() -> None:
    io = echoing()
    left = reasons(io)
    async with (
        io.serving() as listener,
        Poller.joined(listener) as poller,
        AsyncExitStack() as stack,
    ):
        wires = [await stack.enter_async_context(Wire.to(listener)) for _ in range(100)]
        for wire in wires:
            wire.send(request(poller.target))
        answers = [await wire.answer() for wire in wires]
        assert sorted(answer.status for answer in answers) == [200] + [400] * 99
        assert [answer.body for answer in answers if answer.status == 200] == ["1"]
        assert await left.get() == "transport error"
        await settled(listener)
        assert left.empty()


async def test_a06_of_a_hundred_gets_at_once_one_gets_what_waits() -> None:
    io = echoing()
    async with (
        io.serving() as listener,
        Poller.joined(listener) as poller,
        AsyncExitStack() as stack,
    ):
        wires = [await stack.enter_async_context(Wire.to(listener)) for _ in range(100)]
        await io.emit("echo", "once")
        await settled(listener)
        for wire in wires:
            wire.send(request(poller.target))
        bodies = [(await wire.answer()).body for wire in wires]
        assert bodies.count('42["echo","once"]') == 1
        assert bodies.count("1") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/socket.io;a=b/",
        "/socket.io%2F",
        "/socket.io%2f/",
        "/%2Fsocket.io/",
        "/./socket.io/",
        "/a/../socket.io/",
        "/socket.io\\",
        "/SOCKET.IO/",
        "*",
        "test:80",
        "http://test/socket.io/",
        "http://elsewhere/socket.io/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW"])
async def test_a12_path_in_another_form_is_not_found_by_any_method(path: str, method: str) -> None:
    query = "" if path in {"*", "test:80"} else "?EIO=4&transport=polling"
    async with Server().serving() as listener:
        data = request(f"{path}{query}", method=method)
        assert (await ask(listener, data, method)).status == 404


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW"])
async def test_a12_unusual_methods_begin_no_session_and_leave_it(method: str) -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        assert (await ask(listener, request(POLLING, method=method), method)).status == 400
        assert (await ask(listener, request(poller.target, method=method), method)).status == 500
        assert (await poller.post("3")).body == "ok"


@pytest.mark.parametrize(
    ("tokens", "is_kept"),
    [
        ("keep-alive, Content-Length, Host", True),
        ("Transfer-Encoding", True),
        ("sid, Cookie, ,,", True),
        ("Upgrade", True),
        ("x, CLOSE", False),
    ],
)
async def test_a13_connection_takes_no_header_away(tokens: str, is_kept: bool) -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        data = request(poller.target, f"Connection: {tokens}", method="POST", body=b"3")
        poller.posts.send(data + NEXT)
        assert (await poller.posts.answer()).body == "ok"
        assert bool(await poller.posts.rest()) is is_kept


async def test_a13_client_that_waits_for_100_continue_is_not_asked_for_what_nobody_wants() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        data = request(f"{POLLING}&sid=unknown", "Expect: 100-continue", method="POST", body=b"4")
        wire.send(data[:-1])
        assert (await wire.answer()).status == 400
        assert await wire.rest() == b""


@pytest.mark.parametrize(
    "sid", ["x" * 20, "A" * 20, "__proto__", "a%00b", "%20", "..%2f..", "x" * 8000]
)
async def test_a31_session_that_a_client_proposes_is_unknown(sid: str) -> None:
    async with Server().serving() as listener:
        for data in (request(f"{POLLING}&sid={sid}"), upgrade(f"{WEBSOCKET}&sid={sid}")):
            answer = await ask(listener, data)
            assert answer.status == 400
            assert "Session ID unknown" in answer.body


def post(*lines: str, body: bytes = b"0\r\n\r\n", version: str = "1.1") -> bytes:
    """A POST that says by itself how long it is; its session is unknown: 400."""
    head = [f"POST {POLLING}&sid=unknown HTTP/{version}", "Host: test", *lines, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def chunked(body: bytes) -> bytes:
    return post("Transfer-Encoding: chunked", body=body)


def headed(line: bytes) -> bytes:
    """A GET with this line in its head."""
    return b"GET / HTTP/1.1\r\nHost: test\r\n" + line + b"\r\n\r\n"


DOUBTFUL = {
    **{
        f"request line {line}": line + b"\r\nHost: test\r\n\r\n"
        for line in (
            b"GET /",
            b"GET / http/1.1",
            b"GET / HTTP/1.2",
            b"GET / HTTP/2.0",
            b"GET / HTTP/1.1 ",
            b"GET / HTTP/1.11",
            b"GET  / HTTP/1.1",
            b"GET /  HTTP/1.1",
            b"GET\t/\tHTTP/1.1",
            b" GET / HTTP/1.1",
            b"GET /a b HTTP/1.1",
            b"GET /\0 HTTP/1.1",
            b"G(T / HTTP/1.1",
            b"get / HTTP/1.1",
            b"GeT / HTTP/1.1",
            b"\x16\x03\x01\x02\x00\x01",
        )
    },
    **{
        f"header {line}": headed(line)
        for line in (
            b"A",
            b": b",
            b"A : b",
            b"A\t: b",
            b"A\x0b: b",
            b"A\0: b",
            b"A(: b",
            b"A: \0",
            b"A: b\rc",
            b"A: b\rTransfer-Encoding: chunked",
            b"A: b\r\n c",
            b"A: b\r\n\tc",
            b"A: \x7f",
        )
    },
    "folded first header": b"GET / HTTP/1.1\r\n Host: test\r\n\r\n",
    **{
        f"length {length!r}": post(f"Content-Length: {length}", body=b"42345")
        for length in ("5_0", "\x0b5", "\xa05", "5\x00", "0b101", "1e1", "18446744073709551621")
    },
    **{
        f"coding {coding!r}": post(f"Transfer-Encoding: {coding}")
        for coding in (
            "",
            "chunked,",
            "chunked, gzip",
            '"chunked"',
            "chunked chunked",
            "chunked\x0b",
            "\x00chunked",
            "cow",
            "chunked, chunked",
            "gzip, chunked",
            "x,chunked",
            ",chunked",
        )
    },
    # Of the next, Node's parser refuses the bare LFs and the two lengths, h11 the others.
    "bare LF at the end": b"GET / HTTP/1.1\nHost: test\n\n",
    "bare LF before a coding": headed(b"A: b\nTransfer-Encoding: chunked") + b"0\r\n\r\n",
    "bare LF before a length": headed(b"A: b\nContent-Length: 5") + b"42345",
    "length twice": post("Content-Length: 5", "Content-Length: 5", body=b"42345"),
    "chunked twice": post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "identity and chunked": post("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
    "two hosts": request("/", "Host: other"),
    "two codings": post("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    "length 0 and coding": post("Content-Length: 0", "Transfer-Encoding: chunked"),
    "coding of HTTP 1.0": post("Transfer-Encoding: chunked", version="1.0"),
    **{
        f"chunks {body}": chunked(body)
        for body in (
            b"1_0\r\n4\r\n0\r\n\r\n",
            b"1 a\r\n4\r\n0\r\n\r\n",
            b"1\n4\r\n0\r\n\r\n",
            b"1 \r\n4\r\n0\r\n\r\n",
            b"1 ;a=b\r\n4\r\n0\r\n\r\n",
            b"1;\r\n4\r\n0\r\n\r\n",
            b"1;a\n4\r\n0\r\n\r\n",
            b"1;a\rb\r\n4\r\n0\r\n\r\n",
            b"1\r\n4\n0\r\n\r\n",
            b"1\r\n4x\r\n0\r\n\r\n",
            b"5\r\n4\r\n0\r\n\r\n",
            b"ffffffffffffffff\r\n4\r\n0\r\n\r\n",
            b"11111111111111111111\r\n4\r\n0\r\n\r\n",
            b"g\r\n4\r\n0\r\n\r\n",
            b"0\r\nA b\r\n\r\n",
            b"0\r\nA\0: b\r\n\r\n",
            b"0\r\nX\r\n\r\n",
            b"0\r\n\n",
            b"0\r\nA: b\n\r\n",
        )
    },
}


@first_and_later
@pytest.mark.parametrize("data", DOUBTFUL.values(), ids=DOUBTFUL)
async def test_v50_what_may_be_read_in_two_ways_is_the_last_of_its_connection(
    before: bytes, data: bytes
) -> None:
    async with Server().serving() as listener:
        answers = await statuses(listener, before + data + NEXT)
    assert answers == ([404, 400] if before else [400])


@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\n", b"1\r\n3\r\n0\r\n\n", b"1\r\n3\r\n0\r\nA: b\n\r\n", b"1\r\n3x\r\n0\r\n\r\n"],
)
async def test_v50_doubtful_body_is_refused_and_ends_its_session(chunks: bytes) -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        head = f"POST {poller.target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
        poller.posts.send(head.encode() + chunks + NEXT)
        answer = await poller.posts.answer()
        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert await poller.posts.rest() == b""
        assert await left.get() == "transport error"


async def test_v37_body_in_very_many_pieces_is_read_once() -> None:
    pieces = 200_000
    body = b"1\r\n3\r\n" + b"1\r\nx\r\n" * pieces + b"0\r\n\r\n"
    async with Server().serving() as listener, Poller.joined(listener) as poller:
        head = f"POST {poller.target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
        poller.posts.send(head.encode() + body)
        assert (await poller.posts.answer()).body == "ok"


UPGRADES = [
    *(
        "h2c",
        "H2C",
        "h2",
        "HTTP/2.0",
        "TLS/1.0",
        "websocket, h2c",
        "h2c, websocket",
        "Websocket/13",
    ),
    *("websocketx", "xwebsocket", "webtransport", "IRC/6.9", "raw", "constructor", "__proto__"),
    *("*", ",", '"websocket"', "websocket;a=b", "x" * 8_000),
]


def test_v07_upgrades_to_anything_leave_nothing_behind() -> None:
    with served() as server, connected(server, 1) as (control,):
        control.sendall(request("/"))
        until(control, b"\r\n\r\n")
        before = descriptors(server)
        for value in UPGRADES:
            for target in ("/elsewhere", WEBSOCKET):
                data = upgrade(target).replace(b"Upgrade: websocket", f"Upgrade: {value}".encode())
                for cut in (len(data) - 1, len(data)):
                    reset(server.address, data[:cut])
                with connected(server, 1) as (whole,):
                    whole.sendall(data)
                    assert whole.recv(12) in {b"HTTP/1.1 400", b"HTTP/1.1 404"}
        while descriptors(server) > before:
            control.sendall(request("/"))
            until(control, b"\r\n\r\n")


def reset(address: tuple[str, int], data: bytes) -> None:
    """Sends these bytes and a reset behind them."""
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(data)


async def test_a07_session_whose_answer_is_cut_off_ends() -> None:
    io = echoing(send_queue_bytes=1 << 26, max_http_buffer_size=1 << 24)
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        await poller.post(f'42["echo","{"x" * 10_000_000}"]')
        async with Wire.to(listener) as getting:
            getting.send(request(poller.target))
            # Some of it is here, and all of it has no room on its way.
            assert await getting.reader.readexactly(1000)
            getting.writer.transport.pause_reading()  # type: ignore[attr-defined]
            connection = getting.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert await asyncio.wait_for(left.get(), 5) == "transport error"


async def test_a07_session_whose_answer_is_not_taken_ends() -> None:
    io = echoing(
        send_queue_bytes=1 << 26,
        max_http_buffer_size=1 << 24,
        limits=Limits(response_timeout=0.2),
    )
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        await poller.post(f'42["echo","{"x" * 10_000_000}"]')
        async with Wire.to(listener) as getting:
            getting.writer.transport.pause_reading()  # type: ignore[attr-defined]
            getting.send(request(poller.target))
            assert await asyncio.wait_for(left.get(), 5) == "transport error"


async def test_a07_answer_that_is_cut_off_ends_no_session_but_its_own(tmp_path: Path) -> None:
    io = echoing()
    left = reasons(io)
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(10_000_000))
    async with (
        io.serving(static_files={"/large": large}) as listener,
        Poller.joined(listener) as poller,
    ):
        await poller.post('42["echo"]')
        async with Wire.to(listener) as shared:
            shared.send(request(poller.target))
            assert (await shared.answer()).body == '42["echo"]'
            for target in ("/large", f"{POLLING}&sid={poller.sid}".replace("EIO=4", "EIO=3")):
                shared.send(request(target))
            await settled(listener)
            connection = shared.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await poller.post('42["echo",1]')
        assert (await poller.get()).body == '42["echo",1]'
        assert left.empty()

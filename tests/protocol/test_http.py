"""Requests before they are Socket.IO's: heads, limits, connections that are kept, upgrades on them."""

import json

import pytest
from support.raw import TEXT, masked_frame

from socketio_rs import Listener, Server

from .wire import ACCEPT, POLLING, UPGRADE, WEBSOCKET, Answer, Wire, ask, request, settled, upgrade

BAD_METHOD = '{"code":2,"message":"Bad handshake method"}'

# The first request of a connection is parsed in another place than those that follow.
first_and_later = pytest.mark.parametrize("before", [b"", request("/")], ids=["first", "later"])


async def answer_behind(before: bytes, data: bytes) -> tuple[Answer, bool]:
    """The answer to a request that comes behind another one, and whether it is the last."""
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(before)
        if before:
            assert (await wire.answer()).status == 404
        wire.send(data)
        answer = await wire.answer()
        wire.send(request("/"))
        return answer, not await wire.reader.read(1)


def head_of(size: int) -> bytes:
    """A head of so many bytes."""
    empty = request("/", "Filler: ")
    return request("/", f"Filler: {'x' * (size - len(empty))}")


@pytest.mark.parametrize("data", [request(POLLING), upgrade()], ids=["polling", "websocket"])
async def test_head_may_come_byte_by_byte(data: bytes) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        for byte in data:
            wire.send(bytes([byte]))
            await settled(listener)
        assert (await wire.answer()).status in {200, 101}


@first_and_later
@pytest.mark.parametrize(("size", "status"), [(16383, 404), (16384, 404), (16385, 431)])
async def test_a02_head_has_at_most_16_kib(before: bytes, size: int, status: int) -> None:
    answer, ended = await answer_behind(before, head_of(size))
    assert (answer.status, ended) == (status, status == 431)


@first_and_later
async def test_a02_head_that_never_ends_is_refused_at_16_kib(before: bytes) -> None:
    answer, ended = await answer_behind(before, b"GET / HTTP/1.1\r\nFiller: " + b"x" * 16384)
    assert (answer.status, ended) == (431, True)


@first_and_later
@pytest.mark.parametrize(("headers", "status"), [(99, 404), (100, 404), (101, 431)])
async def test_a02_head_has_at_most_100_headers(before: bytes, headers: int, status: int) -> None:
    more = [f"H{number}: x" for number in range(headers - 1)]
    answer, ended = await answer_behind(before, request("/", *more))
    assert (answer.status, ended) == (status, status == 431)


@first_and_later
@pytest.mark.parametrize(("size", "status"), [(8191, 404), (8192, 404), (8193, 414)])
async def test_a02_target_has_at_most_8_kib(before: bytes, size: int, status: int) -> None:
    answer, ended = await answer_behind(before, request("/" + "x" * (size - 1)))
    assert (answer.status, ended) == (status, status == 414)


@first_and_later
@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: test\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\nHost: test\r\n\r\n",
        request("/", "no colon"),
        request("/", "na me: x"),
        request("/", "name : x"),
        request("/", "name: \x00"),
        request("/", "name: a", " folded"),
        request("/", "Content-Length: x"),
        request("/", "Content-Length: 1", "Content-Length: 2"),
        request("/", "Content-Length: -1"),
        request("/", "Transfer-Encoding: gzip", method="PATCH"),
    ],
)
async def test_a01_what_is_no_request_gets_400_and_the_end(before: bytes, data: bytes) -> None:
    answer, ended = await answer_behind(before, data)
    assert (answer.status, answer.body, ended) == (400, "", True)


@first_and_later
async def test_request_without_a_host_gets_400_and_the_end(before: bytes) -> None:
    answer, ended = await answer_behind(before, b"GET / HTTP/1.1\r\n\r\n")
    assert (answer.status, ended) == (400, True)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/socket.io",
        "/socket.iox/",
        "/Socket.io/",
        "//socket.io/",
        "/a/socket.io/",
        "/socket%2Eio/",
        "http://test/socket.io/",
    ],
)
async def test_a12_other_paths_are_not_found(path: str) -> None:
    async with Server().serving() as listener:
        answer = await ask(listener, request(f"{path}?EIO=4&transport=polling"))
        assert (answer.status, answer.body) == (404, "")
        answer = await ask(listener, upgrade(f"{path}?EIO=4&transport=websocket"))
        assert (answer.status, answer.body) == (404, "")


async def test_path_behind_the_engines_is_the_engines() -> None:
    async with Server().serving() as listener:
        answer = await ask(listener, request("/socket.io/a/b?EIO=4&transport=polling"))
        assert answer.status == 200


async def test_connection_takes_one_request_after_the_other() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        for _ in range(3):
            wire.send(request(POLLING))
            assert (await wire.answer()).status == 200


async def test_a13_requests_in_one_write_are_answered_in_order() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(request(POLLING) + request("/") + request(POLLING, method="PUT"))
        assert [(await wire.answer()).status for _ in range(3)] == [200, 404, 400]


@pytest.mark.parametrize(
    "data",
    [
        request(POLLING, "Connection: close"),
        f"GET {POLLING} HTTP/1.0\r\n\r\n".encode(),
    ],
    ids=["close", "HTTP/1.0"],
)
async def test_connection_ends_when_the_client_keeps_it_not(data: bytes) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(data)
        assert (await wire.answer()).status == 200
        assert await wire.rest() == b""


async def test_body_that_nobody_wants_is_skipped() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        for target in ("/", f"{POLLING}&sid=unknown"):
            wire.send(request(target, method="POST", body=b"GET / HTTP/1.1\r\n\r\n"))
            assert (await wire.answer()).status in {404, 400}
        wire.send(request(POLLING))
        assert (await wire.answer()).status == 200


async def opened_on(wire: Wire) -> None:
    """The 101 comes, then the open packet and the CONNECT packet of a client that sent `40`."""
    answer = await wire.answer()
    assert (answer.status, answer.headers["sec-websocket-accept"]) == (101, ACCEPT)
    assert (await wire.text()).startswith("0{")
    assert (await wire.text()).startswith("40{")


async def test_frames_may_follow_the_upgrade_in_the_same_write() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(upgrade() + masked_frame(TEXT, b"40"))
        await opened_on(wire)


async def test_upgrade_may_come_as_a_later_request() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(request(POLLING))
        assert (await wire.answer()).status == 200
        wire.send(upgrade() + masked_frame(TEXT, b"40"))
        await opened_on(wire)


async def test_upgrade_may_come_in_the_write_of_the_request_before() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(request(POLLING) + upgrade() + masked_frame(TEXT, b"40"))
        assert (await wire.answer()).status == 200
        await opened_on(wire)


@first_and_later
@pytest.mark.parametrize(
    ("data", "status"),
    [
        (upgrade("/elsewhere"), 404),
        (upgrade(f"{WEBSOCKET}&sid=unknown"), 400),
        (request(WEBSOCKET, *UPGRADE[:2]), 400),
        (upgrade("/socket.io/socket.io.js"), 400),
    ],
    ids=["path", "sid", "key", "bundle"],
)
async def test_v44_refused_upgrade_ends_the_connection(
    before: bytes, data: bytes, status: int
) -> None:
    answer, ended = await answer_behind(before, data)
    assert (answer.status, answer.headers["connection"], ended) == (status, "close", True)


@first_and_later
async def test_v44_bytes_behind_a_refused_upgrade_are_ignored(before: bytes) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(before + upgrade(f"{WEBSOCKET}&sid=unknown") + request(POLLING) * 1000)
        if before:
            assert (await wire.answer()).status == 404
        assert (await wire.answer()).body == "Session ID unknown"
        assert await wire.rest() == b""


@first_and_later
async def test_v44_bytes_behind_an_upgrade_to_a_bundle_are_ignored(before: bytes) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(before + upgrade("/socket.io/socket.io.js") + request(POLLING) * 1000)
        if before:
            assert (await wire.answer()).status == 404
        assert (await wire.answer()).body == "Transport unknown"
        assert await wire.rest() == b""


async def session(listener: Listener) -> str:
    """The target for requests of a new session."""
    opened = await ask(listener, request(POLLING))
    return f"{POLLING}&sid={json.loads(opened.body[1:])['sid']}"


async def test_a13_client_may_wait_for_100_continue() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        target = await session(listener)
        data = request(target, "Expect: 100-continue", method="POST", body=b"40")
        wire.send(data[:-2])
        assert (await wire.answer()).status == 100
        wire.send(data[-2:])
        assert (await wire.answer()).body == "ok"


@pytest.mark.parametrize("target", ["/", POLLING, "/socket.io/socket.io.js"])
@pytest.mark.parametrize("expected", ["200-ok", "100-continues", ""])
async def test_a13_what_nobody_can_meet_is_not_expected(target: str, expected: str) -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        wire.send(request(target, f"Expect: {expected}") + request("/"))
        assert [(await wire.answer()).status for _ in range(2)] == [417, 404]


async def test_client_may_send_a_body_in_chunks() -> None:
    async with Server().serving() as listener, Wire.to(listener) as wire:
        head = f"POST {await session(listener)} HTTP/1.1\r\nHost: test\r\n"
        wire.send(f"{head}Transfer-Encoding: chunked\r\n\r\n1\r\n4\r\n1\r\n0\r\n0\r\n\r\n".encode())
        assert (await wire.answer()).body == "ok"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "DELETE"])
async def test_session_begins_with_a_get_alone(method: str) -> None:
    async with Server().serving() as listener:
        answer = await ask(listener, request(POLLING, method=method), method)
        assert (answer.status, answer.body) == (400, "" if method == "HEAD" else BAD_METHOD)

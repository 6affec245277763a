"""The polling transport: payloads, waiting GETs, POSTs, and what ends a session."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from socketio_rs import Listener, Server, Socket

from .wire import POLLING, Answer, Poller, Wire, ask, echoing, reasons, request, settled

UNKNOWN_SID = '{"code":1,"message":"Session ID unknown"}'
HEADER = '451-["echo",{"_placeholder":true,"num":0}]'
NOOP_AND_CLOSE = "6\x1e1"


def without_date(answer: Answer) -> Answer:
    del answer.headers["date"]
    return answer


@pytest.fixture
async def poller() -> AsyncIterator[Poller]:
    """A client of a server that echoes."""
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        yield poller


async def test_post_is_answered_with_ok(poller: Poller) -> None:
    assert without_date(await poller.post("3")) == (
        200,
        {"content-type": "text/html", "content-length": "2", "cache-control": "no-store"},
        "ok",
    )


async def test_get_waits_for_a_packet(poller: Poller) -> None:
    await poller.park()
    await poller.post('42["echo","é"]')
    assert without_date(await poller.gets.answer()) == (
        200,
        {
            "content-type": "text/plain; charset=UTF-8",
            "content-length": "15",
            "cache-control": "no-store",
        },
        '42["echo","é"]',
    )


async def test_payload_holds_several_packets(poller: Poller) -> None:
    packets = [f'42["echo",{number}]' for number in range(100)]
    await poller.post("\x1e".join(packets))
    received: list[str] = []
    while len(received) < len(packets):
        received += (await poller.get()).body.split("\x1e")
    assert received == packets


async def test_payload_may_hold_any_number_of_packets() -> None:
    io: Server = Server()
    numbers: asyncio.Queue[int] = asyncio.Queue()
    io.on("number", lambda _, number: numbers.put_nowait(number))
    async with io.serving() as listener, Poller.joined(listener) as poller:
        body = "\x1e".join(f'42["number",{number}]' for number in range(5000))
        assert (await poller.post(body)).body == "ok"
        assert [await numbers.get() for _ in range(5000)] == [*range(5000)]


async def test_binary_packets_are_base64(poller: Poller) -> None:
    await poller.post(f"{HEADER}\x1ebAQIDBP8=")
    assert (await poller.get()).body == f"{HEADER}\x1ebAQIDBP8="


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("AQIDBA==", "AQIDBA=="),
        ("AQIDBA", "AQIDBA=="),
        ("AQ ID\nBA=", "AQIDBA=="),
        ("-_-_", "+/+/"),
        ("AQ=xx", "AQ=="),
        ("A", ""),
        ("!!!!", ""),
        ("", ""),
    ],
)
async def test_a09_base64_is_read_leniently(poller: Poller, sent: str, taken: str) -> None:
    await poller.post(f"{HEADER}\x1eb{sent}")
    assert (await poller.get()).body == f"{HEADER}\x1eb{taken}"


async def test_a08_invalid_utf_8_is_replaced(poller: Poller) -> None:
    body = b'42["echo","\xff\xc3"]'
    poller.posts.send(request(poller.target, method="POST", body=body))
    assert (await poller.posts.answer()).body == "ok"
    assert (await poller.get()).body == '42["echo","\ufffd\ufffd"]'


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Type: text/plain;charset=UTF-8",),
        ("Content-Type: application/json", "Content-Encoding: gzip"),
        ("Content-Type: application/octet-stream; a=b",),
    ],
)
async def test_a10_headers_of_a_post_do_not_matter(poller: Poller, lines: tuple[str, ...]) -> None:
    assert (await poller.post('42["echo"]', *lines)).status == 200
    assert (await poller.get()).body == '42["echo"]'


async def test_packets_that_mean_nothing_here_are_ignored(poller: Poller) -> None:
    assert (await poller.post('0\x1e5\x1e6\x1e3\x1e3probe\x1e42["echo"]')).body == "ok"
    assert (await poller.get()).body == '42["echo"]'


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_a12_other_methods_get_500_and_leave_the_session(poller: Poller, method: str) -> None:
    await poller.park()
    poller.posts.send(request(poller.target, method=method))
    answer = await poller.posts.answer(method)
    assert (answer.status, answer.body) == (500, "")
    await poller.post('42["echo"]')
    assert (await poller.gets.answer()).body == '42["echo"]'


async def test_a14_backlog_comes_in_payloads_of_the_limit() -> None:
    packets = [f'42["some","{"x" * 40}"]' for _ in range(10)]
    io: Server = Server(max_http_buffer_size=200)

    @io.event
    def more(socket: Socket) -> None:
        for _ in packets:
            socket.emit("some", "x" * 40)
        socket.emit("some", "y" * 500)

    async with io.serving() as listener, Poller.joined(listener) as poller:
        await poller.post('42["more"]')
        received: list[str] = []
        while len(received) <= len(packets):
            payload = (await poller.get()).body
            received += payload.split("\x1e")
            assert len(payload) <= 200 or len(received) > len(packets)
    assert received[:-1] == packets


@pytest.mark.parametrize(("size", "status"), [(99, 200), (100, 200), (101, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a04_post_beyond_the_limit_gets_413_and_leaves_the_session(
    size: int, status: int, chunked: bool
) -> None:
    body = f'42["echo","{"x" * (size - 13)}"]'.encode()
    assert len(body) == size
    async with (
        echoing(max_http_buffer_size=100).serving() as listener,
        Poller.joined(listener) as poller,
    ):
        if chunked:
            head = f"POST {poller.target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked"
            data = b"\r\n\r\n1\r\n4\r\n%x\r\n%s\r\n0\r\n\r\n" % (size - 1, body[1:])
            poller.posts.send(head.encode() + data)
        else:
            poller.posts.send(request(poller.target, method="POST", body=body))
        answer = await poller.posts.answer()
        assert (answer.status, answer.body) == (status, "ok" if status == 200 else "")
        assert (await ask(listener, request(poller.target, method="POST", body=b"3"))).body == "ok"


@pytest.fixture
async def ending() -> AsyncIterator[tuple[Listener, Poller, asyncio.Queue[str]]]:
    """A server that echoes, a client with a GET that waits, and why it left."""
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        await poller.park()
        yield listener, poller, left


Ending = tuple[Listener, Poller, asyncio.Queue[str]]


async def test_a06_second_get_ends_the_session(ending: Ending) -> None:
    listener, poller, left = ending
    answer = await ask(listener, request(poller.target))
    assert (answer.status, answer.body) == (400, "")
    assert (await poller.gets.answer()).body == "1"
    assert await left.get() == "transport error"


async def test_a06_second_post_ends_the_session(ending: Ending) -> None:
    listener, poller, left = ending
    poller.posts.send(request(poller.target, method="POST", body=b"3333")[:-1])
    await settled(listener)
    answer = await ask(listener, request(poller.target, method="POST", body=b"3"))
    assert (answer.status, answer.body) == (400, "")
    assert (await poller.gets.answer()).body == "1"
    assert await poller.posts.rest() == b""
    assert await left.get() == "transport error"


async def test_a10_octet_stream_ends_the_session(ending: Ending) -> None:
    _, poller, left = ending
    answer = await poller.post("3", "Content-Type: application/octet-stream")
    assert (answer.status, answer.body) == (400, "")
    assert (await poller.gets.answer()).body == "1"
    assert await left.get() == "transport error"


async def test_a07_lost_get_ends_the_session(ending: Ending) -> None:
    _, poller, left = ending
    poller.gets.writer.close()
    assert await left.get() == "transport error"
    assert (await poller.post("3")).body == UNKNOWN_SID


@pytest.mark.parametrize("behind", [b"\r\n", b"GET", request("/next")])
async def test_a07_lost_get_is_seen_though_something_stands_behind_it(
    ending: Ending, behind: bytes
) -> None:
    listener, poller, left = ending
    poller.gets.send(behind)
    await settled(listener)
    poller.gets.writer.close()
    assert await left.get() == "transport error"


async def test_lost_post_ends_the_session(ending: Ending) -> None:
    listener, poller, left = ending
    poller.posts.send(request(poller.target, method="POST", body=b"3333")[:-1])
    await settled(listener)
    poller.posts.writer.close()
    assert (await poller.gets.answer()).body == "1"
    assert await left.get() == "transport error"


@pytest.mark.parametrize("body", ["7", "", "x", "3\x1e", "\ufeff3", '3\x1e\x1e42["echo"]'])
async def test_what_is_no_packet_ends_the_session(ending: Ending, body: str) -> None:
    _, poller, left = ending
    assert (await poller.post(body)).body == "ok"
    assert (await poller.gets.answer()).body == "1"
    assert await left.get() == "parse error"
    assert (await poller.get()).body == UNKNOWN_SID


async def test_ping_of_the_client_ends_the_session(ending: Ending) -> None:
    _, poller, left = ending
    assert (await poller.post("2")).body == "ok"
    assert (await poller.gets.answer()).body == "1"
    assert await left.get() == "transport error"


async def test_client_closes_by_a_packet(ending: Ending) -> None:
    _, poller, left = ending
    assert (await poller.post('1\x1e42["echo"]')).body == "ok"
    assert (await poller.gets.answer()).body == "6"
    assert await left.get() == "transport close"
    assert (await poller.get()).body == UNKNOWN_SID


@pytest.mark.parametrize(("body", "reason"), [("7", "parse error"), ("1", "transport close")])
async def test_session_without_a_get_ends_at_once(body: str, reason: str) -> None:
    io: Server = Server()
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        assert (await poller.post(body)).body == "ok"
        assert await left.get() == reason
        assert (await poller.get()).body == UNKNOWN_SID


def leaving() -> Server:
    """A server that closes a client that sends `leave`."""
    io: Server = Server()

    @io.event
    def leave(socket: Socket) -> None:
        socket.disconnect(True)

    return io


async def test_server_that_closes_tells_the_next_get() -> None:
    async with leaving().serving() as listener, Poller.joined(listener) as poller:
        await poller.park()
        await poller.post('42["leave"]')
        # The waiting GET takes what was queued.
        assert (await poller.gets.answer()).body == "41"
        assert (await poller.post('42["leave"]')).body == "ok"
        assert (await poller.get()).body == NOOP_AND_CLOSE
        assert (await poller.get()).body == UNKNOWN_SID


async def test_server_that_closes_tells_a_client_without_a_get() -> None:
    async with leaving().serving() as listener, Poller.joined(listener) as poller:
        await poller.post('42["leave"]')
        assert (await poller.get()).body == "41"
        assert (await poller.get()).body == NOOP_AND_CLOSE
        assert (await poller.get()).body == UNKNOWN_SID


async def test_closing_server_answers_waiting_gets() -> None:
    io: Server = Server()
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        await poller.park()
        await io.close()
        assert (await poller.gets.answer()).body == "1"
        assert await poller.gets.rest() == b""
    assert await left.get() == "server shutting down"


async def test_session_needs_no_connection_of_its_own() -> None:
    async with echoing().serving() as listener, Wire.to(listener) as wire:
        opened = await ask(listener, request(POLLING))
        target = f"{POLLING}&sid={opened.body[9:29]}"
        post = request(target, method="POST", body=b"40")
        wire.send(post + request(target))
        assert (await wire.answer()).body == "ok"
        assert (await wire.answer()).body.startswith("40{")

"""What clients can do to the log: fill it, forge its lines, and find secrets in it."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from support.client import joined, opened

from socketio_rs import Ack, Adapter, AdapterError, Server, Socket

DIGITS = "1" * 5_000
FORGED = "/org/a\nERROR all is lost\x1b[2J"


@dataclass
class Payload:
    """What a client is to send."""

    number: int


def answering(**options: Any) -> Server:
    """A server that answers `ask` when all that came before was handled."""
    io: Server = Server(**options)

    @io.event
    def ask(socket: Socket) -> None: ...

    return io


@contextmanager
def lines(caplog: pytest.LogCaptureFixture, beginning: str) -> Iterator[list[str]]:
    """The lines that begin so, at the end of the block."""
    found: list[str] = []
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        yield found
    found += [message for message in caplog.messages if message.startswith(beginning)]


async def test_v52_children_are_of_one_family_in_the_bound_of_names_without_handlers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io = answering()
    io.of("/room/{number}")
    with lines(caplog, "no handler for") as found:
        async with io.serving() as listener, joined(listener) as client:
            for room in range(5):
                await client.enter(f"/room/{room}")
                client.send(*(f'42/room/{room},["name {name}"]' for name in range(60 * room)))
            await client.ask("ask")
    assert len(found) == 100
    assert len(set(found)) == 100


@pytest.mark.parametrize(
    ("packet", "beginning"),
    [
        ('42["two",1]', "a handler of 'two' requires 2 arguments"),
        (f'42["two",{DIGITS}]', "dropped an event of socket"),
        ('42["typed",{"number":"x"}]', "a handler of 'typed' failed for socket"),
    ],
)
async def test_v52_events_that_fail_are_told_of_so_often(
    caplog: pytest.LogCaptureFixture, packet: str, beginning: str
) -> None:
    io = answering()

    @io.event
    def two(socket: Socket, one: int, other: int) -> None: ...

    @io.event
    def typed(socket: Socket, payload: Payload) -> None: ...

    loop = asyncio.get_running_loop()
    with lines(caplog, beginning) as found:
        begun = loop.time()
        async with io.serving() as listener, joined(listener) as client:
            client.send(*[packet] * 500)
            await client.ask("ask")
        seconds = loop.time() - begun
    assert 10 <= len(found) <= 10 + 10 * seconds


async def test_v52_answers_that_fail_are_told_of_so_often(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io = answering()

    @io.event
    def begin(socket: Socket, ack: Ack) -> None:
        for _ in range(100):
            socket.emit("question", ack=lambda *answers: None)

    loop = asyncio.get_running_loop()
    with lines(caplog, "dropped a client's answer") as found:
        begun = loop.time()
        async with io.serving() as listener, joined(listener) as client:
            client.emit("begin")
            for number in range(100):
                assert await client.receive() == f'42{number}["question"]'
                client.send(f"43{number}[{DIGITS}]")
            await client.ask("ask")
        seconds = loop.time() - begun
    assert 10 <= len(found) <= 10 + 10 * seconds


async def test_v52_auth_that_cant_be_read_is_told_of_so_often(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io = answering()

    @io.of
    def exists(name: str, auth: Any) -> bool:
        raise AssertionError(name)

    loop = asyncio.get_running_loop()
    with lines(caplog, "") as found:
        begun = loop.time()
        async with io.serving() as listener, opened(listener) as client:
            for number in range(50):
                client.send(f'40/{number},{{"token":{DIGITS}}}')
                expected = f'44/{number},{{"message":"Invalid namespace"}}'
                assert await client.receive() == expected
        seconds = loop.time() - begun
    found = [line for line in found if not line.startswith("Using selector")]
    assert all(line.startswith("refused a client whose auth can't be read: ") for line in found)
    assert 10 <= len(found) <= 10 + 10 * seconds


async def test_v52_name_of_a_namespace_forges_no_line(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Adapter):
        async def broadcast(self, packet: Any, options: Any) -> None:
            raise ValueError("out of order")

    io = answering(adapter=Failing)
    family = io.of("/org/{name}")
    seen: list[str] = []

    @family.use
    def enter(socket: Socket) -> None:
        seen.append(repr((socket.nsp, socket.nsp.sockets, socket.nsp.adapter, socket.to("x"))))
        if socket.handshake.auth:
            raise ValueError("no")

    @family.event
    async def fail(socket: Socket) -> None:
        with suppress(AdapterError):
            await socket.nsp.emit("x")

    with caplog.at_level(logging.DEBUG):
        async with io.serving() as listener, joined(listener) as client:
            client.send(f'40{FORGED},{{"refuse":1}}')
            assert await client.receive() == f'44{FORGED},{{"message":"internal error"}}'
            await client.enter(FORGED)
            client.send(f'42{FORGED},["nobody"]', f'42{FORGED},["fail"]')
            await client.ask("ask")
    told = [record.getMessage() for record in caplog.records if record.name == "socketio_rs"]
    for beginning in ("a connection middleware of", "no handler for", "broadcast of"):
        assert any(line.startswith(beginning) for line in told), beginning
    for text in (*told, *seen):
        assert text.isprintable(), text


async def test_a68_what_objects_show_of_themselves_is_no_secret() -> None:
    io = answering()
    shown: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    @io.on("connection")
    def connected(socket: Socket) -> None:
        secret = socket.conn.id
        all_of_it = (socket, socket.client, socket.conn, socket.request, socket.handshake)
        shown.put_nowait((secret, repr((*all_of_it, socket.request.headers, socket.nsp))))

    async with io.serving() as listener, joined(listener):
        secret, text = await shown.get()
    assert "<Client websocket>" in text
    assert secret not in text

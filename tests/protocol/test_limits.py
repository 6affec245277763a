"""Every bound: below it and at it nothing happens, one more meets it, and `stats` counts that."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.raw import CLOSE, PING, PONG, TEXT, masked_frame

from socketio_rs import Limits, Listener, QueueFull, Server, Socket

from .wire import (
    POLLING,
    UPGRADE,
    WEBSOCKET,
    Frame,
    Poller,
    Wire,
    ask,
    echoing,
    request,
    settled,
    upgrade,
)


def reached(io: Server) -> dict[str, int]:
    """The bounds that were reached, and how often."""
    return {
        name.removeprefix("limit."): count
        for name, count in io.stats().items()
        if name.startswith("limit.") and count
    }


async def until(io: Server, limit: str) -> None:
    """Returns when a bound was reached, which nothing else tells."""
    while limit not in reached(io):  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.005)


def watched(io: Server) -> "asyncio.Queue[Socket]":
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    return sockets


# What there is


def test_stats_have_every_field_of_limits_and_every_reason() -> None:
    stats = Server().stats()
    assert all(isinstance(value, int) and value == 0 for value in stats.values())
    fields = {f"limit.{name}" for name in Limits.__dataclass_fields__}
    options = {name for name in stats if name.startswith("limit.")} - fields
    assert fields <= set(stats)
    assert options == {
        f"limit.{name}"
        for name in (
            "send_queue_bytes",
            "max_pending_events",
            "max_running_handlers",
            "max_attachments",
            "max_http_buffer_size",
            "connect_timeout",
            "ping_timeout",
            "upgrade_timeout",
            "hook_timeout",
        )
    }
    assert {"closed.ping_timeout", "closed.slow_consumer", "closed.transport_close"} < set(stats)


async def test_stats_show_what_is_there() -> None:
    io: Server = Server(max_running_handlers=1)
    started, released = asyncio.Event(), asyncio.Event()

    @io.event
    async def work(socket: Socket) -> None:
        started.set()
        await released.wait()

    async with io.serving() as listener:
        async with Wire.joined(listener) as wire, Wire.websocket(listener):
            wire.say('42["work"]', '42["work",1]', '42["work",2]')
            await started.wait()
            await settled(listener)
            stats = io.stats()
            assert (stats["sessions"], stats["sockets"], stats["events_queued"]) == (2, 1, 2)
            assert stats["event_bytes_queued"] == 2 * len('["work",1]')
            released.set()
        await settled(listener)
    stats = io.stats()
    assert (stats["sessions"], stats["sockets"], stats["events_queued"]) == (0, 0, 0)
    assert stats["closed.transport_close"] == 2


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("max_namespaces", 0, ValueError),
        ("max_namespaces", "5", TypeError),
        ("max_headers", 0, ValueError),
        ("head_timeout", 0, ValueError),
        ("head_timeout", None, TypeError),
        ("nothing", 1, TypeError),
    ],
)
def test_limit_out_of_its_range_is_refused(field: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=field):
        Limits(**{field: value})


def test_limits_are_a_limits() -> None:
    limits: Any = {"max_namespaces": 1}
    with pytest.raises(TypeError, match="limits must be a Limits"):
        Server(limits=limits)


# Clients that ask for too much


async def closed_after(io: Server, allowed: list[str], one_more: str) -> dict[str, int]:
    """Says what is allowed, each with an answer, then one more, which ends the connection."""
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        for packet in allowed:
            wire.say(packet)
            await wire.text()
        assert reached(io) == {}
        wire.say(one_more)
        assert await wire.frame() == Frame(CLOSE, b"")
    return reached(io)


async def test_namespaces_of_a_client() -> None:
    io: Server = Server(limits=Limits(max_namespaces=2))
    for name in "abc":
        io.of(name)
    assert await closed_after(io, ["40/a,", "40/b,"], "40/c,") == {"max_namespaces": 1}


async def test_unknown_namespaces_of_a_client() -> None:
    io: Server = Server(limits=Limits(max_unknown_namespaces=2))
    counts = await closed_after(io, ["40/a,", "40/b,"], "40/c,")
    assert counts == {"max_unknown_namespaces": 1}


async def test_bytes_of_a_namespace() -> None:
    io: Server = Server(limits=Limits(max_namespace_bytes=4))
    io.of("/abc")
    io.of("/abcd")
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40/abc,")
        assert (await wire.text()).startswith("40/abc,{")
        assert reached(io) == {}
        wire.say("40/abcd,")
        assert await wire.text() == '44/abcd,{"message":"Invalid namespace"}'
        assert reached(io) == {"max_namespace_bytes": 1}


async def test_attachments_of_a_packet() -> None:
    io: Server = Server(max_attachments=2)
    io.on("x", lambda socket, *data: len(data))
    async with io.serving() as listener, Wire.joined(listener) as wire:
        places = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(2))
        wire.say(f'452-0["x",{places}]', b"1", b"2")
        assert await wire.text() == "430[2]"
        assert reached(io) == {}
        wire.say('453-["x"]')
        assert await wire.frame() == Frame(CLOSE, b"")
    assert reached(io) == {"max_attachments": 1}


async def test_bytes_of_a_message_and_of_a_body() -> None:
    io: Server = Server(max_http_buffer_size=100)
    io.on("x", lambda socket, text: len(text))
    event = '420["x","{}"]'
    fits = event.format("y" * (100 - len(event) + 2))
    async with (
        io.serving() as listener,
        Wire.joined(listener) as wire,
        Poller.joined(listener) as poller,
    ):
        wire.say(fits)
        assert (await wire.text()).startswith("430[")
        assert (await poller.post(fits)).body == "ok"
        assert (await poller.get()).body.startswith("430[")
        assert reached(io) == {}
        wire.say(fits + " ")
        assert (await wire.frame()).opcode == CLOSE
        assert (await poller.post(fits + " ")).status == 413
    assert reached(io) == {"max_http_buffer_size": 2}


# Events that wait


class Busy:
    """One handler runs, and the others wait for it."""

    def __init__(self, **options: Any) -> None:
        self.io: Server = Server(max_running_handlers=1, **options)
        self.started, self.released = asyncio.Event(), asyncio.Event()
        self.sockets = watched(self.io)

        @self.io.event
        async def work(socket: Socket, *data: Any) -> None:
            self.started.set()
            await self.released.wait()

    async def wait(self, wire: Wire) -> None:
        wire.say('42["work"]')
        await self.started.wait()


EVENT = '42["work"]'


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        ({"max_pending_events": 3}, "max_pending_events"),
        (
            {"limits": Limits(max_pending_event_bytes=3 * len('["work"]'))},
            "max_pending_event_bytes",
        ),
        ({"limits": Limits(max_total_pending_events=3)}, "max_total_pending_events"),
        (
            {"limits": Limits(max_total_pending_event_bytes=3 * len('["work"]'))},
            "max_total_pending_event_bytes",
        ),
    ],
)
async def test_events_that_wait(options: dict[str, Any], limit: str) -> None:
    busy = Busy(**options)
    async with busy.io.serving() as listener, Wire.joined(listener) as wire:
        await busy.wait(wire)
        wire.say(EVENT, EVENT)
        await settled(listener)
        assert limit not in reached(busy.io)
        wire.say(EVENT)
        await until(busy.io, limit)
        busy.released.set()
        # It is read again.
        wire.send(masked_frame(9, b"alive"))
        assert (await wire.frame()).payload == b"alive"


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(max_pending_events_asked=3), "max_pending_events_asked"),
        (
            Limits(max_pending_event_bytes_asked=3 * len('["work"]')),
            "max_pending_event_bytes_asked",
        ),
        (Limits(max_total_pending_events_asked=4), "max_total_pending_events_asked"),
        (
            Limits(max_total_pending_event_bytes_asked=4 * len('["work"]')),
            "max_total_pending_event_bytes_asked",
        ),
    ],
)
async def test_events_that_wait_while_an_answer_is_awaited(limits: Limits, limit: str) -> None:
    busy = Busy(limits=limits, max_pending_events=1)
    async with busy.io.serving() as listener, Wire.joined(listener) as wire:
        socket = await busy.sockets.get()
        answer = asyncio.ensure_future(socket.emit_with_ack("?"))
        assert await wire.text() == '420["?"]'
        await busy.wait(wire)
        wire.say(EVENT, EVENT, EVENT)
        await settled(listener)
        assert limit not in reached(busy.io)
        wire.say(EVENT)
        assert await wire.frame() == Frame(CLOSE, b"")
        assert reached(busy.io)[limit] == 1
        busy.released.set()
        with pytest.raises(Exception, match="left"):
            await answer


async def test_handlers_that_run() -> None:
    io: Server = Server(max_running_handlers=2)
    started: asyncio.Queue[int] = asyncio.Queue()
    released = asyncio.Event()

    @io.event
    async def work(socket: Socket, number: int) -> None:
        started.put_nowait(number)
        await released.wait()

    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say('42["work",0]', '42["work",1]')
        assert [await started.get(), await started.get()] == [0, 1]
        assert reached(io) == {}
        wire.say('42["work",2]')
        await until(io, "max_running_handlers")
        assert started.empty()
        released.set()
        assert await started.get() == 2


async def test_events_held_for_connection_handlers() -> None:
    io: Server = Server(limits=Limits(max_held_events=2))
    begun, released = asyncio.Event(), asyncio.Event()
    heard: asyncio.Queue[int] = asyncio.Queue()

    @io.event
    async def connection(socket: Socket) -> None:
        socket.on("now", released.set)
        begun.set()
        await released.wait()
        socket.on("n", heard.put_nowait)

    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40")
        await begun.wait()
        wire.say('42["n",1]', '42["n",2]', '42["n",3]', '42["now"]')
        assert [await heard.get(), await heard.get()] == [1, 2]
        wire.say('42["n",4]')
        assert await heard.get() == 4, "the third found no place"
    assert reached(io) == {"max_held_events": 1}


# What the server sends


async def test_answers_that_are_awaited() -> None:
    io: Server = Server(limits=Limits(max_pending_acks=2))
    sockets = watched(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        socket = await sockets.get()
        for number in range(2):
            socket.emit("?", ack=print)
            assert await wire.text() == f'42{number}["?"]'
        assert reached(io) == {}
        with pytest.raises(QueueFull):
            socket.emit("?", ack=print)
    assert reached(io) == {"max_pending_acks": 1}


async def test_bytes_of_a_packet() -> None:
    io: Server = Server(limits=Limits(max_packet_bytes=100))
    async with io.serving() as listener, Wire.joined(listener) as wire:
        fits = "y" * (100 - len('["x",""]'))
        io.emit("x", fits)
        assert await wire.text() == f'42["x","{fits}"]'
        assert reached(io) == {}
        with pytest.raises(QueueFull, match="101 bytes exceeds the limit of 100"):
            io.emit("x", fits + "y")
    assert reached(io) == {"max_packet_bytes": 1}


async def test_bytes_of_the_inbox() -> None:
    io: Server = Server(limits=Limits(soft_inbox_bytes=20_000, max_inbox_bytes=50_000))
    async with io.serving() as listener, Wire.joined(listener) as wire:
        while True:
            # The I/O thread is woken when this tick of the loop ends, unless something else wakes it.
            io.emit("x", "y" * 19_000)
            io.emit("x", "y" * 30_000)
            io.emit("x", "y" * 2_000)
            try:
                io.emit("x", "taken")
            except QueueFull:
                break
            while await wire.text() != '42["x","taken"]':
                pass
        counts = reached(io)
        assert set(counts) == {"soft_inbox_bytes", "max_inbox_bytes"}
        assert counts["max_inbox_bytes"] == 1
        for length in (19_000, 30_000, 2_000):
            assert len(await wire.text()) == length + len('42["x",""]')


async def test_bytes_that_wait_for_a_client() -> None:
    io: Server = Server(send_queue_bytes=1 << 20, slow_client="drop")
    sockets = watched(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        socket = await sockets.get()
        await settled(listener)
        # One larger packet passes; the kernel takes a part of it.
        socket.emit("x", bytes(50 << 20))
        await settled(listener)
        assert reached(io) == {}
        socket.emit("dropped")
        await until(io, "send_queue_bytes")
        assert reached(io) == {"send_queue_bytes": 1}
        assert (await wire.text()).startswith('451-["x"')
        assert len((await wire.frame()).payload) == 50 << 20
        socket.emit("last")
        assert await wire.text() == '42["last"]'


# Requests


def head(length: int) -> bytes:
    """A request whose head has so many bytes."""
    whole = request("/", "X-Fill: ")
    return whole.replace(b"X-Fill: ", b"X-Fill: " + b"y" * (length - len(whole)))


@pytest.mark.parametrize(
    ("limit", "at", "over", "status"),
    [
        ("max_head_bytes", head(300), head(301), 431),
        ("max_headers", request("/", "A: 1", "B: 2"), request("/", "A: 1", "B: 2", "C: 3"), 431),
        ("max_url_bytes", request("/" + "y" * 63), request("/" + "y" * 64), 414),
    ],
)
async def test_size_of_a_request(limit: str, at: bytes, over: bytes, status: int) -> None:
    value = {"max_head_bytes": 300, "max_headers": 3, "max_url_bytes": 64}[limit]
    io: Server = Server(limits=Limits(**{limit: value}))
    async with io.serving() as listener:
        assert (await ask(listener, at)).status == 404
        assert reached(io) == {}
        assert (await ask(listener, over)).status == status
    assert reached(io) == {limit: 1}


@pytest.mark.parametrize(("count", "is_met"), [(3, False), (4, False), (5, True)])
@pytest.mark.parametrize("opcode", [PING, PONG])
async def test_control_frames(opcode: int, count: int, is_met: bool) -> None:
    io = echoing(limits=Limits(max_control_frames=1))
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.send(masked_frame(opcode, b"x") * count)
        for _ in range(min(count, 4) if opcode == PING else 0):
            assert await wire.frame() == Frame(PONG, b"x")
        if is_met:
            assert await wire.frame() == Frame(CLOSE, b"\x03\xf0")
        else:
            wire.say('42["echo"]')
            assert await wire.text() == '42["echo"]'
        assert reached(io) == ({"max_control_frames": 1} if is_met else {})


# Times


async def slow_head(listener: Listener) -> None:
    async with Wire.to(listener) as wire:
        wire.send(request("/")[:-1])
        assert (await wire.answer()).status == 408


async def slow_body(listener: Listener) -> None:
    async with Poller.joined(listener) as poller:
        poller.posts.send(request(poller.target, method="POST", body=b"42")[:-1])
        assert await poller.posts.rest() == b""


async def slow_close(listener: Listener) -> None:
    async with Wire.joined(listener) as wire:
        wire.say("4x")
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await wire.rest() == b""


async def slow_connect(listener: Listener) -> None:
    async with Wire.websocket(listener) as wire:
        assert await wire.frame() == Frame(CLOSE, b"")


async def slow_pong(listener: Listener) -> None:
    async with Wire.joined(listener) as wire:
        while (await wire.frame()).opcode == TEXT:
            pass


async def slow_upgrade(listener: Listener) -> None:
    async with Poller.joined(listener) as poller, Wire.to(listener) as wire:
        wire.send(upgrade(f"{WEBSOCKET}&sid={poller.sid}"))
        assert (await wire.answer()).status == 101
        assert await wire.frame() == Frame(CLOSE, b"")


async def slow_hook(listener: Listener) -> None:
    assert (await ask(listener, request(POLLING))).status == 503
    assert (await ask(listener, request(WEBSOCKET, *UPGRADE))).status == 503


async def never(_: Any) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("limit", "options", "meet"),
    [
        ("head_timeout", {"limits": Limits(head_timeout=0.2)}, slow_head),
        ("body_timeout", {"limits": Limits(body_timeout=0.2)}, slow_body),
        ("close_timeout", {"limits": Limits(close_timeout=0.2)}, slow_close),
        ("connect_timeout", {"connect_timeout": 0.2}, slow_connect),
        ("ping_timeout", {"ping_interval": 0.1, "ping_timeout": 0.2}, slow_pong),
        ("upgrade_timeout", {"upgrade_timeout": 0.2}, slow_upgrade),
        ("hook_timeout", {"allow_request": never, "hook_timeout": 0.2}, slow_hook),
    ],
)
async def test_time_that_a_client_may_take(
    limit: str, options: dict[str, Any], meet: Callable[[Listener], Awaitable[None]]
) -> None:
    io: Server = Server(**options)
    async with io.serving() as listener:
        await meet(listener)
        assert reached(io) == {limit: 2 if limit == "hook_timeout" else 1}


async def test_time_of_a_middleware() -> None:
    io: Server = Server(hook_timeout=0.05)
    io.use(never)
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40")
        assert await wire.text() == '44{"message":"internal error"}'
    assert reached(io) == {"hook_timeout": 1}


async def test_time_in_which_nothing_of_a_response_is_taken() -> None:
    io: Server = Server(limits=Limits(response_timeout=0.3))
    sockets = watched(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        # More than the kernel takes at once.
        (await sockets.get()).emit("x", "y" * 60_000_000)
        poller.gets.send(request(poller.target))
        await until(io, "response_timeout")
        assert len(await poller.gets.rest()) < 60_000_000
    assert reached(io) == {"response_timeout": 1}


async def test_requests_that_wait_to_be_asked_about() -> None:
    io: Server = Server(allow_request=lambda request: True, limits=Limits(max_pending_asks=2))
    async with (
        io.serving() as listener,
        Wire.to(listener) as one,
        Wire.to(listener) as two,
        Wire.to(listener) as three,
    ):
        for wire in (one, two, three):
            wire.send(request(POLLING))
        # Nobody is asked meanwhile.
        while not reached(io):
            time.sleep(0.01)  # noqa: ASYNC251 - the loop is to be busy
        statuses = [(await wire.answer()).status for wire in (one, two, three)]
        assert sorted(statuses) == [200, 200, 503]
        assert reached(io) == {"max_pending_asks": 1}
        one.send(request(POLLING))
        assert (await one.answer()).status == 200

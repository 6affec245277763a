"""`connection_state_recovery`: clients that come back after their connection was lost."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from support.client import Client, opened

from socketio_rs import (
    ConnectError,
    ConnectionStateRecovery,
    Disconnected,
    Limits,
    Server,
    Socket,
)
from socketio_rs._options import check


async def connect(client: Client, auth: dict[str, str] | None = None) -> dict[str, Any]:
    """Joins `/`: what the server says, and in `missed` what it says before."""
    client.send("40" + (json.dumps(auth) if auth else ""))
    missed: list[list[Any]] = []
    while True:
        text = await client.receive()
        assert isinstance(text, str)
        if text.startswith("42"):
            missed.append(json.loads(text[2:]))
        else:
            return {**json.loads(text[2:]), "missed": missed}


class Probe:
    """A server whose sockets come and go in queues."""

    def __init__(self, **options: Any) -> None:
        self.io: Server = Server(**options)
        self.came: asyncio.Queue[Socket] = asyncio.Queue()
        self.left: asyncio.Queue[Socket] = asyncio.Queue()
        self.io.on("connection", self._came)
        self.io.on("disconnect", self._left)

    def _came(self, socket: Socket) -> None:
        self.came.put_nowait(socket)

    def _left(self, socket: Socket) -> None:
        self.left.put_nowait(socket)


async def lose(probe: Probe, client: Client) -> None:
    await client.abort()
    await probe.left.get()


async def test_a_client_comes_back_to_its_id_rooms_and_data_and_gets_what_it_missed() -> None:
    probe = Probe(connection_state_recovery=True)
    async with probe.io.serving() as listener:
        async with opened(listener) as client:
            first = await connect(client)
            socket = await probe.came.get()
            assert not socket.recovered
            data = socket.data
            data["name"] = "ann"
            socket.join("room")
            socket.emit("hello")
            name, offset = await client.event()
            assert name == "hello"
            await lose(probe, client)
        probe.io.to("room").emit("news", 1)
        probe.io.to("other").emit("news", 2)
        socket.emit("news", 3)
        probe.io.volatile.emit("news", 4)
        async with opened(listener) as client:
            again = await connect(client, {"pid": first["pid"], "offset": offset})
            assert [missed[:-1] for missed in again["missed"]] == [["news", 1], ["news", 3]]
            assert (again["sid"], again["pid"]) == (first["sid"], first["pid"])
            back = await probe.came.get()
            assert back is not socket
            assert back.recovered
            assert back.data is data
            assert back.rooms == {first["sid"], "room"}


async def test_a45_a_client_comes_back_though_its_old_connection_seems_to_live() -> None:
    probe = Probe(connection_state_recovery=True)
    reasons: list[tuple[bool, str, object]] = []

    @probe.io.on("disconnect")
    def ended(socket: Socket, reason: str, details: object) -> None:
        reasons.append((socket.recovered, reason, details))

    async with probe.io.serving() as listener, opened(listener) as client:
        first = await connect(client)
        socket = await probe.came.get()
        socket.data["name"] = "ann"
        socket.emit("hello")
        offset = (await client.event())[-1]
        async with opened(listener) as other:
            forged = await connect(other, {"pid": first["pid"], "offset": "1"})
            assert forged["sid"] != first["sid"]
            assert socket.connected
            await probe.came.get()
        await probe.left.get()
        reasons.clear()
        async with opened(listener) as again:
            back = await connect(again, {"pid": first["pid"], "offset": offset})
            assert (back["sid"], back["pid"]) == (first["sid"], first["pid"])
            # Of the two the old one ends first, and is gone when the other one is there.
            assert await probe.left.get() is socket
            found = await probe.came.get()
            assert (found.recovered, found.data) == (True, {"name": "ann"})
            why = "its client came back over another connection"
            assert reasons == [(False, "forced close", why)]
            probe.io.to(first["sid"]).emit("news")
            assert (await again.event())[0] == "news"
        with pytest.raises(ConnectionError):
            await client.receive()


async def test_without_the_option_events_have_no_offset_and_nobody_comes_back() -> None:
    probe = Probe()
    async with probe.io.serving() as listener, opened(listener) as client:
        assert "pid" not in await connect(client, {"pid": "x" * 20, "offset": "1"})
        socket = await probe.came.get()
        assert not socket.recovered
        socket.emit("hello")
        assert await client.event() == ["hello"]


@pytest.mark.parametrize("skip", [True, False])
async def test_middlewares_are_skipped_unless_they_shall_not_be(skip: bool) -> None:
    recovery = ConnectionStateRecovery(skip_middlewares=skip)
    probe = Probe(connection_state_recovery=recovery)
    asked: list[bool] = []

    @probe.io.use
    def ask(socket: Socket) -> None:
        asked.append(socket.recovered)
        if socket.recovered:
            assert socket.data == {"name": "ann"}
            raise ConnectError("once is enough")

    async with probe.io.serving() as listener:
        async with opened(listener) as client:
            first = await connect(client)
            socket = await probe.came.get()
            socket.data["name"] = "ann"
            socket.emit("hello")
            offset = (await client.event())[-1]
            await lose(probe, client)
        async with opened(listener) as client:
            again = await connect(client, {"pid": first["pid"], "offset": offset})
        assert again.get("sid") == (first["sid"] if skip else None)
        assert asked == ([False] if skip else [False, True])


async def test_who_misses_too_much_while_middlewares_run_begins_anew_in_all() -> None:
    recovery = ConnectionStateRecovery(skip_middlewares=False)
    limits = Limits(max_recovery_bytes=10_000)
    probe = Probe(connection_state_recovery=recovery, limits=limits)
    asked: list[tuple[bool, str | None, str]] = []
    answers: list[asyncio.Task[Any]] = []

    @probe.io.use
    async def ask(socket: Socket) -> None:
        asked.append((socket.recovered, socket.data.get("name"), socket.id))
        if socket.recovered:
            answers.append(asyncio.ensure_future(socket.emit_with_ack("who")))
            for _ in range(20):
                await socket.nsp.emit("news", "x" * 1_000)

    async with probe.io.serving() as listener:
        async with opened(listener) as client:
            first = await connect(client)
            socket = await probe.came.get()
            socket.data["name"] = "ann"
            socket.join("room")
            socket.emit("hello")
            offset = (await client.event())[-1]
            await lose(probe, client)
        async with opened(listener) as client:
            client.send("40" + json.dumps({"pid": first["pid"], "offset": offset}))
            # What a middleware emits comes first, as for any client.
            assert await client.receive() == '420["who"]'
            text = await client.receive()
            assert isinstance(text, str)
            answer = json.loads(text[2:])
            fresh = await probe.came.get()
            assert (answer["sid"], fresh.recovered, fresh.data) == (fresh.id, False, {})
            assert answer["pid"] != first["pid"]
            assert fresh.rooms == {fresh.id}
        assert [one[:2] for one in asked] == [(False, None), (True, "ann"), (False, None)]
        assert [one[2] for one in asked[:2]] == [first["sid"]] * 2
        assert asked[2][2] == fresh.id
        with pytest.raises(Disconnected):
            await answers[0]


async def test_what_disconnecting_handlers_do_is_what_a_client_comes_back_to() -> None:
    probe = Probe(connection_state_recovery=True)

    @probe.io.on("disconnecting")
    async def leaving(socket: Socket) -> None:
        socket.leave("early")
        await asyncio.sleep(0)
        socket.join("late")
        socket.data["left"] = True

    async with probe.io.serving() as listener:
        async with opened(listener) as client:
            first = await connect(client)
            socket = await probe.came.get()
            socket.join("early")
            socket.emit("hello")
            offset = (await client.event())[-1]
            await lose(probe, client)
        async with opened(listener) as client:
            await connect(client, {"pid": first["pid"], "offset": offset})
            back = await probe.came.get()
            assert (back.rooms, back.data) == ({first["sid"], "late"}, {"left": True})


async def test_who_is_away_for_too_long_begins_anew_and_its_data_goes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    recovery = ConnectionStateRecovery(max_disconnection_duration=0.001)
    gone = asyncio.Event()

    class Data:
        def __init__(self, tell: Callable[[], None]) -> None:
            self.tell = tell

        def __del__(self) -> None:
            self.tell()

    probe = Probe(connection_state_recovery=recovery, data=lambda: Data(gone.set))
    async with probe.io.serving() as listener:
        async with opened(listener) as client:
            first = await connect(client)
            socket = await probe.came.get()
            assert isinstance(socket.data, Data)
            socket.emit("hello")
            offset = (await client.event())[-1]
            del socket
            await lose(probe, client)
        await gone.wait()
        async with opened(listener) as client:
            again = await connect(client, {"pid": first["pid"], "offset": offset})
            assert again["pid"] != first["pid"]
    assert first["pid"] not in caplog.text


async def test_max_recovery_bytes_bounds_what_is_kept() -> None:
    limits = Limits(max_recovery_bytes=10_000)
    probe = Probe(connection_state_recovery=True, limits=limits)
    async with probe.io.serving() as listener:
        async with opened(listener) as client:
            first = await connect(client)
            (await probe.came.get()).emit("hello")
            offset = (await client.event())[-1]
            await lose(probe, client)
        for _ in range(20):
            probe.io.emit("news", "x" * 1_000)
        async with opened(listener) as client:
            again = await connect(client, {"pid": first["pid"], "offset": offset})
            assert (again["missed"], again["pid"] == first["pid"]) == ([], False)
        assert probe.io.stats()["limit.max_recovery_bytes"] > 0


def test_the_option_is_checked() -> None:
    make: Any = Server
    for value in (None, False):
        assert check({"connection_state_recovery": value}).connection_state_recovery is None
    assert check({}).connection_state_recovery is None
    found = check({"connection_state_recovery": True}).connection_state_recovery
    assert found == (120.0, True)
    with pytest.raises(TypeError, match="connection_state_recovery must be True"):
        make(connection_state_recovery={"max_disconnection_duration": 1})
    with pytest.raises(ValueError, match=r"connection_state_recovery\.max_disconnection_duration"):
        ConnectionStateRecovery(max_disconnection_duration=0)
    with pytest.raises(TypeError, match=r"connection_state_recovery\.skip_middlewares"):
        ConnectionStateRecovery(skip_middlewares=1)  # type: ignore[arg-type]


async def test_a_client_that_is_back_while_its_old_socket_leaves_is_there_once() -> None:
    probe = Probe(connection_state_recovery=True)
    io, leaves, go_on = probe.io, asyncio.Event(), asyncio.Event()

    @io.event
    async def disconnecting(socket: Socket) -> None:
        leaves.set()
        await go_on.wait()

    async def there() -> list[list[str]]:
        fetched = [await given.fetch_sockets() for given in (io, io.to("room"))]
        return [*([each.id for each in sockets] for sockets in fetched), list(io.sockets.sockets)]

    async with io.serving() as listener:
        async with opened(listener) as client:
            first = await connect(client)
            old = await probe.came.get()
            old.join("room")
            old.emit("hello")
            offset = (await client.event())[1]
            await client.abort()
        await leaves.wait()
        assert await there() == [[old.id]] * 3
        async with opened(listener) as client:
            await connect(client, {"pid": first["pid"], "offset": offset})
            new = await probe.came.get()
            assert (new.id, new.recovered) == (old.id, True)
            assert await there() == [[new.id]] * 3
            assert io.sockets.sockets[new.id] is new
            go_on.set()
            await probe.left.get()
            assert await there() == [[new.id]] * 3

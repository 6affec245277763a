"""`NamespaceCore.sessions`: who has none there that can be used, and who is kept at all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.client import opened
from support.sessions import PID, SID, Store, connect, core_of, lose

from socketio_rs import Server, Socket


async def _fail() -> None:
    raise RuntimeError("no store")


async def _give(value: object) -> object:
    return value


BAD: dict[str, tuple[Callable[[], Awaitable[object]], str]] = {
    "nothing": (lambda: _give(None), ""),
    "error": (_fail, "restoring a session failed"),
    "timeout": (lambda: asyncio.Event().wait(), "hook_timeout"),
    "type": (lambda: _give({"sid": SID}), "sid, pid, rooms, data and missed_packets"),
    "length": (lambda: _give((SID, PID)), "sid, pid, rooms, data and missed_packets"),
    "ids": (lambda: _give((SID, 1, [], {}, [])), "each a str"),
    "form": (lambda: _give((SID, "short", [], {}, [])), "20 letters"),
    "room": (lambda: _give((SID, PID, "room", {}, [])), "found a str"),
    "rooms": (lambda: _give((SID, PID, [1], {}, [])), "a list of str"),
    "missed": (lambda: _give((SID, PID, [], {}, [["news"], "news"])), "[event, *args]"),
    "name": (lambda: _give((SID, PID, [], {}, [[1]])), "[event, *args]"),
    "reserved": (lambda: _give((SID, PID, [], {}, [["disconnect"]])), "reserved"),
    "value": (lambda: _give((SID, PID, [], {}, [["news", object()]])), "cannot send event"),
    "much": (lambda: _give((SID, PID, [], {}, [["news", "x" * 2_000]])), "send_queue_bytes"),
}


@pytest.mark.parametrize("name", BAD)
async def test_who_has_no_session_that_is_one_begins_anew(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    give, line = BAD[name]

    class Sessions:
        def persist(self, *args: Any) -> None: ...

        def restore(self, pid: str, offset: str) -> Any:
            return give()

    timeout = 0.01 if name == "timeout" else 10.0
    io = Server(connection_state_recovery=True, hook_timeout=timeout, send_queue_bytes=1_000)
    core_of(io.sockets).sessions = Sessions()
    came: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", came.put_nowait)
    async with io.serving() as listener, opened(listener) as client:
        answer, missed = await connect(client, PID)
        socket = await came.get()
        assert (answer["sid"], socket.recovered, socket.data) == (socket.id, False, {})
        assert (missed, socket.rooms) == ([], {socket.id})
        assert socket.id != SID
        assert answer["pid"] != PID
    records = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(records) == (1 if line else 0)
    assert line in caplog.text
    assert PID not in caplog.text
    assert io.stats()["limit.hook_timeout"] == (1 if name == "timeout" else 0)


async def test_an_id_is_given_to_one_socket_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    io = Server(connection_state_recovery=True)
    store = Store(io)
    async with io.serving() as listener:
        async with opened(listener) as client:
            pid = (await connect(client))[0]["pid"]
            await lose(store, client)
        sid = store.kept[pid][0]
        async with opened(listener) as client, opened(listener) as other:
            kept = store.kept[pid]
            assert (await connect(client, pid))[0]["sid"] == sid
            store.kept[pid] = kept
            assert (await connect(other, pid))[0]["sid"] != sid
    assert f"was to come back as {sid}: a socket of this id or pid is connected" in caplog.text


async def test_persist_is_for_those_that_may_come_back(caplog: pytest.LogCaptureFixture) -> None:
    io = Server(connection_state_recovery=True)
    store = Store(io)

    def kept() -> list[str]:
        return [told[1] for told in store.told if told[0] == "persist"]

    async with io.serving() as listener, opened(listener) as client:
        await connect(client)
        await store.came.get()
        client.send("41")
        await store.left.get()
        assert kept() == []
        await connect(client)
        (await store.came.get()).disconnect()
        await store.left.get()
        assert kept() == []
        sid = (await connect(client))[0]["sid"]
        # The server closes.
    assert kept() == [sid]
    assert caplog.text == ""


@pytest.mark.parametrize("is_async", [False, True])
async def test_what_persist_raises_goes_to_the_log(
    is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    io = Server(connection_state_recovery=True)
    store = Store(io)

    class Broken:
        restore = store.restore

        def persist(self, *args: Any) -> Any:
            if is_async:
                return _fail()
            raise RuntimeError("no store")

    core_of(io.sockets).sessions = Broken()
    async with io.serving() as listener, opened(listener) as client:
        sid = (await connect(client))[0]["sid"]
        await lose(store, client)
        assert sid not in io.sockets.sockets
    assert f"persisting the session of socket {sid} failed" in caplog.text

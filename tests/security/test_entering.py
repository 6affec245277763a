"""Who is in before its namespace has said yes, who comes back in another's place, and rooms that carry another's id."""

import asyncio
import json
import random
from typing import Any

import pytest
from support.client import Client, joined, opened
from support.entering import until

from socketio_rs import ConnectError, Limits, Server, Socket

TURNS = random.Random(21)


async def pause() -> None:
    """Gives the loop some turns, now more and now less."""
    for _ in range(TURNS.randrange(4)):
        await asyncio.sleep(0)


async def test_v21_client_is_nobody_before_its_middlewares_have_accepted_it() -> None:
    io: Server = Server()
    heard: list[tuple[str, str]] = []
    refused: set[str] = set()
    for event in ("connection", "chat", "disconnecting", "disconnect"):
        io.on(event, lambda socket, *_, event=event: heard.append((event, socket.id)))

    @io.use
    async def decide(socket: Socket) -> None:
        if TURNS.random() < 0.5:
            socket.join("room")
        await pause()
        assert socket.id not in io.sockets.sockets
        if not socket.handshake.auth["may"]:
            refused.add(socket.id)
            raise ConnectError("no")

    async def one(listener: Any, may: bool) -> None:
        async with opened(listener) as client:
            client.send("40" + json.dumps({"may": may}))
            # No broadcast comes before.
            answer = str(await client.receive())
            assert answer.startswith("40{" if may else "44{"), answer

    async def early(listener: Any) -> None:
        async with opened(listener) as client:
            client.send('40{"may":false}', '42["chat"]')
            assert await client.closed() == []

    async def shout() -> None:
        while True:
            io.emit("news", "to all")
            io.to("room").emit("news", "to the room")
            await pause()
            await asyncio.sleep(0)

    async with io.serving() as listener:
        shouting = asyncio.ensure_future(shout())
        for _ in range(100):
            each = [one(listener, TURNS.random() < 0.5) for _ in range(7)]
            await asyncio.gather(*each, early(listener))
        shouting.cancel()
    assert refused
    assert not refused & {sid for _, sid in heard}
    assert set(io.sockets.adapter.rooms) == set()


async def test_v22_room_that_carries_the_id_of_another_socket_is_a_room_like_any_other() -> None:
    io: Server = Server()
    came: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", came.put_nowait)
    async with io.serving() as listener, joined(listener) as client, joined(listener) as other:
        socket, spy = await came.get(), await came.get()
        # A socket enters it only by the server's own word, as in the reference.
        spy.join(socket.id)
        io.to(socket.id).emit("to the id")
        socket.emit("to the socket")
        assert await client.event() == ["to the id"]
        assert await client.event() == ["to the socket"]
        assert await other.event() == ["to the id"]
        io.in_(socket.id).sockets_leave(socket.id)
        assert socket.rooms == frozenset()
        assert spy.rooms == {spy.id}
        assert socket.connected
        socket.emit("still there")
        assert await client.event() == ["still there"]
        spy.disconnect()
        assert socket.id in io.sockets.sockets


# Clients that come back


class Away:
    """A server, and a client of it that may come back."""

    def __init__(self, **options: Any) -> None:
        self.io: Server = Server(connection_state_recovery=True, **options)
        self.left: asyncio.Queue[str] = asyncio.Queue()
        for namespace in (self.io.sockets, self.io.of("/other")):
            namespace.on("disconnect", lambda socket: self.left.put_nowait(socket.id))

    async def leave(self, listener: Any) -> tuple[str, str, str]:
        """The id, the `pid` and the offset of a client that has gone."""
        async with opened(listener) as client:
            answer = await enter(client)
            self.io.emit("hello")
            offset: str = (await client.event())[-1]
            await client.abort()
        assert await self.left.get() == answer["sid"]
        return answer["sid"], answer["pid"], offset


async def enter(client: Client, namespace: str = "", **auth: Any) -> dict[str, Any]:
    """Joins a namespace: what the server says, behind what was missed."""
    client.send(f"40{namespace}" + json.dumps(auth))
    while not (packet := str(await client.receive())).startswith("40"):
        assert packet.startswith("42")
    answer: dict[str, Any] = json.loads(packet[2 + len(namespace) :])
    return answer


async def test_a45_nobody_comes_back_with_what_was_never_his() -> None:
    away = Away()
    async with away.io.serving() as listener:
        sid, pid, offset = await away.leave(listener)
        number = int(offset)
        offsets: list[Any] = ["-", "+", "0", "", f" {offset}", f"{offset} ", f"+{offset}", number]
        offsets += [str(number - 1), str(number + 1), "9" * 20, "9" * 900_000, None, [offset]]
        wishes = [{"pid": pid, "offset": wrong} for wrong in offsets]
        pids: list[Any] = [pid[:-1], pid.swapcase(), f"{pid}A", sid, "", None, [pid], "A" * 900_000]
        wishes += [{"pid": wrong, "offset": offset} for wrong in pids]
        wishes += [{"pid": pid}, {"offset": offset}]
        for wish in wishes:
            async with opened(listener) as client:
                answer = await enter(client, **wish)
                assert answer["sid"] != sid
                assert answer["pid"] != pid
            await away.left.get()
        # Nor in another namespace.
        async with opened(listener) as client:
            assert (await enter(client, "/other,", pid=pid, offset=offset))["sid"] != sid
        await away.left.get()
        # All that has not touched what is his.
        async with opened(listener) as client:
            assert await enter(client, pid=pid, offset=offset) == {"sid": sid, "pid": pid}


async def test_a45_who_has_left_by_itself_or_was_put_out_does_not_come_back() -> None:
    away = Away()
    async with away.io.serving() as listener:
        for by_server in (False, True):
            async with opened(listener) as client:
                answer = await enter(client)
                away.io.emit("hello")
                offset = (await client.event())[-1]
                if by_server:
                    away.io.disconnect_sockets()
                    assert await client.receive() == "41"
                else:
                    client.send("41")
                assert await away.left.get() == answer["sid"]
                again = await enter(client, pid=answer["pid"], offset=offset)
                assert again["sid"] != answer["sid"]
            await away.left.get()


@pytest.mark.parametrize("count", [2, 20])
async def test_v68_of_those_that_come_back_at_once_one_is_there(count: int) -> None:
    away = Away()
    async with away.io.serving() as listener:
        sid, pid, offset = await away.leave(listener)
        clients = [await Client.open(listener) for _ in range(count)]
        for client in clients:
            await client.receive()
        for client in clients:
            client.send("40" + json.dumps({"pid": pid, "offset": offset}))
        # Each closes the one before; the last one stays, whichever it is.
        ends = [asyncio.ensure_future(client.closed()) for client in clients]
        waiting = set(ends)
        while len(waiting) > 1:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        (stays,) = waiting
        # The server has forgotten the others.
        await until(lambda: away.io.stats()["sockets"] == 1 and sid in away.io.sockets.sockets)
        away.io.disconnect_sockets(close=True)
        packets = [str(packet) for packet in await stays]
        assert packets[-1] == "41"
        assert json.loads(packets[-2][2:]) == {"sid": sid, "pid": pid}
        for client in clients:
            await client.leave()


async def test_v68_packets_and_sessions_are_bounded_by_bytes_and_the_oldest_go() -> None:
    away = Away(limits=Limits(max_recovery_bytes=20_000))
    async with away.io.serving() as listener:
        first = await away.leave(listener)
        kept = [await away.leave(listener) for _ in range(60)]
        async with opened(listener) as client:
            sid, pid, offset = first
            assert (await enter(client, pid=pid, offset=offset))["sid"] != sid
        await away.left.get()
        async with opened(listener) as client:
            sid, pid, offset = kept[-1]
            assert (await enter(client, pid=pid, offset=offset))["sid"] == sid
        assert away.io.stats()["limit.max_recovery_bytes"] > 0

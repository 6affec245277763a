"""Connections of an engine alone as clients of a server: `Server.bind` and `Server.onconnection`."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.client import Client, joined, request
from support.client import opened as session

from socketio_rs import DisconnectReason, Limits, Listener, Server, Socket
from socketio_rs.engine import Engine, EngineSocket

WEBSOCKET = "/engine.io/?EIO=4&transport=websocket"
POLLING = "/engine.io/?EIO=4&transport=polling"


@asynccontextmanager
async def opened(listener: Listener) -> AsyncIterator[Client]:
    """A client of an engine."""
    async with session(listener, WEBSOCKET) as client:
        yield client


@asynccontextmanager
async def entered(listener: Listener) -> AsyncIterator[Client]:
    """One whose socket is connected to `/`."""
    async with opened(listener) as client:
        client.sid = await client.enter("/")
        yield client


def sockets_of(io: Server) -> "asyncio.Queue[Socket]":
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    return sockets


def reasons_of(io: Server) -> "asyncio.Queue[str]":
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda _, reason: reasons.put_nowait(reason))
    return reasons


async def test_connections_of_a_bound_engine_are_clients_of_the_server() -> None:
    engine, io = Engine(), Server()
    assert io.engine is None
    assert io.bind(engine) is io
    assert io.engine is engine
    sockets, connections = sockets_of(io), asyncio.Queue[EngineSocket]()
    engine.on("connection", connections.put_nowait)
    io.on("sum", lambda _, *numbers: sum(numbers))
    io.on("bytes", lambda _, data: data[::-1])
    async with engine.serving() as listener, entered(listener) as client:
        socket, connection = await sockets.get(), await connections.get()
        assert socket.id == client.sid
        assert socket.conn is connection
        assert socket.client.conn is connection
        assert engine.clients == {connection.id: connection}
        assert socket.request.url == WEBSOCKET
        assert socket.handshake.query == {"EIO": "4", "transport": "websocket"}
        assert await client.ask("sum", 1, 2) == [3]
        client.send('451-7["bytes",{"_placeholder":true,"num":0}]', b"abc")
        assert await client.receive() == '461-7[{"_placeholder":true,"num":0}]'
        assert await client.receive() == b"cba"


async def test_rooms_namespaces_and_middlewares_are_those_of_any_client() -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    admin = io.of("/admin")
    asked: list[dict[str, Any]] = []
    admin.use(lambda socket: asked.append(socket.handshake.auth))
    admin.on("join", lambda socket, room: socket.join(room))

    @admin.on("ask")
    async def ask(socket: Socket) -> list[Any]:
        return await admin.to("room").timeout(30).emit_with_ack("question")

    async with engine.serving() as listener, opened(listener) as one, opened(listener) as two:
        await one.enter("/admin", {"token": 1})
        await two.enter("/admin", {"token": 2})
        assert asked == [{"token": 1}, {"token": 2}]
        one.send('42/admin,1["join","room"]')
        assert await one.receive() == "43/admin,1[]"
        two.send('42/admin,2["ask"]')
        question = str(await one.receive())
        assert question.endswith('["question"]')
        one.send("43" + question[2:].replace("question", "answer"))
        assert await two.receive() == '43/admin,2[["answer"]]'
        admin.to("room").emit("only", "one")
        admin.emit("all")
        assert await one.receive() == '42/admin,["only","one"]'
        assert await one.receive() == await two.receive() == '42/admin,["all"]'


async def test_one_handed_over_is_a_client_and_the_others_stay_the_engines() -> None:
    engine, io = Engine(), Server()
    io.on("x", lambda _: "io")

    @engine.on("connection")
    def connected(socket: EngineSocket) -> None:
        if engine.clients_count == 1:
            assert io.onconnection(socket) is io
        else:
            socket.on("message", lambda data: socket.send(f"raw {data}"))

    async with engine.serving() as listener, entered(listener) as one, opened(listener) as two:
        assert await one.ask("x") == ["io"]
        two.send("4hello")
        assert await two.receive() == "4raw hello"
        assert io.engine is None
        assert engine.clients_count == 2
        assert io.stats()["sessions"] == 1
    await io.close()


async def test_what_came_before_goes_to_the_server_in_its_order() -> None:
    engine, io = Engine(max_pending_events=8), Server()
    late = asyncio.Event()
    heard: list[Any] = []
    io.on("x", lambda _, number: heard.append(number))
    io.on("end", lambda _: True)

    @engine.on("connection")
    async def connected(socket: EngineSocket) -> None:
        await late.wait()
        io.onconnection(socket)

    async with engine.serving() as listener, opened(listener) as client:
        client.send("40")
        for number in range(3):
            client.emit("x", number)
        client.send('451-["x",{"_placeholder":true,"num":0}]', b"3")
        await request(listener, "GET", "/settled")
        late.set()
        for number in range(4, 200):
            client.emit("x", number)
        assert str(await client.receive()).startswith("40{")
        assert await client.ask("end") == [True]
    assert heard == [0, 1, 2, b"3", *range(4, 200)]
    await io.close()


async def test_message_listeners_hear_what_the_server_gets_too() -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    messages: list[str | bytes] = []
    closes: asyncio.Queue[str] = asyncio.Queue()

    @engine.on("connection")
    def connected(socket: EngineSocket) -> None:
        socket.on("message", messages.append)
        socket.on("close", closes.put_nowait)

    io.on("x", lambda _: 1)
    reasons = reasons_of(io)
    async with engine.serving() as listener:
        async with entered(listener) as client:
            assert await client.ask("x") == [1]
        assert await closes.get() == await reasons.get() == "transport close"
    assert messages == ["0", '20["x"]']


async def test_messages_behind_a_full_listener_are_not_lost_when_the_client_leaves() -> None:
    engine, io = Engine(max_running_handlers=1), Server()
    io.bind(engine)
    gate, heard = asyncio.Event(), asyncio.Queue[int]()

    @engine.on("connection")
    def connected(socket: EngineSocket) -> None:
        @socket.on("message")
        async def slow(data: str) -> None:
            await gate.wait()

    io.on("x", lambda _, number: heard.put_nowait(number))
    reasons = reasons_of(io)
    async with engine.serving() as listener:
        async with opened(listener) as client:
            client.send("40", '42["x",1]', '42["x",2]')
        assert [await heard.get() for _ in range(2)] == [1, 2]
        assert await reasons.get() == "transport close"
        gate.set()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("hang up", DisconnectReason.TRANSPORT_CLOSE),
        ("nonsense", DisconnectReason.PARSE_ERROR),
        ("close the connection", DisconnectReason.FORCED_CLOSE),
        ("close the engine", DisconnectReason.FORCED_CLOSE),
        ("close the server", DisconnectReason.SERVER_SHUTTING_DOWN),
        ("disconnect", DisconnectReason.SERVER_NAMESPACE_DISCONNECT),
        ("bad packet", DisconnectReason.FORCED_CLOSE),
        ("leave", DisconnectReason.CLIENT_NAMESPACE_DISCONNECT),
    ],
)
async def test_disconnects_have_the_reasons_of_any_client(
    how: str, reason: DisconnectReason
) -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    sockets, reasons = sockets_of(io), reasons_of(io)
    closes: asyncio.Queue[str] = asyncio.Queue()
    engine.on("connection", lambda socket: socket.on("close", closes.put_nowait))
    async with engine.serving() as listener, entered(listener) as client:
        socket = await sockets.get()
        match how:
            case "hang up":
                await client.leave()
            case "nonsense":
                client.send("nonsense")
            case "close the connection":
                socket.conn.close()
            case "close the engine":
                await engine.close()
            case "close the server":
                io.emit("bye")
                await io.close()
                assert await client.closed() == ['42["bye"]']
            case "disconnect":
                io.emit("bye")
                socket.disconnect(close=True)
                assert await client.closed() == ['42["bye"]', "41"]
            case "bad packet":
                client.send("4nonsense")
            case _:
                client.send("41")
        assert await reasons.get() == reason
        if how == "leave":
            # Its connection stays, and may enter once more.
            await client.enter("/")
            assert (await sockets.get()).conn is socket.conn
        else:
            wanted = reason if how in ("hang up", "nonsense") else "forced close"
            assert await closes.get() == wanted
    assert reasons.qsize() == (how == "leave")


async def test_ping_timeout_of_the_engine_is_that_of_the_socket() -> None:
    engine, io = Engine(ping_interval=0.05, ping_timeout=0.05), Server()
    io.bind(engine)
    reasons = reasons_of(io)
    async with engine.serving() as listener, entered(listener):
        assert await reasons.get() == "ping timeout"


async def test_connect_timeout_closes_one_that_joins_no_namespace() -> None:
    engine, io = Engine(), Server()
    io.connect_timeout = 0.05
    io.bind(engine)
    async with engine.serving() as listener, opened(listener) as client:
        assert await client.closed() == []
        assert io.stats()["limit.connect_timeout"] == 1


async def test_what_can_not_be_handed_over_is_told() -> None:
    engine, io = Engine(), Server()
    sockets, reasons = sockets_of(io), reasons_of(io)
    connections: asyncio.Queue[EngineSocket] = asyncio.Queue()
    engine.on("connection", connections.put_nowait)
    for wrong in (None, 5, io):
        with pytest.raises(TypeError, match="onconnection takes an EngineSocket"):
            io.onconnection(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="bind takes a socketio_rs"):
            io.bind(wrong)  # type: ignore[arg-type]
    async with io.serving() as own, joined(own), engine.serving() as listener:
        with pytest.raises(ValueError, match="server's own: an Engine"):
            io.onconnection((await sockets.get()).conn)
        async with opened(listener) as client:
            connection = await connections.get()
            io.onconnection(connection)
            for server in (io, Server()):
                with pytest.raises(ValueError, match="handed over already"):
                    server.onconnection(connection)
                if server is not io:
                    await server.close()
            await client.enter("/")
        await reasons.get()
        # There is nobody any more.
        io.onconnection(connection)
        assert io.stats()["sessions"] == 1


async def test_engine_is_bound_once() -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    with pytest.raises(ValueError, match="bound to this server already"):
        io.bind(engine)
    with pytest.raises(ValueError, match="bound to another server already"):
        Server().bind(engine)


def on_another_loop(main: Any) -> None:
    """Runs a coroutine function on a loop of its own, in a thread of its own."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - for the caller
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


async def test_server_and_engine_need_the_same_loop() -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    loop = asyncio.get_running_loop()
    for here, there in ((engine, io), (io, engine)):
        async with here.serving():
            for served in (here, there):
                with pytest.raises(RuntimeError, match=f"{id(loop):#x}, not on .* at 0x"):
                    on_another_loop(lambda served=served: served.listen(0))
        await io.close()
    async with Engine().serving(), (free := Engine()).serving():
        with pytest.raises(RuntimeError, match="not on"):
            on_another_loop(lambda: serve_and_bind(Server(), Engine(), free))


async def serve_and_bind(io: Server, own: Engine, engine: Engine) -> None:
    io.bind(own)
    async with own.serving():
        io.bind(engine)


async def test_engine_that_is_served_is_bound_on_its_loop() -> None:
    engine, io = Engine(), Server()
    async with engine.serving() as listener:
        with pytest.raises(RuntimeError, match="bind it there, not in another thread"):
            await asyncio.to_thread(io.bind, engine)
        assert io.engine is None
        io.bind(engine)
        async with entered(listener):
            pass
    await asyncio.to_thread(Server().bind, Engine())


async def test_connection_is_handed_over_on_the_loop_of_both() -> None:
    engine, io = Engine(), Server()
    connections: asyncio.Queue[EngineSocket] = asyncio.Queue()
    engine.on("connection", connections.put_nowait)
    async with engine.serving() as listener, opened(listener):
        connection = await connections.get()

        async def hand_over() -> None:
            io.onconnection(connection)

        with pytest.raises(RuntimeError, match="both need the same loop"):
            on_another_loop(hand_over)
        with pytest.raises(RuntimeError, match="has to be called on the loop"):
            await asyncio.to_thread(io.onconnection, connection)
        # The other loop is closed.
        io.onconnection(connection)
    await io.close()


def test_server_is_served_with_its_engine_on_one_loop_after_the_other() -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    loops: list[asyncio.AbstractEventLoop] = []

    @io.event
    def x(socket: Socket) -> str:
        loops.append(asyncio.get_running_loop())
        return "x"

    async def main(*, close_server: bool) -> None:
        async with engine.serving() as listener, entered(listener) as client:
            assert await client.ask("x") == ["x"]
            if close_server:
                await io.close()
        # It does not stay when its engine has gone.
        io.path = "/socket.io"

    for close_server in (False, True):
        asyncio.run(main(close_server=close_server))
    assert len(set(map(id, loops))) == len(loops) == 2


async def test_server_may_listen_besides_and_have_several_engines() -> None:
    first, second, io = Engine(), Engine(), Server()
    io.bind(first).bind(second)
    assert io.engine is second
    io.on("x", lambda socket: io.emit("from", socket.id))
    reasons = reasons_of(io)
    async with (
        io.serving() as own,
        first.serving() as one,
        second.serving() as two,
        joined(own) as a,
        entered(one) as b,
        entered(two) as c,
    ):
        clients = [a, b, c]
        for client in clients:
            client.emit("x")
            for each in clients:
                assert await each.event() == ["from", client.sid]
        await first.close()
        assert await b.closed() == []
        assert await reasons.get() == "forced close"
        c.emit("x")
        assert await a.event() == await c.event() == ["from", c.sid]
        await io.close()
        assert await c.closed() == []
        assert [await reasons.get() for _ in range(2)] == ["server shutting down"] * 2
    assert reasons.empty()


async def test_new_connections_are_closed_while_the_server_is() -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    gate = asyncio.Event()

    @io.event
    async def wait(socket: Socket) -> None:
        gate.set()
        await asyncio.Event().wait()

    async with engine.serving() as listener, entered(listener) as client:
        client.emit("wait")
        await gate.wait()
        closing = asyncio.create_task(io.close(drain=3600))
        assert await client.closed() == []
        async with opened(listener) as other:
            assert await other.closed() == []
        await io.close()
        await closing
    assert engine.clients_count == 0


CHUNK = "x" * 100_000


async def test_slow_client_of_an_engine_is_disconnected() -> None:
    engine, io = Engine(), Server(send_queue_bytes=4 << 20)
    io.bind(engine)
    reasons, gone = reasons_of(io), asyncio.Event()
    engine.on("connection", lambda socket: socket.on("close", lambda: gone.set()))
    async with (
        engine.serving() as listener,
        entered(listener) as slow,
        entered(listener) as healthy,
    ):
        slow.pause()
        for number in range(400):
            io.emit("chunk", number, CHUNK)
            assert (await healthy.event())[1] == number
        assert await reasons.get() == "slow consumer"
        assert reasons.empty()
        assert io.stats()["closed.slow_consumer"] == 1
        await gone.wait()
        assert engine.clients_count == 1


async def test_slow_client_of_an_engine_may_lose_what_finds_no_room() -> None:
    engine, io = Engine(), Server(send_queue_bytes=4 << 20, slow_client="drop")
    io.bind(engine)
    async with (
        engine.serving() as listener,
        entered(listener) as slow,
        entered(listener) as healthy,
    ):
        slow.pause()
        for number in range(400):
            io.emit("chunk", number, CHUNK)
            assert (await healthy.event())[1] == number
        slow.resume()
        numbers: list[int] = []

        async def read() -> None:
            while (event := await slow.event())[0] != "end":
                numbers.append(event[1])

        reading = asyncio.create_task(read())
        while not reading.done():
            io.emit("end")
            await asyncio.sleep(0.01)
        await reading
    assert numbers[:40] == list(range(40))
    assert numbers == sorted(numbers)
    assert len(numbers) < 400


async def test_awaited_emits_wait_for_a_slow_client_of_an_engine() -> None:
    engine, io = Engine(send_queue_bytes=1_000_000), Server(send_queue_bytes=1_000_000)
    io.bind(engine)
    sockets = sockets_of(io)
    async with engine.serving() as listener, entered(listener) as client:
        socket = await sockets.get()
        client.pause()

        async def emit() -> None:
            for number in range(200):
                await socket.emit("x", number, CHUNK)

        emitting = asyncio.create_task(emit())
        done, _ = await asyncio.wait([emitting], timeout=0.5)
        assert not done
        client.resume()
        for number in range(200):
            assert (await client.event())[1] == number
        await emitting


async def test_full_inbox_of_the_engine_loses_nothing() -> None:
    engine = Engine(limits=Limits(soft_inbox_bytes=1_000))
    io = Server(send_queue_bytes=1 << 30)
    io.bind(engine)
    async with engine.serving() as listener, entered(listener) as one, entered(listener) as two:
        for number in range(300):
            io.emit("x", number, "x" * 2_000)
        for client in (one, two):
            for number in range(300):
                assert (await client.event())[1] == number


async def test_flood_of_events_pauses_the_client_of_an_engine() -> None:
    engine, io = Engine(max_pending_events=4), Server(max_pending_events=4, max_running_handlers=1)
    io.bind(engine)
    gate = asyncio.Event()
    started: list[int] = []

    @io.event
    async def work(socket: Socket, number: int, _: str) -> None:
        started.append(number)
        await gate.wait()

    io.on("end", lambda socket: True)
    async with engine.serving() as listener, entered(listener) as client:
        for number in range(400):
            client.emit("work", number, CHUNK)
        before = -1
        while client.unsent_bytes() != before:
            before = client.unsent_bytes()
            await asyncio.sleep(0.1)
        assert before > 0
        assert started == [0]
        assert engine.stats()["events_queued"] <= 5
        assert io.stats()["events_queued"] <= 5
        gate.set()
        assert await client.ask("end") == [True]
        assert engine.stats()["events_queued"] == 0
    assert started == list(range(400))


async def test_flood_is_read_on_while_an_answer_is_awaited() -> None:
    engine, io = Engine(max_pending_events=4), Server(max_pending_events=4, max_running_handlers=2)
    io.bind(engine)

    @io.event
    async def ask(socket: Socket, number: int) -> None:
        await socket.emit_with_ack("question", number)

    io.on("end", lambda socket: True)
    async with engine.serving() as listener, entered(listener) as client:
        for number in range(100):
            client.emit("ask", number)
        client.send('429["end"]')
        for number in range(100):
            packet = str(await client.receive())
            assert packet.endswith(f'["question",{number}]')
            client.send(f"43{packet[2:].partition('[')[0]}[]")
        assert await client.receive() == "439[true]"


async def test_volatile_is_dropped_for_one_that_is_not_ready() -> None:
    engine, io = Engine(), Server()
    io.bind(engine)
    sockets = sockets_of(io)
    async with engine.serving() as listener, entered(listener) as client:
        socket = await sockets.get()
        socket.emit("a", b"\x01")
        socket.volatile.emit("b", b"\x02")
        io.volatile.emit("c")
        io.emit("d")
        packets = [await client.receive() for _ in range(6)]
        assert [packet for packet in packets if isinstance(packet, bytes)] == [b"\x01", b"\x02"]
        assert packets[4:] == ['42["c"]', '42["d"]']
        handshake = (await request(listener, "GET", POLLING)).body
        target = f"{POLLING}&sid={handshake[9:29]}"
        await request(listener, "POST", target, "40")
        poller = await sockets.get()
        assert (await request(listener, "GET", target)).body.startswith("40{")
        # It has no request waiting.
        poller.volatile.emit("lost")
        poller.emit("kept")
        socket.emit("settled")
        assert await client.event() == ["settled"]
        assert (await request(listener, "GET", target)).body == '42["kept"]'


async def test_client_of_an_engine_comes_back_to_what_it_had() -> None:
    engine, io = Engine(), Server(connection_state_recovery=True)
    io.bind(engine)
    sockets, reasons = sockets_of(io), reasons_of(io)
    async with engine.serving() as listener:
        async with opened(listener) as client:
            client.send("40")
            connected = json.loads(str(await client.receive())[2:])
            socket = await sockets.get()
            socket.join("room")
            socket.emit("first")
            _, offset = await client.event()
        await reasons.get()
        io.to("room").emit("missed")
        async with opened(listener) as client:
            wish = {"pid": connected["pid"], "offset": offset}
            client.send(f"40{json.dumps(wish)}")
            assert (await client.event())[0] == "missed"
            assert str(await client.receive()).startswith(f'40{{"sid":"{socket.id}"')
            again = await sockets.get()
            assert again.recovered
            assert again.conn in engine.clients.values()

"""The order rules of events, emits, acks and joins (`ARCHITECTURE.md`)."""

import asyncio
import itertools
import threading
from typing import Any

from support.client import Client, joined, opened
from support.raw import CLOSE, TEXT, masked_frame

from socketio_rs import ConnectError, Disconnected, Server, Socket

# Rule 1: commands leave in the order given


async def test_emits_of_one_handler_arrive_in_their_order() -> None:
    io: Server = Server()

    @io.event
    def go(socket: Socket) -> None:
        for number in range(0, 300, 3):
            socket.emit("n", number)
            io.emit("n", number + 1)
            io.to(socket.id).emit("n", number + 2)

    async with io.serving() as listener, joined(listener) as client:
        client.emit("go")
        assert [await client.event() for _ in range(300)] == [["n", n] for n in range(300)]


async def test_join_then_emit_reaches_the_joiner_and_leave_then_emit_does_not() -> None:
    io: Server = Server()

    @io.event
    def go(socket: Socket) -> None:
        io.to("room").emit("before")
        socket.join("room")
        io.to("room").emit("inside")
        socket.leave("room")
        io.to("room").emit("after")
        socket.emit("end")

    async with io.serving() as listener, joined(listener) as client:
        client.emit("go")
        assert [await client.event(), await client.event()] == [["inside"], ["end"]]


async def test_emit_of_a_handler_precedes_its_ack() -> None:
    io: Server = Server()

    @io.event
    async def go(socket: Socket) -> str:
        socket.emit("first")
        await asyncio.sleep(0)
        io.emit("second")
        return "ack"

    async with io.serving() as listener, joined(listener) as client:
        client.send('427["go"]')
        packets = [await client.receive() for _ in range(3)]
        assert packets == ['42["first"]', '42["second"]', '437["ack"]']


async def test_disconnect_comes_behind_what_was_emitted_before_and_ends_emits() -> None:
    io: Server = Server()

    @io.event
    def go(socket: Socket) -> None:
        socket.emit("last")
        socket.disconnect()
        socket.emit("never")
        io.emit("never")

    async with io.serving() as listener, joined(listener) as client:
        client.emit("go")
        assert [await client.receive(), await client.receive()] == ['42["last"]', "41"]
        assert await client.enter("/") != client.sid


async def test_emits_of_several_threads_keep_the_order_of_each_and_all_receivers_see_one() -> None:
    io: Server = Server()
    threads, each = 4, 500

    def emit_all(thread: int) -> None:
        for number in range(each):
            io.emit("n", thread, number)

    async with (
        io.serving() as listener,
        joined(listener) as first,
        joined(listener) as second,
    ):
        running = [threading.Thread(target=emit_all, args=(number,)) for number in range(threads)]
        for thread in running:
            thread.start()
        seen = [
            [tuple((await client.event())[1:]) for _ in range(threads * each)]
            for client in (first, second)
        ]
        for thread in running:
            thread.join()
    assert seen[0] == seen[1]
    for thread in range(threads):
        assert [number for which, number in seen[0] if which == thread] == list(range(each))


async def test_join_and_emit_of_a_thread_keep_their_order_beside_others() -> None:
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)

    def join_and_emit(socket: Socket) -> None:
        for number in range(300):
            socket.join(f"r{number}")
            io.to(f"r{number}").emit("inside", number)
            socket.leave(f"r{number}")
            io.to(f"r{number}").emit("outside", number)

    async with io.serving() as listener, joined(listener) as client:
        await asyncio.gather(
            asyncio.to_thread(join_and_emit, await sockets.get()),
            asyncio.to_thread(lambda: [io.emit("noise") for _ in range(300)]),
        )
        io.emit("end")
        events = [event async for event in until(client, "end")]
    assert [event[1] for event in events if event[0] == "inside"] == list(range(300))
    assert not any(event[0] == "outside" for event in events)


# Rule 2: one queue for all that comes of a socket


async def test_connection_comes_first_and_disconnect_last() -> None:
    io: Server = Server()
    ran: list[str] = []
    left = asyncio.Event()

    @io.event
    async def connection(socket: Socket) -> None:
        ran.append("connection")

    @io.event
    async def chat(socket: Socket, number: int) -> None:
        ran.append(f"chat {number}")

    @io.event
    async def disconnecting(socket: Socket) -> None:
        ran.append("disconnecting")

    @io.event
    async def disconnect(socket: Socket) -> None:
        ran.append("disconnect")
        left.set()

    async with io.serving() as listener, opened(listener) as client:
        client.send("40", '42["chat",1]', '42["chat",2]', "41")
        await left.wait()
    assert ran == ["connection", "chat 1", "chat 2", "disconnecting", "disconnect"]


async def test_events_start_in_the_order_received_whatever_kinds_are_mixed() -> None:
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    ran: list[int] = []

    @io.event
    async def task(socket: Socket, number: int) -> None:
        ran.append(number)
        await asyncio.sleep(0)

    @io.event
    def plain(socket: Socket, number: int) -> None:
        ran.append(number)

    @io.event
    def wrapped(socket: Socket, number: int) -> Any:
        ran.append(number)
        return asyncio.sleep(0)

    async def something_to_do_in_every_turn_of_the_loop(socket: Socket) -> None:
        while True:
            socket.timeout(1).emit("late", ack=lambda error: None)
            await asyncio.sleep(0)

    io.on("end", lambda socket: True)
    names = itertools.cycle(["task", "plain", "wrapped", "plain", "task", "task", "plain"])
    async with io.serving() as listener, joined(listener) as client, joined(listener):
        await sockets.get()
        gone = (await sockets.get()).disconnect()
        noise = asyncio.create_task(something_to_do_in_every_turn_of_the_loop(gone))
        # Several writes, so that many passes over the queue take them.
        for start in range(0, 2000, 100):
            numbers = range(start, start + 100)
            client.send(*(f'42["{next(names)}",{number}]' for number in numbers))
            await asyncio.sleep(0)
        assert await client.ask("end") == [True]
        noise.cancel()
    assert ran == list(range(2000))


async def test_handler_that_waits_holds_up_neither_its_socket_nor_others() -> None:
    io: Server = Server()
    gate = asyncio.Event()

    @io.event
    async def slow(socket: Socket) -> str:
        await gate.wait()
        return "slow"

    @io.event
    async def fast(socket: Socket) -> str:
        return "fast"

    async with io.serving() as listener, joined(listener) as one, joined(listener) as two:
        one.send('421["slow"]', '422["fast"]')
        assert await one.receive() == '432["fast"]'
        assert await two.ask("fast") == ["fast"]
        gate.set()
        assert await one.receive() == '431["slow"]'


async def test_ack_is_taken_while_later_events_of_its_socket_are_held() -> None:
    io: Server = Server(max_running_handlers=1)
    ran: list[Any] = []

    @io.event
    async def ask(socket: Socket) -> None:
        ran.append(await socket.emit_with_ack("question"))

    @io.event
    async def later(socket: Socket, number: int) -> None:
        ran.append(number)

    @io.event
    async def end(socket: Socket) -> bool:
        return True

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["ask"]', '42["later",1]', '42["later",2]')
        assert await client.receive() == '420["question"]'
        assert ran == []
        client.send('430["answer"]')
        assert await client.ask("end") == [True]
    assert ran == ["answer", 1, 2]


async def test_ack_is_taken_behind_more_events_than_may_be_pending() -> None:
    io: Server = Server(max_running_handlers=1, max_pending_events=2)
    ran: list[Any] = []

    @io.event
    async def ask(socket: Socket) -> None:
        ran.append(await socket.emit_with_ack("question"))

    @io.event
    async def later(socket: Socket, number: int) -> None:
        ran.append(number)

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["ask"]', *(f'42["later",{number}]' for number in range(1000)))
        assert await client.receive() == '420["question"]'
        client.send('430["answer"]')
        assert await client.ask("end") == [True]
    assert ran == ["answer", *range(1000)]


async def test_ack_of_a_connection_handler_is_taken_while_events_are_kept_for_it() -> None:
    io: Server = Server()
    ran: list[Any] = []

    @io.event
    async def connection(socket: Socket) -> None:
        ran.append(await socket.emit_with_ack("who are you"))
        socket.on("hello", ran.append)
        socket.on("end", lambda: True)

    async with io.serving() as listener, opened(listener) as client:
        client.send("40", '42["hello",1]', '42["hello",2]', '421["end"]')
        assert str(await client.receive()).startswith("40{")
        assert await client.receive() == '420["who are you"]'
        assert ran == []
        client.send('430["me"]')
        assert await client.receive() == "431[true]"
    assert ran == ["me", 1, 2]


async def test_disconnected_takes_effect_while_events_of_its_socket_are_held() -> None:
    io: Server = Server(max_running_handlers=1)
    ran: list[str] = []
    left = asyncio.Event()

    @io.event
    async def ask(socket: Socket) -> None:
        try:
            await socket.emit_with_ack("question")
        except Disconnected:
            ran.append("disconnected")

    @io.event
    async def later(socket: Socket) -> None:
        ran.append("later")

    @io.event
    async def disconnect(socket: Socket) -> None:
        ran.append("disconnect")
        left.set()

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["ask"]', '42["later"]')
        assert await client.receive() == '420["question"]'
        client.send("41")
        await left.wait()
        # The waiting handler has had its turn behind the event.
        await asyncio.sleep(0)
    assert sorted(ran) == ["disconnect", "disconnected"]


async def test_whether_an_event_has_a_handler_is_decided_when_its_turn_comes() -> None:
    io: Server = Server()
    ran: list[int] = []

    @io.event
    def begin(socket: Socket) -> None:
        socket.on("number", ran.append)

    @io.event
    def end(socket: Socket) -> bool:
        socket.off("number")
        return True

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["number",1]', '42["begin"]', '42["number",2]', '420["end"]')
        client.send('42["number",3]')
        assert await client.receive() == "430[true]"
        assert await client.ask("end") == [True]
    assert ran == [2]


# Rule 3: before a socket is accepted


async def test_socket_is_reached_by_no_broadcast_until_its_middlewares_accept_it() -> None:
    io: Server = Server()
    asked, gate = asyncio.Event(), asyncio.Event()

    @io.use
    async def wait(socket: Socket) -> None:
        socket.join("room")
        asked.set()
        await gate.wait()

    @io.event
    def connection(socket: Socket) -> None:
        socket.emit("hello")

    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        await asked.wait()
        io.emit("early")
        io.to("room").emit("early")
        gate.set()
        assert str(await client.receive()).startswith("40{")
        assert await client.event() == ["hello"]
        io.to("room").emit("late")
        assert await client.event() == ["late"]


# Rule 4: attachments


async def test_attachments_follow_their_packet_whatever_else_is_sent() -> None:
    io: Server = Server()

    def emit_all(thread: int) -> None:
        for number in range(100):
            io.emit("binary", bytes([thread, number]), {"deep": [b"x" * number]})
            io.emit("text", number)

    async with io.serving() as listener, joined(listener) as client:
        sending = [asyncio.to_thread(emit_all, number) for number in range(3)]
        everything = asyncio.gather(*sending)
        seen: dict[int, list[int]] = {0: [], 1: [], 2: []}
        for _ in range(600):
            packet = await client.receive()
            if packet[:3] != "452":
                assert packet[:4] == '42["'
                continue
            first, second = await client.receive(), await client.receive()
            assert isinstance(first, bytes)
            assert second == b"x" * first[1]
            seen[first[0]].append(first[1])
        await everything
    assert seen == {thread: [*range(100)] for thread in range(3)}


# Rule 5: every attempt has an end


async def test_every_attempt_to_connect_is_answered() -> None:
    io: Server = Server()
    refusing, failing = io.of("/refusing"), io.of("/failing")

    @refusing.use
    async def refuse(socket: Socket) -> None:
        raise ConnectError("no", data=[1])

    @failing.use
    def fail(socket: Socket) -> None:
        raise RuntimeError

    async with io.serving() as listener, joined(listener) as client:
        client.send("40/refusing,", "40/failing,", "40/unknown,")
        answers = {await client.receive() for _ in range(3)}
        assert answers == {
            '44/refusing,{"message":"no","data":[1]}',
            '44/failing,{"message":"internal error"}',
            '44/unknown,{"message":"Invalid namespace"}',
        }


async def test_socket_that_leaves_while_its_middlewares_run_is_never_heard_of() -> None:
    io: Server = Server()
    asked, gate = asyncio.Event(), asyncio.Event()
    decided: asyncio.Queue[None] = asyncio.Queue()
    heard: list[str] = []
    for event in ("connection", "disconnecting", "disconnect"):
        io.on(event, lambda *_, event=event: heard.append(event))

    @io.use
    async def wait(socket: Socket) -> None:
        asked.set()
        await gate.wait()
        decided.put_nowait(None)

    async with io.serving() as listener:
        async with opened(listener) as first:
            first.send("40")
            await asked.wait()
        # The second client takes the first one's place in every table.
        async with opened(listener) as second:
            second.send("40")
            gate.set()
            assert str(await second.receive()).startswith("40{")
            await asyncio.gather(*(decided.get() for _ in range(2)))
    assert heard == ["connection", "disconnecting", "disconnect"]


async def until(client: Client, last: str) -> Any:
    """The events before the one named `last`."""
    while (event := await client.event())[0] != last:
        yield event


async def test_event_that_comes_with_the_connect_reaches_a_connection_handler_that_waits_for_it() -> (
    None
):
    io: Server = Server()
    ended = asyncio.Event()

    @io.event
    async def connection(socket: Socket) -> None:
        heard: asyncio.Queue[int] = asyncio.Queue()
        socket.on("n", heard.put_nowait)
        assert [await heard.get() for _ in range(3)] == [1, 2, 3]
        ended.set()

    async with io.serving() as listener, opened(listener) as client:
        client.send("40", '42["n",1]', '42["n",2]', '42["n",3]')
        await asyncio.wait_for(ended.wait(), 5)


async def test_leave_that_comes_with_the_connect_reaches_what_a_connection_handler_registers() -> (
    None
):
    io: Server = Server()
    left: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket: left.put_nowait("namespace"))

    @io.event
    async def connection(socket: Socket) -> None:
        socket.on("disconnecting", lambda: left.put_nowait("disconnecting"))
        socket.on("disconnect", lambda: left.put_nowait("socket"))

    async with io.serving() as listener, opened(listener) as client:
        client.send_raw(masked_frame(TEXT, b"40") + masked_frame(CLOSE, b""))
        for expected in ("disconnecting", "namespace", "socket"):
            assert await asyncio.wait_for(left.get(), 5) == expected

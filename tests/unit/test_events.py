"""Events of clients: which handlers run, with what, in which context, and what their failures touch."""

import asyncio
import functools
import threading
import traceback
from contextvars import ContextVar
from typing import Any

import pytest
from support.client import joined, opened

from socketio_rs import ConnectError, Server, Socket

# Which


async def test_handlers_run_in_order_of_registration_whatever_registered_them() -> None:
    io: Server = Server()
    ran: list[str] = []

    @io.event
    def chat(socket: Socket) -> None:
        ran.append("event")

    @io.sockets.on("chat")
    async def second(socket: Socket) -> None:
        ran.append("on")

    io.once("chat", lambda socket: ran.append("once"))
    io.event("chat")(lambda socket: ran.append("named event"))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("chat")
        client.emit("chat")
        await client.ask("end")
    assert ran == ["event", "on", "once", "named event", "event", "on", "named event"]


async def test_removed_handler_gets_nothing_more() -> None:
    io: Server = Server()
    ran: list[str] = []

    def first(socket: Socket) -> None:
        ran.append("first")

    def second(socket: Socket) -> None:
        ran.append("second")

    for function in (first, second, first):
        io.on("chat", function)

    @io.event
    def off(socket: Socket, all_of_them: bool) -> bool:
        return (io.off("chat") if all_of_them else io.off("chat", first)) is io

    async with io.serving() as listener, joined(listener) as client:
        client.emit("chat")
        await client.ask("off", False)
        client.emit("chat")
        await client.ask("off", True)
        client.emit("chat")
        await client.ask("off", True)
    # The latest goes first, as in an event emitter.
    assert ran == ["first", "second", "first", "first", "second"]


async def test_handler_registered_while_served_gets_the_next_event() -> None:
    io: Server = Server()
    async with io.serving() as listener, joined(listener) as client:
        io.on("late", lambda socket: "heard")
        assert await client.ask("late") == ["heard"]


async def test_any_name_but_the_servers_own_is_an_event_of_clients() -> None:
    io: Server = Server()
    ran: list[str] = []
    for name in ("", "any name", "été 😀", 'quo"te\\', "message", "__proto__", "1"):
        io.on(name, functools.partial(lambda name, socket: ran.append(name), name))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        for name in ("", "any name", "été 😀", 'quo"te\\', "message", "__proto__", "unknown"):
            client.emit(name)
        # A number is a name, too.
        client.send("42[1]")
        await client.ask("end")
    assert ran == ["", "any name", "été 😀", 'quo"te\\', "message", "__proto__", "1"]


async def test_v24_client_cannot_trigger_events_of_the_server() -> None:
    io: Server = Server()
    ran: list[str] = []
    for name in ("connection", "new_namespace"):
        io.on(name, functools.partial(lambda name, *_: ran.append(name), name))

    @io.event
    def listen(socket: Socket) -> bool:
        for name in ("connection", "new_namespace", "error"):
            socket.on(name, functools.partial(ran.append, f"socket {name}"))
        return True

    async with io.serving() as listener, joined(listener) as client:
        await client.ask("listen")
        for name in ("connection", "new_namespace", "error"):
            client.emit(name)
        await client.ask("listen")
    assert ran == ["connection", "socket connection", "socket new_namespace"]


@pytest.mark.parametrize(
    "name", ["connect", "connect_error", "disconnect", "disconnecting", "newListener"]
)
async def test_v24_reserved_name_from_a_client_closes_it(name: str) -> None:
    io: Server = Server()
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    async with io.serving() as listener, joined(listener) as client:
        client.emit(name)
        assert await reasons.get() == "forced close"


# With what


async def test_handler_that_takes_fewer_arguments_gets_the_first_ones() -> None:
    io: Server = Server()
    io.on("none", lambda: "none")
    io.on("socket", lambda socket: [isinstance(socket, Socket)])
    io.on("one", lambda socket, a: [a])
    io.on("default", lambda socket, a, b=0, c="default": [a, b, c])
    io.on("all", lambda socket, *args: [*args])
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("none", 1, 2) == ["none"]
        assert await client.ask("socket", 1) == [[True]]
        assert await client.ask("one", 1, 2, 3) == [[1]]
        assert await client.ask("default", 1, 2) == [[1, 2, "default"]]
        assert await client.ask("all", *range(20)) == [list(range(20))]
        assert await client.ask("all") == [[]]


async def test_too_few_arguments_fail_that_handler_alone_and_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    ran: list[Any] = []

    @io.on("chat")
    async def needs_two(socket: Socket, a: int, b: int) -> None:
        ran.append("never")

    io.on("chat", lambda socket, *args: ran.append(args))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("chat", 1)
        await client.ask("end")
    assert ran == [(1,)]
    assert caplog.messages == [
        f"a handler of 'chat' requires 2 arguments, socket {client.sid} sent 1"
    ]


# Failures


async def test_failing_handler_is_logged_and_touches_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    ran: list[str] = []

    @io.on("chat")
    def plain(socket: Socket) -> None:
        raise ValueError("plain")

    @io.on("chat")
    async def task(socket: Socket) -> None:
        raise ValueError("task")

    @io.on("chat")
    async def late(socket: Socket) -> None:
        await asyncio.sleep(0)
        raise ValueError("late")

    @io.on("chat", thread=True)
    def thread(socket: Socket) -> None:
        raise ValueError("thread")

    @io.on("chat")
    async def cancelled(socket: Socket) -> None:
        raise asyncio.CancelledError

    io.on("chat", lambda socket: ran.append(socket.id))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as one, joined(listener) as two:
        one.emit("chat")
        two.emit("chat")
        assert await one.ask("end") == await two.ask("end") == [True]
        # Waits for the threads.
        await io.close(drain=10)
    assert sorted(ran) == sorted([one.sid, two.sid])
    for sid in (one.sid, two.sid):
        records = [record for record in caplog.records if sid in record.getMessage()]
        assert {str(record.exc_info[1]) for record in records if record.exc_info} == {
            *("plain", "task", "late", "thread"),
        }
        for record in records:
            assert record.exc_info
            # The traceback leads to the handler, which is named as its error.
            *_, (frame, _) = traceback.walk_tb(record.exc_info[2])
            assert frame.f_code.co_name == str(record.exc_info[1])
        assert {record.getMessage() for record in records} == {
            f"a handler of 'chat' failed for socket {sid}"
        }
    assert len(caplog.records) == 8


async def test_failing_connection_handler_leaves_the_socket_connected(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.event
    async def connection(socket: Socket) -> None:
        raise ValueError("boom")

    io.on("end", lambda socket: socket.connected)
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("end") == [True]
    assert caplog.messages == [f"a handler of 'connection' failed for socket {client.sid}"]


# Threads


async def test_handler_in_a_thread_leaves_the_loop_free_and_its_answer_counts() -> None:
    io: Server = Server()
    gate = threading.Event()

    @io.event(thread=True)
    def block(socket: Socket, text: str) -> list[Any]:
        assert gate.wait(10)
        socket.emit("from a thread")
        return [text, threading.current_thread() is threading.main_thread()]

    @io.event
    def release(socket: Socket) -> None:
        gate.set()

    async with io.serving() as listener, joined(listener) as client:
        client.send('427["block","x"]', '42["release"]')
        assert await client.event() == ["from a thread"]
        assert await client.receive() == '437[["x",false]]'


# Contexts


async def test_variable_set_in_a_middleware_is_seen_by_all_handlers_of_its_socket_alone() -> None:
    io: Server = Server()
    user = ContextVar("user", default="nobody")
    seen: list[str] = []
    left = asyncio.Event()

    @io.use
    async def authenticate(socket: Socket) -> None:
        await asyncio.sleep(0)
        user.set(socket.handshake.auth["user"])

    @io.use
    def check(socket: Socket) -> None:
        seen.append(f"middleware {user.get()}")

    @io.event
    def connection(socket: Socket) -> None:
        seen.append(f"connection {user.get()}")
        user.set("changed")
        socket.on("own", user.get)

    io.on("plain", lambda: user.get())
    io.event(name="thread", thread=True)(lambda: user.get())

    @io.event
    async def task(socket: Socket) -> str:
        before = user.get()
        user.set("changed")
        await asyncio.sleep(0)
        assert user.get() == "changed"
        return before

    @io.event
    async def disconnect(socket: Socket) -> None:
        seen.append(f"disconnect {user.get()}")
        left.set()

    async with io.serving() as listener:
        async with (
            joined(listener, auth={"user": "ann"}) as ann,
            joined(listener, auth={"user": "bob"}) as bob,
        ):
            for event in ("plain", "task", "thread", "own", "task"):
                assert await ann.ask(event) == ["ann"]
                assert await bob.ask(event) == ["bob"]
            assert user.get() == "nobody"
        await left.wait()
    assert {"middleware ann", "connection ann", "connection bob", "disconnect ann"} <= {*seen}


async def test_without_middlewares_handlers_run_in_copies_of_the_context_of_listen() -> None:
    io: Server = Server()
    variable = ContextVar("variable", default="unset")

    @io.event
    async def task(socket: Socket) -> str:
        before = variable.get()
        variable.set("changed")
        return before

    @io.event
    def plain(socket: Socket) -> str:
        before = variable.get()
        variable.set("changed")
        return before

    variable.set("set")
    async with io.serving() as listener, joined(listener) as client:
        variable.set("later")
        for event in ("task", "plain", "task", "plain"):
            assert await client.ask(event) == ["set"]


# Events kept while `connection` handlers run


async def test_events_without_a_handler_are_kept_while_connection_handlers_run() -> None:
    io: Server = Server()
    gate = asyncio.Event()
    ran: list[Any] = []

    @io.event
    async def connection(socket: Socket) -> None:
        await gate.wait()
        socket.on("own", lambda *args: ran.append(args))

    @io.on("connection")
    def release_later(socket: Socket) -> None:
        asyncio.get_running_loop().call_later(0.01, gate.set)

    io.on("known", lambda socket: ran.append("known"))
    async with io.serving() as listener, opened(listener) as client:
        client.send("40", '42["own",1]', '42["unknown"]', '42["known"]', '427["own",2]', "42")
        assert str(await client.receive()).startswith("40{")
        assert await client.receive() == "437[]"
    assert ran == ["known", (1,), (2,)]


async def test_at_most_64_events_are_kept_and_the_log_tells_of_the_next_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    gate = asyncio.Event()
    ran: list[int] = []

    @io.event
    async def connection(socket: Socket) -> None:
        await gate.wait()
        socket.on("own", ran.append)
        socket.on("end", lambda: True)
        socket.emit("ready")

    io.on("release", lambda socket: gate.set())
    async with io.serving() as listener, opened(listener) as client:
        client.send("40", *(f'42["own",{number}]' for number in range(70)), '42["release"]')
        assert str(await client.receive()).startswith("40{")
        assert await client.event() == ["ready"]
        assert await client.ask("end") == [True]
    assert ran == list(range(64))
    (message,) = caplog.messages
    assert "events of socket" in message


async def test_event_without_a_handler_is_dropped_once_connection_handlers_have_ended() -> None:
    io: Server = Server()
    ran: list[int] = []

    @io.event
    def listen(socket: Socket) -> bool:
        socket.on("own", ran.append)
        return True

    async with io.serving() as listener, joined(listener) as client:
        client.emit("own", 1)
        assert await client.ask("listen") == [True]
        client.emit("own", 2)
        assert await client.ask("listen") == [True]
    assert ran == [2]


# Cancelling


async def test_event_without_a_handler_is_told_of_once_a_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    io.on("end", lambda socket: True)
    async with io.serving() as listener, opened(listener) as client:
        client.send("40", '42["chat",1]', '42["chat",2]', '42["line\\nfeed"]')
        assert str(await client.receive()).startswith("40{")
        assert await client.ask("end") == [True]
    assert caplog.messages == [
        f"no handler for the event {name} that a client sent to /: @io.on({name}) makes one"
        for name in ('"chat"', '"line\\nfeed"')
    ]


async def test_event_that_io_on_never_gets_is_told_of_with_what_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        for name in ("connection", "new_namespace", "error"):
            client.emit(name)
        assert await client.ask("end") == [True]
    assert caplog.messages == [
        f'no handler for the event "{name}" that a client sent to /: {remedy}'
        for name, remedy in (
            ("connection", 'socket.on("connection") makes one'),
            ("new_namespace", 'socket.on("new_namespace") makes one'),
            ("error", "a client's event of this name is for nobody"),
        )
    ]


async def test_handler_goes_on_after_its_socket_has_left_unless_it_is_to_be_cancelled() -> None:
    io: Server = Server()
    gate, left, went_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    @io.on("work", cancel_on_disconnect=True)
    async def cancelled(socket: Socket) -> None:
        try:
            await gate.wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    @io.on("work")
    async def goes_on(socket: Socket) -> None:
        await gate.wait()
        ended.append("went on")
        went_on.set()

    @io.on("connection", cancel_on_disconnect=True)
    async def connected(socket: Socket) -> None:
        try:
            await gate.wait()
        except asyncio.CancelledError:
            ended.append("connection cancelled")
            raise

    io.on("disconnect", lambda socket: left.set())
    io.on("end", lambda socket: True)
    async with io.serving() as listener:
        async with joined(listener) as client:
            client.emit("work")
            await client.ask("end")
        await left.wait()
        await asyncio.sleep(0)
        gate.set()
        await went_on.wait()
    assert sorted(ended) == ["cancelled", "connection cancelled", "went on"]


async def test_middleware_that_refuses_keeps_its_handlers_unheard() -> None:
    io: Server = Server()
    ran: list[str] = []
    connected = asyncio.Event()
    io.on("connection", lambda socket: ran.append("connection"))
    io.on("connection", lambda socket: connected.set())
    io.on("disconnect", lambda socket: ran.append("disconnect"))

    @io.use
    def refuse(socket: Socket) -> None:
        if socket.handshake.auth.get("token") != "secret":
            raise ConnectError("not authorized", data={"retry": False})

    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        refused = '44{"message":"not authorized","data":{"retry":false}}'
        assert await client.receive() == refused
        assert ran == []
        client.sid = await client.enter("/", {"token": "secret"})
        await connected.wait()
        assert ran == ["connection"]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("-1.50", "-1.5"),
        ("-0", "0"),
        ("1e3", "1000"),
        ("1E21", "1e+21"),
        ("1e-7", "1e-7"),
        ("12345678901234567890", "12345678901234567000"),
    ],
)
async def test_number_as_a_name_is_written_as_javascript_does(number: str, name: str) -> None:
    io: Server = Server()
    io.on(name, lambda socket: name)
    async with io.serving() as listener, joined(listener) as client:
        client.send(f"420[{number}]")
        assert await client.receive() == f'430["{name}"]'

"""Acks both ways: what a handler's end answers, and what answers of a client come to."""

import asyncio
import functools
import logging
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import pytest
from support.client import Client, joined, opened

from socketio_rs import (
    Ack,
    AckTimeout,
    ConnectError,
    Disconnected,
    EventError,
    QueueFull,
    Server,
    Socket,
)


def watched(io: Server[Any]) -> "asyncio.Queue[Socket[Any]]":
    """Gets each socket that connects."""
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    return sockets


# A client asks


@pytest.mark.parametrize(
    ("returned", "answers"),
    [
        (None, []),
        ((), []),
        ("text", ["text"]),
        (0, [0]),
        (False, [False]),
        ("", [""]),
        ([1, 2], [[1, 2]]),
        ((1, [2]), [1, [2]]),
        ((None,), [None]),
        ({"a": None}, [{"a": None}]),
    ],
)
async def test_what_a_handler_returns_is_the_ack(returned: Any, answers: list[Any]) -> None:
    io: Server = Server()
    io.on("plain", lambda socket: returned)

    @io.event
    async def task(socket: Socket) -> Any:
        return returned

    @io.event
    async def late(socket: Socket) -> Any:
        await asyncio.sleep(0)
        return returned

    @io.event(thread=True)
    def thread(socket: Socket) -> Any:
        return returned

    async with io.serving() as listener, joined(listener) as client:
        for event in ("plain", "task", "late", "thread"):
            assert await client.ask(event) == answers


async def test_plain_function_that_returns_something_awaitable_answers_with_its_result() -> None:
    io: Server = Server()

    async def answer() -> str:
        await asyncio.sleep(0)
        return "answer"

    io.on("coroutine", lambda socket: answer())
    io.on("future", lambda socket: asyncio.ensure_future(answer()))
    io.on("emit", lambda socket: socket.emit("x"))
    io.on("ask back", lambda socket: socket.emit_with_ack("question"))
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("coroutine") == ["answer"]
        assert await client.ask("future") == ["answer"]
        client.send('421["emit"]', '422["ask back"]')
        packets = [await client.receive() for _ in range(3)]
        assert packets == ['42["x"]', "431[]", '420["question"]']
        client.send('430["back"]')
        assert await client.receive() == '432["back"]'


async def test_nothing_is_sent_when_no_ack_was_asked_for() -> None:
    io: Server = Server()

    @io.event
    def quiet(socket: Socket) -> object:
        return object()

    @io.event
    def quiet_error(socket: Socket) -> None:
        raise EventError("unheard")

    @io.event
    def by_hand(socket: Socket, ack: Ack) -> None:
        assert not ack.requested
        ack("nobody")

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        for event in ("quiet", "quiet_error", "by_hand"):
            client.emit(event)
        assert await client.ask("end") == [True]


async def test_first_answer_of_several_handlers_wins_and_none_is_no_answer() -> None:
    io: Server = Server()
    gate = asyncio.Event()

    @io.on("race")
    async def slow(socket: Socket) -> str:
        await gate.wait()
        return "slow"

    @io.on("race")
    def nothing(socket: Socket) -> None: ...

    @io.on("race")
    async def fast(socket: Socket) -> str:
        await asyncio.sleep(0)
        return "fast"

    @io.on("race")
    def release(socket: Socket) -> None:
        asyncio.get_running_loop().call_later(0.01, gate.set)

    @io.on("nothing")
    async def none_slow(socket: Socket) -> None:
        await gate.wait()
        ended.append("slow")

    io.on("nothing", nothing)
    ended: list[str] = []
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("race") == ["fast"]
        await gate.wait()
        gate.clear()
        client.send('425["nothing"]', '42["race"]')
        assert await client.receive() == "435[]"
        assert ended == ["slow"]


async def test_ack_by_hand_answers_before_the_handler_ends_and_once() -> None:
    io: Server = Server()
    gate = asyncio.Event()
    acks: asyncio.Queue[Ack] = asyncio.Queue()

    @io.event
    async def early(socket: Socket, text: str, ack: Ack) -> str:
        assert ack.requested
        ack(text, 1)
        ack("second")
        await gate.wait()
        socket.emit("ended")
        return "ignored"

    @io.event
    def later(socket: Socket, *, ack: Ack) -> None:
        acks.put_nowait(ack)

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("early", "text") == ["text", 1]
        gate.set()
        assert await client.event() == ["ended"]
        client.send('429["later"]', '428["later"]')
        first, second = await acks.get(), await acks.get()
        second()
        await asyncio.to_thread(first, "from a thread")
        packets = {await client.receive(), await client.receive()}
        assert packets == {"438[]", '439["from a thread"]'}


@pytest.mark.parametrize("place", ["first", "middle", "last", "keyword"])
async def test_ack_goes_where_the_signature_has_it(place: str) -> None:
    io: Server = Server()

    def first(ack: Ack, socket: Socket, a: int, b: int) -> None:
        ack(a, b, isinstance(socket, Socket))

    def middle(socket: Socket, a: int, ack: Ack, b: int) -> None:
        ack(a, b, isinstance(socket, Socket))

    def last(socket: Socket, a: int, b: int, ack: Ack) -> None:
        ack(a, b, isinstance(socket, Socket))

    def keyword(socket: Socket, a: int, b: int, *, reply: "Ack | None" = None) -> None:
        assert reply is not None
        reply(a, b, isinstance(socket, Socket))

    io.on("x", {"first": first, "middle": middle, "last": last, "keyword": keyword}[place])
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("x", 1, 2, 3) == [1, 2, True]


async def test_ack_that_cannot_be_encoded_raises_and_another_call_answers() -> None:
    io: Server = Server()

    @io.event
    def x(socket: Socket, ack: Ack) -> None:
        with pytest.raises(TypeError, match="cannot answer: argument 1"):
            ack(object())
        ack("fine")

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("x") == ["fine"]


async def test_event_error_is_acked_in_its_form_and_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.event
    def plain(socket: Socket) -> None:
        raise EventError("no such room", data={"room": "x"})

    @io.event
    async def task(socket: Socket) -> None:
        await asyncio.sleep(0)
        raise EventError("gone")

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("plain") == [
            {"error": {"message": "no such room", "data": {"room": "x"}}}
        ]
        assert await client.ask("task") == [{"error": {"message": "gone", "data": None}}]
    assert caplog.messages == []


@pytest.mark.parametrize("failure", ["raises", "too few arguments", "no json"])
async def test_failed_handler_answers_nothing(
    failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    io: Server = Server()

    @io.event
    def fail(socket: Socket, a: int) -> object:
        if failure == "raises":
            raise ValueError("boom")
        return object()

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        arguments = [] if failure == "too few arguments" else [1]
        client.send(f'421["fail"{"".join(f",{a}" for a in arguments)}]')
        assert await client.ask("end") == [True]
    (message,) = caplog.messages
    assert "'fail'" in message
    assert client.sid in message


# The server asks


async def test_answer_is_the_first_argument_or_all() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()

        async def asked(asking: Any, reply: str, *attachments: bytes) -> Any:
            task = asyncio.ensure_future(asking)
            packet = str(await client.receive())
            number = packet[2 : packet.index("[")]
            client.send(reply.replace("N", number), *attachments)
            return await task

        assert await asked(socket.emit_with_ack("x", 1), '43N["a","b"]') == "a"
        assert await asked(socket.emit_with_ack("x"), "43N[]") is None
        assert await asked(socket.emit_with_ack("x", all_args=True), "43N[]") == ()
        assert await asked(socket.emit_with_ack("x", all_args=True), '43N["a",1]') == ("a", 1)
        binary = '461-N[[{"_placeholder":true,"num":0}]]'
        assert await asked(socket.timeout(5).emit_with_ack("x"), binary, b"bytes") == [b"bytes"]


async def test_answers_find_their_emits_in_any_order_and_each_once() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        asking = asyncio.gather(*(socket.emit_with_ack("x", number) for number in range(3)))
        numbers = {}
        for _ in range(3):
            packet = str(await client.receive())
            head, _, number = packet.removesuffix("]").rpartition(",")
            numbers[int(number)] = head[2 : head.index("[")]
        for number in (2, 0, 1):
            client.send(f"43{numbers[number]}[{number}]", f'43{numbers[number]}["again"]')
        assert await asking == [0, 1, 2]
        client.send('4399999["unknown"]')
        assert await asyncio.wait_for(ping(socket, client), 5) == "pong"


async def ping(socket: Socket, client: Client) -> Any:
    """Asks the client, which answers at once."""
    answer = asyncio.ensure_future(socket.emit_with_ack("ping"))
    packet = str(await client.receive())
    client.send(f'43{packet[2 : packet.index("[")]}["pong"]')
    return await answer


async def test_answer_of_another_socket_is_none() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with (
        io.serving() as listener,
        joined(listener) as client,
        joined(listener) as other,
    ):
        socket = await sockets.get()
        asker, liar = (client, other) if socket.id == client.sid else (other, client)
        answer = asyncio.ensure_future(socket.emit_with_ack("x"))
        assert await asker.receive() == '420["x"]'
        liar.send('430["forged"]')
        asker.send('430["true"]')
        assert await answer == "true"


@pytest.mark.parametrize("how", ["timeout()", "timeout=", "both"])
async def test_answer_that_is_late_raises_ack_timeout(how: str) -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        asking = {
            "timeout()": lambda: socket.timeout(0.02).emit_with_ack("x"),
            "timeout=": lambda: socket.emit_with_ack("x", timeout=0.02),
            "both": lambda: socket.timeout(60).emit_with_ack("x", timeout=0.02),
        }[how]
        began = asyncio.get_running_loop().time()
        with pytest.raises(AckTimeout):
            await asking()
        # The clock of uvloop counts whole milliseconds.
        assert asyncio.get_running_loop().time() - began > 0.015
        assert await client.receive() == '420["x"]'
        client.send('430["late"]')
        assert await ping(socket, client) == "pong"


async def test_timeouts_end_in_their_order_whatever_the_order_of_the_emits() -> None:
    io: Server = Server()
    sockets = watched(io)
    ended: list[float] = []

    async def ask(socket: Socket, seconds: float) -> None:
        with pytest.raises(AckTimeout):
            await socket.emit_with_ack("x", timeout=seconds)
        ended.append(seconds)

    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        await asyncio.gather(*(ask(socket, seconds) for seconds in (0.06, 0.02, 0.04, 0.0)))
    assert ended == [0.0, 0.02, 0.04, 0.06]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
async def test_timeout_must_be_finite_seconds(seconds: float) -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        with pytest.raises(ValueError, match="timeout"):
            socket.timeout(seconds)
        with pytest.raises(ValueError, match="timeout"):
            socket.emit_with_ack("x", timeout=seconds)


async def test_timeout_must_be_a_number() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket: Any = await sockets.get()
        text = "timeout must be seconds as a number, found '5'"
        for operator in (socket, socket.volatile):
            with pytest.raises(TypeError, match=text):
                operator.timeout("5")
            with pytest.raises(TypeError, match=text):
                operator.emit_with_ack("x", timeout="5")


@pytest.mark.parametrize("who", ["client", "connection", "server"])
async def test_client_that_leaves_fails_its_answers_at_once(who: str) -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        asking = [
            asyncio.ensure_future(socket.emit_with_ack("x", timeout=timeout))
            for timeout in (None, 3600)
        ]
        assert await client.receive() == '420["x"]'
        if who == "client":
            client.send("41")
        elif who == "connection":
            await client.leave()
        else:
            socket.disconnect()
        for answer in asking:
            with pytest.raises(Disconnected):
                await asyncio.wait_for(answer, 5)
        with pytest.raises(Disconnected):
            await socket.emit_with_ack("x")


async def test_closing_the_server_fails_its_answers() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        answer = asyncio.ensure_future(socket.emit_with_ack("x"))
        await asyncio.sleep(0)
        await io.close()
        with pytest.raises(Disconnected):
            await answer
        with pytest.raises(Disconnected):
            await socket.emit_with_ack("x")


async def test_cancelled_wait_forgets_its_answer() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        for _ in range(10_001):
            # More than may be waited for at a time.
            answer = asyncio.ensure_future(socket.emit_with_ack("x"))
            await asyncio.sleep(0)
            answer.cancel()
            with pytest.raises(asyncio.CancelledError):
                await answer
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.emit_with_ack("x"), 0.01)
        for _ in range(10_002):
            await client.receive()
        client.send('4310001["late"]')
        assert await ping(socket, client) == "pong"


async def test_a39_only_so_many_answers_of_a_socket_are_waited_for() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        asked = [socket.emit_with_ack("x") for _ in range(10_000)]
        with pytest.raises(QueueFull, match="10000 answers"):
            socket.emit_with_ack("x")
        socket.disconnect()
        with pytest.raises(Disconnected):
            await asked[-1]


async def test_answer_can_be_awaited_by_one_at_a_time_and_again_afterwards() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        answer: Any = socket.emit_with_ack("x")
        first = asyncio.create_task(answer)
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="awaited already"):
            await answer
        assert await client.receive() == '420["x"]'
        client.send("430[1]")
        assert await first == 1
        assert await answer == 1


async def test_answer_can_be_asked_for_from_another_thread() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        loop = asyncio.get_running_loop()

        def ask() -> Any:
            asking: Any = socket.emit_with_ack("x", timeout=10)
            return asyncio.run_coroutine_threadsafe(asking, loop).result(10)

        async def elsewhere() -> None:
            with pytest.raises(RuntimeError, match="run_coroutine_threadsafe"):
                await socket.emit_with_ack("y")

        asking = asyncio.ensure_future(asyncio.to_thread(ask))
        assert await client.receive() == '420["x"]'
        client.send('430["answer"]')
        assert await asking == "answer"
        await asyncio.to_thread(asyncio.run, elsewhere())


async def test_timeout_set_from_another_thread_ends_in_time() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        asking: Any = await asyncio.to_thread(socket.emit_with_ack, "x", timeout=0.01)
        with pytest.raises(AckTimeout):
            await asyncio.wait_for(asking, 5)


# Callbacks


async def test_callback_gets_all_answers_in_the_context_of_the_emit() -> None:
    io: Server = Server()
    sockets = watched(io)
    variable = ContextVar("variable", default="unset")
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        called: asyncio.Queue[Any] = asyncio.Queue()

        def plain(*answers: Any) -> None:
            called.put_nowait((answers, variable.get()))

        async def task(*answers: Any) -> None:
            await asyncio.sleep(0)
            called.put_nowait((answers, variable.get()))

        variable.set("set")
        socket.emit("x", 1, ack=plain)
        socket.send("x", ack=task)
        socket.volatile.emit("x", ack=lambda: called.put_nowait("none"))
        variable.set("later")
        assert await client.receive() == '420["x",1]'
        client.send('430["a",2]', '430["again"]')
        assert await called.get() == (("a", 2), "set")
        assert await client.receive() == '421["message","x"]'
        client.send("431[]")
        assert await called.get() == ((), "set")
        assert await client.receive() == '422["x"]'
        client.send("432[]")
        assert await called.get() == "none"
        assert called.empty()


async def test_callback_behind_timeout_gets_an_error_or_none_first() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        called: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

        def callback(*args: Any) -> None:
            called.put_nowait(args)

        socket.timeout(5).emit("x", ack=callback)
        assert await client.receive() == '420["x"]'
        client.send('430["a",2]')
        assert await called.get() == (None, "a", 2)

        socket.timeout(0.01).send("x", ack=callback)
        (error,) = await called.get()
        assert isinstance(error, AckTimeout)

        socket.timeout(5).emit("x", ack=callback)
        socket.disconnect()
        (error,) = await called.get()
        assert isinstance(error, Disconnected)

        called_before = called.qsize()
        socket.timeout(5).emit("x", ack=callback)
        assert called.qsize() == called_before, "never inside the call"
        (error,) = await called.get()
        assert isinstance(error, Disconnected)

        await asyncio.to_thread(socket.timeout(5).emit, "x", ack=callback)
        (error,) = await called.get()
        assert isinstance(error, Disconnected)


async def test_callback_without_a_timeout_is_not_told_that_the_client_left() -> None:
    io: Server = Server()
    sockets = watched(io)
    called: list[Any] = []
    left = asyncio.Event()
    io.on("disconnect", lambda _: left.set())
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        socket.emit("x", ack=lambda *args: called.append(args))
        socket.disconnect()
        socket.emit("x", ack=lambda *args: called.append(args))
        await left.wait()
        await asyncio.sleep(0)
    assert called == []


class Called:
    """Callables of other kinds than plain functions."""

    def __init__(self) -> None:
        self.with_: list[tuple[Any, ...]] = []

    def two(self, first: Any, second: Any = "unset") -> None:
        self.with_.append((first, second))

    def any_number(self, *args: Any) -> None:
        self.with_.append(args)

    def __call__(self, first: Any) -> None:
        self.with_.append((first,))


async def test_callback_gets_as_many_answers_as_it_takes(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()
    sockets = watched(io)
    called = Called()

    def three(first: Any, second: Any, third: Any, *, keyword: Any = None) -> None:
        called.with_.append((first, second, third))

    @functools.wraps(three)
    def decorated(*args: Any, **keywords: Any) -> None:
        three(*args, **keywords)

    class Built:
        def __init__(self, only: Any) -> None:
            called.with_.append((only,))

    callbacks: list[tuple[Any, tuple[Any, ...]]] = [
        (lambda: called.with_.append(()), ()),
        (called, (1,)),
        (called.two, (1, 2)),
        (called.any_number, (1, 2, 3, 4)),
        (three, (1, 2, 3)),
        (decorated, (1, 2, 3)),
        (functools.partial(three, 0), (0, 1, 2)),
        (called.with_.append, (1,)),
        (Built, (1,)),
    ]
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        for number, (callback, _) in enumerate(callbacks):
            socket.emit("x", ack=callback)
            assert await client.receive() == f'42{number}["x"]'
            client.send(f"43{number}[1,2,3,4]")
        assert await ping(socket, client) == "pong"
    expected = [args for _, args in callbacks]
    # What a list appends is no tuple.
    expected[7] = 1  # type: ignore[call-overload]
    assert called.with_ == expected
    assert caplog.messages == []


async def test_callback_that_requires_more_than_comes_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        socket.emit("x", ack=lambda first, second: None)
        await client.receive()
        client.send("430[1]")
        assert await ping(socket, client) == "pong"
    assert caplog.messages == ["an ack's callback of 'x' failed"]


async def test_callback_must_be_callable() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket: Any = await sockets.get()
        with pytest.raises(TypeError, match="ack must be callable, found 1"):
            socket.emit("x", ack=1)


async def test_failing_callback_is_logged_and_touches_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    sockets = watched(io)

    async def task() -> None:
        await asyncio.sleep(0)
        raise ValueError("later")

    def plain() -> None:
        raise ValueError("at once")

    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        for callback in (plain, task):
            socket.emit("chat", ack=callback)
            packet = str(await client.receive())
            client.send(f"43{packet[2 : packet.index('[')]}[]")
        assert await ping(socket, client) == "pong"
        await asyncio.sleep(0)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert set(caplog.messages) == {"an ack's callback of 'chat' failed"}


@pytest.mark.parametrize("end", ["leaves", "is refused"])
async def test_question_of_a_middleware_fails_when_its_client_does_not_join(end: str) -> None:
    io: Server = Server()
    asking: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()
    told: asyncio.Queue[Any] = asyncio.Queue()

    @io.use
    async def ask(socket: Socket) -> None:
        asking.put_nowait(asyncio.ensure_future(socket.emit_with_ack("x")))
        socket.timeout(3600).emit("y", ack=told.put_nowait)
        await asyncio.sleep(0)
        if end == "is refused":
            raise ConnectError("no")
        await asyncio.Event().wait()

    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        answer = await asking.get()
        if end == "leaves":
            await client.leave()
        with pytest.raises(Disconnected):
            await asyncio.wait_for(answer, 5)
        assert isinstance(await told.get(), Disconnected)


async def test_server_closes_while_threads_emit_to_a_client_that_has_left() -> None:
    io: Server = Server()
    sockets = watched(io)
    told: asyncio.Queue[Any] = asyncio.Queue()
    ends = threading.Event()

    def emit(socket: Socket) -> None:
        while not ends.is_set():
            with suppress(QueueFull):
                socket.timeout(5).emit("x", ack=told.put_nowait)
            # Lets the loop have the interpreter.
            time.sleep(0)

    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        socket.disconnect()
        threads = [threading.Thread(target=emit, args=[socket]) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(1000):
                assert isinstance(await told.get(), Disconnected)
            await asyncio.wait_for(io.close(), 20)
        finally:
            ends.set()
            for thread in threads:
                await asyncio.to_thread(thread.join)


async def test_only_so_many_callbacks_wait_to_be_told_that_their_client_has_left() -> None:
    io: Server = Server()
    sockets = watched(io)
    told: asyncio.Queue[Any] = asyncio.Queue()
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        socket.disconnect()
        for _ in range(10_000):
            socket.timeout(5).emit("x", ack=told.put_nowait)
        with pytest.raises(QueueFull):
            socket.timeout(5).emit("x", ack=told.put_nowait)
        for _ in range(10_000):
            assert isinstance(await told.get(), Disconnected)
        socket.timeout(5).emit("x", ack=told.put_nowait)
        await told.get()

"""Broadcasts with acks: who is asked, when the answers are together, and what becomes of those that are missing."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from support.client import Client, joined, opened

from socketio_rs import AckTimeout, Limits, Listener, QueueFull, Server, Socket

LONG = 30.0
"""Seconds that no test waits for."""


def watched(io: Server[Any], namespace: str = "/") -> "asyncio.Queue[Socket[Any]]":
    """Gets each socket that connects."""
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.of(namespace).on("connection", sockets.put_nowait)
    return sockets


@asynccontextmanager
async def clients(listener: Listener, count: int) -> AsyncIterator[list[Client]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(joined(listener)) for _ in range(count)]


async def asked(client: Client, event: str = "question") -> int:
    """Takes the question, which has to be the next packet; its ack id."""
    packet = str(await client.receive())
    head, bracket, rest = packet.partition("[")
    assert head.startswith("42"), packet
    assert json.loads(bracket + rest)[0] == event
    return int(head[2:])


def answer(client: Client, id: int, *values: Any) -> None:  # noqa: A002 - the protocol's name
    client.send(f"43{id}{json.dumps(values)}")


async def test_answers_come_in_a_list_in_the_order_in_which_they_arrived() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, clients(listener, 3) as (a, b, c):
        first = await sockets.get()
        room = [first.id, (await sockets.get()).id, (await sockets.get()).id]
        askers = [io, io.of("/"), io.to(room), io.timeout(LONG), io.volatile]
        for asker in askers:
            answers = asyncio.ensure_future(asker.emit_with_ack("question", 1))
            ids = {await asked(client) for client in (a, b, c)}
            assert len(ids) == 1
            id = ids.pop()  # noqa: A001 - the protocol's name
            for number, client in enumerate((b, a, c)):
                assert not answers.done()
                answer(client, id, number, "more")
                # The next answer is sent when this one has been taken.
                await client_is_heard(io, client)
            assert await answers == [0, 1, 2]


async def client_is_heard(io: Server[Any], client: Client) -> None:
    """Returns when all that the client has sent so far was taken."""
    io.on("heard?", lambda socket: True)
    try:
        assert await client.ask("heard?") == [True]
    finally:
        io.off("heard?")


async def test_answer_without_a_value_is_none_and_all_kinds_of_values_come() -> None:
    io: Server = Server()
    async with io.serving() as listener, clients(listener, 1) as (client,):
        for sent, value in [
            ("[]", None),
            ("[null]", None),
            ('[{"a":[1.5]},2]', {"a": [1.5]}),
            ('["x"]', "x"),
        ]:
            answers = asyncio.ensure_future(io.emit_with_ack("question"))
            client.send(f"43{await asked(client)}{sent}")
            assert await answers == [value]
        answers = asyncio.ensure_future(io.emit_with_ack("question"))
        number = await asked(client)
        client.send(f'461-{number}[{{"_placeholder":true,"num":0}}]', b"bytes")
        assert await answers == [b"bytes"]


async def test_bytes_are_asked_with() -> None:
    io: Server = Server()
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        answers = asyncio.ensure_future(io.emit_with_ack("question", b"bytes"))
        for client in (a, b):
            assert await client.receive() == '451-0["question",{"_placeholder":true,"num":0}]'
            assert await client.receive() == b"bytes"
            answer(client, 0, 1)
        assert await answers == [1, 1]


async def test_nobody_is_asked_and_the_list_is_empty() -> None:
    io: Server = Server()
    assert await io.emit_with_ack("question") == []
    told: list[Any] = []
    async with io.serving() as listener:
        assert await io.emit_with_ack("question") == []
        async with clients(listener, 1) as (client,):
            assert await io.to("nobody").emit_with_ack("question") == []
            assert await io.to([]).emit_with_ack("question", timeout=LONG) == []
            assert await io.of("/other").emit_with_ack("question") == []
            io.to([]).emit("question", ack=lambda *args: told.append(args))
            assert told == [], "in the next tick"
            await asyncio.sleep(0)
            assert told == [(None, [])]
            io.emit("end")
            assert await client.event() == ["end"]


async def test_who_comes_later_is_not_asked() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, clients(listener, 1) as (client,):
        await sockets.get()
        answers = asyncio.ensure_future(io.emit_with_ack("question"))
        number = await asked(client)
        async with joined(listener) as late:
            io.emit("end")
            assert await late.event() == ["end"]
            answer(late, number, "not asked")
            await client_is_heard(io, late)
        assert not answers.done()
        answer(client, number, "asked")
        assert await answers == ["asked"]


async def test_operators_choose_who_is_asked() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        one, two = [await sockets.get() for _ in range(2)]
        two.join("room")
        for asker in (io.to("room"), io.except_(one.id), one.broadcast, one.to(one.id, "room")):
            answers = asyncio.ensure_future(asker.emit_with_ack("question"))
            answer(b, await asked(b), "b")
            assert await answers == ["b"]
        io.emit("end")
        assert await a.event() == ["end"]


async def missing(answers: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> AckTimeout:
    with pytest.raises(AckTimeout) as failure:
        await answers
    assert isinstance(failure.value, TimeoutError)
    return failure.value


async def test_answers_that_are_late_are_missing() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        sids = {(await sockets.get()).id for _ in range(2)}
        assert sids == {a.sid, b.sid}
        for ask in (
            lambda **more: io.timeout(0.05).emit_with_ack("question", **more),
            lambda **more: io.emit_with_ack("question", timeout=0.05, **more),
            lambda **more: io.timeout(LONG).emit_with_ack("question", timeout=0.05, **more),
        ):
            answers = asyncio.ensure_future(ask())
            number = await asked(a)
            answer(a, number, "a")
            assert await asked(b) == number
            error = await missing(answers)
            assert (error.responses, error.missing) == (["a"], {b.sid})
            assert str(error) == "1 of 2 clients did not answer: see 'missing'"
            answer(b, number, "too late")
            answers = asyncio.ensure_future(ask(partial=True))
            number = await asked(a)
            answer(a, number, "a")
            await asked(b)
            assert await answers == ["a"]


async def test_without_a_timeout_the_servers_ping_timeout_counts() -> None:
    io: Server = Server(ping_timeout=0.1, ping_interval=LONG)
    async with io.serving() as listener, clients(listener, 1) as (client,):
        error = await missing(io.emit_with_ack("question"))
        assert (error.responses, error.missing) == ([], {client.sid})
        told: asyncio.Queue[Any] = asyncio.Queue()
        io.emit("question", ack=lambda *args: told.put_nowait(args))
        error, responses = await told.get()
        assert (type(error), error.missing, responses) == (AckTimeout, {client.sid}, [])


async def test_who_leaves_is_missing_at_once_and_the_last_one_ends_it() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        one, two = [await sockets.get() for _ in range(2)]
        answers = asyncio.ensure_future(io.timeout(LONG).emit_with_ack("question"))
        partial = asyncio.ensure_future(io.emit_with_ack("question", timeout=LONG, partial=True))
        others = asyncio.ensure_future(io.to(b.sid).emit_with_ack("question", timeout=LONG))
        numbers = [await asked(a) for _ in range(2)]
        for number in numbers:
            answer(a, number, "a")
        await client_is_heard(io, a)
        assert not answers.done()
        (one if one.id == b.sid else two).disconnect()
        error = await missing(answers)
        assert (error.responses, error.missing) == (["a"], {b.sid})
        assert await partial == ["a"]
        error = await missing(others)
        assert (error.responses, error.missing) == ([], {b.sid})
        answers = asyncio.ensure_future(io.timeout(LONG).emit_with_ack("question"))
        await asked(a)
        await a.abort()
        assert (await missing(answers)).missing == {a.sid}


async def test_first_answer_counts_and_foreign_ones_do_not() -> None:
    io: Server = Server()
    chat = watched(io, "/chat")
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        await a.enter("/chat")
        await chat.get()
        answers = asyncio.ensure_future(io.emit_with_ack("question"))
        number = await asked(a)
        await asked(b)
        a.send(f'43/chat,{number}["another namespace"]')
        answer(a, number + 1, "another id")
        answer(a, number, "first")
        answer(a, number, "second")
        await client_is_heard(io, a)
        assert not answers.done()
        answer(b, number, "b")
        assert await answers == ["first", "b"]


async def test_ids_are_those_of_the_namespaces_counter() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, clients(listener, 1) as (client,):
        socket = await sockets.get()
        for number in range(3):
            asker: Any = socket if number == 1 else io
            answers = asyncio.ensure_future(asker.emit_with_ack("question"))
            assert await asked(client) == number
            answer(client, number, "x")
            assert await answers == ("x" if number == 1 else ["x"])


async def test_callback_gets_none_and_the_answers() -> None:
    io: Server = Server()
    sockets = watched(io)
    told: asyncio.Queue[Any] = asyncio.Queue()
    variable = ContextVar("variable", default="unset")
    variable.set("set")

    async def later(error: Any, responses: list[Any]) -> None:
        await asyncio.sleep(0)
        told.put_nowait((error, responses, variable.get()))

    def at_once(error: Any, responses: list[Any]) -> None:
        told.put_nowait((error, responses, variable.get()))

    async with io.serving() as listener, clients(listener, 2) as (a, b):
        await sockets.get()
        for function in (later, at_once):
            for sender in (io, io.of("/"), io.timeout(LONG)):
                sender.emit("question", 1, ack=function)
                sender.send(1, ack=function)
                for event in ("question", "message"):
                    for client in (a, b):
                        answer(client, await asked(client, event), client.sid)
                    error, responses, value = await told.get()
                    assert (error, sorted(responses)) == (None, sorted([a.sid, b.sid]))
                    assert value == "set"


async def test_callback_gets_an_error_and_what_came() -> None:
    io: Server = Server()
    told: asyncio.Queue[Any] = asyncio.Queue()
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        io.timeout(0.05).emit("question", ack=lambda *args: told.put_nowait(args))
        answer(a, await asked(a), "a")
        error, responses = await told.get()
        assert (type(error), error.missing, error.responses) == (AckTimeout, {b.sid}, ["a"])
        assert responses == ["a"]
        io.timeout(LONG).to(b.sid).emit("question", ack=lambda *args: told.put_nowait(args))
        await asked(b)
        await asked(b)
        await b.abort()
        error, responses = await told.get()
        assert (type(error), error.missing, responses) == (AckTimeout, {b.sid}, [])


async def test_callback_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()

    def fail(error: Any, responses: list[Any]) -> None:
        raise ValueError("of the callback")

    async with io.serving() as listener, clients(listener, 1) as (client,):
        io.emit("question", ack=fail)
        answer(client, await asked(client), 1)
        await client_is_heard(io, client)
    assert "an ack's callback of 'question'" in caplog.text
    assert "of the callback" in caplog.text


async def test_cancelled_wait_is_forgotten() -> None:
    io: Server = Server()
    async with io.serving() as listener, clients(listener, 1) as (client,):
        answers = asyncio.ensure_future(io.emit_with_ack("question"))
        number = await asked(client)
        answers.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answers
        answer(client, number, "too late")
        await client_is_heard(io, client)
        # One that is never awaited is as well.
        io.emit_with_ack("question").close()


async def test_wait_that_has_ended_makes_room_for_another() -> None:
    io: Server = Server(limits=Limits(max_pending_acks=1))
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        cancelled = asyncio.ensure_future(io.emit_with_ack("question"))
        answer(a, await asked(a), "a")
        await client_is_heard(io, a)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        for _ in range(2):
            late = asyncio.ensure_future(io.emit_with_ack("question", timeout=0.05))
            answer(a, await asked(a), "a")
            assert (await missing(late)).missing == {b.sid}
        answers = asyncio.ensure_future(io.emit_with_ack("question", timeout=LONG))
        answer(a, await asked(a), "a")
        for _ in range(3):
            await asked(b)
        answer(b, await asked(b), "b")
        assert sorted(await answers) == ["a", "b"]
    assert io.stats()["limit.max_pending_acks"] == 0


async def test_answer_that_cannot_be_read_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()
    async with io.serving() as listener, clients(listener, 2) as (a, b):
        answers = asyncio.ensure_future(io.emit_with_ack("question", timeout=LONG))
        number = await asked(a)
        answer(a, number, "a")
        await client_is_heard(io, a)
        b.send(f"43{await asked(b)}[{'1' * 5_000}]")
        error = await missing(answers)
        assert (error.responses, error.missing) == (["a"], {b.sid})
    assert "dropped a client's answer" in caplog.text


def test_error_has_what_came_and_who_is_missing() -> None:
    error = AckTimeout("why", [1, None], ["a", "b"])
    assert (str(error), error.responses, error.missing) == ("why", [1, None], {"a", "b"})
    error = AckTimeout("why")
    assert (error.responses, error.missing) == ([], set())


async def test_server_that_closes_ends_the_wait() -> None:
    io: Server = Server()
    async with io.serving() as listener, opened(listener) as client:
        sid = await client.enter("/")
        answers = asyncio.ensure_future(io.timeout(LONG).emit_with_ack("question"))
        await asked(client)
        await io.close()
        assert (await missing(answers)).missing == {sid}


async def test_answers_are_awaited_from_other_threads_through_the_loop() -> None:
    io: Server = Server()
    async with io.serving() as listener, clients(listener, 1) as (client,):
        loop = asyncio.get_running_loop()
        done = threading.Event()
        found: list[Any] = []

        def elsewhere() -> None:
            question: Any = io.emit_with_ack("question", timeout=LONG)
            found.append(asyncio.run_coroutine_threadsafe(question, loop).result(LONG))
            late: Any = io.emit_with_ack("question", timeout=0.05)
            with pytest.raises(AckTimeout):
                asyncio.run_coroutine_threadsafe(late, loop).result(LONG)
            done.set()

        waiting = asyncio.ensure_future(asyncio.to_thread(elsewhere))
        answer(client, await asked(client), "x")
        await waiting
        assert done.is_set()
        assert found == [["x"]]


async def test_who_has_too_many_questions_open_is_missing_at_once_but_hears_the_event() -> None:
    io: Server = Server(limits=Limits(max_pending_acks=1))
    async with io.serving() as listener, clients(listener, 1) as (client,):
        first = asyncio.ensure_future(io.emit_with_ack("question"))
        number = await asked(client)
        error = await missing(io.emit_with_ack("question"))
        assert (error.responses, error.missing) == ([], {client.sid})
        assert await io.emit_with_ack("question", partial=True) == []
        answer(client, await asked(client), "not awaited")
        await asked(client)
        answer(client, number, "x")
        assert await first == ["x"]
        assert io.stats()["limit.max_pending_acks"] == 2
        again = asyncio.ensure_future(io.emit_with_ack("question"))
        answer(client, await asked(client), "y")
        assert await again == ["y"]


async def test_paused_client_is_read_on_for_its_answer() -> None:
    io: Server = Server(max_pending_events=1, max_running_handlers=1)
    answers: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @io.event
    async def ask_all(socket: Socket) -> None:
        answers.set_result(await io.emit_with_ack("question", timeout=LONG))

    async with io.serving() as listener, clients(listener, 1) as (client,):
        client.send(*['42["ask_all"]'], *['42["ask_all again"]'] * 5)
        answer(client, await asked(client), "x")
        assert await asyncio.wait_for(answers, LONG) == ["x"]


async def test_nothing_is_sent_past_the_bound_of_the_inbox() -> None:
    io: Server = Server(limits=Limits(soft_inbox_bytes=1, max_inbox_bytes=1_000))
    async with io.serving() as listener, clients(listener, 1) as (client,):
        sent = 0

        def ask() -> None:
            nonlocal sent
            while sent < 1_000:
                io.emit_with_ack("question", "x" * 100).close()
                sent += 1

        with pytest.raises(QueueFull, match="inbox"):
            ask()
        for _ in range(sent):
            await asked(client)
        # Awaiting it waits for room.
        await asyncio.wait_for(io.emit("question", ack=lambda *args: None), LONG)
        await asked(client)

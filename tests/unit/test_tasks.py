"""The task in which a handler runs: its own, as far as it can tell, though many that do not wait run in one."""

import asyncio
import gc
import io as text_io
import sys
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import pytest
from support.client import Client, joined

from socketio_rs import Server, Socket


@asynccontextmanager
async def serving(io: Server) -> AsyncIterator[Client]:
    """A client of `io`, on which the event `end` is answered behind all that came before."""

    @io.event
    def end(socket: Socket) -> None: ...

    async with io.serving() as listener, joined(listener) as client:
        yield client


async def send_together(client: Client, *events: str) -> None:
    """Emits in one write, so that the events come together, and waits until all have started."""
    client.send(*(f'42["{event}"]' for event in events))
    await client.ask("end")


def this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


async def test_handlers_of_one_batch_run_in_tasks_of_their_own_as_far_as_they_can_tell() -> None:
    io: Server = Server()
    seen: list[tuple[str, bool, int]] = []

    def look(kind: str) -> None:
        task = this_task()
        seen.append((kind, task.done(), task.cancelling()))

    @io.event
    async def at_once(socket: Socket) -> None:
        look("at once")

    @io.event
    async def waits(socket: Socket) -> None:
        look("waits")
        await asyncio.sleep(0)
        look("has waited")

    @io.event
    def plain(socket: Socket) -> None:
        look("plain")

    async with serving(io) as client:
        await send_together(client, *["at_once", "waits", "plain"] * 5)
    assert sorted(kind for kind, _, _ in seen) == sorted(
        ["at once", "waits", "has waited", "plain"] * 5
    )
    assert {(done, cancelling) for _, done, cancelling in seen} == {(False, 0)}


async def test_task_that_a_handler_keeps_is_its_own_and_ends_with_its_result() -> None:
    io: Server = Server()
    kept: list[asyncio.Task[Any]] = []

    @io.event
    async def at_once(socket: Socket) -> str:
        kept.append(this_task())
        return f"result {len(kept)}"

    @io.event
    async def waits(socket: Socket) -> str:
        kept.append(this_task())
        number = len(kept)
        await asyncio.sleep(0)
        return f"result {number}"

    @io.event
    async def wait_for_all(socket: Socket) -> list[str]:
        return [await task for task in kept]

    async with serving(io) as client:
        await send_together(client, *["at_once", "at_once", "waits"] * 3)
        answer = await client.ask("wait_for_all")
    assert answer == [[f"result {number}" for number in range(1, 10)]]
    assert len({id(task) for task in kept}) == 9
    assert not any(task.cancel() for task in kept)


async def test_callback_that_a_handler_adds_to_its_task_is_called_when_it_ends() -> None:
    io: Server = Server()
    ended = asyncio.Event()
    release = asyncio.Event()

    @io.event
    async def adds(socket: Socket) -> None:
        this_task().add_done_callback(lambda task: ended.set())

    @io.event
    async def waits(socket: Socket) -> None:
        await release.wait()

    async with serving(io) as client:
        await send_together(client, "adds", "waits")
        async with asyncio.timeout(5):
            await ended.wait()
        release.set()


async def test_attribute_that_a_handler_sets_on_its_task_is_seen_by_no_other() -> None:
    io: Server = Server()
    seen: list[bool] = []

    @io.event
    async def sets(socket: Socket) -> None:
        seen.append(hasattr(this_task(), "mark"))
        object.__setattr__(this_task(), "mark", True)

    async with serving(io) as client:
        await send_together(client, "sets", "sets", "sets")
    assert seen == [False, False, False]


async def test_name_that_a_handler_gives_its_task_is_seen_by_no_other() -> None:
    io: Server = Server()
    seen: list[str] = []

    @io.event
    async def names(socket: Socket) -> None:
        seen.append(this_task().get_name())
        this_task().set_name("named")

    async with serving(io) as client:
        await send_together(client, "names", "names", "names")
    assert "named" not in seen


async def test_what_is_kept_by_a_weak_reference_to_a_task_is_seen_by_no_other_handler() -> None:
    io: Server = Server()
    kept: weakref.WeakKeyDictionary[asyncio.Task[Any], str] = weakref.WeakKeyDictionary()
    seen: list[str | None] = []

    @io.event
    async def login(socket: Socket) -> None:
        seen.append(kept.get(this_task()))
        kept[this_task()] = "Ada"

    @io.event
    async def who(socket: Socket) -> None:
        seen.append(kept.get(this_task()))
        await asyncio.sleep(0)

    async with serving(io) as client:
        await send_together(client, "login", "login", "who")
    assert seen == [None, None, None]


async def test_what_an_acks_callback_or_an_error_handler_leaves_is_for_no_handler() -> None:
    io: Server = Server()
    kept: list[asyncio.Task[Any]] = []

    def cancels(*args: Any) -> None:
        this_task().cancel()

    @io.event
    async def asks(socket: Socket) -> None:
        socket.emit("question", ack=cancels)

    @io.event
    async def fails(socket: Socket) -> None:
        raise ValueError("on purpose")

    @io.on_error
    def failed(error: Exception) -> None:
        kept.append(this_task())

    @io.event
    async def victim(socket: Socket) -> str:
        await asyncio.sleep(0)
        return "answered"

    async with serving(io) as client:
        client.emit("asks")
        assert await client.receive() == '420["question"]'
        client.send("430[]", '425["victim"]')
        assert await client.receive() == '435["answered"]'
        client.send('42["fails"]', '426["victim"]')
        assert await client.receive() == '436["answered"]'
        (task,) = kept
        assert await task is None


async def test_handler_that_cancels_itself_and_fails_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.event
    async def fails(socket: Socket) -> None:
        this_task().cancel()
        raise ValueError("on purpose")

    async with serving(io) as client:
        await send_together(client, "fails")
    assert "ValueError: on purpose" in caplog.text


async def test_future_of_a_handler_that_cancels_its_task_is_still_waited_for() -> None:
    io: Server = Server()

    @io.event
    def gives_a_future(socket: Socket) -> Any:
        this_task().cancel()
        return asyncio.ensure_future(asyncio.sleep(0, "result"))

    async with serving(io) as client:
        client.send('421["gives_a_future"]')
        assert await client.receive() == '431["result"]'


async def test_events_are_handled_though_all_tasks_are_cancelled_meanwhile() -> None:
    io: Server = Server()

    @io.event
    async def ping(socket: Socket) -> int:
        return 1

    async with serving(io) as client:
        assert await client.ask("ping") == [1]
        client.send('421["ping"]')
        own = this_task()
        for _ in range(20):
            await asyncio.sleep(0)
            for task in asyncio.all_tasks() - {own}:
                if "socketio_rs" in repr(task):
                    task.cancel()
        async with asyncio.timeout(10):
            assert await client.receive() == "431[1]"


async def test_events_are_kept_for_connection_handlers_that_begin_in_tasks_of_their_own() -> None:
    io: Server = Server()
    kept: list[asyncio.Task[Any]] = []
    release = asyncio.Event()

    @io.on("connection")
    async def first(socket: Socket) -> None:
        kept.append(this_task())

    @io.on("connection")
    async def second(socket: Socket) -> None:
        await release.wait()
        socket.on("late", lambda: "late")

    async with serving(io) as client:
        client.send('427["late"]')
        await client.ask("end")
        release.set()
        assert await client.receive() == '437["late"]'


async def test_handler_that_cancels_itself_is_cancelled_alone() -> None:
    io: Server = Server()
    log: list[str] = []
    tasks: list[asyncio.Task[Any]] = []

    @io.event
    async def never_waits(socket: Socket) -> str:
        this_task().cancel()
        return "not to be answered"

    @io.event
    async def waits(socket: Socket) -> str:
        tasks.append(this_task())
        this_task().cancel()
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        return "not to be answered"

    @io.event
    async def other(socket: Socket) -> str:
        await asyncio.sleep(0)
        return "other"

    async with serving(io) as client:
        client.send('420["never_waits"]', '421["other"]', '422["waits"]', '423["other"]')
        assert [await client.receive() for _ in range(2)] == ['431["other"]', '433["other"]']
        await client.ask("end")
    assert log == ["cancelled"]
    assert [task.cancelled() for task in tasks] == [True]


async def test_timeouts_and_groups_of_tasks_work_in_every_handler() -> None:
    io: Server = Server()

    async def fails() -> None:
        raise KeyError("x")

    @io.event
    async def times_out(socket: Socket) -> str:
        try:
            async with asyncio.timeout(0.001):
                await asyncio.sleep(5)
        except TimeoutError:
            await asyncio.sleep(0)
            return "timeout"
        return "no timeout"

    @io.event
    async def does_not_time_out(socket: Socket) -> str:
        async with asyncio.timeout(5):  # noqa: ASYNC100 -- it must not wait
            return "in time"

    @io.event
    async def groups(socket: Socket) -> str:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
                group.create_task(asyncio.sleep(5))
        except* KeyError:
            pass
        await asyncio.sleep(0)
        return "group"

    async with serving(io) as client:
        for _ in range(3):
            client.send('420["does_not_time_out"]', '421["times_out"]', '422["groups"]')
            answers = [await client.receive() for _ in range(3)]
            assert sorted(map(str, answers)) == ['430["in time"]', '431["timeout"]', '432["group"]']


async def test_scopes_and_threads_of_anyio_work_in_every_handler() -> None:
    io: Server = Server()

    @io.event
    async def scopes(socket: Socket) -> list[Any]:
        with anyio.move_on_after(0.001) as scope:
            await anyio.sleep(5)
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0)
        return [scope.cancel_called, await anyio.to_thread.run_sync(lambda: "thread")]

    @io.event
    async def enters_one(socket: Socket) -> None:
        with anyio.CancelScope():  # noqa: ASYNC100 -- it must not wait
            pass

    async with serving(io) as client:
        for _ in range(3):
            client.send('42["enters_one"]', '42["enters_one"]')
            assert await client.ask("scopes") == [[True, "thread"]]


async def test_waiting_handler_is_shown_by_its_task() -> None:
    io: Server = Server()
    release = asyncio.Event()

    @io.event
    async def waiting_for_release(socket: Socket) -> None:
        this_task().set_name("shown")
        await release.wait()

    async with serving(io) as client:
        await send_together(client, "waiting_for_release")
        (task,) = (task for task in asyncio.all_tasks() if task.get_name() == "shown")
        assert "waiting_for_release" in repr(task)
        stack = text_io.StringIO()
        task.print_stack(file=stack)
        assert "await release.wait()" in stack.getvalue()
        release.set()


async def test_waiting_handlers_clean_up_when_all_tasks_are_cancelled() -> None:
    io: Server = Server()
    cleaned: list[str] = []

    @io.event
    async def waits(socket: Socket) -> None:
        this_task().set_name("to be cancelled")
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("cleaned")

    async with serving(io) as client:
        await send_together(client, "waits", "waits")
        tasks = [task for task in asyncio.all_tasks() if task.get_name() == "to be cancelled"]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert cleaned == ["cleaned", "cleaned"]
        await client.ask("end")


async def test_handlers_of_one_event_begin_in_their_order_though_each_waits() -> None:
    io: Server = Server()
    log: list[str] = []
    release = asyncio.Event()

    async def wait(name: str) -> None:
        log.append(name)
        await release.wait()

    @io.on("many")
    async def first(socket: Socket) -> None:
        await wait("first")

    @io.on("many")
    def second(socket: Socket) -> None:
        log.append("second")

    @io.on("many")
    async def third(socket: Socket) -> None:
        await wait("third")

    @io.on("many")
    def gives_a_coroutine(socket: Socket) -> Any:
        log.append("called")
        return wait("fourth")

    @io.on("many")
    def gives_a_future(socket: Socket) -> Any:
        log.append("fifth")
        return asyncio.ensure_future(release.wait())

    once = ["first", "second", "third", "called", "fourth", "fifth"]
    async with serving(io) as client:
        await send_together(client, "many", "many")
        assert log == [*once, *once]
        release.set()


async def test_waiting_handlers_and_long_batches_leave_the_loop_its_turns() -> None:
    io: Server = Server()
    ran = 0

    @io.event
    async def at_once(socket: Socket) -> None:
        nonlocal ran
        ran += 1

    async with serving(io) as client:
        client.send(*['42["at_once"]'] * 1000)
        steps: list[int] = []
        async with asyncio.timeout(5):
            while ran < 1000:
                before = ran
                await asyncio.sleep(0)
                steps.append(ran - before)
    assert max(steps) <= 64


async def test_nothing_is_kept_of_a_handler_that_has_ended() -> None:
    io: Server = Server()
    left: list[weakref.ref[Any]] = []

    class Thing:
        pass

    @io.event
    async def waits(socket: Socket) -> None:
        thing = Thing()
        left.append(weakref.ref(thing))
        await asyncio.sleep(0)

    @io.event
    async def at_once(socket: Socket, _: Any = None) -> None:
        left.append(weakref.ref(thing := Thing()))
        object.__setattr__(this_task(), "thing", thing)

    async with serving(io) as client:
        await send_together(client, *["waits", "at_once"] * 10)
        await asyncio.sleep(0)
        gc.collect()
        assert len(left) == 20
        assert not [reference for reference in left if reference() is not None]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="tasks begin at once from 3.12 on")
async def test_tasks_that_a_handler_makes_may_begin_at_once() -> None:
    io: Server = Server()

    async def child() -> asyncio.Task[Any]:
        return this_task()

    @io.event
    async def makes(socket: Socket) -> bool:
        loop = asyncio.get_running_loop()
        own = this_task()
        task = asyncio.Task(child(), loop=loop, eager_start=True)  # type: ignore[call-arg, unused-ignore]
        return task.done() and await task is not own and this_task() is own

    async with serving(io) as client:
        assert await client.ask("makes") == [True]
        assert await client.ask("makes") == [True]

"""Payloads that are checked on arrival, for handlers whose annotations are models."""

import asyncio
import dataclasses
import functools
import logging
import subprocess
import sys
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NewType, Optional

import msgspec
import pydantic
import pydantic.dataclasses
import pytest
import typing_extensions
from support.client import joined

from socketio_rs import Ack, EventError, PayloadError, Server, Socket, SocketIOError


class Order(pydantic.BaseModel):
    id: uuid.UUID
    amount: int = pydantic.Field(gt=0)


class Line(msgspec.Struct, rename="camel"):
    line_id: int
    at: datetime
    content: bytes = b""


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Named(typing_extensions.TypedDict):
    name: str


@pydantic.dataclasses.dataclass
class Size:
    width: int


class Unknown:
    pass


Alias = typing_extensions.TypeAliasType("Alias", Order)
Tree = typing_extensions.TypeAliasType("Tree", "dict[str, Tree]")
NewOrder = NewType("NewOrder", Order)


ID = uuid.UUID(int=7)
ORDER = {"id": str(ID), "amount": 2}
LINE = {"lineId": 1, "at": "2026-01-02T00:00:00Z"}


def test_annotation_that_can_not_be_resolved_is_told(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()

    @io.event
    def order(socket: Socket, order: "Elsewhere", *more: "Elsewhere", ack: "Ack") -> None: ...  # type: ignore[name-defined]  # noqa: F821 - so it is

    why = "its annotation 'Elsewhere' can't be resolved at run time"
    assert caplog.messages == [
        f"the parameter {name!r} of {order.__qualname__} is not checked: {why}"
        for name in ("order", "more")
    ]


async def results(
    handler: Callable[..., Any], *calls: tuple[Any, ...], own: bool = False
) -> list[Any]:
    """What a handler of `chat` gives, or raises, for each event."""
    io: Server = Server()
    found: list[Any] = []

    @functools.wraps(handler)
    def watched(*args: Any, **kwargs: Any) -> Any:
        found.append(handler(*args, **kwargs))

    if own:
        io.on("connection", lambda socket: socket.on("chat", watched) and None)
    else:
        io.on("chat", watched)
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        for call in calls:
            client.emit("chat", *call)
        await client.ask("end")
    return found


@pytest.mark.parametrize(
    ("annotation", "sent", "taken"),
    [
        (Order, ORDER, Order(id=ID, amount=2)),
        (Line, LINE, Line(1, datetime(2026, 1, 2, tzinfo=UTC))),
        (Point, {"x": 1}, Point(1)),
        (Named, {"name": "a"}, {"name": "a"}),
        (Size, {"width": 1}, Size(1)),
        (Order | None, None, None),
        (Optional[Line], LINE, Line(1, datetime(2026, 1, 2, tzinfo=UTC))),  # noqa: UP045 - one way
        (list[Order], [ORDER], [Order(id=ID, amount=2)]),
        (dict[int, Line], {"1": LINE}, {1: Line(1, datetime(2026, 1, 2, tzinfo=UTC))}),
        (Annotated[Order, "doc"], ORDER, Order(id=ID, amount=2)),
        (Alias, ORDER, Order(id=ID, amount=2)),
        (Tree, {"a": {}}, {"a": {}}),
        (NewOrder, ORDER, Order(id=ID, amount=2)),
        ("Order", ORDER, Order(id=ID, amount=2)),
        ("list[Point]", [{"x": 1, "y": 2}], [Point(1, 2)]),
        # What is no model is as it came.
        (str, 1, 1),
        (int, "x", "x"),
        (list[int], ["x"], ["x"]),
        (Literal["a"], "b", "b"),
        (dict[str, Any], [], []),
        (Unknown, 1, 1),
        ("Missing", 1, 1),
        ("no annotation at all", 1, 1),
        (Any, 1, 1),
    ],
    ids=repr,
)
async def test_models_are_made_and_nothing_else(annotation: Any, sent: Any, taken: Any) -> None:
    def chat(socket: Socket, value: Any) -> Any:
        return value

    chat.__annotations__["value"] = annotation
    assert await results(chat, (sent,)) == [taken]

    def own(value: Any) -> Any:
        return value

    own.__annotations__["value"] = annotation
    assert await results(own, (sent,), own=True) == [taken]


async def failure(
    handler: Callable[..., Any], *sent: Any, log: pytest.LogCaptureFixture
) -> PayloadError:
    """What is logged for one event that does not match."""
    log.clear()
    assert await results(handler, sent) == []
    [record] = log.records
    assert record.getMessage().startswith("a handler of 'chat' failed for socket ")
    assert record.exc_info is not None
    error = record.exc_info[1]
    assert isinstance(error, PayloadError)
    return error


async def test_what_does_not_match_is_told_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    def chat(socket: Socket, text: str, order: Order, ack: Ack, *lines: Line) -> Any:
        raise AssertionError

    error = await failure(chat, 1, {"id": "x", "amount": 0}, log=caplog)
    assert str(error) == (
        "argument 2 ('order') is not what the handler takes: "
        "['id']: Input should be a valid UUID, invalid character: found `x` at 0; "
        "['amount']: Input should be greater than 0"
    )
    assert error.parameter == "order"
    assert isinstance(error.error, pydantic.ValidationError)
    assert isinstance(error, SocketIOError) and isinstance(error, ValueError)
    error = await failure(chat, 1, ORDER, LINE, {**LINE, "lineId": "1"}, log=caplog)
    assert str(error) == (
        "argument 4 ('lines') is not what the handler takes: "
        "Expected `int`, got `str` - at `$.lineId`"
    )
    assert isinstance(error.error, msgspec.ValidationError)


async def test_little_of_what_was_sent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Strict(pydantic.BaseModel, extra="forbid"):
        pass

    def many(socket: Socket, orders: list[Order]) -> Any: ...
    def strict(socket: Socket, value: Strict) -> Any: ...

    error = await failure(
        many, [{"id": "\n", "amount": 1}, {"id": "\x1b", "amount": 1}], log=caplog
    )
    assert str(error).count("found `?`") == 2 and str(error).isprintable()
    error = await failure(many, [1] * 100, log=caplog)
    assert str(error).count("[") == 3 and str(error).endswith("; and 97 more")
    error = await failure(many, [1] * 101, log=caplog)
    assert str(error).endswith(" is not what the handler takes: 101 mistakes")
    error = await failure(strict, {"forged\n" + "x" * 10_000: "secret"}, log=caplog)
    assert len(str(error)) < 600 and "\n" not in str(error)
    shown = "".join(traceback.format_exception(error))
    assert "secret" not in shown and len(shown) < 3000


async def test_mismatch_concerns_one_handler_of_one_event(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()

    @io.on("chat")
    async def checked(socket: Socket, order: Order) -> int:
        await asyncio.sleep(0)
        return order.amount

    @io.on("both")
    def first(socket: Socket, order: Order) -> str:
        return "first"

    @io.on("both")
    def second(socket: Socket, order: Any) -> str:
        return "second"

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client, joined(listener) as other:
        client.send('420["chat",{}]', '421["chat",{"id":"x"}]', '422["both",{}]')
        assert await client.receive() == '432["second"]'
        assert await client.ask("end") == [True]
        assert await client.ask("chat", ORDER) == [2]
        assert await other.ask("both", ORDER) == ["first"]
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 3


async def test_arguments_find_their_places(caplog: pytest.LogCaptureFixture) -> None:
    def ack_between(socket: Socket, a: Order, ack: Ack, b: Line) -> Any:
        return (a.amount, ack.requested, b.line_id)

    def ack_behind(socket: Socket, a: Order, b: Line | None = None, ack: Ack | None = None) -> Any:
        return (a.amount, b and b.line_id, ack is not None)

    def keyword(socket: Socket, *orders: Order, ack: Ack) -> Any:
        return ([order.amount for order in orders], ack.requested)

    def many(socket: Socket, first: Any, *orders: Order) -> Any:
        return (first, [order.amount for order in orders])

    def everything(*orders: Order) -> Any:
        return [order.amount for order in orders[1:]]

    assert await results(ack_between, (ORDER, LINE)) == [(2, False, 1)]
    assert await results(ack_behind, (ORDER,), (ORDER, LINE)) == [(2, None, True), (2, 1, True)]
    assert await results(keyword, (), (ORDER, ORDER)) == [([], False), ([2, 2], False)]
    assert await results(many, ("x", ORDER, ORDER)) == [("x", [2, 2])]
    assert await results(everything, (ORDER, ORDER)) == [[2, 2]]
    assert caplog.records == []


async def test_bytes_are_attachments() -> None:
    class File(pydantic.BaseModel):
        content: bytes

    io: Server = Server()
    got: list[bytes] = []

    def struct(socket: Socket, line: Line) -> None:
        got.append(line.content)

    def model(socket: Socket, file: File) -> None:
        got.append(file.content)

    io.on("struct", struct)
    io.on("model", model)
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        place = '{"_placeholder":true,"num":0}'
        client.send(
            f'451-["struct",{{"lineId":1,"at":"2026-01-02T00:00:00","content":{place}}}]', b"\0"
        )
        client.send(f'451-["model",{{"content":{place}}}]', b"\xff")
        await client.ask("end")
    assert got == [b"\0", b"\xff"]


async def test_users_function_is_seen_by_off_and_in_tracebacks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.event
    async def chat(socket: Socket, order: Order) -> None:
        raise LookupError("mine")

    async with io.serving() as listener, joined(listener) as client:
        io.on("end", lambda socket: True)
        client.emit("chat", ORDER)
        await client.ask("end")
        io.off("chat", chat)
        client.emit("chat", ORDER)
        await client.ask("end")
    first, second = caplog.records
    assert first.exc_info is not None
    assert "in chat\n" in "".join(traceback.format_exception(first.exc_info[1]))
    assert second.getMessage().startswith('no handler for the event "chat"')


async def test_checks_run_in_the_handlers_thread_and_may_raise_event_errors() -> None:
    class Asked(pydantic.BaseModel):
        thread: str = ""

        @pydantic.field_validator("thread")
        @classmethod
        def _refuse(cls, thread: str) -> str:
            if thread == "no":
                raise EventError("not this one", 1)
            return thread

    io: Server = Server()

    def chat(socket: Socket, asked: Asked) -> str:
        return asked.thread

    io.on("chat", chat, thread=True)
    io.on("inline", chat)
    async with io.serving() as listener, joined(listener) as client:
        for event in ("chat", "inline"):
            assert await client.ask(event, {"thread": "yes"}) == ["yes"]
            assert await client.ask(event, {"thread": "no"}) == [
                {"error": {"message": "not this one", "data": 1}}
            ]


async def test_what_no_package_can_check_is_as_it_comes(caplog: pytest.LogCaptureFixture) -> None:
    @dataclasses.dataclass
    class Odd:
        other: "Nowhere"  # type: ignore[name-defined] # noqa: F821

    def chat(socket: Socket, odd: Odd) -> Any:
        return odd

    assert await results(chat, ({"other": 1},)) == [{"other": 1}]
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("the parameter 'odd' of ")
    assert "Nowhere" in record.getMessage()


async def test_any_event_of_a_client_is_checked_by_listeners_of_a_socket() -> None:
    assert await results(lambda point: point, ({"x": 1},), own=True) == [{"x": 1}]
    io: Server = Server()
    points: asyncio.Queue[object] = asyncio.Queue()

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.on("connection")
        def named_like_the_servers_own(point: Point) -> None:
            points.put_nowait(point)

    async with io.serving() as listener, joined(listener) as client:
        client.emit("connection", {"x": 1})
        assert await points.get() == Point(1)


async def test_lifecycle_events_are_not_checked() -> None:
    io: Server = Server()
    reasons: asyncio.Queue[object] = asyncio.Queue()

    @io.event
    def disconnect(socket: Socket, reason: Point) -> None:
        reasons.put_nowait(reason)

    async with io.serving() as listener:
        async with joined(listener):
            pass
        assert await reasons.get() == "transport close"


def test_without_the_packages_nothing_is_checked_or_imported() -> None:
    program = """
import dataclasses, sys, typing
hidden = sys.argv[1:]
for name in hidden:
    sys.modules[name] = None
from socketio_rs import Server, Socket
from socketio_rs._payload import checked
from socketio_rs._signature import read

@dataclasses.dataclass
class Point:
    x: int

class Named(typing.TypedDict):
    name: str

def plain(socket: Socket, text: str, number: int, more: "list[dict[str, object]]", *rest): ...
def models(socket: Socket, point: Point, named: Named): ...
io = Server()
io.on("chat", plain)
print([name for name in ("pydantic", "msgspec") if name in sys.modules and name not in hidden])
io.on("chat", models)
print(checked(models, read(models, "first").payloads))
"""
    both = [sys.executable, "-c", program, "pydantic", "msgspec"]
    run = subprocess.run(both, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["[]", "None"]
    run = subprocess.run(both[:3], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[0] == "[]"
    # Where one is there, it checks dataclasses.
    for hidden in ("pydantic", "msgspec"):
        run = subprocess.run([*both[:3], hidden], capture_output=True, text=True, check=True)
        assert "function checked" in run.stdout.splitlines()[1]

"""Values of other types than JSON's own, as clients get them."""

import dataclasses
import datetime as dt
import enum
import json
import subprocess
import sys
import threading
import traceback
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from support.client import joined, opened

from socketio_rs import Ack, ConnectError, Server, Socket
from socketio_rs._core import encode_args


def encode(*args: Any, default: Callable[[Any], Any] | None = None) -> str:
    data, attachments = encode_args(*args, default=default)
    assert attachments == []
    return data.decode()


class Color(enum.Enum):
    RED = "red"
    BOTH = (1, "a")


class Outer(enum.Enum):
    COLOR = Color.RED


class Flag(enum.Flag):
    A = 1
    B = 2


class Point(NamedTuple):
    x: int
    y: float


@dataclasses.dataclass
class User:
    name: str
    born: dt.date
    friends: "list[User]" = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    id: uuid.UUID
    color: Color


class Sly(Decimal):
    def __str__(self) -> str:
        return '"injected"'


class When(dt.datetime):
    pass


class Item(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(serialize_by_alias=True)

    item_id: uuid.UUID = pydantic.Field(alias="itemId")
    at: dt.datetime
    tags: set[str] = set()
    left: dt.timedelta = dt.timedelta(0)

    @pydantic.field_serializer("left")
    def _seconds(self, left: dt.timedelta) -> float:
        return left.total_seconds()


class Numbers(pydantic.RootModel[list[int]]):
    pass


@pydantic.dataclasses.dataclass
class Checked:
    amount: Decimal
    at: dt.timedelta


class Order(msgspec.Struct, rename="camel", tag=True, omit_defaults=True):
    order_id: int
    color: Color
    parts: tuple[uuid.UUID, ...] = ()
    note: str = ""
    by_number: dict[int, str] = {}


ID = uuid.UUID("12345678-1234-5678-1234-567812345678")
TEXT_ID = f'"{ID}"'
UTC = dt.UTC
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))
ODD = dt.timezone(-dt.timedelta(hours=1, seconds=30))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.datetime(2026, 1, 2, 3, 4, 5), '"2026-01-02T03:04:05"'),  # noqa: DTZ001
        (dt.datetime(2026, 1, 2, 3, 4, 5, 678000), '"2026-01-02T03:04:05.678000"'),  # noqa: DTZ001
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '"2026-01-02T03:04:05Z"'),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), '"2026-01-02T03:04:05.000006Z"'),
        (dt.datetime(2026, 1, 2, tzinfo=ZoneInfo("UTC")), '"2026-01-02T00:00:00Z"'),
        (dt.datetime(2026, 1, 2, tzinfo=INDIA), '"2026-01-02T00:00:00+05:30"'),
        (dt.datetime(2026, 1, 2, tzinfo=ODD), '"2026-01-02T00:00:00-01:00:30"'),
        (When(2026, 1, 2, tzinfo=UTC), '"2026-01-02T00:00:00Z"'),
        (dt.date(2026, 1, 2), '"2026-01-02"'),
        (dt.time(3, 4), '"03:04:00"'),
        (dt.time(3, 4, tzinfo=UTC), '"03:04:00Z"'),
        (dt.time(3, 4, 5, 60, tzinfo=INDIA), '"03:04:05.000060+05:30"'),
        (ID, TEXT_ID),
        (Decimal("1.10"), "1.10"),
        (Decimal(-5), "-5"),
        (Decimal("1E+3"), "1E+3"),
        (Decimal("-0.0000001"), "-1E-7"),
        (Decimal("0.1234567890123456789012345"), "0.1234567890123456789012345"),
        (Sly("2.5"), "2.5"),
        (Decimal("NaN"), "null"),
        (Decimal("sNaN123"), "null"),
        (Decimal("-NaN5"), "null"),
        (Decimal("Infinity"), "null"),
        (Decimal("-Infinity"), "null"),
        (Color.RED, '"red"'),
        (Color.BOTH, '[1,"a"]'),
        (Outer.COLOR, '"red"'),
        (Flag.A | Flag.B, "3"),
        (Point(1, 2.5), "[1,2.5]"),
        (
            User("Ann", dt.date(2000, 1, 2), [User("Bob", dt.date(2001, 1, 2))]),
            '{"name":"Ann","born":"2000-01-02","friends":'
            '[{"name":"Bob","born":"2001-01-02","friends":[]}]}',
        ),
        (Slotted(ID, Color.RED), f'{{"id":{TEXT_ID},"color":"red"}}'),
        (
            Item(itemId=ID, at=dt.datetime(2026, 1, 2, tzinfo=UTC), tags={"a"}),
            f'{{"itemId":{TEXT_ID},"at":"2026-01-02T00:00:00Z","tags":["a"],"left":0.0}}',
        ),
        (Numbers([1, 2]), "[1,2]"),
        (Checked(Decimal("1.5"), dt.timedelta(1)), '{"amount":"1.5","at":"P1D"}'),
        (
            Order(1, Color.RED, (ID,), by_number={1: "a"}),
            f'{{"type":"Order","orderId":1,"color":"red","parts":[{TEXT_ID}],'
            '"byNumber":{"1":"a"}}',
        ),
    ],
    ids=repr,
)
def test_values_of_many_types_are_sent(value: object, text: str) -> None:
    assert encode(value) == f"[{text}]"
    assert encode("chat", {"deep": [value]}, (value,)) == f'["chat",{{"deep":[{text}]}},[{text}]]'
    json.loads(encode(value))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (Color.RED, "red"),
        (Flag.B, "2"),
        (ID, str(ID)),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
        (Decimal("1.10"), "1.10"),
        (Decimal("NaN"), "NaN"),
    ],
)
def test_keys_are_sent_by_their_text(key: object, text: str) -> None:
    assert encode({"a": 1, key: 2}) == f'[{{"a":1,"{text}":2}}]'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1, 2}, "argument 1 of type set is not JSON or bytes"),
        (dt.timedelta(1), "argument 1 of type datetime.timedelta is not JSON or bytes"),
        (User, "argument 1 of type type is not JSON or bytes"),
        (Color, "argument 1 of type enum.EnumType is not JSON or bytes"),
        (Item, "argument 1 of type pydantic._internal._model_construction.ModelMetaclass is not"),
        ((value for value in [1]), "argument 1 of type generator is not JSON or bytes"),
        (
            [User("Ann", dt.date(2000, 1, 2), [{1}])],  # type: ignore[list-item]
            'argument 1[0]["friends"][0] of type set is not JSON or bytes',
        ),
        (
            {Color.BOTH: 1},
            f"argument 1 has a key of type {__name__}.Color, not str, int, float, bool or None",
        ),
        (
            {Slotted(ID, Color.RED): 1},
            f"argument 1 has a key of type {__name__}.Slotted, not str, int, float, bool or None",
        ),
    ],
    ids=repr,
)
def test_anything_else_is_named_with_its_path(value: object, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        encode("chat", value)
    assert str(raised.value).startswith(f'cannot send event "chat": {message}')


def test_bytes_of_models_of_python_are_attachments() -> None:
    @dataclasses.dataclass
    class File:
        name: str
        content: bytes

    class Upload(msgspec.Struct):
        name: str
        content: bytes

    for model in (File, Upload):
        assert encode_args("up", model("a", b"\0\xff")) == (
            b'["up",{"name":"a","content":{"_placeholder":true,"num":0}}]',
            [b"\0\xff"],
        )


def test_circular_values_are_refused() -> None:
    ann = User("Ann", dt.date(2000, 1, 2))
    ann.friends.append(ann)
    with pytest.raises(ValueError, match="circular or nested deeper than 512"):
        encode("a", ann)
    item = Item.model_construct(tags=[])
    item.tags.append(item)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=r"[Cc]ircular") as raised:
        encode("a", [item])
    assert raised.value.__notes__ == ['cannot send event "a": argument 1[0]']


# json_default


class Other:
    def __init__(self, value: object = None) -> None:
        self.value = value


def test_default_is_asked_last_and_what_it_returns_is_sent() -> None:
    asked: list[object] = []

    def default(value: Any) -> Any:
        asked.append(value)
        if isinstance(value, set):
            return sorted(value)
        return value.value

    values = [
        "a",
        Color.RED,
        ID,
        {"k": 1},
        Other({2, 1}),
        Other(b"x"),
        Other(Other(Decimal("1.5"))),
    ]
    data, attachments = encode_args("e", *values, default=default)
    assert data.decode() == (
        f'["e","a","red",{TEXT_ID},{{"k":1}},[1,2],{{"_placeholder":true,"num":0}},1.5]'
    )
    assert attachments == [b"x"]
    assert [type(each) for each in asked] == [Other, set, Other, Other, Other]


@pytest.mark.parametrize(
    "plain", [None, True, False, 0, 1.5, "x", [1, [2]], (), {}, {"a": {"b": []}}, 10**30]
)
def test_default_may_return_any_json(plain: object) -> None:
    assert encode("e", Other(plain), 1, default=lambda value: value.value) == (
        encode("e", plain, 1, default=None)
    )


def test_default_serves_what_a_struct_holds() -> None:
    class Holder(msgspec.Struct):
        inner: Any

    assert encode("e", Holder(Other({1: 2})), default=lambda value: value.value) == (
        '["e",{"inner":{"1":2}}]'
    )
    assert encode("e", Holder(Numbers([1]))) == '["e",{"inner":[1]}]'
    with pytest.raises(TypeError, match="a Struct holds what is not JSON") as raised:
        encode("e", 1, Holder(Other()))
    assert raised.value.__notes__ == ['cannot send event "e": argument 2']


def test_default_that_replaces_for_ever_is_stopped() -> None:
    with pytest.raises(ValueError, match=r"\[0\] of type .*Other is still no JSON after 16"):
        encode("e", [Other()], default=lambda value: value)
    with pytest.raises(ValueError, match="circular or nested deeper than 512"):
        encode("e", Other(), default=lambda value: [value])


def test_exception_of_default_is_raised_with_the_path() -> None:
    def default(value: Any) -> Any:
        raise LookupError(value.value)

    with pytest.raises(LookupError, match="mine") as raised:
        encode("chat", 1, {"a": [Other("mine")]}, default=default)
    assert raised.value.__notes__ == ['cannot send event "chat": argument 2["a"][0]']
    shown = "".join(traceback.format_exception(raised.value))
    assert "in default" in shown and 'argument 2["a"][0]' in shown


# Through a server


async def test_everything_that_sends_takes_such_values() -> None:
    io: Server = Server(json_default=sorted)

    @io.use
    def refuse(socket: Socket) -> None:
        if socket.handshake.auth:
            raise ConnectError("no", data={3})

    @io.event
    def returned(socket: Socket) -> Any:
        return {ID}

    @io.event
    def by_hand(socket: Socket, ack: Ack) -> None:
        ack({Color.RED.value}, Color.RED)

    @io.event
    def tell(socket: Socket) -> None:
        socket.emit("one", ID, {1})
        io.emit("all", Color.RED, {2})
        socket.volatile.emit("volatile", {3})
        io.to(socket.id).send({4})

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("returned") == [[str(ID)]]
        assert await client.ask("by_hand") == [["red"], "red"]
        client.emit("tell")
        assert await client.event() == ["one", str(ID), [1]]
        assert await client.event() == ["all", "red", [2]]
        assert await client.event() == ["volatile", [3]]
        assert await client.event() == ["message", [4]]
    async with io.serving() as listener, opened(listener) as client:
        client.send('40{"refuse":true}')
        assert await client.receive() == '44{"message":"no","data":[3]}'


async def test_nothing_is_sent_of_what_can_not_be() -> None:
    io: Server = Server()

    @io.event
    def tell(socket: Socket) -> str:
        for emit in (socket.emit, io.emit, io.to(socket.id).emit):
            with pytest.raises(
                TypeError, match=r'^cannot send event "x": argument 2\[0\] of type '
            ):
                emit("x", b"1", [{1}])
        return "told"

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("tell") == ["told"]


async def test_default_runs_in_the_thread_that_emits_and_may_emit_itself() -> None:
    threads: list[int] = []

    def default(value: object) -> int:
        threads.append(threading.get_ident())
        io.emit("inner")
        return 1

    io: Server = Server(json_default=default)
    async with io.serving() as listener, joined(listener) as client:
        thread = threading.Thread(target=io.emit, args=("outer", Other(), "x"))
        thread.start()
        assert await client.event() == ["inner"]
        assert await client.event() == ["outer", 1, "x"]
        thread.join()
        assert threads == [thread.ident]


def test_option_must_be_callable() -> None:
    make: Any = Server
    with pytest.raises(
        TypeError,
        match="json_default must be a plain function or class that takes one argument, found 1",
    ):
        make(json_default=1)


def test_neither_package_is_imported_for_it() -> None:
    program = """
import dataclasses, datetime as dt, decimal, sys, uuid
from socketio_rs import Server, Socket
from socketio_rs._core import encode_args

@dataclasses.dataclass
class User:
    at: dt.datetime

io = Server()
io.on("chat", lambda socket, text: None)
print(encode_args("e", User(dt.datetime(2026, 1, 2)), uuid.UUID(int=0), decimal.Decimal(1)))
try:
    encode_args("e", object())
except TypeError as error:
    print(error)
print([name for name in ("pydantic", "msgspec") if name in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    first, second, third = run.stdout.splitlines()
    assert "2026-01-02T00:00:00" in first
    assert second.endswith("argument 1 of type object is not JSON or bytes")
    assert third == "[]"

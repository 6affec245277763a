"""`Handlers`: methods of a class as handlers, middlewares and lifecycle handlers."""

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest
from support.client import joined, opened

from socketio_rs import Ack, ConnectError, Handlers, ReservedEvent, Server, Socket, event


class Chat(Handlers):
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.left = asyncio.Event()

    async def authorize(self, socket: Socket) -> None:
        await asyncio.sleep(0)
        if socket.handshake.auth.get("bad"):
            raise ConnectError("not authorized")

    def connection(self, socket: Socket) -> None:
        self.seen.append(("connection", socket.nsp is self.nsp))

    def disconnecting(self, socket: Socket) -> None:
        self.seen.append(("disconnecting", len(socket.rooms)))

    async def disconnect(self, socket: Socket, reason: str) -> None:
        self.seen.append(("disconnect", str(reason)))
        self.left.set()

    @event
    async def chat(self, socket: Socket, text: str) -> str:
        self.nsp.emit("chat", text)
        return "delivered"

    @event("say to someone")
    @event("tell")
    def say(self, socket: Socket, to: str, ack: Ack) -> None:
        ack(to)

    @event("still")
    @staticmethod
    def still(socket: Socket) -> str:
        return "static"

    @event(thread=True)
    def blocks(self, socket: Socket) -> str:
        return "blocked"

    def helper(self, socket: Socket) -> str:
        return "no handler"


async def test_methods_are_handlers() -> None:
    io: Server = Server()
    chat = Chat()
    io.register("/chat", chat)
    assert chat.nsp is io.of("/chat")
    async with io.serving() as listener:
        async with opened(listener) as refused:
            refused.send('40/chat,{"bad":true}')
            assert await refused.receive() == '44/chat,{"message":"not authorized"}'
        async with joined(listener, "/chat") as client:
            client.send('42/chat,1["chat","hi"]')
            assert await client.receive() == '42/chat,["chat","hi"]'
            assert await client.receive() == '43/chat,1["delivered"]'
            for name in ("say to someone", "tell"):
                client.send(f'42/chat,2["{name}","x"]')
                assert await client.receive() == '43/chat,2["x"]'
            client.send('42/chat,3["still"]', '42/chat,["helper"]')
            assert await client.receive() == '43/chat,3["static"]'
            client.send('42/chat,4["blocks"]')
            assert await client.receive() == '43/chat,4["blocked"]'
        await chat.left.wait()
    assert chat.seen == [
        ("connection", True),
        ("disconnecting", 1),
        ("disconnect", "transport close"),
    ]


def test_instance_is_registered_once() -> None:
    io: Server = Server()
    chat = Chat()
    io.register("/chat", chat)
    with pytest.raises(ValueError, match="registered already"):
        io.register("/other", chat)
    io.register("/other", Chat())


def test_namespace_is_known_from_the_registration_on() -> None:
    with pytest.raises(RuntimeError, match=r"Server\.register"):
        _ = Chat().nsp


def test_class_is_no_instance() -> None:
    wrong: Any = Chat
    with pytest.raises(TypeError, match=r"give an instance, as in Chat\(\)"):
        Server().register("/chat", wrong)
    wrong = object()
    with pytest.raises(TypeError, match="instance of Handlers"):
        Server().register("/chat", wrong)


def test_class_without_handlers_is_refused() -> None:
    class Empty(Handlers):
        def chat(self, socket: Socket) -> None: ...

    with pytest.raises(ValueError, match="has no handlers"):
        Server().register("/chat", Empty())


@pytest.mark.parametrize("name", ["error", "connect_error"])
def test_reserved_name_is_refused_at_the_decorator(name: str) -> None:
    with pytest.raises(ReservedEvent, match=name):
        event(name)


@pytest.mark.parametrize("wrong", [functools.partial(print), Chat, 3])
def test_what_is_no_method_is_refused_at_the_decorator(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"methods|name"):
        event(wrong)


async def test_method_that_cant_be_called_registers_nothing_of_its_class() -> None:
    class Broken(Handlers):
        @event
        def good(self, socket: Socket) -> str:
            return "good"

        @event
        def bad(self, socket: Socket, *, keyword: str) -> None: ...

    io: Server = Server()
    broken = Broken()
    with pytest.raises(TypeError, match="keyword"):
        io.register("/", broken)

    @io.event("good")
    def other(socket: Socket) -> str:
        return "other"

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("good") == ["other"]
    with pytest.raises(RuntimeError):
        _ = broken.nsp


async def test_methods_of_base_classes_are_inherited_and_replaced() -> None:
    def logged(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            return [function(*args)]

        return wrapper

    class Base(Handlers):
        @event
        def kept(self, socket: Socket) -> str:
            return "kept"

        @event
        def replaced(self, socket: Socket) -> str:
            return "base"

        @event("dropped")
        def dropped(self, socket: Socket) -> str:
            return "base"

    class Derived(Base):
        def replaced(self, socket: Socket) -> str:
            return f"derived of {super().replaced(socket)}"

        dropped: Any = None

        @logged
        @event
        def wrapped(self, socket: Socket) -> str:
            return "wrapped"

    io: Server = Server()
    io.register("/", Derived())

    @io.event("dropped")
    def dropped(socket: Socket) -> str:
        return "alone"

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("kept") == ["kept"]
        assert await client.ask("replaced") == ["derived of base"]
        assert await client.ask("wrapped") == [["wrapped"]]
        assert await client.ask("dropped") == ["alone"]


async def test_static_and_class_methods_are_handlers_whichever_decorator_is_above() -> None:
    class Kinds(Handlers):
        @staticmethod
        @event
        def inner_static(socket: Socket) -> str:
            return "static"

        @classmethod
        @event
        def inner_class(cls, socket: Socket) -> str:
            return cls.__name__

        @event
        @staticmethod
        def outer_static(socket: Socket) -> str:
            return "static"

    io: Server = Server()
    io.register("/", Kinds())
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("inner_static") == ["static"]
        assert await client.ask("inner_class") == ["Kinds"]
        assert await client.ask("outer_static") == ["static"]


async def test_lifecycle_names_may_be_events_of_other_methods() -> None:
    seen: list[str] = []

    class Marked(Handlers):
        @event("connect")
        def joins(self, socket: Socket) -> None:
            seen.append("joins")

        @event
        def authorize(self, socket: Socket) -> str:
            return "an event"

    io: Server = Server()
    io.register("/", Marked())
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("authorize") == ["an event"]
    assert seen == ["joins"]


async def test_handlers_of_a_parent_are_its_childrens() -> None:
    class Org(Handlers):
        @event
        def where(self, socket: Socket) -> list[Any]:
            return [[dict(socket.nsp.params), socket.nsp is self.nsp]]

    io: Server = Server()
    io.register("/org/{org}", Org())
    async with io.serving() as listener, joined(listener, "/org/7") as client:
        client.send('42/org/7,0["where"]')
        assert await client.receive() == '43/org/7,0[[[{"org":"7"},false]]]'

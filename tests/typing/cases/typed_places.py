"""Typed events stand wherever an event's name can, beside `emit` and `on`."""

from typing import Any, assert_type

from socketio_rs import Ack, Event, Handlers, Namespace, RemoteSocket, Router, Server, Socket, event

chat = Event[str, str, int]("chat")
ping = Event[None]("ping")

io: Server = Server()
chats: Namespace = io.of("/chat")
router = Router()


async def asks_many(socket: Socket, remote: RemoteSocket) -> None:
    assert_type(await io.emit_with_ack(chat, "hi", 1), list[str])
    assert_type(await chats.emit_with_ack(chat, "hi", 1, timeout=5), list[str])
    assert_type(await io.to("room").emit_with_ack(chat, "hi", 1, partial=True), list[str])
    assert_type(await socket.broadcast.emit_with_ack(chat, "hi", 1), list[str])
    assert_type(await io.emit_with_ack("any", 1), list[Any])
    await io.emit_with_ack(chat, "hi")  # error
    await chats.emit_with_ack(chat, 1, "hi")  # error
    await io.to("room").emit_with_ack(chat)  # error

    remote.emit(chat, "hi", 1)
    remote.timeout(5).emit(chat, "hi", 1, ack=print)
    assert_type(await remote.emit_with_ack(chat, "hi", 1), str)
    assert_type(await remote.emit_with_ack("any", 1), Any)
    remote.emit(chat, "hi")  # error
    await remote.emit_with_ack(chat, 1, "hi")  # error


async def waits(socket: Socket) -> None:
    assert_type(await socket.wait_for(chat), tuple[str, int])
    assert_type(await socket.wait_for(chat, timeout=5), tuple[str, int])
    assert_type(await socket.wait_for(ping), tuple[()])
    assert_type(await socket.wait_for("any"), tuple[Any, ...])
    await socket.wait_for(1)  # error


@router.on(chat)
def collected(socket: Socket, text: str, number: int) -> str:
    return text


@router.event(chat)  # error
def wrongly_collected(socket: Socket, number: int) -> str:
    return ""


class Chat(Handlers):
    @event(chat)
    async def said(self, socket: Socket, text: str, number: int) -> str:
        return text

    @event(chat, thread=True)
    def plain(self, socket: Socket, text: str, number: int) -> str:
        return text

    @event(chat)
    def by_hand(self, socket: Socket, text: str, number: int, ack: Ack) -> None:
        ack(text)

    @event(chat)  # error
    def wrong_argument(self, socket: Socket, text: bytes, number: int) -> str:
        return ""

    @event(chat)  # error
    async def wrong_answer(self, socket: Socket, text: str, number: int) -> int:
        return number

    @event("any")
    def any_name(self, socket: Socket, *args: Any) -> None: ...

    async def calls_its_own(self, socket: Socket) -> None:
        assert_type(await self.said(socket, "hi", 1), str)


def direct(socket: Socket, text: str, number: int) -> str:
    return text


def of_one(text: str, number: int) -> str:
    return text


def other(socket: Socket, text: bytes) -> str:
    return ""


def listens(socket: Socket) -> None:
    io.add_listener(chat, direct)
    io.prepend_listener(chat, direct)
    io.prepend_once_listener(chat)(direct)
    chats.remove_listener(chat, direct).remove_all_listeners(chat)
    io.add_listener(chat, other)  # error
    io.prepend_listener(chat, other)  # error
    io.prepend_once_listener(chat)(other)  # error
    assert_type(io.listener_count(chat) + chats.listener_count(chat), int)
    io.listeners(chat)
    io.listeners(1)  # error

    socket.add_listener(chat, of_one)
    socket.prepend_listener(chat, of_one)
    socket.prepend_once_listener(chat)(of_one)
    socket.remove_listener(chat, of_one).remove_all_listeners(chat)
    socket.add_listener(chat, other)  # error
    socket.prepend_listener(chat)(other)  # error
    assert_type(socket.listener_count(chat), int)
    socket.listeners(chat)


@io.on_server_event(chat)
async def from_a_server(text: str, number: int) -> str:
    return text


@chats.on_server_event(chat)
def has_no_answer(text: str, number: int) -> None: ...


@io.on_server_event(chat)  # error
def wrong_server_event(text: str, number: str) -> str:
    return text


@io.on_server_event(chat)  # error
def wrong_server_answer(text: str, number: int) -> int:
    return number


async def between_servers() -> None:
    io.on_server_event(chat, of_one)
    io.off_server_event(chat, of_one)
    io.server_side_emit(chat, "hi", 1)
    io.server_side_emit("any", 1)
    assert_type(await io.server_side_emit_with_ack(chat, "hi", 1), list[str])
    assert_type(await chats.server_side_emit_with_ack("any", timeout=1), list[Any])
    io.server_side_emit(chat, "hi")  # error
    await io.server_side_emit_with_ack(chat, 1, "hi")  # error
    assert_type(await from_a_server("hi", 1), str)


async def passes_answers_on(socket: Socket, remote: RemoteSocket) -> str | None:
    print(await socket.emit_with_ack(chat, "hi", 1), await remote.emit_with_ack(chat, "hi", 1))
    print(await socket.timeout(5).emit_with_ack(chat, "hi", 1), await socket.wait_for(chat))
    print(await io.emit_with_ack(chat, "hi", 1), await io.to("a").emit_with_ack(chat, "hi", 1))
    print(await io.server_side_emit_with_ack(chat, "hi", 1))
    found: list[object] = await io.emit_with_ack(chat, "hi", 1)
    found.append(await socket.emit_with_ack(chat, "hi", 1))
    found.append(await socket.emit_with_ack(chat, "hi", "1"))  # error
    return await socket.emit_with_ack(chat, "hi", 1)


def wrongly_answered(socket: Socket, text: str, number: int) -> int:
    return number


io.on(chat, wrongly_answered)  # error
io.once(chat)(wrongly_answered)  # error

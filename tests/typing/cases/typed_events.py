"""Typed events: calls and handlers are checked against them."""

from typing import Any, assert_type

from socketio_rs import Ack, Event, Namespace, Server, Socket

chat = Event[str, str, int]("chat")
ping = Event[None]("ping")
two = Event[tuple[int, str], bytes]("two")

io: Server = Server()
chats: Namespace = io.of("/chat")


async def emits(socket: Socket) -> None:
    socket.emit(chat, "hi", 1)
    await socket.emit(chat, "hi", 1)
    socket.emit(chat, "hi", 1, ack=print)
    socket.emit(ping)
    socket.emit("any", 1, [b"x"])
    socket.emit(chat, "hi")  # error
    socket.emit(chat, "hi", "1")  # error
    socket.emit(chat, "hi", 1, 2)  # error
    socket.emit(chat)  # error
    socket.emit(ping, 1)  # error
    socket.emit(1)  # error

    socket.volatile.emit(chat, "hi", 1)
    socket.volatile.emit(chat, 1, "hi")  # error
    socket.broadcast.emit(chat, "hi", 1)
    socket.broadcast.emit(chat, "hi")  # error
    io.emit(chat, "hi", 1)
    io.emit(chat, "hi", None)  # error
    chats.emit(chat, "hi", 1)
    chats.emit(chat)  # error
    io.to("room").emit(chat, "hi", 1)
    io.to("room").emit(chat, 1)  # error
    (found,) = await io.fetch_sockets()
    found.emit(chat, "hi", 1, ack=print)
    found.emit("any", 1)
    found.emit(chat, "hi")  # error


async def asks(socket: Socket) -> None:
    assert_type(await socket.emit_with_ack(chat, "hi", 1), str)
    assert_type(await socket.emit_with_ack(chat, "hi", 1, timeout=5), str)
    assert_type(await socket.timeout(5).emit_with_ack(two, b"x"), tuple[int, str])
    assert_type(await socket.emit_with_ack(ping), None)
    assert_type(await socket.emit_with_ack(chat, "hi", 1, all_args=True), tuple[Any, ...])
    assert_type(await socket.emit_with_ack("any", 1), Any)
    (found,) = await io.fetch_sockets()
    assert_type(await found.emit_with_ack(chat, "hi", 1), str)
    assert_type(await found.timeout(5).emit_with_ack("any", 1), Any)
    await found.emit_with_ack(chat, 1, "hi")  # error
    await socket.emit_with_ack(chat, "hi")  # error
    await socket.timeout(5).emit_with_ack(two, "x")  # error
    number: int = await socket.emit_with_ack(chat, "hi", 1)  # error
    print(number)


@io.on(chat)
async def coroutine(socket: Socket, text: str, number: int) -> str:
    return text * number


@io.on(chat, thread=True)
def plain(socket: Socket, text: str, number: int) -> str:
    return text * number


@io.once(chat)
async def by_hand(socket: Socket, text: str, number: int, ack: Ack) -> None:
    ack(text)


@chats.event(ping)
def pinged(socket: Socket) -> None: ...


@io.on(chat)
async def wide(socket: Socket[Any], text: object, number: float) -> str:
    return f"{text}{number}"


@io.on(chat)  # error
async def wrong_argument(socket: Socket, text: int, number: int) -> str:
    return ""


@io.on(chat)  # error
async def wrong_answer(socket: Socket, text: str, number: int) -> int:
    return number


@io.on(chat)  # error
async def no_answer(socket: Socket, text: str, number: int) -> None: ...


@chats.on(chat)  # error
def too_few(socket: Socket, text: str) -> str:
    return text


@io.event(ping)  # error
def too_many(socket: Socket, text: str) -> None: ...


@io.on("connection")
def connected(socket: Socket) -> None:
    @socket.on(chat)
    async def own(text: str, number: int) -> str:
        return text * number

    @socket.once(chat)
    def with_socket(socket: Socket, text: str, number: int) -> str:
        return text * number

    @socket.on(chat)
    def own_by_hand(text: str, number: int, ack: Ack) -> None:
        ack(text)

    @socket.on(chat)  # error
    def wrong(text: str, number: str) -> str:
        return text

    socket.off(chat, own)
    socket.off(chat)


def direct(socket: Socket, text: str, number: int) -> str:
    return text


def other(socket: Socket, text: bytes, number: int) -> str:
    return ""


io.on(chat, direct)
io.once(chat, direct)
io.on(chat, other)  # error
io.off(chat, direct)
io.off(chat)

assert_type(chat.name, str)
Event[str, int]()  # error
Event[str, int](1)  # error


async def calls_its_own_handler(socket: Socket) -> None:
    assert_type(await coroutine(socket, "hi", 1), str)
    assert_type(plain(socket, "hi", 1), str)

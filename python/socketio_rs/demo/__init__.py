"""The chat of `python -m socketio_rs demo`: its server; the page beside it is what browsers run."""

from dataclasses import dataclass
from pathlib import Path

from socketio_rs import ConnectError, Server, Socket

HERE = Path(__file__).parent
PAGE = {"/": HERE / "index.html", "/app.js": HERE / "app.js", "/style.css": HERE / "style.css"}


@dataclass
class User:
    """What the server remembers of a tab: its `socket.data`."""

    name: str = ""
    room: str = ""


# Room for an image of 3 MB, which is a third longer where it is polled.
io = Server(data=User, max_http_buffer_size=5_000_000)
members: dict[str, list[Socket[User]]] = {}


@io.use
def take_name(socket: Socket[User]) -> None:
    """Refuses those without a name; the page shows the text."""
    auth = socket.handshake.auth
    user = User(short(auth.get("name")), short(auth.get("room")))
    if not user.name or not user.room:
        raise ConnectError("a nickname and a room are needed")
    socket.data = user


@io.on("connection")
def connected(socket: Socket[User]) -> None:
    """A tab is there, for the first time or again."""
    join(socket, socket.data.room)

    @socket.conn.on("upgrade")
    def upgraded() -> None:
        tell_members(socket.data.room)


@io.on("change room")
def change_room(socket: Socket[User], room: str) -> None:
    """A tab goes to another room."""
    room = short(room)
    if room and room != socket.data.room:
        leave(socket)
        join(socket, room)


@io.event
def message(socket: Socket[User], text: str) -> str:
    """Passes a text on to the others; the answer is the ack that the page shows as a tick."""
    socket.to(socket.data.room).emit("message", socket.data.name, str(text)[:2000])
    return "delivered"


@io.event
def image(socket: Socket[User], kind: str, content: bytes) -> str:
    """Passes an image on to the others: bytes come as bytes, and leave as bytes."""
    socket.to(socket.data.room).emit("image", socket.data.name, kind, content)
    return "delivered"


@io.event
def typing(socket: Socket[User]) -> None:
    """Tells the others, where it costs no waiting: volatile."""
    socket.to(socket.data.room).volatile.emit("typing", socket.data.name)


@io.event
def disconnect(socket: Socket[User]) -> None:
    """A tab is gone."""
    leave(socket)


def join(socket: Socket[User], room: str) -> None:
    """Puts a tab into a room and tells everyone."""
    socket.join(room)
    socket.data.room = room
    members.setdefault(room, []).append(socket)
    socket.to(room).emit("notice", f"{socket.data.name} joined")
    tell_members(room)
    tell_rooms()


def leave(socket: Socket[User]) -> None:
    """Takes a tab out of its room and tells everyone."""
    room = socket.data.room
    socket.leave(room)
    members[room].remove(socket)
    io.to(room).emit("notice", f"{socket.data.name} left")
    tell_members(room)
    if not members[room]:
        del members[room]
    tell_rooms()


def tell_members(room: str) -> None:
    """Tells a room who is there, and over which transport."""
    found = [
        {"id": socket.id, "name": socket.data.name, "transport": socket.conn.transport.name}
        for socket in members[room]
    ]
    io.to(room).emit("members", room, found)


def tell_rooms() -> None:
    """Tells everyone which rooms there are, and how many are in each."""
    io.emit("rooms", {room: len(sockets) for room, sockets in members.items()})


def short(text: object) -> str:
    """A name as it is shown; whatever a client sends gives one."""
    return " ".join(text.split())[:24] if isinstance(text, str) else ""

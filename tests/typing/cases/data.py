"""`socket.data`: a dict unless the server says what it is."""

from dataclasses import dataclass
from typing import Any, assert_type

from socketio_rs import Server, Socket


@dataclass
class User:
    name: str = ""


plain: Server = Server()
also_plain = Server(ping_interval=5.0)
typed = Server[User](data=User)
inferred = Server(data=User, ping_interval=5.0)

assert_type(plain, Server[dict[str, Any]])
assert_type(also_plain, Server[dict[str, Any]])
assert_type(typed, Server[User])
assert_type(inferred, Server[User])

wrong: Server[User] = Server[User]()  # error
Server[User](data=dict)  # error
Server(data=1)  # error
Server(ping_intervall=5)  # error
Server(json_default=lambda value: repr(value))
Server(json_default=1)  # error


@plain.event
def untyped(socket: Socket) -> None:
    assert_type(socket.data, dict[str, Any])
    socket.data["name"] = "ann"
    socket.data.name  # noqa: B018 - # error


@typed.event
async def chat(socket: Socket[User], text: str) -> None:
    assert_type(socket.data, User)
    assert_type(socket.data.name, str)
    socket.data = User("ann")
    socket.data.nam  # noqa: B018 - # error
    socket.data = {}  # error

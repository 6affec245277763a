"""A Socket.IO server for Python with a core in Rust.

Example:
    ```python
    from socketio_rs import Server, Socket

    io = Server()


    @io.event
    async def chat(socket: Socket, text: str) -> None:
        io.emit("chat", text)


    io.run(port=3000)
    ```
"""

from importlib.metadata import version

from ._core import Ack, BroadcastOperator, Socket, SocketOperator
from ._errors import (
    AckTimeout,
    ConnectError,
    Disconnected,
    DisconnectReason,
    EventError,
    QueueFull,
    ReservedEvent,
    SocketIOError,
)
from ._limits import Limits
from ._listener import Listener
from ._namespace import Namespace
from ._options import ConnectionStateRecovery, Cors
from ._remote import RemoteSocket
from ._request import Handshake, Request
from ._server import Server

__version__ = version("socketio-rs")

__all__ = [
    "Ack",
    "AckTimeout",
    "BroadcastOperator",
    "ConnectError",
    "ConnectionStateRecovery",
    "Cors",
    "DisconnectReason",
    "Disconnected",
    "EventError",
    "Handshake",
    "Limits",
    "Listener",
    "Namespace",
    "QueueFull",
    "RemoteSocket",
    "Request",
    "ReservedEvent",
    "Server",
    "Socket",
    "SocketIOError",
    "SocketOperator",
]

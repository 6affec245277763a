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

from ._class_handlers import Handlers, event
from ._client import Client
from ._core import Ack, BroadcastOperator, Socket, SocketOperator
from ._errors import (
    AckTimeout,
    AdapterError,
    ConnectError,
    Disconnected,
    DisconnectReason,
    EventError,
    PayloadError,
    QueueFull,
    ReservedEvent,
    ServerSideAckTimeout,
    SocketIOError,
)
from ._event import Event
from ._limits import Limits
from ._listener import Listener
from ._namespace import Namespace
from ._namespaces import ParentNamespace
from ._options import ConnectionStateRecovery, Cors
from ._remote import RemoteSocket
from ._request import Handshake, Request
from ._router import Router
from ._server import Server
from .adapter import Adapter

__version__ = version("socketio-rs")

__all__ = [
    "Ack",
    "AckTimeout",
    "Adapter",
    "AdapterError",
    "BroadcastOperator",
    "Client",
    "ConnectError",
    "ConnectionStateRecovery",
    "Cors",
    "DisconnectReason",
    "Disconnected",
    "Event",
    "EventError",
    "Handlers",
    "Handshake",
    "Limits",
    "Listener",
    "Namespace",
    "ParentNamespace",
    "PayloadError",
    "QueueFull",
    "RemoteSocket",
    "Request",
    "ReservedEvent",
    "Router",
    "Server",
    "ServerSideAckTimeout",
    "Socket",
    "SocketIOError",
    "SocketOperator",
    "event",
]

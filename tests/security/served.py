"""A server in a process of its own, and the raw connections that press it."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from protocol.wire import POLLING, request
from support.process import ServerProcess
from support.raw import RawClient

SERVER = Path(__file__).parent / "servers" / "echo.py"
KIB = 1024
MIB = 1024 * KIB


def served(**options: Any) -> ServerProcess:
    """A server with these options that echoes; `descriptors` bounds those that it may open."""
    return ServerProcess(SERVER, json.dumps(options))


@contextmanager
def connected(server: ServerProcess, count: int) -> Iterator[list[socket.socket]]:
    """So many connections, for a block."""
    with ExitStack() as stack:
        opened = (socket.create_connection(server.address, timeout=25) for _ in range(count))
        yield [stack.enter_context(connection) for connection in opened]


def until(connection: socket.socket, ending: bytes) -> bytes:
    """What comes up to these bytes."""
    received = b""
    while not received.endswith(ending):
        data = connection.recv(65536)
        assert data, received[-100:]
        received += data
    return received


def until_closed(connection: socket.socket) -> bytes:
    """What comes until the server has closed."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


def session(address: tuple[str, int]) -> str:
    """The target for requests of a new session that polls."""
    with socket.create_connection(address, timeout=25) as connection:
        connection.sendall(request(POLLING))
        opened = until(connection, b"}")
    return f"{POLLING}&sid={sid(opened)}"


def sid(opened: bytes) -> str:
    """The session that an open packet tells of."""
    return opened.partition(b'"sid":"')[2][:20].decode()


def post(target: str, *lines: str) -> bytes:
    """The head of a POST."""
    return "\r\n".join([f"POST {target} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def asks(client: RawClient, event: str, *args: Any) -> list[Any]:
    """What the server answers to an event."""
    client.send_text("420" + json.dumps([event, *args]))
    answer = client.receive_text()
    assert answer.startswith("430["), answer
    answers: list[Any] = json.loads(answer[3:])
    return answers


def wait_until_left(client: RawClient, count: int) -> None:
    """Returns when so many sockets have left."""
    while asks(client, "count")[1] < count:
        pass


def descriptors(server: ServerProcess) -> int:
    """How many the process has open."""
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())

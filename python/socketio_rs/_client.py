"""Row 7: what a socket is asked for besides: its client, and the next event of a name.

The extension calls `Client` and `wait_for`.
"""

import asyncio
import weakref
from collections.abc import Coroutine
from typing import Any

from ._core import EngineSocket, Socket
from ._errors import Disconnected
from ._request import Request


class Client:
    """A client: the one connection that its sockets in all namespaces share.

    Two of the same connection are equal.
    """

    __slots__ = ("_socket",)

    def __init__(self, socket: Socket[Any]) -> None:
        self._socket = socket

    @property
    def conn(self) -> EngineSocket:
        """Its connection."""
        return self._socket.conn

    @property
    def request(self) -> Request:
        """The HTTP request that opened its connection."""
        return self._socket.request

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Client) and self.conn is other.conn

    def __hash__(self) -> int:
        return hash(self.conn)

    def __repr__(self) -> str:
        # The id of its connection is a secret of its own.
        return f"<Client {self.conn.transport.name}>"


def wait_for(
    socket: Socket[Any], event: str, timeout: float | None, is_too_late: bool
) -> Coroutine[Any, Any, tuple[Any, ...]]:
    """The arguments of the next event of this name: listens from the call on.

    Args:
        socket: Whose event.
        event: Its name.
        timeout: Seconds to wait; None: as long as the client stays.
        is_too_late: Neither it nor the socket's `disconnect` will come.

    Raises:
        TypeError, ReservedEvent: As `Socket.on`.
    """
    future: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

    def stop(_: object = None) -> None:
        socket.off(event, arrived)
        socket.off("disconnect", left)

    # It is the coroutine's alone, which may be given up before it has begun.
    waiting = weakref.ref(future, stop)

    def arrived(*args: Any) -> None:
        future = waiting()
        if future is not None and not future.done():
            future.set_result(args)

    def left() -> None:
        future = waiting()
        if future is not None and not future.done():
            future.set_exception(Disconnected("the client has left"))
            # Nobody need be told who has given up meanwhile.
            future.exception()

    socket.once(event, arrived)
    # An end that the server has begun is still told of.
    is_end = event in ("disconnect", "disconnecting")
    if not is_end:
        socket.once("disconnect", left)
    if is_too_late or not (is_end or socket.connected):
        left()

    async def wait() -> tuple[Any, ...]:
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            text = f"no event {event!r} of socket {socket.id} came in {timeout:g} s"
            raise TimeoutError(text) from None
        finally:
            stop()

    return wait()

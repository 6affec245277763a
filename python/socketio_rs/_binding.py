"""How the connections of an `Engine` become clients of a Socket.IO server."""

import asyncio
from typing import TYPE_CHECKING

from ._core import EngineSocket
from ._served import company_of, has_running_loop
from .engine import Engine

if TYPE_CHECKING:
    from ._served import Served


def bind(server: "Served", engine: object) -> None:
    """Has each new connection of the engine handed over: see `Server.bind`."""
    if not isinstance(engine, Engine):
        raise TypeError(f"bind takes a socketio_rs.engine.Engine, found {engine!r}")
    company_of(server).bind(company_of(engine))

    def hand_over(socket: EngineSocket) -> None:
        if company_of(server).is_ending:
            socket.close()
        else:
            take_over(server, socket)

    engine.on("connection", hand_over)


def take_over(server: "Served", socket: object) -> None:
    """Makes one connection a client: see `Server.onconnection`."""
    if not isinstance(socket, EngineSocket):
        raise TypeError(f"onconnection takes an EngineSocket, found {socket!r}")
    if not has_running_loop():
        raise RuntimeError(
            "onconnection has to be called on the loop on which the engine is served"
        )
    company = company_of(server)
    if company.is_ending:
        raise RuntimeError("the server is just being closed: await its close() first")
    company.begin(asyncio.get_running_loop())
    company.core.take_over(socket)

"""Clients of whose sockets the server's handlers have heard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from socketio_rs import Listener, Server

from .client import Client, joined


@asynccontextmanager
async def entered(io: Server[Any], listener: Listener) -> AsyncIterator[Client]:
    """A client of whose socket handlers have heard."""
    there = asyncio.Event()
    io.on("connection", lambda _: there.set())
    async with joined(listener) as client:
        await there.wait()
        yield client


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop go on until something is so."""
    while not condition():  # noqa: ASYNC110 - nothing else tells of it
        await asyncio.sleep(0)

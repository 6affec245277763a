"""Handlers that begin and end when a test says so."""

import asyncio

import pytest

from socketio_rs import Disconnected, Server

from .client import Client


class Steps:
    """Handlers that begin, wait for each other's end to be let go, and end; in which order is kept."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self._begun: dict[str, asyncio.Event] = {}
        self._gates: dict[str, asyncio.Event] = {}

    async def run(self, name: str) -> None:
        self.ran.append(f"begin {name}")
        self._event(self._begun, name).set()
        await self._event(self._gates, name).wait()
        self.ran.append(f"end {name}")

    async def begun(self, name: str) -> None:
        await self._event(self._begun, name).wait()

    def let_go(self, *names: str) -> None:
        for name in names:
            self._event(self._gates, name).set()

    @staticmethod
    def _event(events: dict[str, asyncio.Event], name: str) -> asyncio.Event:
        return events.setdefault(name, asyncio.Event())


async def leave(client: Client, io: Server, packet: str | None = "41") -> None:
    """Until the server's loop knows that its first client has left, with a packet or without."""
    socket = next(iter(io.sockets.sockets.values()))
    asked = asyncio.ensure_future(socket.emit_with_ack("never answered"))
    await client.receive()
    if packet is None:
        await client.abort()
    else:
        client.send(packet)
    with pytest.raises(Disconnected):
        await asked

"""One run of a row against one side: its connections and sessions, and the transcript of what they met."""

import asyncio
import json
import re
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from support.raw import BINARY, CLOSE, PING, PONG, TEXT, masked_frame

from .connection import WITHOUT_BODY, Connection, EndedError
from .side import Address, Side

PATIENCE = 10.0
"""Seconds after which what a step waits for does not come any more."""

_SID = re.compile(rb'"sid":"([\w-]{20})"')
# In JSONP it is JSON within JSON.
_ESCAPED_SID = re.compile(r'(sid[\\]+":[\\]+")[\w-]{20}')
_OPCODES = {TEXT: "text", BINARY: "binary", PING: "ping", PONG: "pong", CLOSE: "close"}
_LONGEST = 150
_ANY_HEADER = 32 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Step:
    """A part of a row; `what` names it when it can't be done."""

    what: str
    take: Callable[["Run"], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """A row of the table.

    `options` are those of `Engine`, `behaviour` is one of the servers'. A row about something that
    `Engine` does not have yet names it in `later`: an option, a method or an event. A row that is
    not as with the reference, and ought to be, says in `bug` what is wrong.
    """

    section: str
    name: str
    steps: list[Step]
    options: dict[str, Any] = field(default_factory=dict)
    behaviour: str = "echoes"
    later: str = ""
    bug: str = ""

    @property
    def title(self) -> str:
        return f"{self.section} {self.name}"


async def transcript(row: Row, side: Side) -> list[str]:
    """Runs a row; its lines."""
    run = Run(side, await side.engine(row.behaviour, row.options))
    try:
        await run.steps(row.steps)
    finally:
        run.leave()
    if not row.later:
        await run.close_sessions(row.options.get("path", "/engine.io").rstrip("/"))
    return run.lines


class Run:
    """Connections have names, sessions numbers from 1."""

    def __init__(self, side: Side, address: Address) -> None:
        self._side = side
        self._address = address
        self._connections: dict[str, Connection] = {}
        self._others: list[Connection] = []
        self._websockets: set[str] = set()
        self._inflaters: dict[str, Any] = {}
        self._sids: list[str] = []
        self._taken: dict[str, int] = {}
        self.lines: list[str] = []

    async def steps(self, steps: list[Step]) -> None:
        """Takes steps until one can't be taken."""
        for step in steps:
            try:
                async with asyncio.timeout(PATIENCE):
                    await step.take(self)
            except TimeoutError:
                self.lines.append(f"{step.what}: nothing came")
                return

    def leave(self) -> None:
        """Closes all connections."""
        for connection in [*self._connections.values(), *self._others]:
            connection.end()

    async def close_sessions(self, path: str) -> None:
        """Ends the sessions that are left, and takes what was not taken; this end is no line."""
        for number, sid in enumerate(self._sids, 1):
            told, start = self._side.lines(sid), self._taken.get(sid, 0)
            closed = any(map(_is_close, told[:start]))
            if not any(map(_is_close, told)):
                body = "Content-Length: 1\r\n\r\n1"
                await self.settle(f"POST {path}/?EIO=4&transport=polling&sid={sid}", body)
            try:
                async with asyncio.timeout(PATIENCE):
                    while not closed:
                        line = await self._next(sid)
                        closed = _is_close(line)
                        self.lines += [] if closed else [f"<sid {number}>: {line}"]
            except TimeoutError:
                self.lines.append(f"<sid {number}>: never closed")
            self.lines += [f"<sid {number}>: {line}" for line in told[self._taken[sid] :]]
        for connection in self._others:
            connection.end()

    # --- what the steps do

    async def connection(self, name: str) -> Connection:
        """The connection of this name, opened at the first call."""
        if name not in self._connections:
            self._connections[name] = await Connection.to(self._address.port)
        return self._connections[name]

    async def write(self, name: str, data: bytes) -> None:
        (await self.connection(name)).write(self._filled(data))

    async def request(self, name: str, method: str, data: bytes) -> None:
        connection = await self.connection(name)
        connection.methods.append(method)
        connection.write(self._filled(data))

    async def answer(self, name: str) -> None:
        try:
            status, headers, body = await (await self.connection(name)).answer()
        except EndedError as error:
            self._end(name, error.rest)
            return
        if status == 101:
            self._websockets.add(name)
        length = ("content-length", "no body" if status in WITHOUT_BODY else str(len(body)))
        if ("content-encoding", "gzip") in headers or ("content-encoding", "deflate") in headers:
            body = zlib.decompress(body, _ANY_HEADER)
        self._learn(body)
        lines = [
            f"{key}: {value}" for key, value in headers if (key, value) != length and key != "date"
        ]
        if length in headers:
            lines.append("content-length: <length>")
        lines = [str(status), *map(self._named, lines), self._shown(body)]
        self.lines += [f"{name}: {line}" for line in lines]

    async def packets(self, name: str, data: bytes, count: int) -> None:
        """Packets by as many GETs as it takes: how they are divided among these is a matter of time."""
        packets: list[bytes] = []
        connection = await self.connection(name)
        while len(packets) < count:
            connection.write(self._filled(data))
            status, _, body = await connection.answer()
            if status != 200:
                packets.append(str(status).encode())
                break
            packets += body.split(b"\x1e")
        self.lines += [f"{name}: packet {self._shown(packet)}" for packet in packets]

    async def frame(self, name: str) -> None:
        """The next frame; a close is answered."""
        connection = await self.connection(name)
        try:
            first, payload = await connection.frame()
        except EndedError as error:
            self._end(name, error.rest)
            return
        if compressed := first & 0xF0 == 0xC0:
            inflater = self._inflaters.setdefault(name, zlib.decompressobj(-zlib.MAX_WBITS))
            # RFC 7692, 7.2.2.
            payload = inflater.decompress(payload + b"\x00\x00\xff\xff")
        self._learn(payload)
        kind = _OPCODES.get(first & 15) if compressed or first & 0xF0 == 0x80 else None
        if first & 15 == CLOSE:
            connection.write(masked_frame(CLOSE, payload))
            text = f"{int.from_bytes(payload[:2])} {self._shown(payload[2:])}" if payload else ""
        else:
            text = self._shown(payload, binary=kind == "binary")
        kind = f"compressed {kind}" if compressed else kind or hex(first)
        self.lines.append(f"{name}: {kind} {text}".rstrip())

    async def end(self, name: str) -> None:
        """What comes until the server has closed."""
        connection = await self.connection(name)
        if name not in self._websockets:
            self._end(name, await connection.ended())
            return
        while name in self._websockets:
            await self.frame(name)

    async def close(self, name: str, *, reset: bool) -> None:
        connection = await self.connection(name)
        if reset:
            connection.reset()
        else:
            connection.end()
        # One of the same name is another.
        self._others.append(self._connections.pop(name))

    async def quiet(self, name: str, seconds: float) -> None:
        """Nothing comes for a while."""
        await self.settle()
        await asyncio.sleep(seconds)
        received = bytes((await self.connection(name)).received)
        self.lines.append(f"{name}: {self._shown(received) if received else 'nothing'}")

    async def settle(
        self, target: str = "GET /engine.io/?transport=none", rest: str = "\r\n"
    ) -> None:
        """Returns when the server has read what was sent before.

        It reads connections in the order in which they became ready; the second answer comes
        from a turn of its loop that had all the others before it.
        """
        connection = await Connection.to(self._address.port)
        self._others.append(connection)
        for _ in range(2):
            connection.write(f"{target} HTTP/1.1\r\nHost: x\r\n{rest}".encode())
            await connection.answer()

    async def event(self, name: str, session: int) -> None:
        """Lines of a session up to one about `name`; session 0 is the newest."""
        number = session or len(self._sids)
        if not number:
            self.lines.append("no session")
            return
        line = ""
        while not line.startswith(f"{name} "):
            line = await self._next(self._sids[number - 1])
            self.lines.append(f"<sid {number}>: {line}")

    async def reported(self) -> None:
        """The next line about no session."""
        self.lines.append(self._named(await self._next("error")))

    async def serve(self, command: str, *arguments: object) -> None:
        """Has the server do something with the newest session."""
        await self._side.tell(command, self._address.engine, self._sids[-1], *arguments)

    async def stop(self) -> None:
        await self._side.tell("stop", self._address.engine)

    # --- names instead of ids

    async def _next(self, sid: str) -> str:
        number = self._taken.setdefault(sid, 0)
        line = await self._side.line(sid, number)
        self._taken[sid] += 1
        return line

    def _filled(self, data: bytes) -> bytes:
        for number, sid in enumerate(self._sids, 1):
            data = data.replace(b"{sid %d}" % number, sid.encode())
        return data.replace(b"{sid}", self._sids[-1].encode()) if self._sids else data

    def _learn(self, data: bytes) -> None:
        if found := _SID.search(data):
            self._sids.append(found[1].decode())

    def _named(self, text: str) -> str:
        for number, sid in enumerate(self._sids, 1):
            text = text.replace(sid, f"<sid {number}>")
        return _ESCAPED_SID.sub(r"\1<sid>", text)

    def _shown(self, data: bytes, *, binary: bool = False) -> str:
        if len(data) > _LONGEST:
            return (
                f"{len(data)} bytes, SHA-1 {sha1(data).hexdigest()[:8]}, {self._shown(data[:20])}"
            )
        try:
            text = data.hex() if binary else json.dumps(data.decode(), ensure_ascii=False)
        except UnicodeDecodeError:
            text = data.hex()
        return self._named(text)

    def _end(self, name: str, rest: bytes) -> None:
        if name in self._websockets:
            self._websockets.remove(name)
            self._connections[name].end()
        if rest:
            self.lines.append(f"{name}: {self._shown(rest)}")
        self.lines.append(f"{name}: end")


def _is_close(line: str) -> bool:
    return line.startswith("close ")

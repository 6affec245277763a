"""A connection of bytes to a server: requests and frames go out as given, answers and frames come back one by one."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self

from support.raw import BINARY, TEXT, masked_frame

from socketio_rs import Listener, Server, Socket

PATH = "/socket.io/?EIO=4"
POLLING = f"{PATH}&transport=polling"
WEBSOCKET = f"{PATH}&transport=websocket"

# The example of RFC 6455, 1.3.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    f"Sec-WebSocket-Key: {KEY}",
    "Sec-WebSocket-Version: 13",
)

_WITHOUT_BODY = (100, 101, 204, 304)


class Answer(NamedTuple):
    """An HTTP response; names of headers are in lower case, repeated ones joined by commas."""

    status: int
    headers: dict[str, str]
    body: str


class Frame(NamedTuple):
    """A whole WebSocket frame of the server."""

    opcode: int
    payload: bytes


def request(target: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    """A request; `lines` are further lines of its head."""
    length = [f"Content-Length: {len(body)}"] if body or method == "POST" else []
    head = [f"{method} {target} HTTP/1.1", "Host: test", *length, *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


def upgrade(target: str = WEBSOCKET, *lines: str, method: str = "GET") -> bytes:
    """A request for a WebSocket."""
    return request(target, *UPGRADE, *lines, method=method)


def echoing(**options: Any) -> Server:
    """A server that sends every event `echo` back."""
    io: Server = Server(**options)

    @io.event
    def echo(socket: Socket, *args: Any) -> None:
        socket.emit("echo", *args)

    return io


def reasons(io: Server) -> asyncio.Queue[str]:
    """The reasons for which sockets of `/` leave, from now on."""
    left: asyncio.Queue[str] = asyncio.Queue()

    @io.event
    def disconnect(socket: Socket, reason: str) -> None:
        left.put_nowait(str(reason))

    return left


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @asynccontextmanager
    async def to(cls, listener: Listener) -> AsyncIterator[Self]:
        """A connection for a block."""
        if isinstance(listener.address, str):
            streams = await asyncio.open_unix_connection(listener.address)
        else:
            streams = await asyncio.open_connection(*listener.address)
        wire = cls(*streams)
        try:
            yield wire
        finally:
            wire.writer.transport.abort()

    @classmethod
    @asynccontextmanager
    async def websocket(cls, listener: Listener, target: str = WEBSOCKET) -> AsyncIterator[Self]:
        """A WebSocket for a block, its open packet taken."""
        async with cls.to(listener) as wire:
            wire.send(upgrade(target))
            assert (await wire.answer()).status == 101
            assert (await wire.text()).startswith("0{")
            yield wire

    @classmethod
    @asynccontextmanager
    async def joined(cls, listener: Listener, target: str = WEBSOCKET) -> AsyncIterator[Self]:
        """A WebSocket whose socket is connected to `/`, for a block."""
        async with cls.websocket(listener, target) as wire:
            wire.say("40")
            assert (await wire.text()).startswith('40{"sid":"')
            yield wire

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def say(self, *packets: str | bytes) -> None:
        """Sends packets as frames, in one write."""
        frames = [
            masked_frame(TEXT, packet.encode())
            if isinstance(packet, str)
            else masked_frame(BINARY, packet)
            for packet in packets
        ]
        self.send(b"".join(frames))

    async def answer(self, method: str = "GET") -> Answer:
        """The next HTTP response; `method` is that of the request."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        headers: dict[str, str] = {}
        for name, value in (line.split(": ", 1) for line in lines):
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        code = int(status.split()[1])
        has_body = method != "HEAD" and code not in _WITHOUT_BODY
        length = int(headers["content-length"]) if has_body else 0
        return Answer(code, headers, (await self.reader.readexactly(length)).decode())

    async def frame(self) -> Frame:
        """The next frame, which has to be whole and unmasked."""
        first, length = await self.reader.readexactly(2)
        assert first & 0xF0 == 0x80, f"{first:#x}"
        assert length < 128, "masked"
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return Frame(first & 0x0F, await self.reader.readexactly(length))

    async def text(self) -> str:
        """The next frame, which has to be text."""
        opcode, payload = await self.frame()
        assert opcode == TEXT, (opcode, payload)
        return payload.decode()

    async def rest(self) -> bytes:
        """All that comes until the server has closed."""
        return await self.reader.read()


async def ask(listener: Listener, data: bytes, method: str = "GET") -> Answer:
    """The answer to a request on a connection of its own."""
    async with Wire.to(listener) as wire:
        wire.send(data)
        return await wire.answer(method)


async def settled(listener: Listener) -> None:
    """Returns when the server has read what was sent before: it reads in the order of arrival."""
    await ask(listener, request("/settled"))


class Poller:
    """A client that polls, like a browser: its GETs on one connection, its POSTs on another."""

    def __init__(self, gets: Wire, posts: Wire) -> None:
        self.gets = gets
        self.posts = posts
        self.sid = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, listener: Listener) -> AsyncIterator[Self]:
        """A client whose session is open, for a block."""
        async with Wire.to(listener) as gets, Wire.to(listener) as posts:
            poller = cls(gets, posts)
            gets.send(request(POLLING))
            opened = await gets.answer()
            poller.sid = json.loads(opened.body[1:])["sid"]
            yield poller

    @classmethod
    @asynccontextmanager
    async def joined(cls, listener: Listener) -> AsyncIterator[Self]:
        """A client whose socket is connected to `/`, for a block."""
        async with cls.open(listener) as poller:
            assert (await poller.post("40")).body == "ok"
            assert (await poller.get()).body.startswith('40{"sid":"')
            yield poller

    @property
    def target(self) -> str:
        return f"{POLLING}&sid={self.sid}"

    async def get(self, *lines: str) -> Answer:
        self.gets.send(request(self.target, *lines))
        return await self.gets.answer()

    async def post(self, body: str, *lines: str) -> Answer:
        self.posts.send(request(self.target, *lines, method="POST", body=body.encode()))
        return await self.posts.answer()

    async def park(self, *lines: str) -> None:
        """Sends a GET, and returns when the server holds it: `gets.answer()` is its response."""
        self.gets.send(request(self.target, *lines))
        # The server reads its connections in the order in which they became ready.
        self.posts.send(request(f"{POLLING}&sid=none"))
        assert (await self.posts.answer()).status == 400

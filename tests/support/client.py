"""A client on the loop of the test that shows each packet as it came, and plain HTTP beside it."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, Self, cast

from socketio_rs import Listener

from .raw import BINARY, TEXT, masked_frame

WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"
POLLING = "/socket.io/?EIO=4&transport=polling"

_SMALL = 1 << 16
"""The kernel's buffer for a client, so that what is not read piles up in the server soon."""


class Client:
    """One WebSocket whose messages are Engine.IO packets: `42["chat","hi"]`; pings are answered."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.head = head
        self.sid = ""

    @classmethod
    async def open(
        cls, listener: Listener, target: str = WEBSOCKET, version: str = "1.1", **headers: str
    ) -> Self:
        """Upgrades to WebSocket; the engine's handshake is still to come if this is a new session."""
        reader, writer = await _connect(listener, _SMALL)
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        writer.write(
            f"GET {target} HTTP/{version}\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"{''.join(lines)}\r\n".encode()
        )
        client = cls(reader, writer, (await reader.readuntil(b"\r\n\r\n")).decode())
        assert client.head.startswith("HTTP/1.1 101"), client.head
        return client

    async def enter(self, namespace: str, auth: Any = None) -> str:
        """Connects another socket; its id."""
        prefix = "" if namespace == "/" else f"{namespace},"
        self.send(f"40{prefix}" + ("" if auth is None else json.dumps(auth)))
        reply = await self.receive()
        assert isinstance(reply, str)
        assert reply.startswith(f"40{prefix}{{"), reply
        sid: str = json.loads(reply[2 + len(prefix) :])["sid"]
        return sid

    def send(self, *packets: str | bytes) -> None:
        """Sends packets in one write."""
        self._writer.write(
            b"".join(
                masked_frame(TEXT, packet.encode())
                if isinstance(packet, str)
                else masked_frame(BINARY, packet)
                for packet in packets
            )
        )

    def send_raw(self, data: bytes) -> None:
        """Sends bytes that need not be frames."""
        self._writer.write(data)

    def emit(self, event: str, *args: Any) -> None:
        self.send(f"42{json.dumps([event, *args])}")

    async def ask(self, event: str, *args: Any) -> list[Any]:
        """Emits and takes the answer, which has to be the next packet."""
        self.send(f"420{json.dumps([event, *args])}")
        reply = await self.receive()
        assert isinstance(reply, str)
        assert reply.startswith("430["), reply
        answers: list[Any] = json.loads(reply[3:])
        return answers

    async def event(self) -> list[Any]:
        """The next packet, an event: its name and arguments."""
        packet = await self.receive()
        assert isinstance(packet, str)
        assert packet.startswith("42["), packet
        event: list[Any] = json.loads(packet[2:])
        return event

    async def receive(self) -> str | bytes:
        """The next packet. Raises ConnectionError when the server has closed."""
        while True:
            opcode, payload = await self._frame()
            if opcode == BINARY:
                return payload
            if opcode != TEXT:
                raise ConnectionError(payload)
            if payload != b"2":
                return payload.decode()
            self.send("3")

    async def ping(self) -> None:
        """Takes the next packet, which has to be a ping, and answers it."""
        assert await self._frame() == (TEXT, b"2")
        self.send("3")

    async def sent(self) -> None:
        """Returns when the kernel has taken all."""
        self._writer.transport.set_write_buffer_limits(0)
        await self._writer.drain()

    def fileno(self) -> int:
        """The descriptor, for what is to be sent while the loop is held up."""
        number: int = self._writer.get_extra_info("socket").fileno()
        return number

    def unsent_bytes(self) -> int:
        """What the kernel has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    async def closed(self) -> list[str | bytes]:
        """What comes until the server has closed."""
        packets: list[str | bytes] = []
        try:
            while True:
                packets.append(await self.receive())
        except ConnectionError:
            return packets

    def pause(self) -> None:
        """Reads nothing any more, so that what the server sends piles up."""
        self._transport.pause_reading()

    def resume(self) -> None:
        self._transport.resume_reading()

    async def abort(self) -> None:
        """Closes the TCP connection with a reset."""
        self._writer.transport.abort()
        await self.leave()

    async def leave(self) -> None:
        """Closes the TCP connection and waits until that is done."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    @property
    def _transport(self) -> asyncio.ReadTransport:
        return cast("asyncio.ReadTransport", self._writer.transport)

    async def _frame(self) -> tuple[int, bytes]:
        try:
            first, length = await self._reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack("!H", await self._reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
            return first & 15, await self._reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("end of stream") from error


@asynccontextmanager
async def opened(
    listener: Listener, target: str = WEBSOCKET, **headers: str
) -> AsyncIterator[Client]:
    """A client with a session and no socket, for a block."""
    client = await Client.open(listener, target, **headers)
    try:
        handshake = await client.receive()
        assert isinstance(handshake, str)
        assert handshake.startswith("0{"), handshake
        yield client
    finally:
        await client.leave()


@asynccontextmanager
async def joined(
    listener: Listener, namespace: str = "/", auth: Any = None, **headers: str
) -> AsyncIterator[Client]:
    """A client whose socket is connected to `namespace`, for a block; `sid` is its id."""
    async with opened(listener, **headers) as client:
        client.sid = await client.enter(namespace, auth)
        yield client


class Response(NamedTuple):
    """What came back for a request."""

    status: int
    headers: dict[str, str]
    body: str


async def request(
    listener: Listener, method: str, target: str, body: str = "", **headers: str
) -> Response:
    """One HTTP request on a connection of its own; underscores in `headers` are hyphens."""
    reader, writer = await _connect(listener)
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    writer.write(
        f"{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        f"content-length: {len(body.encode())}\r\n{''.join(lines)}\r\n{body}".encode()
    )
    head, _, rest = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *fields = head.split("\r\n")
    pairs = (field.split(": ", 1) for field in fields)
    found = {name.lower(): value for name, value in pairs}
    return Response(int(status.split()[1]), found, rest)


async def _connect(
    listener: Listener, receive_buffer: int | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    assert isinstance(listener.address, tuple)
    connecting = socket.socket(socket.AF_INET6 if ":" in listener.address[0] else socket.AF_INET)
    connecting.setblocking(False)
    if receive_buffer is not None:
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    await asyncio.get_running_loop().sock_connect(connecting, listener.address)
    return await asyncio.open_connection(sock=connecting, limit=1 << 24)

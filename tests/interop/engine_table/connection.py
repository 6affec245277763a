"""A TCP connection of which nothing is lost: what came is kept until it is asked for, also behind the end."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import NamedTuple, Self, TypeVar

T = TypeVar("T")

WITHOUT_BODY = (100, 101, 204, 304)


class Answer(NamedTuple):
    """An HTTP response; headers are in the order of their names, the ones about length last."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Frame(NamedTuple):
    """A WebSocket frame of the server; `first` is its first byte."""

    first: int
    payload: bytes


class EndedError(Exception):
    """The server has closed before all that was waited for had come; `rest` is what had."""

    def __init__(self, rest: bytes) -> None:
        super().__init__(rest)
        self.rest = rest


class Connection(asyncio.Protocol):
    """One connection."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.received = bytearray()
        self._ended = False
        self._changed = asyncio.Event()

    @classmethod
    async def to(cls, port: int) -> Self:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._changed.set()

    def eof_received(self) -> bool:
        self._ended = True
        self._changed.set()
        # Half open: what the test still writes is the server's business.
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._changed.set()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def end(self) -> None:
        """Closes with a FIN."""
        self._transport.close()

    def reset(self) -> None:
        """Closes with an RST, unless it is closed already."""
        if self._transport.is_closing():
            return
        peer: socket.socket = self._transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def answer(self) -> Answer:
        """The next response. Raises EndedError."""
        has_body = self.methods.pop(0) != "HEAD" if self.methods else True
        return await self._take(lambda data, ended: _parse_answer(data, has_body, ended))

    async def frame(self) -> Frame:
        """The next frame. Raises EndedError."""
        return await self._take(lambda data, _: _parse_frame(data))

    async def ended(self) -> bytes:
        """What comes until the server closes."""
        try:
            return await self._take(lambda *_: None)
        except EndedError as error:
            return error.rest

    async def _take(self, parse: Callable[[bytes, bool], tuple[T, int] | None]) -> T:
        while True:
            self._changed.clear()
            if (parsed := parse(bytes(self.received), self._ended)) is not None:
                value, length = parsed
                del self.received[:length]
                return value
            if self._ended:
                rest = bytes(self.received)
                self.received.clear()
                raise EndedError(rest)
            await self._changed.wait()


def _parse_answer(data: bytes, has_body: bool, ended: bool) -> tuple[Answer, int] | None:
    head, separator, rest = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [_header(line) for line in lines]
    status = int(first.split()[1])
    found = dict(headers)
    body: bytes | None = b""
    if has_body and status not in WITHOUT_BODY:
        if found.get("transfer-encoding") == "chunked":
            body, rest = _chunks(rest)
        elif "content-length" in found:
            length = int(found["content-length"])
            body, rest = (None, rest) if len(rest) < length else (rest[:length], rest[length:])
        else:
            body, rest = (rest, b"") if ended else (None, rest)
    if body is None:
        return None
    return Answer(status, sorted(headers, key=_place), body), len(data) - len(rest)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


def _place(header: tuple[str, str]) -> tuple[bool, str]:
    return header[0] in ("content-length", "transfer-encoding"), header[0]


def _chunks(data: bytes) -> tuple[bytes | None, bytes]:
    body = b""
    while True:
        size, separator, data = data.partition(b"\r\n")
        length = int(size, 16) if separator else 0
        if not separator or len(data) < length + 2:
            return None, data
        body += data[:length]
        data = data[length + 2 :]
        if not length:
            return body, data


def _parse_frame(data: bytes) -> tuple[Frame, int] | None:
    if len(data) < 2:
        return None
    length, start = data[1], 2
    if length in (126, 127):
        size = 2 if length == 126 else 8
        if len(data) < 2 + size:
            return None
        length, start = int.from_bytes(data[2 : 2 + size]), 2 + size
    if len(data) < start + length:
        return None
    return Frame(data[0], data[start : start + length]), start + length

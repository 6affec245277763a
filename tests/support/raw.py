"""A WebSocket client of bytes: what the official client would never send or leave unread."""

import json
import os
import socket
import struct
from typing import Any, Self

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class RawClient:
    """One WebSocket connection over a blocking socket; every wait ends after `timeout` seconds.

    Args:
        address: host and port of the server.
        target: the request target of the upgrade.
        receive_buffer: the kernel's receive buffer in bytes, to fill it soon.
        origin: the value of an `Origin` header.
    """

    def __init__(
        self,
        address: tuple[str, int],
        target: str = "/socket.io/?EIO=4&transport=websocket",
        *,
        receive_buffer: int | None = None,
        timeout: float = 20.0,
    ) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.socket.sendall(
            f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        self.buffer = bytearray()
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self._read()
        self.head = bytes(self.buffer[: end + 4]).decode()
        del self.buffer[: end + 4]
        assert self.head.startswith("HTTP/1.1 101"), self.head

    @classmethod
    def join(cls, address: tuple[str, int], namespace: str = "/", **options: Any) -> Self:
        """A client whose socket is connected to `namespace`; `client.sid` is its id."""
        client = cls(address, **options)
        assert client.receive_text().startswith("0{")
        prefix = "" if namespace == "/" else f"{namespace},"
        client.send_text(f"40{prefix}")
        reply = client.receive_text()
        assert reply.startswith(f"40{prefix}{{"), reply
        client.sid = json.loads(reply[2 + len(prefix) :])["sid"]
        return client

    sid: str

    def send_text(self, text: str) -> None:
        self.send_frame(TEXT, text.encode())

    def send_frame(self, opcode: int, payload: bytes) -> None:
        self.socket.sendall(masked_frame(opcode, payload))

    def receive_frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload. Raises ConnectionError at the end of the stream."""
        while True:
            if (frame := self._take()) is not None:
                return frame
            self._read()

    def receive_text(self) -> str:
        """The next text that is no ping of the engine; pings are answered."""
        while True:
            opcode, payload = self.receive_frame()
            assert opcode == TEXT, (opcode, payload)
            if payload != b"2":
                return payload.decode()
            self.send_text("3")

    def receive_until_closed(self) -> list[tuple[int, bytes]]:
        """All frames up to the end of the stream."""
        frames = []
        try:
            while True:
                frames.append(self.receive_frame())
        except ConnectionError:
            return frames

    def close(self) -> None:
        self.socket.close()

    def _take(self) -> tuple[int, bytes] | None:
        if len(self.buffer) < 2:
            return None
        length, start = self.buffer[1], 2
        if length == 126:
            if len(self.buffer) < 4:
                return None
            (length,), start = struct.unpack_from("!H", self.buffer, 2), 4
        elif length == 127:
            if len(self.buffer) < 10:
                return None
            (length,), start = struct.unpack_from("!Q", self.buffer, 2), 10
        if len(self.buffer) < start + length:
            return None
        frame = self.buffer[0] & 15, bytes(self.buffer[start : start + length])
        del self.buffer[: start + length]
        return frame

    def _read(self) -> None:
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("end of stream")
        self.buffer += data


def masked_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A client's frame."""
    mask = os.urandom(4)
    head = bytes([opcode | (0x80 if final else 0)])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 65536:
        head += struct.pack("!BH", 0xFE, len(payload))
    else:
        head += struct.pack("!BQ", 0xFF, len(payload))
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload) ^ int.from_bytes(repeated)
    return head + mask + number.to_bytes(len(payload))

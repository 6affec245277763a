"""The client of the crate `rust_socketio`, which is neither JavaScript nor Python, over polling, WebSocket and through the upgrade."""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from socketio_rs import Server, Socket

CRATE = Path(__file__).parent / "rust_client"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", CRATE.parents[2] / "target")) / "rust_client"

TEXT = ["text é👩", 1, {"deep": [None, True, 2.5]}]


SEEN = [
    ["connect", [""]],
    [[TEXT]],
    *(["news", [number, {"of": [3]}]] for number in range(3)),
    ["bytes", {"bytes": [255, 1, 0]}],
    ["connect", [""]],
    [[{"token": "secret"}]],
]


@pytest.fixture(scope="module")
def client() -> Path:
    """The built client."""
    openssl = ["pkg-config", "--exists", "openssl"]
    if shutil.which("pkg-config") is None or subprocess.run(openssl, check=False).returncode:
        pytest.fail("OpenSSL is missing: apt-get install libssl-dev pkg-config", pytrace=False)
    build = ["cargo", "build", "--quiet", "--locked", "--target-dir", str(TARGET)]
    subprocess.run(build, cwd=CRATE, check=True)
    return TARGET / "debug" / "socketio-rs-interop-client"


def serve() -> Server:
    io: Server = Server()

    @io.event
    def echo(socket: Socket, *args: Any) -> tuple[Any, ...]:
        return args

    @io.on("send me news")
    def send_news(socket: Socket, counts: list[int]) -> None:
        for number in range(*counts):
            socket.emit("news", number, {"of": counts})

    @io.on("bytes")
    def send_back(socket: Socket, data: bytes) -> None:
        socket.emit("bytes", data[::-1])

    @io.of("/admin").on("who am i")
    def tell(socket: Socket) -> Any:
        return socket.handshake.auth

    return io


# The first of them builds the client.
@pytest.mark.timeout(290)
@pytest.mark.parametrize("transport", ["polling", "websocket", "any"])
async def test_client_in_rust_sees_what_it_should(client: Path, transport: str) -> None:
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io = serve()
    for namespace in ("/", "/admin"):
        io.of(namespace).on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    async with io.serving() as listener:
        process = await asyncio.create_subprocess_exec(
            client, listener.url, transport, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        assert [json.loads(line) for line in output.splitlines()] == SEEN
        assert [await reasons.get() for _ in range(2)] == ["client namespace disconnect"] * 2

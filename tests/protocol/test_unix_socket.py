"""Other places to listen than a TCP address: Unix sockets, sockets and descriptors of the caller."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socketio_rs import Listener, Socket

from .wire import POLLING, Poller, Wire, ask, echoing, request, settled


async def assert_serves(listener: Listener) -> None:
    """Polling, WebSockets and plain HTTP are served there."""
    assert (await ask(listener, request("/"))).status == 404
    async with Wire.joined(listener) as wire:
        wire.say('42["echo"]')
        assert await wire.text() == '42["echo"]'
    async with Poller.joined(listener) as poller:
        await poller.post('42["echo"]')
        assert (await poller.get()).body == '42["echo"]'


async def test_unix_socket_is_listened_on_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "io.sock"
    io = echoing()
    listener = await io.listen(f"unix:{path}")
    assert listener.address == str(path)
    await assert_serves(listener)
    await io.close()
    assert not path.exists()


def tcp(_: Path) -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def tcp_6(_: Path) -> socket.socket:
    return socket.create_server(("::1", 0), family=socket.AF_INET6)


def unix(path: Path) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(path))
    return bound


@pytest.mark.parametrize("by_descriptor", [False, True], ids=["socket", "descriptor"])
@pytest.mark.parametrize("bind", [tcp, tcp_6, unix])
async def test_bound_socket_is_listened_on_and_stays_the_callers(
    bind: Callable[[Path], socket.socket], by_descriptor: bool, tmp_path: Path
) -> None:
    path = tmp_path / "io.sock"
    io = echoing()
    with bind(path) as bound:
        target: Any = f"fd:{bound.fileno()}" if by_descriptor else bound
        listener = await io.listen(target)
        assert listener.address in {bound.getsockname()[:2], bound.getsockname()}
        await assert_serves(listener)
        await io.close()
        assert bound.fileno() >= 0
        assert path.exists() == (bind is unix)


@pytest.mark.parametrize(
    ("target", "address"), [(("127.0.0.1", 0), "127.0.0.1"), (("::1", 0), "::1"), ("unix:", "")]
)
async def test_handshake_tells_the_clients_address(
    target: Any, address: str, tmp_path: Path
) -> None:
    io = echoing()
    addresses: asyncio.Queue[str] = asyncio.Queue()

    @io.event
    def connection(socket: Socket) -> None:
        addresses.put_nowait(socket.handshake.address)

    if target == "unix:":
        target += str(tmp_path / "io.sock")
    listener = await io.listen(target)
    async with Wire.joined(listener), Poller.joined(listener):
        assert [await addresses.get(), await addresses.get()] == [address, address]
    await io.close()


async def test_closed_listener_leaves_its_clients(tmp_path: Path) -> None:
    io = echoing()
    async with io.serving() as listener, Wire.joined(listener) as wire, Wire.to(listener) as idle:
        await settled(listener)
        await listener.close()
        with pytest.raises(ConnectionRefusedError):
            await ask(listener, request(POLLING))
        wire.say('42["echo"]')
        assert await wire.text() == '42["echo"]'
        # A connection that was accepted is served.
        idle.send(request(POLLING))
        assert (await idle.answer()).status == 200

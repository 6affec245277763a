"""Our servers of one scenario: `python run_server.py SCENARIO COUNT`, each in a process of its own.

With `bound` in front, ones whose clients are an engine's; with `adapted`, ones with an adapter of the user's that does what
the one in memory does. What they write and where is told in `harness/server_process.mjs`.
"""

import asyncio
import importlib.util
import json
import os
import socket
import sys
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from socketio_rs import Adapter, Namespace, Server, Socket
from socketio_rs._options import EngineOptions
from socketio_rs.engine import Engine

SCENARIOS = Path(__file__).parent / "scenarios"
FIRST = 3

Show = Callable[[dict[str, Any]], None]


class Open:
    """The sockets that are connected, and the wait for their end."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def watch(self, namespace: Namespace) -> None:
        """Reports the sockets of a namespace; after the scenario's own handlers, whose lines come first."""

        @namespace.on("connection")
        def connected(socket: Socket) -> None:
            self._count += 1
            self._none.clear()
            self._show({"connected": [namespace.name, socket.id]})

        @namespace.on("disconnect")
        def disconnected(socket: Socket, reason: str) -> None:
            self._count -= 1
            self._show({"disconnected": [namespace.name, socket.id, reason]})
            if self._count == 0:
                self._none.set()

    async def wait_for_none(self) -> None:
        await self._none.wait()


def portable(value: object) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": b64encode(value).decode()}
    raise TypeError(f"a scenario logs what JSON can carry, and bytes, found {value!r}")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCENARIOS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def engine_of(io: Server, options: dict[str, Any]) -> Engine:
    own = {name: value for name, value in options.items() if name in EngineOptions.__annotations__}
    return Engine(**{"path": io.path, **own})


class Passing(Adapter):
    """Changes nothing."""


async def serve(name: str, control: socket.socket, way: str) -> None:
    def show(line: dict[str, Any]) -> None:
        text = json.dumps(line, default=portable, allow_nan=False)
        control.sendall(f"{text}\n".encode())

    scenario = load(name)
    options = getattr(scenario, "OPTIONS", {})
    io: Server = Server(serve_client=False, **options)
    engine = engine_of(io, options)
    has_engine = getattr(scenario, "HAS_ENGINE", False)
    bound = way == "bound"
    if way == "adapted":
        io.adapter = options.get("adapter", Passing)
    if bound and not has_engine:
        io.bind(engine)
    served = engine if bound or has_engine else io
    sockets = Open(show)
    namespaces = [io.sockets]
    io.on("new_namespace", namespaces.append)
    server = partial(scenario.server, io, lambda *items: show({"log": items}))
    if has_engine:
        server(engine)
    else:
        server()
    for namespace in namespaces:
        sockets.watch(namespace)
    io.on("new_namespace", sockets.watch)
    async with served.serving(port=0) as listener:
        show({"port": listener.address[1]})
        await asyncio.to_thread(control.recv, 1)
        await sockets.wait_for_none()


def main(name: str, count: int, way: str) -> int:
    """Runs each server in a child, which is faster than to start Python for each; what the worst of them ended with."""
    for descriptor in range(FIRST, FIRST + count):
        if os.fork() == 0:
            os.closerange(descriptor + 1, FIRST + count)
            with socket.socket(fileno=descriptor) as control:
                asyncio.run(serve(name, control, way))
            return 0
        os.close(descriptor)
    return max(abs(os.waitstatus_to_exitcode(os.wait()[1])) for _ in range(count))


if __name__ == "__main__":
    *way, name, count = sys.argv[1:]
    sys.exit(main(name, int(count), "".join(way)))

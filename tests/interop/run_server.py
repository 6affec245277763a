"""Our server of one scenario: `python run_server.py SCENARIO`, or with `bound` in front one whose clients are an engine's.

What it prints is told in `harness/server_process.mjs`.
"""

import asyncio
import importlib.util
import json
import sys
from base64 import b64encode
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from socketio_rs import Namespace, Server, Socket
from socketio_rs._options import EngineOptions
from socketio_rs.engine import Engine

SCENARIOS = Path(__file__).parent / "scenarios"


class Open:
    """The sockets that are connected, and the wait for their end."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def watch(self, namespace: Namespace) -> None:
        """Reports the sockets of a namespace; after the scenario's own handlers, whose lines come first."""

        @namespace.on("connection")
        def connected(socket: Socket) -> None:
            self._count += 1
            self._none.clear()
            show({"connected": [namespace.name, socket.id]})

        @namespace.on("disconnect")
        def disconnected(socket: Socket, reason: str) -> None:
            self._count -= 1
            show({"disconnected": [namespace.name, socket.id, reason]})
            if self._count == 0:
                self._none.set()

    async def wait_for_none(self) -> None:
        await self._none.wait()


def show(line: dict[str, Any]) -> None:
    print(json.dumps(line, default=portable, allow_nan=False), flush=True)


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


async def main(name: str, *, bound: bool) -> None:
    scenario = load(name)
    options = getattr(scenario, "OPTIONS", {})
    io: Server = Server(serve_client=False, **options)
    engine = engine_of(io, options)
    has_engine = getattr(scenario, "HAS_ENGINE", False)
    if bound and not has_engine:
        io.bind(engine)
    served = engine if bound or has_engine else io
    sockets = Open()
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
        await asyncio.to_thread(sys.stdin.read)
        await sockets.wait_for_none()


if __name__ == "__main__":
    *bound, name = sys.argv[1:]
    asyncio.run(main(name, bound=bool(bound)))

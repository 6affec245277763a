"""Runs the program on standard input: `python run_program.py`; Ctrl+C (SIGINT) ends it well.

The port 3000 becomes any free one, whose URL is the first line on standard output. A fragment, which imports
nothing, finds the public names of the package and a server named `io`. What has not served its `io` or `engine` at
its end has it served then.
"""

import ast
import asyncio
import contextlib
import inspect
import signal
import sys
import types
from typing import Any

import socketio_rs
from socketio_rs import Listener, Server
from socketio_rs._served import Served

listeners: list[Listener] = []


def report_listeners() -> None:
    """Has every server tell where it listens."""
    listen = Served.listen

    async def reported(self: Served, *args: Any, **options: Any) -> Listener:
        listener = await listen(self, *args, **options)
        print(listener.url, flush=True)
        listeners.append(listener)
        return listener

    Served.listen = reported


def run(source: str) -> None:
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    names = vars(module)
    if "import" not in source:
        names |= {name: getattr(socketio_rs, name) for name in socketio_rs.__all__}
        names["io"] = Server()
    code = compile(source, "<program>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))
    else:
        exec(code, names)
    if not listeners:
        names.get("io", names.get("engine")).run(port=0)


if __name__ == "__main__":
    # Who runs the tests in the background may have it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    report_listeners()
    with contextlib.suppress(KeyboardInterrupt):
        run(sys.stdin.read().replace("3000", "0"))

"""Processes that end while a server is served, in every way they may."""

import subprocess
import sys

import pytest

SERVED = """
import asyncio, sys
from socketio_rs import Server
io = Server(serve_client=False)
async def main():
    listener = await io.listen(0)
    print(listener.address[1], flush=True)
    {end}
{run}
"""


@pytest.mark.parametrize(
    ("end", "run", "code"),
    [
        ("return", "asyncio.run(main())", 0),
        ("sys.exit(3)", "asyncio.run(main())", 3),
        ("raise KeyboardInterrupt", "asyncio.run(main())", -2),
        # The loop is never closed, nor is the server.
        ("return", "loop = asyncio.new_event_loop(); loop.run_until_complete(main())", 0),
        ("import os; os._exit(4)", "asyncio.run(main())", 4),
    ],
)
def test_process_ends_at_once_and_in_order(end: str, run: str, code: int) -> None:
    script = SERVED.format(end=end, run=run)
    result = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", script],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert result.returncode == code, result.stderr
    assert int(result.stdout) > 0
    assert "panicked" not in result.stderr
    assert "Fatal" not in result.stderr


def test_exception_that_leaves_a_handler_through_the_loop_ends_the_program() -> None:
    script = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from support.client import joined
from socketio_rs import Server
io = Server(serve_client=False)
{handler}
async def main():
    async with io.serving() as listener, joined(listener) as client:
        client.emit("quit")
        await asyncio.Event().wait()
asyncio.run(main())
"""
    handlers = [
        "@io.on('quit')\ndef quit(socket):\n    sys.exit(5)",
        "@io.on('quit')\nasync def quit(socket):\n    sys.exit(5)",
        "@io.on('quit')\nasync def quit(socket):\n    await asyncio.sleep(0)\n    sys.exit(5)",
    ]
    tests = next(path for path in sys.path if path.endswith("tests"))
    for handler in handlers:
        result = subprocess.run(
            [sys.executable, "-c", script.format(tests=tests, handler=handler)],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        assert result.returncode == 5, result.stderr


def test_server_is_served_again_after_its_loop_was_closed_under_it() -> None:
    script = """
import asyncio, socket
from socketio_rs import Server
io = Server(serve_client=False)
async def main():
    listener = await io.listen(0)
    socket.create_connection(listener.address).close()
    return listener
first = asyncio.run(main())
second = asyncio.run(main())
try:
    socket.create_connection(first.address)
except ConnectionRefusedError:
    print("closed")
socket.create_connection(second.address).close()
print(second.address != first.address)
"""
    result = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", script],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["closed", "True"]

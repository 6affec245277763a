"""Serves from a copy of the package without the client's bundles, and asks for one."""

import asyncio
import json
import logging
import shutil
import sys
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

source = Path(find_spec("socketio_rs").origin).parent
shutil.copytree(source, Path(sys.argv[1], "socketio_rs"), ignore=shutil.ignore_patterns("client"))
sys.path.insert(0, sys.argv[1])

from socketio_rs import Server  # noqa: E402 - of the copy


def fetch(url: str) -> tuple[int, str | None, str]:
    try:
        urllib.request.urlopen(url)
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read().decode()
    raise AssertionError("found")


def tell(**line: object) -> None:
    print(json.dumps(line), flush=True)


async def main() -> None:
    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())
    logging.getLogger("socketio_rs").addHandler(handler)
    async with Server().serving() as listener:
        tell(address=listener.address)
        for _ in range(2):
            answer = await asyncio.to_thread(fetch, f"{listener.url}/socket.io/socket.io.js")
        tell(answer=answer)
        tell(log=logged)


asyncio.run(main())

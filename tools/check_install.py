"""Checks a package that was installed without the browser client: it serves, says what is missing, and needs nothing."""

import asyncio
import logging
import urllib.error
import urllib.request
from importlib.metadata import requires

import socketio_rs


def fetch(url: str) -> tuple[int, str]:
    """Status and text of a response."""
    try:
        with urllib.request.urlopen(url) as response:  # noqa: S310 - our own
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def main() -> None:
    """Serves, and asks for a handshake and for the client."""
    io = socketio_rs.Server()
    async with io.serving() as listener:
        url = f"{listener.url}/socket.io/"
        handshake = await asyncio.to_thread(fetch, f"{url}?EIO=4&transport=polling")
        client = await asyncio.to_thread(fetch, f"{url}socket.io.min.js")
    assert handshake[0] == 200, handshake
    assert handshake[1].startswith('0{"sid":'), handshake
    assert client[0] == 404, client


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    assert not requires("socketio-rs"), requires("socketio-rs")
    asyncio.run(main())
    print("socketio_rs", socketio_rs.__version__, "serves")

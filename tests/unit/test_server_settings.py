"""`path`, `connect_timeout` and `serve_client` as properties of a server."""

from typing import Any

import pytest
from support.client import Client, opened, request

from socketio_rs import Server


def test_settings_show_the_options() -> None:
    io: Server = Server(path="/chat/", connect_timeout=3, serve_client=False)
    assert (io.path, io.connect_timeout, io.serve_client) == ("/chat", 3.0, False)
    io = Server()
    assert (io.path, io.connect_timeout, io.serve_client) == ("/socket.io", 45.0, True)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("path", "chat", ValueError),
        ("path", 1, TypeError),
        ("connect_timeout", 0, ValueError),
        ("connect_timeout", "1", TypeError),
        ("serve_client", 1, TypeError),
    ],
)
def test_value_that_is_no_option_is_refused_and_changes_nothing(
    name: str, value: Any, error: type[Exception]
) -> None:
    io: Server = Server()
    before = getattr(io, name)
    with pytest.raises(error, match=name):
        setattr(io, name, value)
    assert getattr(io, name) == before


async def test_path_that_was_set_is_where_clients_connect() -> None:
    io: Server = Server()
    io.path = "/chat/"
    async with io.serving() as listener:
        client = await Client.open(listener, "/chat/?EIO=4&transport=websocket")
        assert str(await client.receive()).startswith("0{")
        bundle = await request(listener, "GET", "/chat/socket.io.js")
        assert bundle.status == 200 or "make client" in bundle.body
        assert (await request(listener, "GET", "/socket.io/socket.io.js")).status == 404
        await client.leave()


async def test_client_is_not_served_when_that_was_set() -> None:
    io: Server = Server()
    async with io.serving() as listener:
        known = (await request(listener, "GET", "/socket.io/socket.io.js")).body
    io.serve_client = False
    async with io.serving() as listener:
        unknown = (await request(listener, "GET", "/socket.io/socket.io.js")).body
    assert known != unknown


async def test_connect_timeout_that_was_set_closes_who_joins_nothing() -> None:
    io: Server = Server()
    io.connect_timeout = 0.05
    async with io.serving() as listener, opened(listener) as client:
        await client.closed()
    assert io.stats()["limit.connect_timeout"] == 1


@pytest.mark.parametrize(
    ("name", "value"), [("path", "/chat"), ("connect_timeout", 1), ("serve_client", False)]
)
async def test_nothing_is_set_while_the_server_listens(name: str, value: Any) -> None:
    io: Server = Server()
    before = getattr(io, name)
    async with io.serving():
        with pytest.raises(RuntimeError, match=f"{name} can't be set while the server listens"):
            setattr(io, name, value)
    assert getattr(io, name) == before
    setattr(io, name, value)
    assert getattr(io, name) == value

"""The lines of the log about clients that can't connect, and about connections that the server closes."""

import pytest
from support.raw import TEXT, masked_frame

from socketio_rs import Server

from .wire import Wire, ask, request


async def test_wrong_path_is_told_of_with_the_right_one(caplog: pytest.LogCaptureFixture) -> None:
    async with Server(path="/chat").serving() as listener:
        answer = await ask(listener, request("/socket.io/?EIO=4&transport=polling&token=secret"))
    assert answer.status == 404
    assert caplog.messages[-1] == (
        'a client asks for Socket.IO at "/socket.io/"; Socket.IO is at "/chat/": see the option path'
    )


async def test_client_of_version_2_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    async with Server().serving() as listener:
        answer = await ask(listener, request("/socket.io/?EIO=3&transport=polling"))
    assert answer.status == 400
    assert caplog.messages[-1] == (
        "refused a client of Socket.IO 2: version 3 or 4 of socket.io-client is needed"
    )


async def test_bad_frame_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    io = Server(max_http_buffer_size=100)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.send(masked_frame(TEXT, bytes(101)))
        await wire.frame()
    assert caplog.messages[-1] == (
        "closed a WebSocket: message exceeds the limit of 100 bytes: see max_http_buffer_size"
    )

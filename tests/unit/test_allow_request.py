"""`allow_request`: who may open a connection, and `hook_timeout`: how long the answer may take."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from support.client import POLLING, WEBSOCKET, Client, joined, opened, request

from socketio_rs import ConnectError, Listener, Request, Server, Socket
from socketio_rs.engine import Engine

UPGRADE = (
    "GET {} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

TOO_LONG = "allow_request took longer than 0.05 s: see the option hook_timeout"


async def upgrade(listener: Listener, target: str = WEBSOCKET) -> str:
    """All that a server says to a request for a WebSocket which it refuses."""
    assert isinstance(listener.address, tuple)
    reader, writer = await asyncio.open_connection(*listener.address)
    writer.write(UPGRADE.format(target).encode())
    said = await reader.read()
    writer.close()
    return said.decode()


def both(function: Callable[[Request], Any]) -> list[Callable[[Request], Any]]:
    """The function as a plain one and as a coroutine function."""

    async def later(request: Request) -> Any:
        await asyncio.sleep(0)
        return function(request)

    return [function, later]


async def test_each_connection_is_asked_about_once_with_its_request() -> None:
    asked: list[str] = []

    def allow(request: Request) -> bool | None:
        asked.append(f"{request.method} {request.query['transport']} {request.headers['x-user']}")
        return True if len(asked) % 2 else None

    for function in both(allow):
        asked.clear()
        io: Server = Server(allow_request=function)
        async with io.serving() as listener:
            client = await Client.open(listener, **{"X-User": "ann"})
            await client.receive()
            await client.enter("/")
            await client.leave()
            opening = await request(listener, "GET", POLLING, **{"X-User": "bob"})
            sid = opening.body.split('"')[3]
            assert (await request(listener, "POST", f"{POLLING}&sid={sid}", "40")).body == "ok"
            assert (await request(listener, "GET", f"{POLLING}&sid={sid}")).body.startswith("40{")
        assert asked == ["GET websocket ann", "GET polling bob"]


@pytest.mark.parametrize(
    ("answer", "told", "logged"),
    [
        (False, "Forbidden", None),
        (ConnectError('not "you"'), 'not "you"', None),
        (ConnectionRefusedError("bad token"), "bad token", None),
        (ConnectionRefusedError(), "Forbidden", None),
        (ValueError("a secret"), "Forbidden", "a secret"),
        (0, "Forbidden", "allow_request returns True, False or None, found 0"),
        ("yes", "Forbidden", "allow_request returns True, False or None, found 'yes'"),
    ],
)
async def test_refusal_is_told_in_the_form_of_its_transport(
    answer: Any, told: str, logged: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(request: Request) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    for function in both(refuse):
        caplog.clear()
        io: Server = Server(allow_request=function, cors="https://good.example")
        async with io.serving() as listener:
            polling = await request(listener, "GET", POLLING, Origin="https://good.example")
            assert polling.status == 403
            assert polling.headers["access-control-allow-origin"] == "https://good.example"
            escaped = told.replace('"', '\\"')
            assert polling.body == f'{{"code":4,"message":"{escaped}"}}'
            said = await upgrade(listener)
            assert said.startswith("HTTP/1.1 400 Bad Request\r\n")
            assert said.endswith(f"\r\n\r\n{told}")
        assert (logged or "") in caplog.text
        assert bool(caplog.text) == (logged is not None)


async def test_what_would_be_refused_anyhow_is_not_asked_about() -> None:
    asked: list[Request] = []
    io: Server = Server(allow_request=asked.append)
    async with io.serving() as listener:
        for target, status, code in [
            ("/socket.io/?EIO=4&transport=other", 400, 0),
            (f"{POLLING}&sid=unknown", 400, 1),
        ]:
            answer = await request(listener, "GET", target)
            assert (answer.status, answer.body[:9]) == (status, f'{{"code":{code}')
        assert asked == []
        # The protocol is looked at behind, as in the reference.
        old = await request(listener, "GET", "/socket.io/?EIO=3&transport=polling")
        assert (old.status, old.body[:9]) == (400, '{"code":5')
        assert len(asked) == 1


async def test_others_are_served_while_one_is_asked_about() -> None:
    answers: dict[str, asyncio.Future[bool]] = {}

    async def allow(request: Request) -> bool:
        answers[request.query["n"]] = answer = asyncio.get_running_loop().create_future()
        return await answer

    async def until(n: str) -> asyncio.Future[bool]:
        while n not in answers:  # noqa: ASYNC110 - the request is on its way
            await asyncio.sleep(0.001)
        return answers[n]

    io: Server = Server(allow_request=allow)
    async with io.serving() as listener:
        one = asyncio.create_task(request(listener, "GET", f"{POLLING}&n=1"))
        two = asyncio.create_task(Client.open(listener, f"{WEBSOCKET}&n=2"))
        await until("1")
        (await until("2")).set_result(True)
        client = await two
        await client.receive()
        await client.enter("/")
        assert not one.done()
        (await until("1")).set_result(False)
        assert (await one).status == 403
        await client.leave()


async def test_client_that_goes_while_it_is_asked_about_leaves_nothing_behind() -> None:
    asked = asyncio.Event()
    answer = asyncio.Event()

    async def allow(request: Request) -> None:
        asked.set()
        await answer.wait()

    engine = Engine(allow_request=allow)
    connected: asyncio.Queue[object] = asyncio.Queue()
    engine.on("connection", connected.put_nowait)
    async with engine.serving() as listener:
        assert isinstance(listener.address, tuple)
        target = POLLING.replace("socket.io", "engine.io")
        _, writer = await asyncio.open_connection(*listener.address)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await asked.wait()
        writer.transport.abort()
        await request(listener, "GET", "/settled")
        answer.set()
        assert (await request(listener, "GET", target)).status == 200
        await connected.get()
        assert engine.clients_count == 1


async def test_answer_that_takes_too_long_is_a_503(caplog: pytest.LogCaptureFixture) -> None:
    cancelled: asyncio.Queue[None] = asyncio.Queue()

    async def allow(request: Request) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.put_nowait(None)

    io: Server = Server(allow_request=allow, hook_timeout=0.05)
    async with io.serving() as listener:
        assert (await request(listener, "GET", POLLING)).status == 503
        assert (await upgrade(listener)).startswith("HTTP/1.1 503 Service Unavailable\r\n")
        for _ in range(2):
            await asyncio.wait_for(cancelled.get(), 5)
    # Once a second at most.
    assert caplog.messages == [TOO_LONG]


async def test_plain_function_that_takes_too_long_is_a_503(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server(allow_request=lambda request: time.sleep(0.2), hook_timeout=0.05)
    async with io.serving() as listener:
        assert (await request(listener, "GET", POLLING)).status == 503
    assert caplog.messages == [TOO_LONG]


async def test_time_that_ends_in_allow_request_itself_is_an_error_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def allow(request: Request) -> None:
        raise TimeoutError("its own")

    io: Server = Server(allow_request=allow)
    async with io.serving() as listener:
        assert (await request(listener, "GET", POLLING)).status == 403
    assert caplog.messages == ["allow_request failed"]


async def test_middleware_that_takes_too_long_refuses(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server(hook_timeout=0.05)

    @io.use
    async def slow(socket: Socket) -> None:
        if socket.handshake.auth:
            raise TimeoutError("its own")
        await asyncio.Event().wait()

    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        assert await client.receive() == '44{"message":"internal error"}'
        assert "see the option hook_timeout" in caplog.text
        caplog.clear()
        client.send('40{"own":1}')
        assert await client.receive() == '44{"message":"internal error"}'
        (logged,) = caplog.records
        assert logged.exc_info
        assert repr(logged.exc_info[1]) == "TimeoutError('its own')"


async def test_middlewares_have_their_time_each() -> None:
    io: Server = Server(hook_timeout=0.4)

    async def slow(socket: Socket) -> None:
        await asyncio.sleep(0.25)

    io.use(slow)
    io.use(slow)
    async with io.serving() as listener, joined(listener):
        pass


@pytest.mark.parametrize("function", [lambda: None, lambda request, more: None, 5])
def test_function_that_can_not_be_asked_is_refused(function: Any) -> None:
    with pytest.raises(TypeError, match="allow_request"):
        Server(allow_request=function)

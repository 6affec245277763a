"""How a session begins, and with which code a request is refused: the checks and their order."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from socketio_rs import Listener, Server

from .wire import PATH, POLLING, WEBSOCKET, Poller, Wire, ask, request, upgrade

MESSAGES = [
    "Transport unknown",
    "Session ID unknown",
    "Bad handshake method",
    "Bad request",
    "Forbidden",
    "Unsupported protocol version",
]
SID = re.compile(r"[\w-]{20}", re.ASCII)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Server().serving() as listener:
        yield listener


async def opened(listener: Listener, target: str = POLLING) -> dict[str, Any]:
    """The data of the open packet that answers a GET."""
    answer = await ask(listener, request(target))
    assert answer.body.startswith("0"), answer
    data: dict[str, Any] = json.loads(answer.body[1:])
    return data


async def test_get_is_answered_by_the_open_packet_alone(listener: Listener) -> None:
    answer = await ask(listener, request(POLLING))
    sid = json.loads(answer.body[1:])["sid"]
    assert SID.fullmatch(sid)
    assert answer.body == (
        f'0{{"sid":"{sid}","upgrades":["websocket"],'
        '"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
    )
    del answer.headers["date"]
    assert (answer.status, answer.headers) == (
        200,
        {
            "content-type": "text/plain; charset=UTF-8",
            "content-length": "118",
            "cache-control": "no-store",
        },
    )


async def test_websocket_begins_with_the_open_packet(listener: Listener) -> None:
    async with Wire.to(listener) as wire:
        wire.send(upgrade())
        assert (await wire.answer()).status == 101
        text = await wire.text()
    sid = json.loads(text[1:])["sid"]
    assert SID.fullmatch(sid)
    assert text == (
        f'0{{"sid":"{sid}","upgrades":[],'
        '"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
    )


async def test_open_packet_tells_the_options_in_whole_milliseconds() -> None:
    options: dict[str, Any] = {
        "ping_interval": 12.5004,
        "ping_timeout": 3.0006,
        "max_http_buffer_size": 77,
    }
    async with Server(**options).serving() as listener:
        data = await opened(listener)
    told = (data["pingInterval"], data["pingTimeout"], data["maxPayload"])
    assert told == (12500, 3001, 77)


@pytest.mark.parametrize(
    ("options", "upgrades"),
    [
        ({}, ["websocket"]),
        ({"transports": ["websocket", "polling"]}, ["websocket"]),
        ({"transports": ["polling"]}, []),
        ({"allow_upgrades": False}, []),
    ],
)
async def test_upgrades_go_by_the_options(options: dict[str, Any], upgrades: list[str]) -> None:
    async with Server(**options).serving() as listener:
        assert (await opened(listener))["upgrades"] == upgrades


async def test_sessions_have_ids_of_their_own(listener: Listener) -> None:
    assert len({(await opened(listener))["sid"] for _ in range(100)}) == 100


async def test_user_agent_with_the_old_filter_is_told_to_leave_it_off(listener: Listener) -> None:
    agents = ("Mozilla/5.0 (Windows;MSIE 9.0)", "Mozilla/5.0 (Trident/7.0)", "curl/8")
    answers = [await ask(listener, request(POLLING, f"User-Agent: {agent}")) for agent in agents]
    assert [answer.headers.get("x-xss-protection") for answer in answers] == ["0", "0", None]


@pytest.mark.parametrize(
    "target",
    [
        f"{POLLING}&t=abc&unknown=1",
        f"{POLLING}&sid=",
        "/socket.io/?EIO=3&transport=x&EIO=4&transport=polling",
        "/socket.io/?EI%4F=%34&transport=pollin%67",
        "/socket.io/a/b?EIO=4&transport=polling",
    ],
)
async def test_query_is_read_as_by_a_browser(listener: Listener, target: str) -> None:
    await opened(listener, target)


# The first check that fails decides.
REFUSALS = [
    ("GET", "/socket.io/", 0),
    ("GET", PATH, 0),
    ("GET", f"{PATH}&transport=flash", 0),
    ("GET", f"{PATH}&transport=webtransport", 0),
    ("GET", f"{PATH}&transport=__proto__", 0),
    ("GET", f"{PATH}&transport=Polling", 0),
    ("POST", f"{PATH}&transport=flash&sid=unknown", 0),
    ("GET", f"{POLLING}&sid=unknown", 1),
    ("POST", f"{POLLING}&sid=unknown", 1),
    ("GET", f"{WEBSOCKET}&sid=__proto__", 1),
    ("GET", "/socket.io/?EIO=3&transport=polling&sid=unknown", 1),
    ("POST", POLLING, 2),
    ("PUT", POLLING, 2),
    ("POST", WEBSOCKET, 2),
    ("POST", "/socket.io/?EIO=3&transport=polling", 2),
    ("GET", WEBSOCKET, 3),
    ("GET", "/socket.io/?EIO=3&transport=websocket", 3),
    ("GET", f"{POLLING}&j=0", 3),
    ("GET", "/socket.io/?EIO=3&transport=polling", 5),
    ("GET", "/socket.io/?transport=polling", 5),
    ("GET", "/socket.io/?EIO=4&EIO=5&transport=polling", 5),
]


@pytest.mark.parametrize(("method", "target", "code"), REFUSALS)
async def test_request_is_refused_with_a_code(
    listener: Listener, method: str, target: str, code: int
) -> None:
    answer = await ask(listener, request(target, method=method))
    del answer.headers["date"]
    body = f'{{"code":{code},"message":"{MESSAGES[code]}"}}'
    assert answer == (
        400,
        {"content-type": "application/json", "content-length": str(len(body))},
        body,
    )


UPGRADE_REFUSALS = [
    ("GET", PATH, 0),
    ("GET", f"{PATH}&transport=flash", 0),
    ("POST", f"{PATH}&transport=flash&sid=unknown", 0),
    ("GET", f"{WEBSOCKET}&sid=unknown", 1),
    ("GET", f"{POLLING}&sid=unknown", 1),
    ("POST", WEBSOCKET, 2),
    ("GET", "/socket.io/?EIO=3&transport=websocket", 5),
    ("GET", "/socket.io/?transport=websocket", 5),
]


@pytest.mark.parametrize(("method", "target", "code"), UPGRADE_REFUSALS)
async def test_upgrade_is_refused_in_plain_text(
    listener: Listener, method: str, target: str, code: int
) -> None:
    async with Wire.to(listener) as wire:
        wire.send(upgrade(target, method=method))
        answer = await wire.answer()
        assert await wire.rest() == b""
    message = MESSAGES[code]
    assert answer == (
        400,
        {"connection": "close", "content-type": "text/html", "content-length": str(len(message))},
        message,
    )


@pytest.mark.parametrize(
    "query", ["EIO=4&transport=websocket", "EIO=3&transport=polling", "transport=polling"]
)
async def test_session_keeps_its_transport_and_protocol(listener: Listener, query: str) -> None:
    async with Poller.joined(listener) as poller:
        answer = await ask(listener, request(f"/socket.io/?{query}&sid={poller.sid}"))
        assert (answer.status, json.loads(answer.body)["code"]) == (400, 3)
        assert (await poller.post("3")).status == 200


async def test_plain_request_for_a_websocket_session_is_refused(listener: Listener) -> None:
    async with Wire.to(listener) as wire:
        wire.send(upgrade())
        await wire.answer()
        sid = json.loads((await wire.text())[1:])["sid"]
        for method in ("GET", "POST"):
            answer = await ask(listener, request(f"{POLLING}&sid={sid}", method=method))
            assert (answer.status, json.loads(answer.body)["code"]) == (400, 3)


async def test_transport_that_is_off_is_unknown() -> None:
    async with Server(transports=["websocket"]).serving() as listener:
        answer = await ask(listener, request(POLLING))
        assert (answer.status, json.loads(answer.body)["code"]) == (400, 0)
        assert (await ask(listener, upgrade())).status == 101
    async with Server(transports=["polling"]).serving() as listener:
        answer = await ask(listener, upgrade())
        assert (answer.status, json.loads(answer.body)["code"]) == (400, 0)
        assert (await ask(listener, request(POLLING))).status == 200


@pytest.mark.parametrize(
    ("path", "prefix"),
    [("/live", "/live/"), ("/live/", "/live/"), ("/a/b", "/a/b/"), ("/", "/")],
)
async def test_engine_has_the_path_of_the_option(path: str, prefix: str) -> None:
    async with Server(path=path).serving() as listener:
        await opened(listener, f"{prefix}?EIO=4&transport=polling")
        assert (await ask(listener, upgrade(f"{prefix}?EIO=4&transport=websocket"))).status == 101
        elsewhere = await ask(listener, request(POLLING))
        assert elsewhere.status == (200 if path == "/" else 404)

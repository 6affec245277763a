"""Cross-origin resource sharing: what the headers say, and which WebSockets are refused."""

from typing import Any

import pytest

from socketio_rs import Listener, Server

from .wire import POLLING, WEBSOCKET, Answer, Poller, ask, request, upgrade

BUNDLE = "/socket.io/socket.io.js"
HOME = "Origin: https://a.example"
STRANGER = "Origin: https://x.example"
OWN = "Origin: http://test"
PREFLIGHT = (
    "Access-Control-Request-Method: POST",
    "Access-Control-Request-Headers: x-a, x-b",
)
METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE"
EVERYTHING = {
    "origins": ["https://a.example", "https://b.example"],
    "credentials": True,
    "methods": ["GET", "POST"],
    "allowed_headers": ["x-q"],
    "exposed_headers": ["x-e", "x-f"],
    "max_age": 5,
}


def shared(answer: Answer) -> dict[str, str]:
    """The headers of CORS, without the start of their names."""
    start = "access-control-"
    return {
        name.removeprefix(start): value
        for name, value in answer.headers.items()
        if name.startswith(start) or name == "vary"
    }


@pytest.mark.parametrize(
    ("cors", "origin", "expected"),
    [
        (None, HOME, {}),
        ("*", HOME, {"allow-origin": "*"}),
        ("https://a.example", HOME, {"allow-origin": "https://a.example", "vary": "Origin"}),
        ("https://a.example", STRANGER, {"allow-origin": "https://a.example", "vary": "Origin"}),
        (["https://a.example"], HOME, {"allow-origin": "https://a.example", "vary": "Origin"}),
        (["https://a.example"], STRANGER, {"vary": "Origin"}),
        (["https://a.example"], OWN, {"vary": "Origin"}),
        (
            EVERYTHING,
            HOME,
            {
                "allow-origin": "https://a.example",
                "vary": "Origin",
                "allow-credentials": "true",
                "expose-headers": "x-e,x-f",
            },
        ),
    ],
)
async def test_response_tells_who_may_read_it(cors: Any, origin: str, expected: Any) -> None:
    async with Server(cors=cors).serving() as listener:
        for target in (POLLING, f"{POLLING}&sid=unknown", BUNDLE):
            assert shared(await ask(listener, request(target, origin))) == expected


@pytest.mark.parametrize(
    ("cors", "origin", "expected"),
    [
        (
            "*",
            STRANGER,
            {
                "allow-origin": "*",
                "allow-methods": METHODS,
                "allow-headers": "x-a, x-b",
                "vary": "Access-Control-Request-Headers",
            },
        ),
        (
            ["https://a.example"],
            STRANGER,
            {
                "allow-methods": METHODS,
                "allow-headers": "x-a, x-b",
                "vary": "Origin, Access-Control-Request-Headers",
            },
        ),
        (
            EVERYTHING,
            HOME,
            {
                "allow-origin": "https://a.example",
                "allow-credentials": "true",
                "allow-methods": "GET,POST",
                "allow-headers": "x-q",
                "expose-headers": "x-e,x-f",
                "max-age": "5",
                "vary": "Origin",
            },
        ),
    ],
)
@pytest.mark.parametrize("target", [POLLING, "/socket.io/", f"{POLLING}&sid=unknown"])
async def test_preflight_is_answered(cors: Any, origin: str, expected: Any, target: str) -> None:
    async with Server(cors=cors).serving() as listener:
        answer = await ask(listener, request(target, origin, *PREFLIGHT, method="OPTIONS"))
    assert (answer.status, answer.body, shared(answer)) == (204, "", expected)


async def test_preflight_for_a_bundle_is_answered() -> None:
    async with Server(cors="*").serving() as listener:
        answer = await ask(listener, request(BUNDLE, HOME, *PREFLIGHT, method="OPTIONS"))
    assert (answer.status, answer.body) == (204, "")
    assert shared(answer)["allow-methods"] == METHODS


async def test_every_response_of_a_session_is_shared() -> None:
    async with (
        Server(cors="*", max_http_buffer_size=20).serving() as listener,
        Poller.joined(listener) as poller,
    ):
        answers = [
            await poller.post("3", HOME),
            await poller.post("4" * 21, HOME),
            await ask(listener, request(poller.target, HOME, method="PUT")),
        ]
        await poller.park(HOME)
        answers += [await poller.post("41\x1e1", HOME), await poller.gets.answer()]
    assert [answer.status for answer in answers] == [200, 413, 500, 200, 200]
    assert [shared(answer) for answer in answers] == [{"allow-origin": "*"}] * 5


async def status(listener: Listener, *lines: str) -> int:
    """The status of the answer to an upgrade with these lines in its head."""
    answer = await ask(listener, upgrade(WEBSOCKET, *lines))
    if answer.status != 101:
        assert (answer.status, answer.body, shared(answer)) == (400, "Forbidden", {})
    return answer.status


@pytest.mark.parametrize(
    ("cors", "origin", "expected"),
    [
        (None, STRANGER, 101),
        ("*", STRANGER, 101),
        ("https://a.example", HOME, 101),
        ("https://a.example", STRANGER, 400),
        ("https://a.example", OWN, 101),
        (["https://a.example"], HOME, 101),
        (["https://a.example"], STRANGER, 400),
        (["https://a.example"], "Origin: https://a.example.evil.example", 400),
        (["https://a.example"], "Origin: https://a.example:8443", 400),
        (["https://a.example"], "Origin: http://a.example", 400),
        (["https://a.example"], "Origin: null", 400),
        (["https://a.example"], OWN, 101),
        (["https://a.example"], "No-Origin: x", 101),
    ],
)
async def test_websocket_of_a_foreign_page_is_refused(
    cors: Any, origin: str, expected: int
) -> None:
    async with Server(cors=cors).serving() as listener:
        assert await status(listener, origin) == expected
        # The probe of an upgrade is checked as well.
        async with Poller.open(listener) as poller:
            probe = await ask(listener, upgrade(f"{WEBSOCKET}&sid={poller.sid}", origin))
            assert probe.status == expected


async def test_websocket_has_the_headers_too() -> None:
    async with Server(cors=EVERYTHING).serving() as listener:
        answer = await ask(listener, upgrade(WEBSOCKET, HOME))
    assert shared(answer) == {
        "allow-origin": "https://a.example",
        "vary": "Origin",
        "allow-credentials": "true",
        "expose-headers": "x-e,x-f",
    }

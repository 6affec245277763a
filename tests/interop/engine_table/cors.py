"""2.10: the headers of CORS."""

import re
from typing import Any

from .run import Row, Step
from .steps import (
    POLL,
    POLLING,
    PROBE,
    ROOT,
    WEBSOCKET,
    answer,
    ask,
    end,
    frames,
    get,
    opened,
    polls,
    request,
    row,
    say,
    settled,
    told,
    upgrade,
)

GOOD = "Origin: http://good.example"
BAD = "Origin: http://bad.example"
METHOD = "Access-Control-Request-Method: POST"
HEADERS = "Access-Control-Request-Headers: x-one, X-Two"

FORMS: dict[str, Any] = {
    "all": "*",
    "one origin": "http://good.example",
    "several origins": ["http://good.example", "http://fine.example:8080"],
    "credentials": {"origins": "http://good.example", "credentials": True},
    "all with credentials": {"origins": "*", "credentials": True},
    "several origins with credentials": {"origins": ["http://good.example"], "credentials": True},
    "methods": {"methods": ["GET", "POST"]},
    "methods as text": {"methods": "GET, POST"},
    "allowed headers": {"allowed_headers": ["x-one", "x-two"]},
    "allowed headers as text": {"origins": ["http://good.example"], "allowed_headers": "x-one"},
    "exposed headers": {"exposed_headers": ["x-three", "x-four"], "max_age": 600},
    "no age": {"max_age": 0},
}


def preflight(c: str, *lines: str, target: str = POLLING) -> list[Step]:
    return [request(c, "OPTIONS", target, *lines), answer(c)]


def form(name: str, cors: Any, **later: str) -> list[Row]:
    """A form of the option: what preflights, sessions and refusals say with it."""
    options = {"cors": cors}
    return [
        row(
            "2.10",
            f"preflights with {name}",
            *(preflight("c", *lines) for lines in PREFLIGHTS),
            options=options,
            **later,
        ),
        row(
            "2.10",
            f"requests with {name}",
            opened("one", POLLING, GOOD),
            told("posts", "4x", GOOD),
            ask("gets", POLL, GOOD),
            opened("two", POLLING, BAD),
            opened("three"),
            ask("c", ROOT, GOOD),
            ask("c", f"{POLL}x", BAD),
            options=options,
            **later,
        ),
        row(
            "2.10",
            f"an upgrade with {name}",
            upgrade("ws", WEBSOCKET, GOOD),
            answer("ws"),
            frames("ws"),
            options=options,
            **later,
        ),
        row(
            "2.10",
            f"an upgrade without an origin with {name}",
            upgrade("ws", WEBSOCKET),
            answer("ws"),
            frames("ws"),
            options=options,
            **later,
        ),
    ]


PREFLIGHTS = [(GOOD, METHOD, HEADERS), (BAD, METHOD), (METHOD,), ()]

LIST = {"cors": ["http://good.example"]}

ROWS = [
    row("2.10", "preflights without the option", preflight("c", GOOD, METHOD, HEADERS)),
    row("2.10", "requests without the option", opened("c", POLLING, GOOD), told("c", "4x", GOOD)),
    row(
        "2.10",
        "an upgrade without the option",
        upgrade("ws", WEBSOCKET, BAD),
        answer("ws"),
        frames("ws"),
    ),
    *(each for name, cors in FORMS.items() for each in form(name, cors)),
    *(
        row(
            "2.10",
            f"an upgrade of another origin with {name}",
            upgrade("ws", WEBSOCKET, BAD),
            answer("ws"),
            options={"cors": FORMS[name]},
        )
        for name in ("all", "one origin", "several origins")
    ),
    row(
        "2.10",
        "an upgrade with two origins",
        upgrade("ws", WEBSOCKET, GOOD, BAD),
        answer("ws"),
        options=LIST,
    ),
    row(
        "2.10",
        "no origins",
        preflight("c", GOOD, METHOD),
        opened("c", POLLING, GOOD),
        upgrade("ws", WEBSOCKET, GOOD),
        answer("ws"),
        options={"cors": {"origins": []}},
    ),
    row(
        "2.10",
        "preflights of foreign paths",
        preflight("c", GOOD, METHOD, target="/"),
        options={"cors": "*"},
    ),
    row("2.10", "foreign paths", ask("c", "/", GOOD), options={"cors": "*"}),
    row(
        "2.10",
        "preflights of anything",
        preflight("c", GOOD, target=f"{ROOT}?transport=x"),
        options={"cors": "*"},
    ),
    row(
        "2.10",
        "preflights of a session",
        opened(),
        preflight("c", GOOD, target=POLL),
        polls(),
        options={"cors": "*"},
    ),
    row(
        "2.10",
        "preflights of a WebSocket",
        preflight("c", GOOD, target=WEBSOCKET),
        options={"cors": "*"},
    ),
    row(
        "2.10",
        "preflights with a body",
        request("c", "OPTIONS", POLLING, GOOD, body=b"x"),
        answer("c"),
        ask("c", ROOT),
        options={"cors": "*"},
    ),
    row(
        "2.10",
        "an upgrade by OPTIONS",
        request("c", "OPTIONS", WEBSOCKET, "Connection: Upgrade", "Upgrade: websocket", GOOD),
        answer("c"),
        options={"cors": "*"},
    ),
    row(
        "2.10",
        "another method",
        opened(),
        request("c", "PUT", POLL, GOOD),
        answer("c"),
        options=LIST,
    ),
    row(
        "2.10",
        "an oversized POST",
        opened(),
        told("posts", "4" * 200, GOOD),
        options={**LIST, "max_http_buffer_size": 100},
    ),
    row(
        "2.10",
        "octets",
        opened(),
        told("posts", "4x", GOOD, "Content-Type: application/octet-stream"),
        options=LIST,
    ),
    row(
        "2.10",
        "a second GET",
        opened(),
        get("gets", POLL, GOOD),
        settled(),
        ask("two", POLL, GOOD),
        answer("gets"),
        options=LIST,
    ),
    row(
        "2.10",
        "a refusal",
        ask("c", POLLING, GOOD, "X-Refuse: no"),
        options=LIST,
        behaviour="refuses",
    ),
    row(
        "2.10",
        "a refusal by WebSocket",
        upgrade("c", WEBSOCKET, GOOD, "X-Refuse: no"),
        answer("c"),
        end("c"),
        options=LIST,
        behaviour="refuses",
    ),
    row("2.10", "the version", ask("c", f"{ROOT}?transport=polling", GOOD), options=LIST),
    row(
        "2.10",
        "an upgrade that fails",
        request("c", "GET", WEBSOCKET, "Connection: Upgrade", "Upgrade: websocket", GOOD),
        answer("c"),
        options=LIST,
    ),
    row(
        "2.10",
        "a probe of the same origin",
        opened(),
        upgrade("ws", PROBE, GOOD),
        answer("ws"),
        say("ws", "2probe"),
        frames("ws"),
        options=LIST,
    ),
    row(
        "2.10",
        "a probe of another origin",
        opened(),
        upgrade("ws", PROBE, BAD),
        answer("ws"),
        options=LIST,
    ),
    row(
        "2.10",
        "the null origin",
        opened("c", POLLING, "Origin: null"),
        upgrade("ws", WEBSOCKET, "Origin: null"),
        answer("ws"),
        options={"cors": ["null"]},
    ),
    row(
        "2.10",
        "an origin in capitals",
        ask("c", POLLING, "Origin: HTTP://GOOD.EXAMPLE"),
        options=LIST,
    ),
    row(
        "2.10",
        "an origin with its port",
        ask("c", POLLING, "Origin: http://good.example:80"),
        options=LIST,
    ),
    row(
        "2.10",
        "an origin with a slash",
        ask("c", POLLING, "Origin: http://good.example/"),
        options=LIST,
    ),
    row(
        "2.10",
        "an origin that begins with another",
        ask("c", POLLING, "Origin: http://good.example.evil"),
        options=LIST,
    ),
    row(
        "2.10",
        "two origins",
        ask("c", POLLING, GOOD, BAD),
        options=LIST,
    ),
    row(
        "2.10",
        "names of headers in any case",
        preflight("c", "ORIGIN: http://good.example", "access-control-request-HEADERS: x"),
        options=LIST,
    ),
    row(
        "2.10",
        "requested headers twice",
        preflight("c", HEADERS, "Access-Control-Request-Headers: x-three"),
        options=LIST,
    ),
    row(
        "2.10",
        "requested headers that are empty",
        preflight("c", "Access-Control-Request-Headers:"),
        options=LIST,
    ),
    *form("a regular expression", {"origins": re.compile(r"good\.example$")}, later="cors"),
    *form("any origin", {"origins": True}, later="cors"),
    *form("preflights passed on", {"preflight_continue": True}, later="cors"),
    *form("another status", {"options_success_status": 200}, later="cors"),
]

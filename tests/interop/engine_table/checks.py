"""2.2 and 2.3: the checks of a request in their order, and how it is refused."""

from .steps import (
    POLL,
    POLLING,
    PROBE,
    ROOT,
    UPGRADE,
    WEBSOCKET,
    answer,
    ask,
    connected,
    end,
    frames,
    opened,
    polls,
    post,
    reported,
    request,
    row,
    say,
    speaks,
    upgrade,
    upgraded,
)

NONE = "&sid=none"
ORIGIN = "Origin: http://a\x01b"
REFUSE = "X-Refuse: not you"
REFUSES = "refuses"
VERSION_3 = f"{ROOT}?EIO=3&transport="


def refused(c: str, method: str, target: str, *lines: str) -> list:
    """A request that is refused, and what becomes of its connection."""
    return [request(c, method, target, *lines), answer(c), *ask(c, f"{ROOT}?transport=again")]


def refused_upgrade(target: str, *lines: str) -> list:
    """An upgrade that is refused, and the end of its connection."""
    return [upgrade("c", target, *lines), answer("c"), end("c")]


ROWS = [
    # Code 0.
    row("2.2", "no transport", refused("c", "GET", f"{ROOT}?EIO=4")),
    row("2.2", "no query", refused("c", "GET", ROOT)),
    row("2.2", "an empty transport", ask("c", f"{ROOT}?EIO=4&transport=")),
    row("2.2", "an unknown transport", ask("c", f"{ROOT}?EIO=4&transport=flash")),
    row("2.2", "a transport in capitals", ask("c", f"{ROOT}?EIO=4&transport=POLLING")),
    row("2.2", "a transport named by JavaScript", ask("c", f"{ROOT}?EIO=4&transport=__proto__")),
    row("2.2", "WebTransport over HTTP", ask("c", f"{ROOT}?EIO=4&transport=webtransport")),
    row(
        "2.2", "an unknown transport by WebSocket", refused_upgrade(f"{ROOT}?EIO=4&transport=flash")
    ),
    row(
        "2.2", "WebTransport by WebSocket", refused_upgrade(f"{ROOT}?EIO=4&transport=webtransport")
    ),
    row(
        "2.2",
        "polling that is not enabled",
        ask("c", POLLING),
        connected("ws"),
        speaks(),
        options={"transports": ["websocket"]},
    ),
    row(
        "2.2",
        "WebSocket that is not enabled",
        ask("c", WEBSOCKET),
        options={"transports": ["polling"]},
    ),
    row("2.2", "code 0 before 1", ask("c", f"{ROOT}?EIO=4&transport=flash&sid=none")),
    row(
        "2.2", "code 0 before 2", post("c", "", target=f"{ROOT}?EIO=4&transport=flash"), answer("c")
    ),
    row("2.2", "code 0 before 3", ask("c", f"{ROOT}?EIO=4&transport=flash", ORIGIN)),
    row("2.2", "code 0 before 4", ask("c", ROOT, REFUSE), behaviour=REFUSES),
    row("2.2", "code 0 before 5", ask("c", f"{VERSION_3}flash")),
    # A character that no header may have: Node.js and the check agree on these.
    row(
        "2.2",
        "an origin with a control character",
        request("c", "GET", POLLING, ORIGIN),
        answer("c"),
    ),
    row(
        "2.2", "an origin with a letter beyond ASCII", opened("c", POLLING, "Origin: http://\xe9.x")
    ),
    row("2.2", "an empty origin", opened("c", POLLING, "Origin:")),
    # Code 1.
    row("2.2", "an unknown sid", refused("c", "GET", f"{POLLING}{NONE}")),
    row("2.2", "an unknown sid in a POST", post("c", "4x", target=f"{POLLING}{NONE}"), answer("c")),
    row(
        "2.2",
        "an unknown sid of another method",
        request("c", "PUT", f"{POLLING}{NONE}"),
        answer("c"),
    ),
    row("2.2", "an unknown sid by WebSocket", refused_upgrade(f"{WEBSOCKET}{NONE}")),
    row("2.2", "a plain request for an unknown WebSocket", ask("c", f"{WEBSOCKET}{NONE}")),
    row("2.2", "a sid named by JavaScript", ask("c", f"{POLLING}&sid=__proto__")),
    row("2.2", "another sid named by JavaScript", ask("c", f"{POLLING}&sid=hasOwnProperty")),
    row("2.2", "a sid of a kilobyte", ask("c", f"{POLLING}&sid={'x' * 1000}")),
    row("2.2", "a sid with a letter too much", opened(), ask("c", f"{POLL}x")),
    row("2.2", "code 1 before the version", ask("c", f"{VERSION_3}polling{NONE}")),
    row("2.2", "code 1 before 4", ask("c", f"{POLLING}{NONE}", REFUSE), behaviour=REFUSES),
    row(
        "2.2",
        "code 1 before 405",
        request("c", "POST", f"{WEBSOCKET}{NONE}", *UPGRADE),
        answer("c"),
    ),
    # Code 2.
    row("2.2", "a handshake by POST", refused("c", "POST", POLLING, "Content-Length: 0")),
    row("2.2", "a handshake by POST with a body", post("c", "4x", target=POLLING), answer("c")),
    row("2.2", "a handshake by PUT", refused("c", "PUT", POLLING)),
    row("2.2", "a handshake by DELETE", refused("c", "DELETE", POLLING)),
    row("2.2", "a handshake by PATCH", refused("c", "PATCH", POLLING)),
    row("2.2", "a handshake by OPTIONS", refused("c", "OPTIONS", POLLING)),
    row("2.2", "a handshake by HEAD", refused("c", "HEAD", POLLING)),
    row("2.2", "an empty sid is none", post("c", "", target=f"{POLLING}&sid="), answer("c")),
    row(
        "2.2",
        "a handshake by POST with an upgrade",
        request("c", "POST", WEBSOCKET, *UPGRADE),
        answer("c"),
    ),
    row("2.2", "code 2 before 3", post("c", "", target=WEBSOCKET), answer("c")),
    row(
        "2.2",
        "code 2 before 4",
        post("c", "", REFUSE, target=POLLING),
        answer("c"),
        behaviour=REFUSES,
    ),
    row("2.2", "code 2 before 5", post("c", "", target=f"{VERSION_3}polling"), answer("c")),
    # Code 3.
    row("2.2", "a WebSocket without an upgrade", refused("c", "GET", WEBSOCKET)),
    row("2.2", "code 3 before 4", ask("c", WEBSOCKET, REFUSE), behaviour=REFUSES),
    row("2.2", "code 3 before 5", ask("c", f"{VERSION_3}websocket")),
    row("2.2", "a GET of another transport", opened(), ask("c", PROBE), polls()),
    row(
        "2.2",
        "a POST of another transport",
        opened(),
        post("c", "4x", target=PROBE),
        answer("c"),
        polls(),
    ),
    row("2.2", "a GET for a WebSocket", connected(), ask("c"), speaks()),
    row("2.2", "a POST for a WebSocket", connected(), post("c", "4x"), answer("c"), speaks()),
    row("2.2", "a GET after the upgrade", opened(), upgraded(), ask("c"), speaks()),
    row(
        "2.2",
        "a POST after the upgrade",
        opened(),
        upgraded(),
        post("c", "4x"),
        answer("c"),
        speaks(),
    ),
    row(
        "2.2",
        "a PUT after the upgrade",
        opened(),
        upgraded(),
        request("c", "PUT", POLL),
        answer("c"),
    ),
    row(
        "2.2",
        "another version for a session",
        opened(),
        ask("c", f"{VERSION_3}polling&sid={{sid}}"),
        ask("c", f"{ROOT}?transport=polling&sid={{sid}}"),
        polls(),
    ),
    row(
        "2.2",
        "another version for a session, by POST",
        opened(),
        post("c", "4x", target=f"{VERSION_3}polling&sid={{sid}}"),
        answer("c"),
        polls(),
    ),
    row(
        "2.2",
        "another version for an upgrade",
        opened(),
        refused_upgrade(f"{VERSION_3}websocket&sid={{sid}}"),
        polls(),
    ),
    # Code 4.
    row("2.2", "a refusal with a text", refused("c", "GET", POLLING, REFUSE), behaviour=REFUSES),
    row("2.2", "a refusal without a text", ask("c", POLLING, "X-Refuse:"), behaviour=REFUSES),
    row(
        "2.2",
        "a refusal with a text to be escaped",
        ask("c", POLLING, 'X-Refuse: "\\/<b>'),
        behaviour=REFUSES,
    ),
    row("2.2", "a refusal by WebSocket", refused_upgrade(WEBSOCKET, REFUSE), behaviour=REFUSES),
    row(
        "2.2",
        "a refusal by WebSocket without a text",
        refused_upgrade(WEBSOCKET, "X-Refuse:"),
        behaviour=REFUSES,
    ),
    row("2.2", "code 4 before 5", ask("c", f"{VERSION_3}polling", REFUSE), behaviour=REFUSES),
    row(
        "2.2",
        "code 4 before 5 by WebSocket",
        refused_upgrade(f"{VERSION_3}websocket", REFUSE),
        behaviour=REFUSES,
    ),
    row(
        "2.2",
        "code 4 before 405",
        request("c", "GET", WEBSOCKET, REFUSE, *UPGRADE[:2]),
        answer("c"),
        behaviour=REFUSES,
    ),
    row(
        "2.2",
        "who was let in is not asked again",
        opened(),
        post("posts", "4x", REFUSE),
        answer("posts"),
        ask("gets", POLL, REFUSE),
        upgrade("ws", PROBE, REFUSE),
        answer("ws"),
        say("ws", "2probe"),
        frames("ws"),
        behaviour=REFUSES,
    ),
    # Code 5.
    row("2.2", "version 3", refused("c", "GET", f"{VERSION_3}polling")),
    row("2.2", "no version", ask("c", f"{ROOT}?transport=polling")),
    row("2.2", "a version that does not exist", ask("c", f"{ROOT}?EIO=5&transport=polling")),
    row("2.2", "an odd version", ask("c", f"{ROOT}?EIO=04&transport=polling")),
    row(
        "2.2",
        "version 3 by WebSocket",
        upgrade("c", f"{VERSION_3}websocket"),
        answer("c"),
        end("c"),
    ),
    row(
        "2.2",
        "no version by WebSocket",
        upgrade("c", f"{ROOT}?transport=websocket"),
        answer("c"),
        end("c"),
    ),
    row(
        "2.2",
        "405 before 5",
        request("c", "GET", f"{VERSION_3}websocket", *UPGRADE[:2]),
        answer("c"),
    ),
    # Beyond the codes.
    row("2.3", "an upgrade to polling", upgrade("c", POLLING), answer("c"), end("c")),
    row(
        "2.3",
        "an upgrade of a session to polling",
        opened(),
        upgrade("c", POLL),
        answer("c"),
        end("c"),
        polls(),
    ),
    row("2.3", "PUT for a session", opened(), request("c", "PUT", POLL), answer("c"), polls()),
    row(
        "2.3", "DELETE for a session", opened(), request("c", "DELETE", POLL), answer("c"), polls()
    ),
    row("2.3", "PATCH for a session", opened(), request("c", "PATCH", POLL), answer("c"), polls()),
    row(
        "2.3",
        "OPTIONS for a session",
        opened(),
        request("c", "OPTIONS", POLL),
        answer("c"),
        polls(),
    ),
    row("2.3", "HEAD for a session", opened(), request("c", "HEAD", POLL), answer("c"), polls()),
    row(
        "2.3",
        "a method in small letters",
        request("c", "get", POLLING),
        answer("c"),
    ),
    # The WebSocket handshake.
    row(
        "2.3",
        "a WebSocket by POST",
        opened(),
        request("c", "POST", PROBE, *UPGRADE),
        answer("c"),
        end("c"),
    ),
    row(
        "2.3",
        "no key",
        request("c", "GET", WEBSOCKET, *UPGRADE[:2], UPGRADE[3]),
        answer("c"),
        end("c"),
    ),
    row(
        "2.3",
        "a key that is too short",
        request("c", "GET", WEBSOCKET, *UPGRADE[:2], "Sec-WebSocket-Key: dGhl", UPGRADE[3]),
        answer("c"),
        end("c"),
    ),
    row(
        "2.3",
        "no WebSocket version",
        request("c", "GET", WEBSOCKET, *UPGRADE[:3]),
        answer("c"),
        end("c"),
    ),
    row(
        "2.3",
        "WebSocket version 12",
        request("c", "GET", WEBSOCKET, *UPGRADE[:3], "Sec-WebSocket-Version: 12"),
        answer("c"),
        end("c"),
    ),
    row(
        "2.3",
        "WebSocket version 8",
        request("c", "GET", WEBSOCKET, *UPGRADE[:3], "Sec-WebSocket-Version: 8"),
        answer("c"),
        frames("c"),
    ),
    row(
        "2.3",
        "the first subprotocol",
        connected("c", WEBSOCKET, "Sec-WebSocket-Protocol: one, two"),
        speaks("c"),
    ),
    row(
        "2.3",
        "subprotocols that are none",
        upgrade("c", WEBSOCKET, "Sec-WebSocket-Protocol: one,,two"),
        answer("c"),
    ),
    row(
        "2.3",
        "an extension that is not enabled",
        connected("c", WEBSOCKET, "Sec-WebSocket-Extensions: permessage-deflate"),
        speaks("c"),
    ),
    # What the application hears of it.
    *(
        row(
            "2.3",
            f"the report of {name}",
            steps,
            reported(),
            behaviour="reports",
            later="connection_error",
        )
        for name, steps in (
            ("code 0", ask("c", f"{ROOT}?transport=flash")),
            ("code 1", ask("c", f"{POLLING}{NONE}")),
            ("code 2", [request("c", "PUT", POLLING), answer("c")]),
            ("code 3", ask("c", WEBSOCKET)),
            ("another transport", [*opened(), *ask("c", PROBE)]),
            ("another version", [*opened(), *ask("c", f"{VERSION_3}polling&sid={{sid}}")]),
            ("code 5", ask("c", f"{VERSION_3}polling")),
        )
    ),
]

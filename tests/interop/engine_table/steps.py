"""The steps that rows are made of; `c`, the first argument, names a connection, opened when it is first used.

`{sid}` in what is sent is the newest session's id, `{sid 1}` the first one's.
"""

from typing import Any

from support.raw import BINARY, TEXT, masked_frame

from .run import Row, Run, Step

ROOT = "/engine.io/"
POLLING = f"{ROOT}?EIO=4&transport=polling"
WEBSOCKET = f"{ROOT}?EIO=4&transport=websocket"
POLL = f"{POLLING}&sid={{sid}}"
PROBE = f"{WEBSOCKET}&sid={{sid}}"

UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    # The example of RFC 6455, 1.3.
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
)


def row(
    section: str,
    name: str,
    *steps: Step | list[Step],
    options: dict[str, Any] | None = None,
    behaviour: str = "echoes",
    later: str = "",
    bug: str = "",
) -> Row:
    """A row of these steps."""
    flat = [each for step in steps for each in (step if isinstance(step, list) else [step])]
    return Row(section, name, flat, options or {}, behaviour, later, bug)


# --- HTTP


def head(method: str, target: str, *lines: str) -> bytes:
    """The head of a request, nothing added but `Host`."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *lines, "", ""]).encode("latin-1")


def write(c: str, data: bytes) -> Step:
    """Bytes that expect no answer of their own."""
    return Step(f"{c} writes", lambda run: run.write(c, data))


def request(c: str, method: str, target: str, *lines: str, body: bytes | None = None) -> Step:
    """A request; with `body` the length is added."""
    length = [] if body is None else [f"Content-Length: {len(body)}"]
    data = head(method, target, *length, *lines) + (body or b"")
    return Step(f"{c} requests", lambda run: run.request(c, method, data))


def get(c: str, target: str = POLL, *lines: str) -> Step:
    return request(c, "GET", target, *lines)


def post(c: str, body: str | bytes, *lines: str, target: str = POLL) -> Step:
    """A POST to the newest session, or elsewhere."""
    data = body.encode() if isinstance(body, str) else body
    return request(c, "POST", target, *lines, body=data)


def upgrade(c: str, target: str = WEBSOCKET, *lines: str) -> Step:
    """A request for a WebSocket."""
    return request(c, "GET", target, *UPGRADE, *lines)


def answer(c: str) -> Step:
    """The next response."""
    return Step(f"{c} waits for an answer", lambda run: run.answer(c))


def end(c: str) -> Step:
    """What comes until the server closes the connection; a WebSocket's close is answered."""
    return Step(f"{c} waits for the end", lambda run: run.end(c))


def leave(c: str) -> Step:
    """The client closes the connection."""
    return Step(f"{c} leaves", lambda run: run.close(c, reset=False))


def reset(c: str) -> Step:
    """The client resets the connection."""
    return Step(f"{c} resets", lambda run: run.close(c, reset=True))


def quiet(c: str, seconds: float = 0.15) -> Step:
    """Nothing comes: what was sent is waiting, or ignored."""
    return Step(f"{c} is quiet", lambda run: run.quiet(c, seconds))


# --- WebSocket


def say(c: str, *packets: str | bytes) -> Step:
    """Packets as frames, in one write."""
    frames = [
        masked_frame(TEXT, packet.encode())
        if isinstance(packet, str)
        else masked_frame(BINARY, packet)
        for packet in packets
    ]
    return write(c, b"".join(frames))


def frames(c: str, count: int = 1) -> Step:
    """The next frames."""

    async def take(run: Run) -> None:
        for _ in range(count):
            await run.frame(c)

    return Step(f"{c} waits for frames", take)


# --- servers


def event(name: str, session: int = 0) -> Step:
    """What the server sees of a session, the newest one unless told, up to this event."""
    return Step(f"the server's {name}", lambda run: run.event(name, session))


def reported() -> Step:
    """What the server reports about no session."""
    return Step("the server's report", lambda run: run.reported())


def settled() -> Step:
    """The server has read all that was sent."""
    return Step("settled", lambda run: run.settle())


def serve(command: str, *arguments: object) -> Step:
    """The server does something with the newest session: `close`, or `send` messages."""
    return Step(f"the server's {command}", lambda run: run.serve(command, *arguments))


def stop() -> Step:
    """The engine is closed."""
    return Step("the server stops", lambda run: run.stop())


# --- several steps


def ask(c: str, target: str = POLL, *lines: str) -> list[Step]:
    """A GET and its answer."""
    return [get(c, target, *lines), answer(c)]


def told(c: str, body: str | bytes, *lines: str) -> list[Step]:
    """A POST and its answer."""
    return [post(c, body, *lines), answer(c)]


def packets(c: str, count: int) -> Step:
    """Packets of the newest session by GETs."""
    return Step(f"{c} waits for packets", lambda run: run.packets(c, head("GET", POLL), count))


def opened(c: str = "poll", target: str = POLLING, *lines: str) -> list[Step]:
    """A new session by polling."""
    return [*ask(c, target, *lines), event("connection")]


def connected(c: str = "ws", target: str = WEBSOCKET, *lines: str) -> list[Step]:
    """A new session by WebSocket."""
    return [upgrade(c, target, *lines), answer(c), frames(c), event("connection")]


def probing(c: str = "ws", *said: str | bytes) -> list[Step]:
    """A WebSocket that wants to be the newest session's."""
    return [upgrade(c, PROBE), answer(c), say(c, *said)]


def upgraded(c: str = "ws") -> list[Step]:
    """The newest session moves to a WebSocket."""
    return [*probing(c, "2probe"), frames(c), say(c, "5"), event("upgrade")]


def polls() -> list[Step]:
    """The newest session is alive, and polls."""
    return [*told("posts", "4still here"), *ask("gets")]


def speaks(c: str = "ws") -> list[Step]:
    """The session of a WebSocket is alive."""
    return [say(c, "4still here"), frames(c)]

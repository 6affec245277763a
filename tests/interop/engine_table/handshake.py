"""2.4: what a new session is told."""

from .steps import ask, connected, event, frames, leave, opened, polls, row, say

OPTIONS = {
    "ping_interval": 12.5,
    "ping_timeout": 7.25,
    "max_http_buffer_size": 1234,
    "upgrade_timeout": 3.0,
}

ROWS = [
    row("2.4", "the open packet by polling", opened()),
    row("2.4", "the open packet by WebSocket", connected()),
    row("2.4", "the options in the open packet", opened(), connected(), options=OPTIONS),
    row("2.4", "no upgrades without WebSocket", opened(), options={"transports": ["polling"]}),
    row(
        "2.4", "no upgrades when they are not allowed", opened(), options={"allow_upgrades": False}
    ),
    row(
        "2.4",
        "transports in another order",
        opened(),
        options={"transports": ["websocket", "polling"]},
    ),
    row("2.4", "two sessions on a connection", opened("c"), opened("c")),
    row("2.4", "a greeting waits for the next GET", opened(), ask("poll"), behaviour="greets"),
    row("2.4", "a greeting follows at once", connected(), frames("ws"), behaviour="greets"),
    row(
        "2.4",
        "the count of clients",
        connected("one"),
        connected("two"),
        say("two", "4count"),
        frames("two"),
        leave("two"),
        event("close"),
        say("one", "4count"),
        frames("one"),
        # An engine of its own.
        options={"upgrade_timeout": 9.0},
    ),
    row(
        "2.4",
        "a session survives the end of its first connection",
        opened(),
        leave("poll"),
        polls(),
    ),
    row(
        "2.4",
        "a first message",
        opened(),
        connected(),
        frames("ws"),
        options={"initial_packet": "hello"},
        later="initial_packet",
    ),
    row("2.4", "ids of the application's own", opened(), behaviour="names", later="generate_id"),
    row(
        "2.4",
        "WebTransport is offered",
        opened(),
        options={"transports": ["polling", "websocket", "webtransport"]},
        later="transports",
    ),
]

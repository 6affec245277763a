"""The bounds that are no options of their own, checked when they are made."""

from dataclasses import dataclass, fields
from typing import final

from ._checks import integer, seconds

_MIB = 1024 * 1024
_LARGEST = 2**40
# 0 is no bound that anything could live with.
_RANGES = {
    "max_control_frames": (1, 1_000_000),
    "max_head_bytes": (256, 2**18),
    "max_headers": (1, 10_000),
    "max_url_bytes": (64, 2**16),
}


@final
@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much clients may cost beyond what the options of `Server` say; all of it is bounded.

    `Server.stats` counts how often each bound was reached, as `limit.<name>`.

    Args:
        max_pending_event_bytes: Bytes of a connection's events that may wait to be started; then no
            more are read from it until some have.
        max_pending_events_asked: The events of a connection that may wait while an answer of its
            client is awaited, for which it has to be read from; then it is closed.
        max_pending_event_bytes_asked: The same in bytes.
        max_total_pending_events: The events of all connections that may wait; then no more are
            read from those that have their share already.
        max_total_pending_event_bytes: The same in bytes.
        max_total_pending_events_asked: The same for those that have to be read from; then the one
            that sends is closed.
        max_total_pending_event_bytes_asked: The same in bytes.
        max_held_events: The events of a socket that wait for a handler while its `connection`
            handlers run; more are dropped.
        soft_inbox_bytes: Bytes that the program may have emitted and the server not taken; awaiting
            a broadcast waits when there are more.
        max_inbox_bytes: The same; an emit raises `QueueFull` when there are more.
        max_packet_bytes: Bytes of one event that the server sends; a larger one raises `QueueFull`.
        max_namespaces: Namespaces that a client may join; one that asks for more is closed.
        max_namespace_bytes: Bytes of a namespace's name; a longer one is unknown.
        max_unknown_namespaces: Unknown namespaces that a client may ask for; then it is closed.
        max_pending_asks: Requests that wait to be asked about (`allow_request`) while the program is
            busy; further ones are answered with 503.
        max_pending_acks: Answers of one socket that may be awaited; a further emit raises
            `QueueFull`. Of a broadcast with acks such a socket gets the event, and counts as missing.
        max_recovery_bytes: Bytes of packets and of what belongs to absent clients that are kept for
            `connection_state_recovery`; the oldest make room, and who needed them begins anew.
        max_room_events: What has become of rooms and was not told to the listeners of an `Adapter`
            yet, as the loop is busy; more is dropped, with a line in the log.
        max_adapter_calls: Calls of the methods of adapters that go on, of those written in Python;
            a further emit, join and so forth raises `QueueFull`.
        max_control_frames: Control frames (pings and pongs of the WebSocket protocol) that a client
            may send a second, four times as many at once; one that sends more is closed (1008).
        max_head_bytes: Bytes of a request's head; a larger one is answered with 431.
        max_headers: Headers of a request; more are answered with 431.
        max_url_bytes: Bytes of a request's URL; a longer one is answered with 414.
        head_timeout: Seconds for a request's head (408), and between requests.
        body_timeout: Seconds for which a request's body may pause; then its connection is closed.
        response_timeout: Seconds for which a client may take nothing of a response; then its
            connection is closed.
        close_timeout: Seconds for the close frame of a client whose WebSocket is being closed.

    Raises:
        TypeError: A bound is of another type.
        ValueError: A bound is out of its range.
    """

    max_pending_event_bytes: int = _MIB
    max_pending_events_asked: int = 8_192
    max_pending_event_bytes_asked: int = 4 * _MIB
    max_total_pending_events: int = 65_536
    max_total_pending_event_bytes: int = 64 * _MIB
    max_total_pending_events_asked: int = 1_048_576
    max_total_pending_event_bytes_asked: int = 256 * _MIB
    max_held_events: int = 64
    soft_inbox_bytes: int = 16 * _MIB
    max_inbox_bytes: int = 64 * _MIB
    max_packet_bytes: int = 1024 * _MIB
    max_namespaces: int = 100
    max_namespace_bytes: int = 256
    max_unknown_namespaces: int = 100
    max_pending_asks: int = 1_000
    max_pending_acks: int = 10_000
    max_recovery_bytes: int = 64 * _MIB
    max_room_events: int = 100_000
    max_adapter_calls: int = 10_000
    max_control_frames: int = 50
    max_head_bytes: int = 16 * 1024
    max_headers: int = 100
    max_url_bytes: int = 8 * 1024
    head_timeout: float = 10.0
    body_timeout: float = 15.0
    response_timeout: float = 10.0
    close_timeout: float = 30.0

    def __post_init__(self) -> None:
        for field in fields(self):
            name, value = f"limits.{field.name}", getattr(self, field.name)
            if field.name.endswith("_timeout"):
                seconds(name, value)
            else:
                integer(name, value, *_range(field.name))


def _range(name: str) -> tuple[int, int]:
    if name in _RANGES:
        return _RANGES[name]
    if name in ("max_inbox_bytes", "soft_inbox_bytes", "max_packet_bytes"):
        # An inbox lies in one piece of less than 4 GiB.
        return 1, 1024 * _MIB
    least = 0 if name in ("max_held_events", "max_unknown_namespaces", "max_pending_acks") else 1
    return least, 2**32 - 1 if name == "max_unknown_namespaces" else _LARGEST

"""Very many clients at once that keep the server waiting: each costs little, all are given up, others are served."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from protocol.wire import POLLING, request, upgrade
from support.process import ServerProcess
from support.raw import BINARY, TEXT, RawClient, masked_frame

from .served import (
    KIB,
    MIB,
    asks,
    connected,
    post,
    served,
    sid,
    until,
    until_closed,
    wait_until_left,
)

CLIENTS = 1_000
CLOSED = b"\x88\x00"


@contextmanager
def measured(server: ServerProcess, clients: int, most: int) -> Iterator[Callable[[], None]]:
    """What is called in the block sees whether the server's memory has grown by `most` bytes a client."""
    before = server.resident_bytes()

    def measure() -> None:
        growth = server.resident_bytes("VmHWM") - before
        print(f"{growth / clients:.0f} bytes per client")
        assert growth < clients * most

    yield measure


@pytest.mark.timeout(60)
def test_a03_a_thousand_slow_requests_cost_little_and_are_given_up() -> None:
    with (
        served(ping_interval=1, ping_timeout=40) as server,
        measured(server, CLIENTS, 16 * KIB) as measure,
        connected(server, CLIENTS // 2) as heads,
        connected(server, CLIENTS // 2) as bodies,
    ):
        for body in bodies:
            body.sendall(request(POLLING))
        targets = [f"{POLLING}&sid={sid(until(body, b'}'))}" for body in bodies]
        healthy = RawClient.join(server.address)
        for each in heads:
            each.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nSlow: ")
        for body, target in zip(bodies, targets, strict=True):
            body.sendall(post(target, "Content-Length: 9") + b"4")
        assert asks(healthy, "echo") == []
        measure()
        # The pings are the clock: one comes each second.
        for second in range(11):
            assert healthy.receive_frame() == (TEXT, b"2")
            healthy.send_text("3")
            assert asks(healthy, "echo", second) == [second]
            for each in heads:
                drip(each)
        assert {until_closed(each)[:12] for each in heads} == {b"HTTP/1.1 408"}
        assert {until_closed(body) for body in bodies} == {b""}
        healthy.close()


def drip(connection: socket.socket) -> None:
    """Sends one more byte, if the server has not closed."""
    try:
        connection.send(b"x")
    except ConnectionError:
        return


def test_a33_a_thousand_clients_that_join_nothing_cost_little_and_are_closed() -> None:
    with (
        served(connect_timeout=1) as server,
        measured(server, CLIENTS, 4 * KIB) as measure,
        connected(server, CLIENTS) as silent,
    ):
        for each in silent:
            each.sendall(upgrade())
        healthy = RawClient.join(server.address)
        for each in silent:
            assert until(each, CLOSED).startswith(b"HTTP/1.1 101")
        measure()
        assert asks(healthy, "count") == [1, 0]
        healthy.close()


def test_v12_a_thousand_unfinished_packets_cost_what_was_sent_and_end_with_their_clients() -> None:
    attachment = b"x" * 1_000
    with served(max_attachments=10) as server, connected(server, CLIENTS) as clients:
        for each in clients:
            each.sendall(upgrade() + masked_frame(TEXT, b"40"))
            until(each, b'"}')
        control = RawClient.join(server.address)
        with measured(server, CLIENTS, len(attachment) + 8 * KIB) as measure:
            for each in clients:
                each.sendall(masked_frame(TEXT, b'4510-["x"]') + masked_frame(BINARY, attachment))
            assert asks(control, "count") == [CLIENTS + 1, 0]
            measure()
        for each in clients:
            each.close()
        wait_until_left(control, CLIENTS)
        control.close()


def test_v39_what_is_announced_costs_nothing_before_it_comes() -> None:
    with (
        served(ping_interval=60) as server,
        connected(server, CLIENTS) as within,
        connected(server, CLIENTS) as beyond,
    ):
        for each in within + beyond:
            each.sendall(upgrade())
            until(each, b"}")
        control = RawClient.join(server.address)
        with measured(server, 2 * CLIENTS, 16 * KIB) as measure:
            for each in within:
                each.sendall(announcing(1_000_000) + b"x" * 10)
            for each in beyond:
                each.sendall(announcing(1 << 62) + b"x" * 10)
                assert until(each, b"\xf1") == b"\x88\x02\x03\xf1"
            assert asks(control, "echo") == []
            measure()
        # Those within the limit are still waited for.
        each = within[0]
        each.sendall(b"x" * 999_990)
        assert until(each, CLOSED) == CLOSED
        control.close()


def announcing(length: int) -> bytes:
    """The head of a binary frame of that length whose mask changes nothing."""
    return b"\x82\xff" + length.to_bytes(8) + bytes(4)


def test_v04_body_beyond_the_limit_is_read_no_further() -> None:
    limit, size = 1_000_000, 100_000_000
    framings = [
        (f"Content-Length: {size}", b""),
        ("Transfer-Encoding: chunked", f"{size:x}\r\n".encode()),
    ]
    with served() as server:
        for line, before_body in framings:
            with connected(server, 1) as (connection,):
                connection.sendall(request(POLLING))
                target = f"{POLLING}&sid={sid(until(connection, b'}'))}"
                before = server.resident_bytes("VmHWM")
                connection.sendall(post(target, line) + before_body)
                sent = send_while_taken(connection, size)
                assert until_closed(connection).startswith(b"HTTP/1.1 413")
                # The kernels' buffers take some; nobody else does.
                assert limit < sent < size // 4, line
                assert server.resident_bytes("VmHWM") - before < 4 * MIB
            with connected(server, 1) as (connection,):
                connection.sendall(post(target, "Content-Length: 1") + b"3")
                assert until(connection, b"ok").startswith(b"HTTP/1.1 200")


def send_while_taken(connection: socket.socket, size: int) -> int:
    """Sends up to so many bytes; how many went before the server closed."""
    sent, data = 0, b"4" * 65_536
    try:
        while sent < size:
            sent += connection.send(data)
    except ConnectionError:
        pass
    return sent


def test_v20_body_for_an_unknown_session_is_not_read() -> None:
    target = f"{POLLING}&sid=unknown"
    with served() as server, connected(server, 100) as clients:
        before = server.resident_bytes()
        for each in clients:
            each.sendall(post(target, "Content-Length: 1000000000") + b"4" * 1_000)
            assert until_closed(each).startswith(b"HTTP/1.1 400")
        assert server.resident_bytes("VmHWM") - before < 100 * 24 * KIB

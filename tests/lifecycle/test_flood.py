"""A client that floods is slowed by TCP, never by memory, and its `disconnect` still arrives."""

import socket
from pathlib import Path

import pytest
from support.process import ServerProcess
from support.raw import TEXT, RawClient, masked_frame

SERVER = Path(__file__).parent / "servers" / "flood.py"
MIB = 1024 * 1024
RUNNING = 100


def flood(client: RawClient, count: int) -> int:
    """Sends up to `count` numbered events of 1 KB until the connection takes no more; how many left whole."""
    sent = 0
    client.socket.settimeout(1.0)
    text = "x" * 1000
    try:
        for number in range(count):
            client.socket.sendall(masked_frame(TEXT, f'42["work",{number},"{text}"]'.encode()))
            sent += 1
    except TimeoutError:
        pass
    return sent


@pytest.mark.timeout(60)
def test_a42_a_flood_stops_at_the_bounds_and_its_disconnect_arrives_while_handlers_wait() -> None:
    with ServerProcess(SERVER, str(RUNNING)) as server:
        client = RawClient.join(server.address)
        before = server.resident_bytes()
        sent = flood(client, 200_000)
        growth = server.resident_bytes("VmHWM") - before
        client.close()
        told = server.line()
        left = server.line()
    assert f"while {RUNNING} of its handlers ran (max_running_handlers)" in told["log"]
    assert sent < 200_000, "TCP never held it back"
    assert growth < 16 * MIB
    assert left == {"left": "transport close", "started": RUNNING, "in_order": True}


@pytest.mark.timeout(60)
def test_all_of_a_flood_is_handled_in_order_once_handlers_go_on() -> None:
    # More than may begin in a pass: what waits for others to end is dropped when the client leaves.
    with ServerProcess(SERVER, "1000") as server:
        client = RawClient.join(server.address)
        server.tell("open the gate")
        sent = flood(client, 30_000)
        # With unread pings a plain close would reset the connection, and drop what has not left yet.
        client.socket.shutdown(socket.SHUT_WR)
        left = server.line()
        client.close()
    assert sent == 30_000
    assert left == {"left": "transport close", "started": 30_000, "in_order": True}

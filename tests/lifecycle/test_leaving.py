"""Clients that come and go leave nothing behind."""

import json
from pathlib import Path

import pytest
from support.process import ServerProcess
from support.raw import RawClient

SERVER = Path(__file__).parent / "servers" / "leaving.py"


def come_and_go(server: ServerProcess, count: int) -> None:
    for number in range(count):
        client = RawClient.join(server.address)
        client.send_text("40/chat,")
        client.send_text(f'42["own",{number},"{"x" * 1000}"]')
        if number % 2:
            client.send_text("41")
        client.close()


def settle(server: ServerProcess) -> None:
    """Waits until all but the one who asks have left."""
    client = RawClient.join(server.address)
    while True:
        client.send_text('420["count"]')
        while not (text := client.receive_text()).startswith("430"):
            continue
        ((joined, left),) = json.loads(text[3:])
        if joined - left == 1:
            break
    client.close()


@pytest.mark.timeout(90)
def test_memory_does_not_grow_with_the_clients_that_have_left() -> None:
    with ServerProcess(SERVER) as server:
        come_and_go(server, 1500)
        settle(server)
        before = server.resident_bytes()
        come_and_go(server, 3000)
        settle(server)
        growth = server.resident_bytes() - before
    print(f"{growth / 3000:.0f} bytes per client that has left")
    assert growth < 3000 * 100

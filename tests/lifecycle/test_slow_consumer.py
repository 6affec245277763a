"""A member of a room that stops reading costs its own connection, and nobody else's messages."""

import threading
from pathlib import Path

import pytest
from support.process import ServerProcess
from support.raw import RawClient

SERVER = Path(__file__).parent / "servers" / "broadcast.py"
TOTAL = 2_000
MIB = 1024 * 1024


def read_all(client: RawClient, numbers: list[int], *, says_what_it_got: bool) -> None:
    """Reads the 2,000 chunks, 100 KB each, and notes their numbers."""
    while len(numbers) < TOTAL:
        text = client.receive_text()
        assert text.startswith('42["chunk",') and len(text) > 100_000
        numbers.append(int(text[11 : text.index(",", 11)]))
        if says_what_it_got:
            client.send_text(f'42["got",{numbers[-1]}]')


def join_room(address: tuple[str, int], receive_buffer: int | None = None) -> RawClient:
    client = RawClient.join(address, receive_buffer=receive_buffer)
    client.send_text('420["join"]')
    assert client.receive_text() == "430[true]"
    return client


@pytest.mark.timeout(120)
def test_a_member_that_stops_reading_is_closed_once_and_the_others_get_everything() -> None:
    with ServerProcess(SERVER) as server:
        slow = join_room(server.address, receive_buffer=4096)
        healthy = [join_room(server.address) for _ in range(11)]
        before = server.resident_bytes()
        received: list[list[int]] = [[] for _ in healthy]
        threads = [
            threading.Thread(
                target=read_all,
                args=(client, numbers),
                kwargs={"says_what_it_got": client is healthy[0]},
            )
            for client, numbers in zip(healthy, received, strict=True)
        ]
        for thread in threads:
            thread.start()
        healthy[0].send_text('42["start"]')
        for thread in threads:
            thread.join()
        assert server.line() == {"reasons": ["slow consumer"]}
        growth = server.resident_bytes("VmHWM") - before
        for client in [slow, *healthy]:
            client.close()
    assert received == [list(range(1, TOTAL + 1))] * 11
    assert growth < 40 * MIB

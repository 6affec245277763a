"""What the system does not give: descriptors."""

import socket
from pathlib import Path

import pytest
from support.process import ServerProcess
from support.raw import RawClient

from .served import asks, connected, served

DESCRIPTORS = 64
ENOUGH = 200
REFUSED = "HTTP/1.1 503 Service Unavailable"


def cpu_seconds(server: ServerProcess) -> float:
    """The processor time that the process has had."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def told(server: ServerProcess, request: bytes = b"") -> str:
    """The first line of what a client is told that says this, or nothing."""
    with socket.create_connection(server.address) as client:
        client.sendall(request)
        with client.makefile() as lines:
            return lines.readline().rstrip()


def pinged(client: RawClient) -> None:
    """Waits for the next ping, and answers it."""
    assert client.receive_frame() == (1, b"2")
    client.send_text("3")


def test_a101_server_without_descriptors_serves_its_clients_and_accepts_again_when_it_has_some(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with served(descriptors=DESCRIPTORS, ping_interval=1, ping_timeout=20) as server:
        client = RawClient.join(server.address)
        with connected(server, ENOUGH):
            # The pings are the clock: one comes each second.
            pinged(client)
            before = cpu_seconds(server)
            for second in range(3):
                assert asks(client, "echo", second) == [second]
                pinged(client)
            assert told(server) == REFUSED
            assert cpu_seconds(server) - before < 1
            assert capfd.readouterr().err.count("can't accept connections") == 1
        # Until it has seen that they have gone there is no room.
        while told(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == REFUSED:
            pass
        RawClient.join(server.address).close()
        assert asks(client, "echo", "still") == ["still"]
        client.close()

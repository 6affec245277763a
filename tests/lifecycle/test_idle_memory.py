"""What an idle WebSocket client costs the process."""

import resource
from pathlib import Path

import pytest
from support.process import ServerProcess
from support.raw import RawClient

SERVER = Path(__file__).parent / "servers" / "idle.py"
CLIENTS = 4_000


@pytest.fixture
def many_descriptors() -> None:
    """Room for the clients in this process and, inherited, in the server's."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.fail(f"the limit of {hard} open files is below {wanted}: raise `ulimit -n`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def wait_until_all_joined(control: RawClient) -> None:
    """Until the `connection` handlers of all clients have run."""
    answer = ""
    while answer != f"430[{CLIENTS + 1}]":
        control.send_text('420["count"]')
        answer = control.receive_text()


@pytest.mark.timeout(90)
@pytest.mark.usefixtures("many_descriptors")
def test_an_idle_client_costs_at_most_4_kb() -> None:
    with ServerProcess(SERVER) as server:
        control = RawClient.join(server.address)
        before = server.resident_bytes()
        clients = [RawClient.join(server.address) for _ in range(CLIENTS)]
        wait_until_all_joined(control)
        growth = server.resident_bytes() - before
        for client in [control, *clients]:
            client.close()
    print(f"{growth / CLIENTS:.0f} bytes per idle client")
    assert growth <= CLIENTS * 4096

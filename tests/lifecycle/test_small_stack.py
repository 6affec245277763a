"""Deep nesting takes no stack: threads may have little of it, and clients choose the depth."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.process import ServerProcess
from support.raw import CLOSE, RawClient

SERVER = Path(__file__).parent / "servers" / "small_stack.py"
STACK_BYTES = 64 * 1024

arrays_and_objects = pytest.mark.parametrize(
    "nested",
    [
        lambda levels: "[" * levels + "1" + "]" * levels,
        lambda levels: '{"a":' * levels + "1" + "}" * levels,
    ],
    ids=["arrays", "objects"],
)


def connect(server: ServerProcess, auth: str) -> RawClient:
    client = RawClient(server.address)
    assert client.receive_text().startswith("0{")
    client.send_text(f"40{auth}")
    return client


def join(server: ServerProcess, auth: str = "{}") -> tuple[RawClient, int]:
    """A client, and how deep the server has found its `auth` to be."""
    client = connect(server, auth)
    assert client.receive_text().startswith("40{")
    event = client.receive_text()
    return client, int(event.removeprefix('42["auth",').removesuffix("]"))


def ask(client: RawClient) -> str:
    """Makes the server ask; what an answer begins with."""
    client.send_text('42["ask"]')
    question = client.receive_text()
    assert question.endswith('["question"]')
    return "43" + question.removeprefix("42").removesuffix('["question"]')


@arrays_and_objects
def test_a37_packets_up_to_512_levels_deep_are_converted(nested: Callable[[int], str]) -> None:
    with ServerProcess(SERVER, str(STACK_BYTES)) as server:
        for depth in [511, 512]:
            client, levels = join(server, '{"a":' + nested(depth - 1) + "}")
            assert levels == depth
            # The packet's own array is one level.
            value = nested(depth - 1)
            client.send_text(f'427["echo",{value}]')
            assert client.receive_text() == f"437[{value}]"
            client.send_text(f"{ask(client)}[{value}]")
            assert client.receive_text() == f'42["answer",{value}]'
            client.close()


@arrays_and_objects
@pytest.mark.parametrize("depth", [513, 1_000_000])
def test_a37_packets_more_than_512_levels_deep_close_the_connection(
    nested: Callable[[int], str], depth: int
) -> None:
    with ServerProcess(SERVER, str(STACK_BYTES)) as server:
        client, _ = join(server)
        client.send_text(f'427["echo",{nested(depth - 1)}]')
        assert_closed(client)

        client, _ = join(server)
        client.send_text(f"{ask(client)}[{nested(depth - 1)}]")
        assert_closed(client)

        client = connect(server, '{"a":' + nested(depth - 1) + "}")
        assert_closed(client)

        # The others are served still.
        client, _ = join(server)
        client.send_text('427["echo",[1]]')
        assert client.receive_text() == "437[[1]]"
        client.close()


def assert_closed(client: RawClient) -> None:
    assert client.receive_frame() == (CLOSE, b"")
    client.close()

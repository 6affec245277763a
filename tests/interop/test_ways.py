"""Scenarios once more, with servers that are put together in another way: a client is to see the same.

`bound`: the clients' connections are an engine's that is bound to the server. `adapted`: an adapter of the user's
own stands between, which changes nothing.
"""

import sys

import pytest

from .test_scenarios import HERE, TIMEOUT, Run, problem

# Those that show what the way may change; any other can be run so too (`run_server.py bound NAME`).
SCENARIOS = {
    # Messages, bounds and ends.
    "bound": [
        "acks_and_leaves",
        "attachments_limit",
        "binary_acks",
        "broadcast_acks",
        "connect_timeout",
        "decoder_errors",
        "disconnect_inside",
        "dynamic_namespaces",
        "engine_reasons",
        "last_words",
        "lost_connection",
        "many_clients",
        "middlewares",
        "order",
        "ping_timeout",
        "recovery",
        "server_closes_connection",
        "sizes",
        "upgrade_both_ways",
        "violations",
        "volatile_batch",
        "volatile_dropped",
    ],
    # Rooms, and what concerns many sockets.
    "adapted": [
        "broadcast_ack_ids",
        "broadcast_acks",
        "catch_alls_outgoing",
        "disconnecting",
        "dynamic_namespaces",
        "emit_after_leave",
        "empty_rooms",
        "leaves_while_asked",
        "many_rooms",
        "many_sockets",
        "modifiers",
        "recovery",
        "recovery_leaving",
        "recovery_middlewares",
        "rejoining",
        "rooms",
        "rooms_of_ids",
        "volatile",
    ],
}


@pytest.mark.timeout(2 * TIMEOUT)
@pytest.mark.parametrize(
    ("way", "scenario"), [(way, name) for way, names in SCENARIOS.items() for name in names]
)
def test_it_makes_no_difference(way: str, scenario: str) -> None:
    command = (sys.executable, str(HERE / "run_server.py"), way)
    with Run(scenario) as reference, Run(scenario, *command) as ours:
        wanted, found = reference.transcripts(), ours.transcripts()
    problems = [problem(scenario, name, wanted[name], found[name]) for name in wanted]
    assert not any(problems), "\n" + "\n".join(problems)

"""Scenarios once more, with clients whose connections are an engine's that is bound to the server.

What a client sees is to be the same, as it is with the reference.
"""

import sys

import pytest

from .test_scenarios import HERE, TIMEOUT, Run, problem

BOUND = (sys.executable, str(HERE / "run_server.py"), "bound")

# Those that show the way of messages, bounds and ends; any other can be run so too (`run_server.py bound NAME`).
SCENARIOS = [
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
]


@pytest.mark.timeout(2 * TIMEOUT)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_bound_engine_makes_no_difference(scenario: str) -> None:
    with Run(scenario) as reference, Run(scenario, *BOUND) as ours:
        wanted, found = reference.transcripts(), ours.transcripts()
    problems = [problem(scenario, name, wanted[name], found[name]) for name in wanted]
    assert not any(problems), "\n" + "\n".join(problems)

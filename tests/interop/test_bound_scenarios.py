"""The scenarios once more, with clients whose connections are an engine's that is bound to the server.

What a client sees is to be the same, as it is with the reference.
"""

import sys

import pytest

from .test_scenarios import HERE, SCENARIOS, TIMEOUT, Run, problem

BOUND = (sys.executable, str(HERE / "run_server.py"), "bound")


@pytest.mark.timeout(2 * TIMEOUT)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_bound_engine_makes_no_difference(scenario: str) -> None:
    with Run(scenario) as reference, Run(scenario, *BOUND) as ours:
        wanted, found = reference.transcripts(), ours.transcripts()
    problems = [problem(scenario, name, wanted[name], found[name]) for name in wanted]
    assert not any(problems), "\n" + "\n".join(problems)

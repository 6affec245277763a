"""The same script of the official client against the reference and against us: equal transcripts.

A scenario is `scenarios/NAME.mjs` (the reference's server and the client's script) and
`scenarios/NAME.py` (the same server in our API); `README.md` says how to write one. Where the two
servers differ on purpose, `docs/differences.md` says in which lines.
"""

import json
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path
from typing import Self

import pytest

from .differences import SCENARIOS as TABLE
from .differences import Difference, accepted, expected

HERE = Path(__file__).parent
OURS = (sys.executable, str(HERE / "run_server.py"))
TIMEOUT = 60.0

Transcript = dict[str, list[str]]

SCENARIOS = sorted(path.stem for path in (HERE / "scenarios").glob("*.mjs"))
DIFFERENCES = accepted(TABLE)


class Run:
    """One run of a scenario over all its transports; `server` is a command, or empty for the reference."""

    def __init__(self, scenario: str, *server: str) -> None:
        self._process = subprocess.Popen(
            ["node", "run.mjs", scenario, "all", *server],
            cwd=HERE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def transcripts(self) -> dict[str, Transcript]:
        out, err = self._process.communicate(timeout=TIMEOUT)
        assert self._process.returncode == 0, err
        return json.loads(out)


def lines(transcript: Transcript) -> list[str]:
    return [f"{side}: {line}" for side in ("client", "server") for line in transcript[side]]


def show(wanted: list[str], found: list[str], transport: str) -> str:
    return "\n".join(
        unified_diff(wanted, found, f"{transport}, expected", "ours", lineterm="", n=1)
    )


@pytest.fixture(scope="module", autouse=True)
def official_client() -> None:
    if not (HERE / "node_modules").is_dir():
        pytest.fail(f"the official client is missing: run `npm ci` in {HERE}")


@pytest.mark.timeout(2 * TIMEOUT)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_transcripts_are_equal(scenario: str) -> None:
    # Both at a time: they share nothing.
    with Run(scenario) as reference, Run(scenario, *OURS) as ours:
        wanted, found = reference.transcripts(), ours.transcripts()
    assert wanted.keys() == found.keys()
    problems = [problem(scenario, name, wanted[name], found[name]) for name in wanted]
    assert not any(problems), "\n" + "\n".join(problems)


def problem(scenario: str, transport: str, reference: Transcript, ours: Transcript) -> str:
    """How our transcript differs from what it should be, empty if it does not."""
    assert lines(reference), "a transcript without lines shows nothing"
    wanted = expected(lines(reference), DIFFERENCES.get(scenario, []))
    return show(wanted, lines(ours), transport)


def test_each_scenario_has_both_servers() -> None:
    assert sorted(path.stem for path in (HERE / "scenarios").glob("*.py")) == SCENARIOS


def test_each_difference_is_one_of_a_scenario() -> None:
    assert DIFFERENCES
    assert set(DIFFERENCES) <= set(SCENARIOS)
    assert all(each.reference != each.ours for rows in DIFFERENCES.values() for each in rows)


def test_a_difference_that_is_gone_is_noticed() -> None:
    row = Difference(reference=["b", "c"], ours=["c", "b"])
    assert expected(["a", "b", "c"], [row]) == ["a", "c", "b"]
    with pytest.raises(AssertionError, match="no longer"):
        expected(["a", "c", "b"], [row])

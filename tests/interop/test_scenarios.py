"""The same script of the official client against the reference and against us: equal transcripts.

A scenario is `scenarios/NAME.mjs` (the reference's server and the client's script) and
`scenarios/NAME.py` (the same server in our API); `README.md` says how to write one.
"""

import json
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import pytest

HERE = Path(__file__).parent
OURS = (sys.executable, str(HERE / "run_server.py"))
TIMEOUT = 40.0

Transcript = dict[str, list[str]]


def scenarios() -> dict[str, list[str]]:
    """The names, and the transports each runs over."""
    if not (HERE / "node_modules").is_dir():
        raise RuntimeError(f"the official client is missing: run `npm ci` in {HERE}")
    listing = subprocess.run(
        ["node", "run.mjs", "--list"], cwd=HERE, stdout=subprocess.PIPE, check=True
    )
    return json.loads(listing.stdout)


SCENARIOS = scenarios()


class Run:
    """One run of a scenario; `server` is a command, or empty for the reference."""

    def __init__(self, scenario: str, transport: str, *server: str) -> None:
        self._process = subprocess.Popen(
            ["node", "run.mjs", scenario, transport, *server],
            cwd=HERE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def transcript(self) -> Transcript:
        try:
            out, err = self._process.communicate(timeout=TIMEOUT)
        finally:
            self._process.kill()
        assert self._process.returncode == 0, err
        return json.loads(out)


def lines(transcript: Transcript) -> list[str]:
    return [f"{side}: {line}" for side in ("client", "server") for line in transcript[side]]


def difference(reference: Transcript, ours: Transcript) -> str:
    return "\n".join(
        unified_diff(lines(reference), lines(ours), "reference", "ours", lineterm="", n=1)
    )


@pytest.mark.timeout(2 * TIMEOUT)
@pytest.mark.parametrize(
    ("scenario", "transport"),
    [(name, transport) for name, transports in SCENARIOS.items() for transport in transports],
)
def test_transcripts_are_equal(scenario: str, transport: str) -> None:
    # Both at a time: they share nothing.
    reference, ours = Run(scenario, transport), Run(scenario, transport, *OURS)
    expected = reference.transcript()
    found = ours.transcript()
    assert lines(expected), "a transcript without lines shows nothing"
    assert not difference(expected, found), "\n" + difference(expected, found)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_has_a_server_in_python(scenario: str) -> None:
    assert (HERE / "scenarios" / f"{scenario}.py").is_file()

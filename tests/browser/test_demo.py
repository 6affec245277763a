"""The demo's page in the system's Chromium; what happens in it is told in `scenarios/`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def scenarios() -> list[str]:
    listing = subprocess.run(
        ["node", "run.mjs", "--list"], cwd=HERE, stdout=subprocess.PIPE, check=True
    )
    return json.loads(listing.stdout)


# The script ends by itself after 60 seconds, and its server and browser with it.
@pytest.mark.timeout(75)
@pytest.mark.parametrize("scenario", scenarios())
def test_demo_works_in_a_browser(scenario: str) -> None:
    command = ["node", "run.mjs", scenario, sys.executable]
    run = subprocess.run(command, cwd=HERE, stderr=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        pytest.fail(run.stderr.strip(), pytrace=False)

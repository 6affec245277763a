"""What one broadcast and one busy handler cost in system calls, as strace sees them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "syscalls.py"


@pytest.mark.timeout(60)
def test_writes_and_wake_ups_are_few() -> None:
    if shutil.which("strace") is None:
        pytest.fail("strace is missing: apt-get install strace")
    run = subprocess.run([sys.executable, str(SCRIPT)], stdout=subprocess.PIPE, check=True)
    counts = json.loads(run.stdout)
    broadcast = counts["broadcast to 100"]
    assert broadcast["socket_writes"] <= 105
    assert broadcast["wake_ups"] == 1
    assert counts["100 emits"]["socket_writes"] <= 4
    assert counts["100 emits after an await"]["socket_writes"] <= 4

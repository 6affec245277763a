"""The interpreter is held for ten seconds; heartbeats and handshakes do without it."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.process import ServerProcess

HERE = Path(__file__).parent
SECONDS = 10


@pytest.mark.timeout(60)
def test_a86_clients_stay_and_connect_while_the_interpreter_is_held() -> None:
    with ServerProcess(HERE / "servers" / "held.py") as server:
        run = subprocess.run(
            ["node", str(HERE / "clients" / "held.mjs"), server.url, str(SECONDS)],
            env={**os.environ, "INTEROP": str(HERE.parent / "interop")},
            stdout=subprocess.PIPE,
            timeout=50,
            check=True,
        )
    result = json.loads(run.stdout)
    assert result["lost"] == []
    assert result["connected"] == 40
    assert result["released"] >= SECONDS
    assert result["handshake"]["text"].startswith('0{"sid":')
    assert result["handshake"]["at"] < result["released"] - SECONDS / 2
    assert result["marks"] == [list(range(10))] * 40

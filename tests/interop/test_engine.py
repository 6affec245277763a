"""The engine alone with npm's `engine.io-client`, beside npm's `engine.io`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def transcript(transport: str, *server: str) -> dict[str, list[Any]]:
    """What client and server have seen; without a command the reference is the server."""
    command = ["node", "engine_run.mjs", transport, *server]
    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=25, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("transport", ["polling", "websocket", "upgrade"])
def test_client_sees_the_same_as_with_the_reference(transport: str) -> None:
    ours = transcript(transport, sys.executable, "engine_server.py")
    assert ours == transcript(transport)
    assert ["message", "bye"] in ours["client"]
    assert ours["server"][-1] == ["close", "forced close"]

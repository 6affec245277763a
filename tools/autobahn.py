"""Runs the Autobahn test suite against the echo server and judges its report: `autobahn.py WSTEST ECHO_SERVER FOLDER`.

The suite exits with 0 whatever happens; a case has passed when behaviour and closing handshake are OK or informational.
Cases 12 and 13 are about compression, which is not there.
"""

import json
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"]
COUNT = 301
PASSED = {"OK", "INFORMATIONAL"}
AGENT = "socketio_rs"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(wstest: str, server: str, folder: Path) -> dict[str, dict[str, str]]:
    """The results by case."""
    port = free_port()
    spec = {
        "outdir": str(folder),
        "servers": [{"agent": AGENT, "url": f"ws://127.0.0.1:{port}/?EIO=4&transport=websocket"}],
        "cases": CASES,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    }
    folder.mkdir(parents=True, exist_ok=True)
    specification = folder / "spec.json"
    specification.write_text(json.dumps(spec))
    with subprocess.Popen([server, str(port)], stdout=subprocess.PIPE) as echo:
        try:
            assert echo.stdout is not None
            echo.stdout.readline()
            command = [wstest, "-m", "fuzzingclient", "-s", str(specification)]
            subprocess.run(command, check=True, timeout=600, stdout=subprocess.DEVNULL)
        finally:
            echo.kill()
    return json.loads((folder / "index.json").read_text())[AGENT]


def main() -> None:
    wstest, server, folder = sys.argv[1:]
    results = run(wstest, server, Path(folder))
    verdicts = Counter(result["behavior"] for result in results.values())
    failed = [
        f"{case}: {result['behavior']}, closing {result['behaviorClose']}"
        for case, result in results.items()
        if not {result["behavior"], result["behaviorClose"]} <= PASSED
    ]
    print(*failed, sep="\n", end="\n" if failed else "")
    print(f"{len(results)} cases: {dict(verdicts)}; {folder}/index.html has the details")
    if len(results) != COUNT:
        sys.exit(f"{len(results)} cases were run, not {COUNT}")
    if failed:
        sys.exit(f"{len(failed)} cases failed")


if __name__ == "__main__":
    main()

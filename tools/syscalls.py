"""Counts what the kernel is asked for: one broadcast to 100 idle clients, 100 emits from one handler.

Prints JSON: socket writes and wake-ups (writes to an eventfd) of each case, as strace saw them. Run it with the Python that has
`socketio_rs`: `python tools/syscalls.py`. It needs strace (Debian package `strace`).
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.process import ServerProcess  # noqa: E402
from support.raw import RawClient  # noqa: E402

SERVER = ROOT / "tests" / "lifecycle" / "servers" / "syscalls.py"
WRITES = re.compile(r"\b(write|writev|sendto|sendmsg|sendmmsg)\(\d+<(?P<target>[^>]*)")


def counted(pid: int, act: Callable[[], None]) -> dict[str, int]:
    """Socket writes and wake-ups of the process `pid` while `act` runs."""
    with tempfile.NamedTemporaryFile("r") as trace:
        command = ["strace", "-f", "-y", "-s", "0", "-o", trace.name, "-p", str(pid)]
        command += ["-e", "trace=write,writev,sendto,sendmsg,sendmmsg"]
        strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert strace.stderr is not None
        line = strace.stderr.readline()
        if "attached" not in line:
            sys.exit(f"strace could not attach: {line.strip()}")
        act()
        strace.send_signal(signal.SIGINT)
        strace.communicate()
        targets = [found["target"] for found in WRITES.finditer(trace.read())]
    sockets = sum("TCP" in target or "socket" in target for target in targets)
    return {"socket_writes": sockets, "wake_ups": sum("eventfd" in target for target in targets)}


def measure() -> dict[str, dict[str, int]]:
    """All cases, on a server of their own."""
    with ServerProcess(SERVER) as server:
        pid = server.process.pid
        clients = [RawClient.join(server.address) for _ in range(100)]

        def broadcast() -> None:
            os.kill(pid, signal.SIGUSR1)
            for client in clients:
                assert client.receive_text() == '42["news","text"]'

        def burst(event: str) -> None:
            clients[0].send_text(f'42["{event}"]')
            for number in range(100):
                assert clients[0].receive_text() == f'42["packet",{number}]'

        time.sleep(0.2)
        return {
            "broadcast to 100": counted(pid, broadcast),
            "100 emits": counted(pid, lambda: burst("burst")),
            "100 emits after an await": counted(pid, lambda: burst("late burst")),
        }


if __name__ == "__main__":
    if shutil.which("strace") is None:
        sys.exit("strace is missing: apt-get install strace")
    print(json.dumps(measure(), indent=2))

"""Servers in processes of their own, watched from outside."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class ServerProcess:
    """Runs `script` with the Python of the tests; the script prints JSON lines, its address first.

    Leaving the block ends the process. `line()` waits for the next JSON line.
    """

    def __init__(self, script: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        host, port = self.line()["address"]
        self.address: tuple[str, int] = (host, port)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        assert text, f"the server ended with {self.process.wait()}"
        return json.loads(text)

    def tell(self, text: str) -> None:
        """Writes a line to the server's standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def resident_bytes(self, field: str = "VmRSS") -> int:
        """Memory of the process: `VmRSS` now, `VmHWM` at most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024

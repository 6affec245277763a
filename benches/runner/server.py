"""A peer's process, from its start to its end."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    port: int
    pids: list[int]


@contextlib.contextmanager
def running(command: list[str], *, core: int, log: Path) -> Iterator[Server]:
    """Starts a server on one core, waits for its port, and ends it behind the block."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w") as errors,
        subprocess.Popen(
            ["taskset", "--cpu-list", str(core), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout
            line = process.stdout.readline()
            if not line.strip().isdigit():
                raise RuntimeError(f"no port from {command[0]}: see {log}")
            yield Server(int(line), process_tree(process.pid))
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def process_tree(pid: int) -> list[int]:
    """The process and all below it."""
    children = [
        int(child)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text().split()
    ]
    return [pid, *(below for child in children for below in process_tree(child))]

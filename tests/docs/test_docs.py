"""Every program in README, docs, examples and docstrings is run, with the official client talking to it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import socketio_rs

from .programs import Program, of_docstrings, of_document, of_example

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def found() -> Iterator[Program]:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        yield from of_document(path)
    for path in sorted((ROOT / "examples").glob("*.py")):
        yield of_example(path)
    for path in sorted(Path(socketio_rs.__file__).parent.rglob("*.py*")):
        if path.suffix in {".py", ".pyi"}:
            yield from of_docstrings(path)


@pytest.mark.parametrize("program", [pytest.param(each, id=each.name) for each in found()])
def test_program_runs(program: Program) -> None:
    with subprocess.Popen(
        [sys.executable, HERE / "run_program.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            check(program, server)
        finally:
            server.kill()


def check(program: Program, server: subprocess.Popen[str]) -> None:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(program.python)
    server.stdin.close()
    url = server.stdout.readline().strip()
    assert url.startswith("http://"), server.communicate()
    if program.has_clients:
        talk(program, url)
    printed = [server.stdout.readline().strip() for _ in program.prints]
    assert printed == program.prints
    if not program.ends:
        server.send_signal(signal.SIGINT)
    server.wait()
    assert server.stderr is not None
    log = server.stderr.read()
    assert server.returncode == 0, log
    assert "ERROR" not in log
    # A busy machine may hold the loop.
    warnings = [line for line in log.splitlines() if "WARNING" in line]
    assert not [line for line in warnings if "held the loop" not in line]


def talk(program: Program, url: str) -> None:
    client = subprocess.run(
        ["node", HERE / "client.mjs", url, str(len(program.client_prints))],
        input=program.javascript,
        stdout=subprocess.PIPE,
        text=True,
        timeout=15,
        check=True,
    )
    assert client.stdout.splitlines() == program.client_prints

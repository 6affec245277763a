"""What type checkers say about programs that use the package: mypy, strict, and pyright.

Each line of `cases` that ends in `# error` must be one that both complain of, and no other may be. The
checkers are those of `make lint`.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = sorted((ROOT / "tests/typing/cases").glob("*.py"))
MYPY = Path(sys.prefix).parent / "lint/bin/mypy"
PYRIGHT = ROOT / "tools/pyright/node_modules/pyright/index.js"


def marked() -> set[tuple[str, int]]:
    """The lines that must not pass, by file."""
    return {
        (case.name, number)
        for case in CASES
        for number, line in enumerate(case.read_text().splitlines(), 1)
        if line.endswith("# error")
    }


def run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr or done.stdout
    return done.stdout


def compare(found: dict[tuple[str, int], str]) -> None:
    wrong = [f"{name}:{line}: {text}" for (name, line), text in sorted(found.items())]
    assert set(found) == marked(), "\n".join(
        ["complaints about lines that are not marked, or no complaint about one that is:"]
        + [text for place, text in zip(sorted(found), wrong, strict=True) if place not in marked()]
        + [f"{name}:{line}: passes" for name, line in sorted(marked() - set(found))]
    )


@pytest.mark.timeout(300)
def test_mypy() -> None:
    mypy = MYPY if MYPY.exists() else shutil.which("mypy")
    if mypy is None:
        pytest.skip("mypy is not installed: make lint installs it")
    report = run(
        [mypy, "--strict", "--no-error-summary", "--cache-dir=/dev/null", "--output=json", *CASES]
    )
    errors: list[dict[str, Any]] = [json.loads(line) for line in report.splitlines()]
    compare(
        {
            (Path(error["file"]).name, error["line"]): error["message"]
            for error in errors
            if error["severity"] == "error"
        }
    )


@pytest.mark.timeout(300)
def test_pyright() -> None:
    node = shutil.which("node")
    if node is None or not PYRIGHT.exists():
        pytest.skip("pyright is not installed: make lint installs it")
    report = json.loads(run([node, PYRIGHT, "--outputjson", *CASES]))
    compare(
        {
            (Path(error["file"]).name, error["range"]["start"]["line"] + 1): error["message"]
            for error in report["generalDiagnostics"]
        }
    )

"""Counts the instructions of each operation and compares: `check.py COUNT BASELINE.toml [--update]`.

`COUNT` is `benches/micro/src/bin/count.rs`, run by valgrind with two numbers of repetitions; the difference is without what
comes before and behind.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

# Deliveries are a thousand each.
FEW, MANY = 100, 300
TOLERANCE = 0.02
OPERATIONS = {"event": 1, "ack": 1, "delivery": 1000, "connect": 1, "poll": 1}


def main() -> None:
    """Counts, then compares or writes."""
    binary, baseline = sys.argv[1], Path(sys.argv[2])
    counted = {name: count(binary, name) // each for name, each in OPERATIONS.items()}
    toolchain = toolchain_version()
    if sys.argv[3:] == ["--update"]:
        write(baseline, toolchain, counted)
        print(f"written: {baseline}")
        return
    expected = tomllib.loads(baseline.read_text())
    if expected["toolchain"] != toolchain:
        print(f"counted with {toolchain}, but the baseline with {expected['toolchain']}")
    failed = [
        name
        for name, instructions in counted.items()
        if not compare(name, instructions, expected["instructions"][name])
    ]
    if failed:
        sys.exit(f"more than {TOLERANCE:.0%} off the baseline: {', '.join(failed)}")


def count(binary: str, operation: str) -> int:
    """The instructions of one call."""
    return (total(binary, operation, MANY) - total(binary, operation, FEW)) // (MANY - FEW)


def total(binary: str, operation: str, times: int) -> int:
    """The instructions of a whole run."""
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command = [*valgrind, binary, operation, str(times)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    assert found, run.stderr
    return int(found[1])


def toolchain_version() -> str:
    """Such as `rustc 1.95.0`."""
    run = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True)
    return " ".join(run.stdout.split()[:2])


def compare(operation: str, now: int, before: int) -> bool:
    """Prints a line; false when they are too far apart, in either direction."""
    change = now / before - 1
    print(f"{operation:9} {now:8,} instructions, baseline {before:8,}: {change:+.1%}")
    return abs(change) <= TOLERANCE


def write(baseline: Path, toolchain: str, counted: dict[str, int]) -> None:
    """Makes what was counted the baseline."""
    lines = [
        "# Instructions for one operation, x86-64: `make bench-check` compares, with UPDATE=--update it writes this.",
        f'toolchain = "{toolchain}"',
        "",
        "[instructions]",
        *(f"{name} = {instructions}" for name, instructions in counted.items()),
    ]
    baseline.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

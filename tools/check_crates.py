"""Fails when a crate depends on what it must not know, or a sans-I/O crate reads a clock or opens a socket.

`websocket`, `engineio` and `socketio` know no sockets, runtime, Python or logging; only `net` (and what is built on it) has
tokio, only `binding` has PyO3. Normal dependencies count, also those of dependencies; run from anywhere: `check_crates.py`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SANS_IO = ("websocket", "engineio", "socketio")
FORBIDDEN = {
    **{crate: {"tokio", "hyper", "pyo3", "tracing", "log", "mio", "socket2"} for crate in SANS_IO},
    "net": {"pyo3"},
    "docstrings": {"pyo3", "tokio"},
    "binding": set[str](),
}
# No direct dependency: these come through `net` alone.
FORBIDDEN_DIRECT = {"binding": {"tokio", "hyper"}}
# By any name: a type that is imported under another one is mentioned too.
WORLD = re.compile(r"\b(Instant|SystemTime|std::thread|std::net|std::fs)\b")

Metadata = dict[str, Any]


def main() -> None:
    metadata = read_metadata()
    problems = [*dependency_problems(metadata), *world_problems()]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit(1)


def read_metadata() -> Metadata:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if run.returncode != 0:
        sys.exit(run.returncode)
    return json.loads(run.stdout)


def dependency_problems(metadata: Metadata) -> Iterator[str]:
    graph = normal_dependencies(metadata)
    members = workspace_members(metadata)
    for crate in sorted(members.keys() - FORBIDDEN.keys()):
        yield f"{crate}: say in {Path(__file__).name} what this crate must not depend on"
    for crate, forbidden in FORBIDDEN.items():
        for path in paths_from(members[crate], graph):
            if crate_name(path[-1]) in forbidden:
                chain = " → ".join(crate_name(package) for package in path)
                yield f"{crate} must not depend on {crate_name(path[-1])}: {chain}"
    for crate, forbidden in FORBIDDEN_DIRECT.items():
        direct = {crate_name(package) for package in graph[members[crate]]}
        for name in sorted(direct & forbidden):
            yield f"{crate} must not depend on {name} directly"


def workspace_members(metadata: Metadata) -> dict[str, str]:
    """The names of our crates, and their package ids."""
    members = set(metadata["workspace_members"])
    return {each["name"]: each["id"] for each in metadata["packages"] if each["id"] in members}


def normal_dependencies(metadata: Metadata) -> dict[str, set[str]]:
    """Package ids, and those of what each is linked with: neither build nor dev dependencies."""
    return {
        node["id"]: {
            dependency["pkg"]
            for dependency in node["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        }
        for node in metadata["resolve"]["nodes"]
    }


def paths_from(start: str, graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """One path to each package that `start` depends on."""
    seen = {start}
    paths = [[start]]
    while paths:
        path = paths.pop(0)
        for package in sorted(graph[path[-1]] - seen):
            seen.add(package)
            paths.append([*path, package])
            yield [*path, package]


def crate_name(package: str) -> str:
    """`registry+https://…#tokio@1.54.0` → `tokio`; `path+file:///…/rust/net#0.1.0` → `net`."""
    source, _, fragment = package.partition("#")
    return fragment.partition("@")[0] if "@" in fragment else source.rpartition("/")[2]


def world_problems() -> Iterator[str]:
    for crate in SANS_IO:
        for file in sorted((ROOT / "rust" / crate / "src").rglob("*.rs")):
            for number, line in enumerate(file.read_text().splitlines(), start=1):
                if found := WORLD.search(line):
                    place = f"{file.relative_to(ROOT)}:{number}"
                    yield f"{place}: {found[0]} in a sans-I/O crate: the time and the bytes are arguments"


if __name__ == "__main__":
    main()

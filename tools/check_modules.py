"""Fails when a module uses one that stands below it in its parent's list of modules.

`lib.rs` lists the modules of a crate in dependency order, the lowest first; so does every module that has modules of its own.
A module may use those above it: `use crate::x` and `super::x` are looked at, tests (`#[cfg(test)]` at the foot) are not.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DECLARATION = re.compile(r"^(?:pub(?:\([^)]*\))? )?mod (\w+);", re.MULTILINE)
TESTS = re.compile(r"^#\[cfg\(test\)\]\n(?:#\[.*\]\n)*mod \w+ \{", re.MULTILINE)
COMMENT = re.compile(r"//.*")
# `crate::a`, `super::a`, and the names in front of a group's items: `crate::{a::B, c::{D, E}}`.
PATH = re.compile(r"\b(crate|(?:super::)*super)::(?:(\w+)|(\{))")


def main() -> None:
    problems = [
        problem
        for crate in sorted((ROOT / "rust").iterdir())
        if (crate / "src" / "lib.rs").is_file()
        for problem in check_crate(crate / "src")
    ]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit(1)


def check_crate(source: Path) -> Iterator[str]:
    modules = {(): source / "lib.rs"}
    pending: list[tuple[str, ...]] = [()]
    order: dict[tuple[str, ...], list[str]] = {}
    while pending:
        module = pending.pop()
        order[module] = DECLARATION.findall(code_of(modules[module]))
        for name in order[module]:
            child = (*module, name)
            file = source.joinpath(*child).with_suffix(".rs")
            modules[child] = file if file.is_file() else source.joinpath(*child) / "mod.rs"
            pending.append(child)
    for module, file in modules.items():
        for used in uses(module, file):
            if problem := violation(module, used, order):
                yield f"{file.relative_to(ROOT)}: {problem}"


def code_of(file: Path) -> str:
    """The file without comments and without the tests at its foot."""
    text = COMMENT.sub("", file.read_text())
    tests = TESTS.search(text)
    return text[: tests.start()] if tests else text


def uses(module: tuple[str, ...], file: Path) -> set[tuple[str, ...]]:
    """The paths that a module names, as far as their second name: what decides the order."""
    code = code_of(file)
    found: set[tuple[str, ...]] = set()
    for match in PATH.finditer(code):
        levels = match[1].count("super")
        base = module[: len(module) - levels] if levels else ()
        names = group_heads(code, match.end()) if match[3] else [match[2]]
        found.update((*base, name) for name in names)
    return found


def group_heads(code: str, start: int) -> Iterator[str]:
    """The first names of the items of the group that was opened just before `start`."""
    depth, head = 1, True
    for token in re.finditer(r"\w+|[{},:]", code[start:]):
        match token[0]:
            case "{":
                depth += 1
            case "}":
                depth -= 1
                if depth == 0:
                    return
            case "," if depth == 1:
                head = True
            case name if head and name.isidentifier():
                head = False
                yield name
            case _:
                pass


def violation(
    module: tuple[str, ...], used: tuple[str, ...], order: dict[tuple[str, ...], list[str]]
) -> str | None:
    """What is wrong with `module` naming `used`: None if the two stand in the right order."""
    parent = used[:-1]
    names = order.get(parent, [])
    if used[-1] not in names or module[: len(parent)] != parent or len(module) == len(parent):
        return None
    own = module[len(parent)]
    if names.index(used[-1]) <= names.index(own):
        return None
    return f"uses {'::'.join(used)}, which stands below {own} in the list of modules"


if __name__ == "__main__":
    main()

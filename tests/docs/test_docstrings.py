"""Every public name has a docstring, stands in the reference, and every block of code is one that is run."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import socketio_rs
from socketio_rs import Server, _options, adapter, engine

ROOT = Path(__file__).parents[2]
PACKAGE = Path(socketio_rs.__file__).parent
REFERENCE = ROOT / "docs" / "reference"
NAMES = {f"socketio_rs.{name}" for name in socketio_rs.__all__}
ENGINE = {f"socketio_rs.engine.{name}" for name in engine.__all__}
# The class stands among the package's own names too.
ADAPTER = {f"socketio_rs.adapter.{name}" for name in adapter.__all__ if name != "Adapter"}
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]

# `__init__` and the like, and members of bases, are told of by their class.
_PUBLIC = re.compile(r"[a-z]\w*")

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def definitions() -> dict[str, ast.ClassDef | Definition]:
    """The classes and functions of the package, by their names; those of the extension from its stub."""
    return {
        node.name: node
        for path in (*PACKAGE.glob("*.py"), PACKAGE / "_core.pyi")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef | Definition)
        # The extension's `Server` is beneath that of the package.
        if not (path.suffix == ".pyi" and node.name == "Server")
    }


def without_docstring(name: str, found: dict[str, ast.ClassDef | Definition]) -> Iterator[str]:
    """What says nothing: a name, and a class's public members and bases; of overloads one has to."""
    node = found[name]
    if not ast.get_docstring(node):
        yield name
    if not isinstance(node, ast.ClassDef):
        return
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in found:
            yield from without_docstring(base.id, found)
    documented: dict[str, bool] = {}
    for member in node.body:
        if isinstance(member, Definition) and _PUBLIC.fullmatch(member.name):
            has_one = bool(ast.get_docstring(member))
            documented[member.name] = documented.get(member.name, False) or has_one
    yield from (f"{name}.{member}" for member, has_one in documented.items() if not has_one)


@pytest.mark.parametrize("name", sorted({*socketio_rs.__all__, *engine.__all__, *adapter.__all__}))
def test_public_name_and_its_members_have_docstrings(name: str) -> None:
    assert list(without_docstring(name, definitions())) == []


def test_every_option_is_told_of() -> None:
    text = Server.__doc__ or ""
    options = {*_options.Options.__annotations__, "data"}
    assert [name for name in sorted(options) if f"    {name}: " not in text] == []


def test_every_public_name_stands_in_the_reference_once() -> None:
    told = Counter(
        name
        for path in REFERENCE.glob("*.md")
        for name in re.findall(r"^::: (\S+)$", path.read_text(), re.MULTILINE)
        if name != "socketio_rs.engine"
    )
    known = Counter(NAMES | ENGINE | ADAPTER)
    assert sorted(known - told) == [], "put these into a page of docs/reference"
    assert sorted(told - known) == [], "these are no public names, or stand twice"


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "zensical.toml").read_text()
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert set(re.findall(r'"([\w/-]+\.md)"', text)) == pages


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_blocks_of_code_are_of_languages_that_are_run(document: Path) -> None:
    fences = re.findall(r"^ *(?:```+|~~~+) *(.*)$", document.read_text(), re.MULTILINE)
    opened, closed = fences[::2], fences[1::2]
    assert set(opened) <= {"python", "js", "sh"}
    assert set(closed) <= {""}

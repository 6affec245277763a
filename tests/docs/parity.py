"""Finds what a row of `docs/api-parity.toml` names: names of the package, tests, examples."""

import ast
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import socketio_rs
from socketio_rs import Server, _handlers, _options, engine

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "interop" / "scenarios"

_NAME = re.compile(r"([\w.]+)(?:\((\w+)=\)|\(\"(\w+)\"\))?")
# What is not run, or may fail, shows nothing.
_SKIPS = re.compile(r"\bmark\.(skip|skipif|xfail)\b")
# Their constructors take keywords that are told elsewhere.
_OPTIONS = {
    "Server": _options.Options.__annotations__ | {"data": ...},
    "engine.Engine": _options.EngineOptions.__annotations__,
}


def exists(here: str, probe: str = "") -> bool:
    """Whether a name is there: `Server.of`, an option as `Server(path=)`, an event as `Server.on("connect")`.

    `probe` is Python that raises as long as it is not.
    """
    if probe:
        return _works(probe)
    match = _NAME.fullmatch(here)
    assert match, f"this is no name: {here}"
    path, option, event = match.groups()
    found = _resolve(path)
    if found is None:
        return False
    if option:
        known = _OPTIONS.get(path) or inspect.signature(found).parameters
        return option in known
    return not event or _has_event(path, event)


def _resolve(path: str) -> Any:
    found: Any = socketio_rs
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _works(probe: str) -> bool:
    names = {name: getattr(socketio_rs, name) for name in socketio_rs.__all__}
    try:
        eval(probe, names | {"re": re, "io": Server()})
    except (AttributeError, NameError, TypeError, ValueError):
        return False
    return True


def _has_event(path: str, event: str) -> bool:
    """Whether there is such an event: listeners of others can't be registered."""
    registers: dict[str, list[Any]] = {
        "Server.on": [lambda: Server().on(event, _listener)],
        "Namespace.on": [lambda: Server().of("/a").on(event, _listener)],
        "Adapter.on": [lambda: Server().sockets.adapter.on(event, _listener)],  # type: ignore[call-overload]
        "Socket.on": [lambda: _handlers.compile_listener(event, _listener)],
        "engine.Engine.on": [lambda: engine.Engine().on(event, _listener)],  # type: ignore[call-overload]
        "engine.EngineSocket.on": [
            lambda alone=alone: _handlers.compile_engine_listener(
                event, _listener, once=False, alone=alone
            )
            for alone in (True, False)
        ],
    }
    return any(_registers(register) for register in registers[path])


def _listener() -> None: ...


def _registers(register: Any) -> bool:
    try:
        register()
    except ValueError:
        return False
    return True


def has_test(node: str) -> bool:
    """Whether pytest has this test: `tests/unit/test_emit.py::test_x`, or a scenario by its bare name."""
    path, _, function = node.partition("::")
    if not function:
        return (SCENARIOS / f"{path}.mjs").exists()
    return function in _functions(ROOT / path)


@cache
def _functions(path: Path) -> frozenset[str]:
    if not path.exists():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test")
        and not any(_SKIPS.search(ast.unparse(each)) for each in node.decorator_list)
    )


def twins(path: Path) -> set[str]:
    """The examples of the page that a file says that it has, by the comments above them."""
    return set(
        re.findall(
            r"^ *# The page's ((?:Server|Namespace|Socket|Engine): .+)$",
            path.read_text(),
            re.MULTILINE,
        )
    )

"""`help` tells of the extension's classes what their stub says."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import socketio_rs
from socketio_rs import Ack, BroadcastOperator, Socket, SocketOperator
from socketio_rs.engine import EngineSocket, Transport

STUB = ast.parse(Path(socketio_rs.__file__).with_name("_core.pyi").read_text())
CLASSES = [Ack, BroadcastOperator, EngineSocket, Socket, SocketOperator, Transport]


def told(kind: type) -> Iterator[tuple[str, str]]:
    """The public members with their docstrings; the class's own is the last."""
    [found] = [
        node for node in STUB.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    ]
    for member in found.body:
        if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
            text = ast.get_docstring(member)
            if text:
                yield member.name, text
    yield "__class__", ast.get_docstring(found) or ""


@pytest.mark.parametrize("kind", CLASSES)
def test_docstring_is_that_of_the_stub(kind: type) -> None:
    expected = dict(told(kind))
    assert len(expected) > 1
    here = {
        name: inspect.getdoc(kind if name == "__class__" else getattr(kind, name))
        for name in expected
    }
    assert here == expected

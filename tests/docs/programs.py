"""Finds the programs in documents, examples and docstrings: what is to be run, and its client.

In a document, a block of Python that makes a `Server` or `Engine` begins a program. Blocks of Python and JavaScript that
follow belong to it: server and client, each as one file. A comment behind a `print(...)` or `console.log(...)`
is what it must print.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^( *)```(python|js)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_PRINT = re.compile(r"\bprint\(.*\) *# (.+)$", re.MULTILINE)
_LOG = re.compile(r"\bconsole\.log\(.*\); *// (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A server, and a script of the official client that talks to it."""

    name: str
    python: str
    javascript: str = ""

    @property
    def ends(self) -> bool:
        """Whether it ends by itself: it serves during a block that no client is shown for."""
        return "io.serving(" in self.python and not self.javascript

    @property
    def has_clients(self) -> bool:
        """Whether the official client finds Socket.IO there."""
        return not self.ends and (" Engine(" not in self.python or bool(self.javascript))

    @property
    def prints(self) -> list[str]:
        """What it says that it prints, in order."""
        return _PRINT.findall(self.python)

    @property
    def client_prints(self) -> list[str]:
        """What its client says that it prints, in order."""
        return _LOG.findall(self.javascript)


def of_document(path: Path) -> list[Program]:
    """The programs of a Markdown document."""
    found: list[tuple[list[str], list[str]]] = []
    for language, text in _blocks(path.read_text()):
        if not found or (language == "python" and re.search(r"\b(Server|Engine)\(", text)):
            found.append(([], []))
        found[-1][language == "js"].append(text)
    return [
        Program(f"{path.stem} {number}", "\n".join(python), "\n".join(javascript))
        for number, (python, javascript) in enumerate(found, 1)
    ]


def of_example(path: Path) -> Program:
    """An example: the file is the server, the JavaScript in its docstring the client."""
    text = path.read_text()
    docstring = ast.get_docstring(ast.parse(text)) or ""
    scripts = [block for language, block in _blocks(docstring) if language == "js"]
    return Program(f"example {path.stem}", text, "\n".join(scripts))


def of_docstrings(path: Path) -> list[Program]:
    """The blocks of Python in the docstrings of a module, each a program."""
    return [
        Program(f"{path.stem} {getattr(node, 'name', 'module')}", block)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for language, block in _blocks(ast.get_docstring(node) or "")
        if language == "python"
    ]


def _blocks(text: str) -> list[tuple[str, str]]:
    return [
        (language, re.sub(rf"^{indent}", "", body, flags=re.MULTILINE))
        for indent, language, body in _BLOCK.findall(text)
    ]

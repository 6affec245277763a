"""Writes `docs/api-parity.md`, by `docs/api-parity.toml`: `python tools/api_parity.py`."""

import tomllib
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
DATA = DOCS / "api-parity.toml"
PAGE = DOCS / "api-parity.md"

HEAD = """\
# The API beside that of the server for Node.js

Each item of the official [Server API page](https://socket.io/docs/v4/server-api/), and what it leaves out, by its name
there and here. `tests/docs/test_api_parity.py` checks that every name exists and has its test, and that what is not
there yet is not. Why things differ is told in [differences](differences.md).

Made by `tools/api_parity.py` of `api-parity.toml`: change that, not this page.
"""


def page(data: dict[str, Any]) -> str:
    """The page: a table for each section, and one for the examples."""
    parts = [HEAD]
    for section in data["section"]:
        parts.append(
            f"\n## {section['title']}\n\n| there | here | test | differs |\n|---|---|---|---|\n"
        )
        parts += [
            line(code(row["there"]), code(row["here"]), test(row), row["difference"])
            for row in section["rows"]
        ]
    parts.append(
        "\n## Examples\n\nEach example of that page, and the file that has it in Python.\n\n"
        "| item | here |\n|---|---|\n"
    )
    parts += [
        line(code(row["of"]), code(row.get("file", "")) or later(row)) for row in data["example"]
    ]
    return "".join(parts)


def line(*cells: str) -> str:
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |\n"


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def test(row: dict[str, Any]) -> str:
    return later(row) if "needs" in row else code(row.get("test", "").removeprefix("tests/"))


def later(row: dict[str, Any]) -> str:
    return f"not yet: {row['needs']}"


if __name__ == "__main__":
    PAGE.write_text(page(tomllib.loads(DATA.read_text())))

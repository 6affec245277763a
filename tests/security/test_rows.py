"""Each row of the threat model is a test that carries its id: `test_a12_…`, or `fn a12_…` in Rust."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

ROWS = """
A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A12 A13 A14
A22 A23 A24 A26 A27 A28 A31 A33 A34 A35 A36 A37 A38 A39
A42 A43 A44 A45 A64 A85 A86 A88 A90 A100 A101 A106
V04 V07 V09 V12 V15 V19 V20 V21 V22 V24 V25 V26
V32 V33 V34 V35 V36 V37 V38 V39 V40 V44 V50 V68
"""


def ids(folder: str, pattern: str, name: str) -> set[str]:
    """The ids that the names of functions in a folder begin with."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob(pattern):
        for match in re.finditer(name, path.read_text()):
            found.update(re.findall(r"[av]\d{2,3}", match[1]))
    return {each.upper() for each in found}


def test_each_row_is_a_test() -> None:
    found = ids("tests", "test_*.py", r"(?m)^(?:async )?def test_((?:[av]\d{2,3}_)+)")
    found |= ids("rust", "*.rs", r"(?m)^ *(?:async )?fn ((?:[av]\d{2,3}_)+)")
    assert [row for row in ROWS.split() if row not in found] == []

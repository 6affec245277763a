"""`docs/api-parity.toml` tells the truth: every name is there and has its test, and what is not there yet is not.

Each test fails with the rows that have to be filled in or put right.
"""

import re
import runpy
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .parity import ROOT, exists, has_test, twins

HERE = Path(__file__).parent
DATA = tomllib.loads((ROOT / "docs" / "api-parity.toml").read_text())
ROWS: dict[str, dict[str, Any]] = {
    f"{section['title']}: {row['there']}": row
    for section in DATA["section"]
    for row in section["rows"]
}
EXAMPLES: list[dict[str, Any]] = DATA["example"]
ITEMS = {
    item: int(examples)
    for item, examples in (
        line.rsplit(" | ", 1)
        for line in (HERE / "server_api_page.txt").read_text().splitlines()
        if not line.startswith("#")
    )
}
"""The items of the page, and how many examples each shows."""


def none(wrong: list[str], what: str) -> None:
    """Fails with all of what is wrong, each on a line."""
    if wrong:
        pytest.fail("\n".join([f"{what}:", *wrong]), pytrace=False)


def test_page_is_made_of_the_data() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "api_parity.py"))
    same = made["PAGE"].read_text() == made["page"](DATA)
    assert same, "run python tools/api_parity.py"


def test_every_item_of_the_page_has_a_row() -> None:
    none([item for item in ITEMS if item not in ROWS], "these have none")


def test_items_stand_once() -> None:
    titles = [
        f"{section['title']}: {row['there']}"
        for section in DATA["section"]
        for row in section["rows"]
    ]
    none([title for title, count in Counter(titles).items() if count > 1], "these stand twice")


def test_every_row_has_a_test_or_what_it_needs_or_says_why_there_is_nothing() -> None:
    wrong = [
        item
        for item, row in ROWS.items()
        if (("test" in row) + ("needs" in row) + (not row["here"]) != 1)
        or (not row["here"] and not row["difference"])
    ]
    none(wrong, "give each a test, a feature that it needs, or a reason")


def test_features_are_those_that_rows_need() -> None:
    needed = {row["needs"] for row in (*ROWS.values(), *EXAMPLES) if "needs" in row}
    assert needed == set(DATA["features"])


def test_names_with_a_test_exist() -> None:
    missing = [
        f"{item}: {row['here']}"
        for item, row in ROWS.items()
        if "test" in row and not exists(row["here"], row.get("probe", ""))
    ]
    none(missing, "these names do not exist")


def test_tests_of_rows_exist() -> None:
    missing = [
        f"{item}: {row['test']}"
        for item, row in ROWS.items()
        if "test" in row and not has_test(row["test"])
    ]
    none(missing, "these tests do not exist, or are not always run")


def test_names_that_wait_for_a_feature_do_not_exist() -> None:
    there = [
        f"{item}: {row['here']} (needs {row['needs']})"
        for item, row in ROWS.items()
        if "needs" in row and exists(row["here"], row.get("probe", ""))
    ]
    none(there, "these names exist: put `test` in the place of `needs`")


def test_every_example_of_the_page_is_told_of() -> None:
    told = Counter(example["of"] for example in EXAMPLES)
    assert told == {item: count for item, count in ITEMS.items() if count}


def test_every_example_has_its_twin() -> None:
    wanted = {(example["of"], example["file"]) for example in EXAMPLES if "file" in example}
    found = {
        (item, str(path.relative_to(ROOT)))
        for path in (ROOT / "examples").glob("*.py")
        for item in twins(path)
    }
    none(
        [f"{path}: {item}" for item, path in sorted(wanted - found)],
        "these files do not have the comment with the item",
    )
    none([f"{path}: {item}" for item, path in sorted(found - wanted)], "these are not in the data")


def test_examples_that_wait_for_a_feature_cannot_be_written() -> None:
    can = [
        f"{example['of']} (needs {example['needs']})"
        for example in EXAMPLES
        if "needs" in example and can_be_written(example)
    ]
    none(can, "these names exist: write the examples, and put `file` in the place of `needs`")


def can_be_written(example: dict[str, Any]) -> bool:
    named = example if "here" in example else ROWS[example["of"]]
    return exists(named["here"], named.get("probe", ""))


def test_quirks_are_decided_and_shown() -> None:
    """The table of quirks in `docs/differences.md`: each is shown by a test, or waits for a feature."""
    text = (ROOT / "docs" / "differences.md").read_text()
    table = text.split("| # | in Node.js | here | shown by |")[1].split("\n\n")[0]
    rows = [re.split(r" *(?<!\\)\| *", line)[1:-1] for line in table.splitlines()[2:]]
    assert [row[0] for row in rows] == [str(number) for number in range(1, 36)]
    waiting = {row["needs"] for row in (*ROWS.values(), *EXAMPLES) if "needs" in row}
    wrong = [
        f"{number}: {name}"
        for number, _, decision, shown in rows
        for kind, name in re.findall(r"(needs )?`(.+?)`", shown) or [("", "nothing")]
        if not re.match("kept|mended|otherwise", decision)
        or not (name in waiting if kind else has_test(name))
    ]
    none(wrong, "these tests do not exist, or the features do: name their tests")

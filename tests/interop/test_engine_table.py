"""Each row of the engine's table, run against npm `engine.io` and against us: equal transcripts.

The rows are in `engine_table/table.py`; where the two differ on purpose, `docs/differences.md` says in which lines.
"""

import asyncio
from collections.abc import Callable, Iterator
from difflib import unified_diff
from typing import Any

import pytest

from socketio_rs.engine import Engine

from .differences import ENGINE, Difference, accepted, expected
from .engine_table.run import Row, transcript
from .engine_table.side import OURS, REFERENCE, Side
from .engine_table.table import ROWS

EVERY_ANSWER = "every answer"
DIFFERENCES = accepted(ENGINE)
NOW = [row for row in ROWS if not row.later]
LATER = [row for row in ROWS if row.later]

Play = Callable[[Row], tuple[list[str], list[str]]]


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    """Runs a row against both at a time; the transcripts of the reference, and of ours unless it is for later."""
    with asyncio.Runner() as runner:
        sides = [runner.run(Side.start(command)) for command in (REFERENCE, OURS)]

        async def both(row: Row) -> tuple[list[str], list[str]]:
            reference, ours = sides
            if row.later:
                return await transcript(row, reference), []
            found = await asyncio.gather(transcript(row, reference), transcript(row, ours))
            return found[0], found[1]

        yield lambda row: runner.run(both(row))
        for side in sides:
            runner.run(side.stop())


def marked(row: Row) -> Any:
    """The row as a parameter; one with a bug is expected to fail."""
    marks = [pytest.mark.xfail(reason=row.bug, raises=AssertionError)] if row.bug else []
    return pytest.param(row, id=row.title, marks=marks)


@pytest.mark.parametrize("row", [marked(row) for row in NOW])
def test_row_is_as_with_the_reference(row: Row, play: Play) -> None:
    reference, ours = play(row)
    check_whole(reference)
    wanted = expected(everywhere(reference), DIFFERENCES.get(row.title, []))
    assert wanted == ours, "\n" + "\n".join(
        unified_diff(wanted, ours, "expected", "ours", lineterm="", n=2)
    )


@pytest.mark.parametrize("row", LATER, ids=lambda row: row.title)
def test_row_for_later_runs_with_the_reference(row: Row, play: Play) -> None:
    assert not is_there(row), f"{row.later} is there: this row is no longer for later"
    reference, _ = play(row)
    check_whole(reference)


def test_titles_are_unique() -> None:
    assert len({row.title for row in ROWS}) == len(ROWS)


def test_each_difference_is_one_of_a_row() -> None:
    assert DIFFERENCES.keys() <= {EVERY_ANSWER, *(row.title for row in NOW)}
    assert all(each.reference != each.ours for rows in DIFFERENCES.values() for each in rows)


def test_each_difference_of_every_answer_is_met(play: Play) -> None:
    titles = {"2.1 the root is foreign", "2.2 no transport", "2.10 preflights with all"}
    lines = [line for row in NOW if row.title in titles for line in play(row)[0]]
    for difference in DIFFERENCES[EVERY_ANSWER]:
        assert everywhere(lines, [difference]) != lines


def test_what_is_there_is_noticed() -> None:
    assert is_there(Row("", "", [], {"path": "/x"}, later="path"))
    assert is_there(Row("", "", [], later="clients_count"))
    assert is_there(Row("", "", [], later="connection"))


def check_whole(reference: list[str]) -> None:
    """A row has to make sense with the reference; no bug of ours excuses it."""
    if not reference:
        pytest.fail("a transcript without lines shows nothing")
    if any("nothing came" in line or "never closed" in line for line in reference):
        pytest.fail("\n".join(["the reference hangs:", *reference]))


def everywhere(lines: list[str], differences: list[Difference] | None = None) -> list[str]:
    """The lines, each that begins with a connection's name by the differences of every answer."""
    by_line = {each.reference[0]: each.ours for each in differences or DIFFERENCES[EVERY_ANSWER]}
    found: list[str] = []
    for line in lines:
        name, _, rest = line.partition(": ")
        found += [f"{name}: {each}" for each in by_line.get(rest, [rest])]
    return found


def is_there(row: Row) -> bool:
    """Whether `Engine` has the option, member or event that a row waits for."""
    if hasattr(Engine, row.later):
        return True
    attempts: list[Callable[[], object]] = [
        lambda: Engine(**{row.later: row.options[row.later]}),
        lambda: Engine().on(row.later, lambda *_: None),  # type: ignore[call-overload]
    ]
    for attempt in attempts if row.later in row.options else attempts[1:]:
        try:
            attempt()
        except (TypeError, ValueError):
            continue
        return True
    return False

"""The tables of `docs/differences.md`: where transcripts differ on purpose, and in which lines."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "differences.md"
SCENARIOS = "| scenario | Node.js | here | why |"
ENGINE = "| row | Node.js | here | why |"
"""The heads of the tables."""


@dataclass(frozen=True)
class Difference:
    """Lines of the reference's transcript, and those that stand in ours in their place."""

    reference: list[str]
    ours: list[str]


def accepted(head: str) -> dict[str, list[Difference]]:
    """What a table says of each scenario, or row of the engine's, in the order of its transcript.

    A scenario's hold over each of its transports.
    """
    rows = PAGE.read_text().split(head)[1].split("\n\n")[0].splitlines()[2:]
    differences: dict[str, list[Difference]] = {}
    for row in rows:
        scenario, reference, ours, _why = re.split(r" *(?<!\\)\| *", row.strip())[1:-1]
        difference = Difference(lines(reference), lines(ours))
        differences.setdefault(scenario.strip("`"), []).append(difference)
    return differences


def lines(cell: str) -> list[str]:
    """The lines of a cell: code, with a `<br>` between two; a dash for none."""
    return re.findall(r"`(.+?)`", cell.replace("\\|", "|"))


def expected(reference: list[str], differences: list[Difference]) -> list[str]:
    """Our transcript, by the reference's and what may differ from it."""
    found: list[str] = []
    at = 0
    for difference in differences:
        place = find(reference, difference.reference, at)
        found += reference[at:place] + difference.ours
        at = place + len(difference.reference)
    return found + reference[at:]


def find(transcript: list[str], part: list[str], start: int) -> int:
    for place in range(start, len(transcript)):
        if transcript[place : place + len(part)] == part:
            return place
    raise AssertionError(f"the reference's transcript has no longer these lines: {part}")

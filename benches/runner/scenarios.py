"""Scenarios, as `benches/scenarios/*.toml` describe them. The load generator reads the same files."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "scenarios"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is to be measured, and what it is to be compared with."""

    name: str
    path: Path
    title: str
    # What is counted: an operation, a delivery.
    unit: str
    # Of what is measured against socketioxide's, at most; None without such a goal.
    goal: float | None
    # Of the memory for a connection, at most.
    goal_kb: float | None
    # Another scenario, against which it is to take at most so many times as much.
    against: str | None
    goal_against: float | None
    # Whether requests leave at a rate.
    is_open: bool
    by_default: bool

    @property
    def is_memory(self) -> bool:
        """Whether memory is what it is about, not time."""
        return self.goal_kb is not None

    def at_rate(self, rate: str) -> "Scenario":
        """The same at a rate: what is in flight follows from that."""
        title = f"{self.title.replace(', 8 in flight', '')}, {float(rate):,.0f} a second"
        return replace(self, title=title, goal=None, is_open=True)


def read_scenarios() -> list[Scenario]:
    """Reads all of them, in the order in which they number themselves."""
    files = [(tomllib.loads(path.read_text()), path) for path in FOLDER.glob("*.toml")]
    return [
        Scenario(
            name=path.stem,
            path=path,
            title=data["title"],
            unit=data.get("unit", "operation"),
            goal=data.get("goal"),
            goal_kb=data.get("goal_kb"),
            against=data.get("against"),
            goal_against=data.get("goal_against"),
            is_open="rate" in data,
            by_default=data.get("by_default", True),
        )
        for data, path in sorted(files, key=lambda file: file[0]["order"])
    ]

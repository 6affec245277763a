"""A scenario's results as text."""

from .results import Row
from .scenarios import Scenario

HEAD = [
    "",
    "CPU µs/op",
    "op/s",
    "p50 µs",
    "p99 µs",
    "max µs",
    "KB/conn",
    "× socketioxide",
    "× node",
    "load busy",
]


def render(scenario: Scenario, rows: list[Row]) -> str:
    """A title, a table, and what has to be said of it."""
    cells = [HEAD, *(cells_of(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in cells
    ]
    return "\n".join([title(scenario), *lines, *notes(scenario, rows)])


def title(scenario: Scenario) -> str:
    """The scenario, and what it is to reach."""
    if scenario.goal_kb is not None:
        return f"{scenario.title} (goal: {scenario.goal_kb:g} KB)"
    if scenario.goal is not None:
        return f"{scenario.title}, per {scenario.unit} (goal: {scenario.goal:g} × socketioxide)"
    return f"{scenario.title}, per {scenario.unit}"


def cells_of(row: Row) -> list[str]:
    """A row's texts."""
    times = [row.p50_us, row.p99_us, row.max_us]
    return [
        row.peer,
        number(row.cpu_us),
        "–" if row.per_second is None else f"{row.per_second:,.0f}",
        *(number(time) for time in times),
        number(row.kb_per_connection),
        *(number(ratio) for ratio in row.ratios.values()),
        "–" if row.load_busy is None else f"{row.load_busy:.0%}",
    ]


def number(value: float | None) -> str:
    """Three digits, about."""
    if value is None:
        return "–"
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def notes(scenario: Scenario, rows: list[Row]) -> list[str]:
    """Failures, and whether the load generator was fast enough."""
    by_peer = {row.peer: row for row in rows}
    lines = [f"  {row.peer} failed: {error}" for row in rows for error in row.errors[:1]]
    growths = [f"{row.peer} {row.growth:.2f}" for row in rows if row.growth]
    if growths:
        goal = f"(goal: {scenario.goal_against:g})"
        lines.append(f"  times as much as {scenario.against} {goal}: {', '.join(growths)}")
    ours, floor = by_peer.get("ours"), by_peer.get("floor")
    if scenario.is_memory or scenario.is_open or ours is None or floor is None:
        return lines
    if ours.per_second and floor.per_second:
        factor = floor.per_second / ours.per_second
        if factor < 2:
            lines.append(
                f"  the load generator reaches {factor:.1f} times our rate against the floor, not twice"
            )
    return lines

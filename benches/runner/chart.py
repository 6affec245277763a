"""Dots on a logarithmic axis, as SVG: things that differ by more than ten times fit on one page and stay comparable."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT = 920, 350, 40
ROW, TOP, BOTTOM = 28, 78, 34
COLOURS = [
    "#d7263d",
    "#1b998b",
    "#2e86de",
    "#8e5ea2",
    "#e08e0b",
    "#7f8c8d",
    "#34495e",
    "#c97b9b",
    "#5d8a00",
]
TEXT = 'font-family="sans-serif" font-size="12" fill="#222"'


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Rows with a dot for each series that has a value there."""

    title: str
    # What the axis counts.
    unit: str
    series: list[str]
    rows: list[tuple[str, dict[str, float]]]
    # By row: a line that is not to be crossed.
    goals: dict[str, float]


def render(chart: Chart) -> str:
    """The chart as a file's text."""
    height = TOP + ROW * len(chart.rows) + BOTTOM
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    parts = [
        head,
        f"<title>{escape(chart.title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="24" {TEXT} font-weight="bold">{escape(chart.title)}</text>',
        *legend(chart),
        *axis(chart, height),
        *rows(chart),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def legend(chart: Chart) -> Iterator[str]:
    """Which colour is whose."""
    x = 16.0
    for name, colour in zip(chart.series, COLOURS, strict=False):
        yield f'<circle cx="{x + 5:.0f}" cy="44" r="5" fill="{colour}"/>'
        yield f'<text x="{x + 15:.0f}" y="48" {TEXT}>{escape(name)}</text>'
        x += 30 + 7 * len(name)
    if chart.goals:
        yield f'<path d="M{x + 5:.0f} 37v14" stroke="#222" stroke-width="2"/>'
        yield f'<text x="{x + 12:.0f}" y="48" {TEXT}>goal</text>'


def axis(chart: Chart, height: int) -> Iterator[str]:
    """Lines at round values."""
    low, high = span(chart)
    bottom = height - BOTTOM
    for value in ticks(low, high):
        x = place(value, low, high)
        yield f'<path d="M{x:.1f} {TOP - 12}V{bottom}" stroke="#{"999" if value == 1 else "e4e4e4"}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" {TEXT}>{value:,.10g}</text>'
    yield f'<text x="16" y="{bottom + 18}" {TEXT}>{escape(chart.unit)}</text>'


def rows(chart: Chart) -> Iterator[str]:
    """Each row's name, dots and goal."""
    low, high = span(chart)
    for index, (name, values) in enumerate(chart.rows):
        y = TOP + ROW * index + 8
        yield f'<text x="{LEFT - 16}" y="{y + 4}" text-anchor="end" {TEXT}>{escape(name)}</text>'
        if name in chart.goals:
            x = place(chart.goals[name], low, high)
            yield f'<path d="M{x:.1f} {y - 11}v22" stroke="#222" stroke-width="2"/>'
        # The first series lies on top.
        for series, colour in reversed(list(zip(chart.series, COLOURS, strict=False))):
            if series in values:
                x = place(values[series], low, high)
                label = f"<title>{escape(series)}: {values[series]:.3g}</title>"
                yield f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{colour}">{label}</circle>'


def span(chart: Chart) -> tuple[float, float]:
    """The axis' ends, a little beyond the values."""
    values = [value for _, row in chart.rows for value in row.values()]
    values += chart.goals.values()
    return min(values) / 1.3, max(values) * 1.3


def ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten, or the powers alone where those were too many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) < 4 else (1,)
    values = [step * 10.0**power for power in powers for step in steps]
    return [value for value in values if low <= value <= high]


def place(value: float, low: float, high: float) -> float:
    """Where on the axis a value is."""
    share = math.log(value / low) / math.log(high / low)
    return LEFT + share * (WIDTH - LEFT - RIGHT)

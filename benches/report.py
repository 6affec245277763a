"""Writes `docs/performance.md` and its charts from the results of `make bench`: `report.py RESULTS DOCS`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from runner import chart, results, table
from runner.chart import Chart
from runner.peers import PEERS
from runner.results import Row
from runner.scenarios import Scenario, read_scenarios

LEARNT = Path(__file__).parent / "learnt.md"

Results = list[tuple[Scenario, list[Row]]]

TITLES = {peer.name: peer.title for peer in PEERS}

METHOD = """\
What is counted is the CPU time of the server's process (user and system, all threads), divided by what was done in a
window of about two seconds behind a warm-up. The server has one core to itself and the load generator another;
they talk over loopback, without compression, with payloads of 64 bytes unless said. Each figure is the median of
{runs} runs, in which the servers took turns; a ratio is the median of the ratios within each run. Times differ
between machines by more than the servers do: compare within one table only.

All servers do the same: `echo` acks its argument, `sink` does nothing, `join` joins a room, `bcast` sends to a room.
Those of socketio_rs and python-socketio are `async def` functions in Python on uvloop, those of socketioxide are in
Rust, on one thread. *The wire alone* is a server that knows nothing but these four events and reads no JSON: what
remains for it is what the operating system and the protocol cost. How fast each server answers is the time that
clients waited while all of them sent as fast as they were answered, except where a rate is given: there the requests
leave at fixed times, and the wait counts from the time at which a request should have left.

`make bench` measures anew, `make bench-report` writes this page; the servers are in `benches/peers/`, the scenarios in
`benches/scenarios/`.
"""


def main() -> None:
    """Reads the results, and writes the page with its charts."""
    source, docs = Path(sys.argv[1]), Path(sys.argv[2])
    machine, versions, measurements = results.read(source)
    known = [(one, results.summarize(one, measurements)) for one in read_scenarios()]
    known = [(scenario, rows) for scenario, rows in known if rows]
    charts = dict(all_charts(known))
    (docs / "performance").mkdir(exist_ok=True)
    for name, drawn in charts.items():
        (docs / "performance" / f"{name}.svg").write_text(chart.render(drawn))
    lines = [
        "# Performance\n",
        *(f"![{drawn.title}](performance/{name}.svg)\n" for name, drawn in charts.items()),
        "## How it was measured\n",
        METHOD.format(runs=max(one.run for one in measurements)),
        f"The machine: {machine['cpu']}, {machine['cores']} cores, {machine['system']}. The servers:\n",
        *(f"- {TITLES[name]}: {version}" for name, version in versions.items()),
        "\n## What was learnt\n",
        LEARNT.read_text(),
        "## All figures",
        *(section(scenario, rows) for scenario, rows in known),
    ]
    (docs / "performance.md").write_text("\n".join(lines) + "\n")


def all_charts(known: Results) -> Iterator[tuple[str, Chart]]:
    """Those for which there are values."""
    yield from cpu_chart(known)
    yield from memory_chart(known)
    yield from latency_chart(known)


def cpu_chart(known: Results) -> Iterator[tuple[str, Chart]]:
    """Every scenario's CPU times, compared to socketioxide's."""
    rows, goals, series = [], {}, dict[str, None]()
    for scenario, peers in known:
        ratios = {TITLES[row.peer]: row.ratios["socketioxide"] for row in peers}
        values = {title: ratio for title, ratio in ratios.items() if ratio}
        if scenario.is_memory or not values:
            continue
        rows.append((scenario.title, values))
        series |= dict.fromkeys(values)
        if scenario.goal:
            goals[scenario.title] = scenario.goal
    if rows:
        title = "CPU time of the server for one operation, compared to socketioxide's"
        yield (
            "cpu",
            Chart(title=title, unit="× socketioxide", series=list(series), rows=rows, goals=goals),
        )


def memory_chart(known: Results) -> Iterator[tuple[str, Chart]]:
    """What an idle connection takes."""
    for scenario, peers in known:
        values = {TITLES[row.peer]: row.kb_per_connection for row in peers if row.kb_per_connection}
        if scenario.goal_kb and values:
            # The system's memory for a socket is not the process's, so that this one has next to none.
            values.pop(TITLES["floor"], None)
            yield (
                "memory",
                Chart(
                    title="Memory of the server for an idle connection",
                    unit="KB",
                    series=list(values),
                    rows=[(scenario.title, values)],
                    goals={scenario.title: scenario.goal_kb},
                ),
            )


def latency_chart(known: Results) -> Iterator[tuple[str, Chart]]:
    """How long clients wait at a rate that all can serve."""
    for scenario, peers in known:
        rows = [
            (TITLES[row.peer], {"p50": row.p50_us, "p99": row.p99_us, "max": row.max_us})
            for row in peers
            if row.p50_us and row.p99_us and row.max_us
        ]
        if scenario.is_open and rows:
            yield (
                "latency",
                Chart(
                    title=f"Latency: {scenario.title}",
                    unit="µs",
                    series=["p50", "p99", "max"],
                    rows=rows,
                    goals={},
                ),
            )


def section(scenario: Scenario, rows: list[Row]) -> str:
    """A scenario's table in Markdown."""
    lines = [
        f"\n### {table.title(scenario)}\n",
        f"| {' | '.join(['server', *table.HEAD[1:]])} |",
        f"|---|{'--:|' * (len(table.HEAD) - 1)}",
        *(f"| {' | '.join([TITLES[row.peer], *table.cells_of(row)[1:]])} |" for row in rows),
    ]
    notes = table.notes(scenario, rows)
    return "\n".join([*lines, *(f"\n{note.strip()}" for note in notes)])


if __name__ == "__main__":
    main()

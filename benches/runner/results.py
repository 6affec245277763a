"""Measurements of several runs: their medians, and the file that keeps them."""

import json
import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .measuring import Measurement
from .scenarios import Scenario

# To whom the others are compared.
YARDSTICKS = ("socketioxide", "node")

Value = Callable[[Measurement], float | None]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Medians of one peer in one scenario."""

    peer: str
    errors: list[str]
    cpu_us: float | None
    per_second: float | None
    p50_us: float | None
    p99_us: float | None
    max_us: float | None
    kb_per_connection: float | None
    load_busy: float | None
    # Of CPU time, or of memory where that is measured, to each yardstick's in the same run.
    ratios: dict[str, float | None]
    # To its own in the scenario that this one is held against.
    growth: float | None


def summarize(scenario: Scenario, measurements: Iterable[Measurement]) -> list[Row]:
    """The medians of each peer in a scenario, in the order in which they were measured."""
    by_peer: dict[str, list[Measurement]] = {}
    others: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        if measurement.scenario == scenario.name:
            by_peer.setdefault(measurement.peer, []).append(measurement)
        if measurement.scenario == scenario.against:
            others.setdefault(measurement.peer, []).append(measurement)

    def row(peer: str, runs: list[Measurement]) -> Row:
        def median_of(field: str) -> float | None:
            return median(getattr(run, field) for run in runs)

        def ratio_to(yardstick: str) -> float | None:
            return paired_ratio(runs, by_peer.get(yardstick, []), value_of(scenario))

        return Row(
            peer=peer,
            errors=[run.error for run in runs if run.error],
            cpu_us=median_of("cpu_us"),
            per_second=median_of("per_second"),
            p50_us=median_of("p50_us"),
            p99_us=median_of("p99_us"),
            max_us=median_of("max_us"),
            kb_per_connection=median_of("kb_per_connection"),
            load_busy=median_of("load_busy"),
            ratios={yardstick: ratio_to(yardstick) for yardstick in YARDSTICKS},
            growth=paired_ratio(runs, others.get(peer, []), value_of(scenario)),
        )

    return [row(peer, runs) for peer, runs in by_peer.items()]


def value_of(scenario: Scenario) -> Value:
    """What is compared."""
    if scenario.is_memory:
        return lambda measurement: measurement.kb_per_connection
    return lambda measurement: measurement.cpu_us


def median(values: Iterable[float | None]) -> float | None:
    """The median of those that are there."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def paired_ratio(
    runs: list[Measurement], yardstick: list[Measurement], value: Value
) -> float | None:
    """The median of the ratios within each run, which differ less than the runs do."""
    others = {run.run: value(run) for run in yardstick}
    ratios = []
    for run in runs:
        own, other = value(run), others.get(run.run)
        if own is not None and other:
            ratios.append(own / other)
    return median(ratios)


def write(
    path: Path,
    *,
    machine: dict[str, Any],
    versions: dict[str, str],
    measurements: list[Measurement],
) -> None:
    """Writes everything, run by run."""
    data = {
        "machine": machine,
        "versions": versions,
        "measurements": [asdict(one) for one in measurements],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1) + "\n")


def read(path: Path) -> tuple[dict[str, Any], dict[str, str], list[Measurement]]:
    """The machine, the versions and the measurements of a file."""
    data = json.loads(path.read_text())
    measurements = [Measurement(**one) for one in data["measurements"]]
    return data["machine"], data["versions"], measurements

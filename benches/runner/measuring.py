"""The measuring itself: each scenario with each peer, a fresh server for each time."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .peers import Peer, Places
from .progress import Progress
from .scenarios import Scenario
from .server import running


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What every measurement needs."""

    places: Places
    # The server's and the load's.
    cores: tuple[int, int]
    logs: Path
    # In the place of the scenario's, if any.
    rate: str


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One window of one peer in one scenario; all figures are None when it has failed."""

    peer: str
    scenario: str
    run: int
    error: str | None = None
    operations: int | None = None
    cpu_us: float | None = None
    per_second: float | None = None
    p50_us: float | None = None
    p99_us: float | None = None
    max_us: float | None = None
    kb_per_connection: float | None = None
    # How much of its core the load generator needed.
    load_busy: float | None = None


def measure_all(
    bench: Bench, scenarios: list[Scenario], peers: list[Peer], *, runs: int
) -> list[Measurement]:
    """Measures all peers in turn, then again, so that what the machine does meanwhile meets all of them."""
    progress = Progress(runs * len(scenarios) * len(peers))
    measurements = []
    for run in range(1, runs + 1):
        for scenario in scenarios:
            for peer in peers:
                progress.show(f"run {run} of {runs}: {scenario.name}, {peer.name}")
                measurements.append(measure(bench, scenario, peer, run))
                progress.step()
    progress.end()
    return measurements


def measure(bench: Bench, scenario: Scenario, peer: Peer, run: int) -> Measurement:
    """Starts the peer, and loads it with the scenario."""
    server_core, load_core = bench.cores
    log = bench.logs / f"{peer.name}-{scenario.name}.log"
    command = peer.command(bench.places)
    load = [str(bench.places.binaries / "load"), "--core", str(load_core)]
    if bench.rate:
        load += ["--rate", bench.rate]
    try:
        with running(command, core=server_core, log=log) as server:
            pids = [part for pid in server.pids for part in ("--pid", str(pid))]
            output = subprocess.run(
                [*load, f"127.0.0.1:{server.port}", str(scenario.path), *pids],
                capture_output=True,
                check=True,
                text=True,
                timeout=180,
            ).stdout
    except (RuntimeError, subprocess.SubprocessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        return Measurement(peer=peer.name, scenario=scenario.name, run=run, error=reason.strip())
    return figures(json.loads(output), peer=peer.name, scenario=scenario.name, run=run)


def figures(output: dict[str, Any], *, peer: str, scenario: str, run: int) -> Measurement:
    """What the load generator has printed, per operation."""
    latency = output["latency_us"] or {}
    memory = output["bytes_per_connection"]
    operations, seconds = output["operations"], output["seconds"]
    if operations == 0:
        return Measurement(peer=peer, scenario=scenario, run=run, error="nothing done in time")
    return Measurement(
        peer=peer,
        scenario=scenario,
        run=run,
        operations=operations,
        cpu_us=output["server_cpu_seconds"] / operations * 1e6,
        per_second=operations / seconds,
        p50_us=latency.get("p50"),
        p99_us=latency.get("p99"),
        max_us=latency.get("max"),
        kb_per_connection=None if memory is None else memory / 1024,
        load_busy=output["load_cpu_seconds"] / seconds,
    )

"""Runs peers and scenarios side by side, and shows what came of it: `make bench`, or `run.py --help`."""

import argparse
import resource
import sys
from pathlib import Path
from typing import TypeVar

from runner import machine, results, table
from runner.measuring import Bench, Measurement, measure_all
from runner.peers import PEERS, Peer, Places
from runner.scenarios import Scenario, read_scenarios

Named = TypeVar("Named", Scenario, Peer)


def main() -> None:
    """Measures, writes the results and prints the table."""
    options = parse_options()
    scenarios = choose(read_scenarios(), options.scenarios, "scenario")
    if options.rate:
        scenarios = [scenario.at_rate(options.rate) for scenario in scenarios]
    peers = choose(PEERS, options.peers, "peer")
    allow_many_descriptors()
    places = Places(binaries=options.binaries, environments=options.environments)
    bench = Bench(
        places=places,
        cores=machine.two_cores(),
        logs=options.results.parent / "logs",
        rate=options.rate,
    )
    measurements = measure_all(bench, scenarios, peers, runs=options.runs)
    results.write(
        options.results,
        machine=machine.describe(),
        versions={peer.name: peer.version(places) for peer in peers},
        measurements=measurements,
    )
    print_table(scenarios, measurements)
    print(f"\nresults: {options.results}")
    if any(measurement.error for measurement in measurements):
        sys.exit(1)


def parse_options() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="where cargo has put them")
    parser.add_argument("--environments", type=Path, required=True, help="where the venvs are")
    parser.add_argument("--results", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("--peers", default="", help="names with commas between; all without")
    parser.add_argument("--scenarios", default="", help="names with commas between; all without")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", default="", help="operations a second, of an echo")
    return parser.parse_args()


def choose(known: list[Named], names: str, kind: str) -> list[Named]:
    """Those of the known ones that are named, or all."""
    by_name = {one.name: one for one in known}
    wanted = names.replace(",", " ").split()
    if unknown := [name for name in wanted if name not in by_name]:
        sys.exit(f"no {kind} {unknown[0]}: there are {', '.join(by_name)}")
    return [by_name[name] for name in wanted] or [one for one in known if one.by_default]


def allow_many_descriptors() -> None:
    """Servers and load inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def print_table(scenarios: list[Scenario], measurements: list[Measurement]) -> None:
    """Prints what is known of each scenario."""
    for scenario in scenarios:
        rows = results.summarize(scenario, measurements)
        print("\n" + table.render(scenario, rows))


if __name__ == "__main__":
    main()

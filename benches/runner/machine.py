"""The machine on which is measured."""

import os
import platform
import sys
from pathlib import Path


def two_cores() -> tuple[int, int]:
    """A core for the server and one for the load."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("two cores are needed: one for the server, one for the load")
    return cores[-1], cores[0]


def describe() -> dict[str, str | int]:
    """What figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    release = ".".join(platform.release().split(".")[:2])
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {release}",
    }

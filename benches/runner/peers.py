"""The servers that are compared: how each is started and which version it has."""

import json
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BENCHES = Path(__file__).parent.parent
PEERS_FOLDER = BENCHES / "peers"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the things are that `make bench` has built and installed."""

    binaries: Path
    environments: Path

    def python(self, environment: str) -> str:
        """The interpreter of an environment."""
        return str(self.environments / f"bench-{environment}" / "bin" / "python")


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A server; it prints its port on its first line of output."""

    name: str
    title: str
    command: Callable[[Places], list[str]]
    version: Callable[[Places], str]
    by_default: bool = True


def python_peer(name: str, title: str, *arguments: str, folder: str, package: str) -> Peer:
    """A server in Python: `peers/<folder>/server.py` in the environment of that name."""
    script = str(PEERS_FOLDER / folder / "server.py")

    def version(places: Places) -> str:
        code = (
            "import importlib.metadata, platform, sys;"
            "print(sys.argv[1], importlib.metadata.version(sys.argv[1]), 'CPython', platform.python_version())"
        )
        return output_of(places.python(folder), "-c", code, package)

    return Peer(
        name=name,
        title=title,
        command=lambda places: [places.python(folder), script, *arguments],
        version=version,
        by_default=not name.partition("+")[2],
    )


def rust_peer(name: str, title: str, *, version: Callable[[Places], str]) -> Peer:
    """A server in Rust: the binary `peer-<name>`."""
    return Peer(
        name=name,
        title=title,
        command=lambda places: [str(places.binaries / f"peer-{name}")],
        version=version,
    )


def output_of(*command: str) -> str:
    """What a command prints, without the end of the line."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def locked_crate(name: str) -> str:
    """The version of a crate in the lock file."""
    lock = tomllib.loads((BENCHES / "Cargo.lock").read_text())
    return next(
        f"{name} {package['version']}" for package in lock["package"] if package["name"] == name
    )


def locked_packages(folder: str) -> str:
    """The versions of the npm packages that a peer depends on itself."""
    packages = json.loads((PEERS_FOLDER / folder / "package-lock.json").read_text())["packages"]
    return ", ".join(f"{name} {version}" for name, version in packages[""]["dependencies"].items())


def bun() -> str:
    """The binary among those for other machines that npm has chosen."""
    found = PEERS_FOLDER.glob("bun/node_modules/@oven/bun-linux-*/bin/bun")
    return str(next(found))


PEERS = [
    python_peer("ours", "socketio_rs", "event", folder="ours", package="socketio-rs"),
    python_peer("ours+on", "socketio_rs, socket.on", "on", folder="ours", package="socketio-rs"),
    rust_peer("socketioxide", "socketioxide", version=lambda _: locked_crate("socketioxide")),
    Peer(
        name="node",
        title="socket.io, Node.js",
        command=lambda _: ["node", str(PEERS_FOLDER / "node" / "server.mjs")],
        version=lambda _: f"{locked_packages('node')}, Node.js {output_of('node', '--version')}",
    ),
    Peer(
        name="bun",
        title="socket.io, Bun",
        command=lambda _: [bun(), str(PEERS_FOLDER / "bun" / "server.mjs")],
        version=lambda _: locked_packages("bun"),
    ),
    python_peer(
        "python-socketio",
        "python-socketio",
        "websockets-sansio",
        folder="python_socketio",
        package="python-socketio",
    ),
    python_peer(
        "python-socketio+websockets",
        "python-socketio, websockets",
        "websockets",
        folder="python_socketio",
        package="python-socketio",
    ),
    python_peer(
        "python-socketio+wsproto",
        "python-socketio, wsproto",
        "wsproto",
        folder="python_socketio",
        package="python-socketio",
    ),
    rust_peer("floor", "the wire alone", version=lambda _: "of this repository"),
]

"""Where a server listens, and the files that it serves there."""

import asyncio
import errno
import hashlib
import logging
import os
import re
import socket
import stat
from collections.abc import Callable, Mapping
from mimetypes import MimeTypes
from pathlib import Path
from typing import TYPE_CHECKING, cast, final

from ._checks import text

if TYPE_CHECKING:
    from ._core import ListenerCore

logger = logging.getLogger("socketio_rs.server")

Target = int | tuple[str, int] | str | socket.socket
"""What `Server.listen` takes: a port, a pair, `unix:/path`, `fd:3`, or a bound socket."""

StaticFiles = Mapping[str, str | os.PathLike[str]]
"""Exact URL paths, and the file to be served at each."""

File = tuple[str, str, bytes]
"""Content type, ETag with its quotes, body."""

Address = tuple[str, int] | str | int
"""A numeric host and port, a Unix path, or a descriptor."""

_BUNDLES = Path(__file__).with_name("client")
_BUNDLE_NAMES = (
    "socket.io.js",
    "socket.io.min.js",
    "socket.io.esm.min.js",
    "socket.io.msgpack.min.js",
)
# What Python's own table lacks, or has otherwise, in one of the versions from 3.11 on.
_CONTENT_TYPES = {
    ".avif": "image/avif",
    ".js": "text/javascript",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".ttf": "font/ttf",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_UNAVAILABLE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)


@final
class Listener:
    """A place where a server listens; made by `Server.listen`."""

    def __init__(self, cores: "list[ListenerCore]") -> None:
        self._cores = cores
        self._address = cores[0].address

    @property
    def address(self) -> tuple[str, int] | str:
        """`(host, port)` with the port that is really used, or the path of a Unix socket.

        Where a host's name has several addresses, the first of those listened on.
        """
        return self._address

    @property
    def url(self) -> str:
        """The URL for clients on this machine, such as `http://127.0.0.1:3000`.

        For a Unix socket it is `unix:/path`.
        """
        if isinstance(self._address, str):
            return f"unix:{self._address}"
        host, port = self._address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared alone
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def close(self) -> None:
        """Stops listening; clients stay connected. Closing twice is no error."""
        for core in self._cores:
            core.close()

    def __repr__(self) -> str:
        return f"<Listener {self.url}>"


def pair(port: object, host: object) -> tuple[str, int]:
    """Both as one target.

    Raises:
        TypeError: The port is none, for instance because they are given in the order of a pair.
    """
    if isinstance(port, str) and not isinstance(host, str):
        raise TypeError(f"the port comes first: ({host!r}, {port!r})")
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"a port is an int, found {port!r}: for other places there is listen")
    return text("host", host), port


async def resolve(target: Target) -> list[Address]:
    """Turns what `Server.listen` takes into what can be listened on, names into their addresses.

    Raises:
        TypeError: It is nothing of the kind.
        ValueError: A port, descriptor or socket can't be used.
        OSError: The name has no address, or a Unix socket is in use.
    """
    match target:
        case bool() | (str(), bool()):
            pass
        case int():
            return [("127.0.0.1", _port(target))]
        case (str() as host, int() as port):
            return await _addresses(host, _port(port))
        case str() if target.startswith("unix:"):
            return [_unix_path(target.removeprefix("unix:"))]
        case str() if re.fullmatch(r"fd:\d+", target):
            return [int(target.removeprefix("fd:"))]
        case socket.socket():
            return [_descriptor(target)]
        case _:
            pass
    digits = isinstance(target, str) and target.isdecimal()
    raise TypeError(
        "listen takes a port, (host, port), 'unix:/path', 'fd:3' or a bound socket, "
        f"found {target!r}{': a port is an int' if digits else ''}"
    )


def open_listener(
    listen: "Callable[[tuple[str, int] | str | int], ListenerCore]", addresses: list[Address]
) -> Listener:
    """Listens on every address; those of a kind that this machine lacks are left out.

    With port 0 all get the port that the first one got.

    Raises:
        OSError: One can't be listened on, for instance because it is in use; none is then.
    """
    cores: list[ListenerCore] = []
    missing: OSError | None = None
    for address in addresses:
        try:
            cores.append(listen(_at_port_of(cores, address)))
        except OSError as error:
            told = _with_address(error, address)
            if error.errno in _UNAVAILABLE:
                missing = missing or told
                continue
            for core in cores:
                core.close()
            raise told from None
    if missing is not None and not cores:
        raise missing
    return Listener(cores)


def read_bundles(path: str, folder: Path = _BUNDLES) -> dict[str, File | None]:
    """The browser client's files by their URL paths; None for those that are not in this build.

    When one is missing, a line in the log tells how to get it.

    Args:
        path: The server's path, without the slash at its end.
        folder: Where the build has put them.
    """
    names = [*_BUNDLE_NAMES, *(f"{name}.map" for name in _BUNDLE_NAMES)]
    bundles = {f"{path}/{name}": _read_bundle(folder, name) for name in names}
    missing = [url for url, bundle in bundles.items() if bundle is None]
    if missing:
        logger.warning(
            "no browser client at %s: it is not in this build, `make client` adds it "
            "(serve_client=False silences this)",
            missing[0],
        )
    return bundles


def _read_bundle(folder: Path, name: str) -> File | None:
    try:
        version = folder.joinpath("VERSION").read_text("ascii").strip()
        body = folder.joinpath(name).read_bytes()
    except FileNotFoundError:
        return None
    kind = "application/json" if name.endswith(".map") else "application/javascript"
    return f"{kind}; charset=utf-8", f'"{version}"', body


def read_files(files: StaticFiles, path: str) -> dict[str, File]:
    """Reads users' files: content type by the file's extension, ETag by its content.

    Args:
        files: URL paths and files.
        path: The server's own path, under which no file can be served.

    Raises:
        FileNotFoundError: A file is missing; other `OSError`s as reading raises them.
        TypeError: `files` is no mapping.
        ValueError: A URL path could never be asked for.
    """
    if not isinstance(cast("object", files), Mapping):
        raise TypeError(
            f'static_files takes files by their URL paths, as in {{"/": "index.html"}}, found {files!r}'
        )
    return {url: _read_file(url, Path(file), path) for url, file in files.items()}


def _read_file(url: str, file: Path, path: str) -> File:
    if not url.startswith("/") or re.search(r"[?#\s]", url) or url.startswith(f"{path}/"):
        raise ValueError(
            f"static_files takes URL paths such as '/app.js', not under {path}/, found {url!r}"
        )
    try:
        body = file.read_bytes()
    except FileNotFoundError:
        missing = f"no such file for {url!r} of static_files, looked for"
        raise FileNotFoundError(errno.ENOENT, missing, str(file.absolute())) from None
    return _content_type(file), f'"{hashlib.sha256(body).hexdigest()[:32]}"', body


def _content_type(file: Path) -> str:
    # Without the system's tables, so that a file has the same type everywhere.
    kind, encoding = MimeTypes().guess_type(file.name)
    kind = _CONTENT_TYPES.get(file.suffix.lower(), kind)
    if kind is None or encoding is not None:
        return "application/octet-stream"
    is_text = kind.startswith("text/") or kind in ("application/json", "image/svg+xml")
    return f"{kind}; charset=utf-8" if is_text else kind


def _with_address(error: OSError, address: Address) -> OSError:
    """The error with the address in its text."""
    told = f"{error.strerror or error}: {address!r}"
    return OSError(told) if error.errno is None else OSError(error.errno, told)


def _at_port_of(cores: "list[ListenerCore]", address: Address) -> Address:
    """The address with the port that the first one got."""
    taken = cores[0].address if cores else None
    if isinstance(address, tuple) and isinstance(taken, tuple):
        return address[0], taken[1]
    return address


async def _addresses(host: str, port: int) -> list[Address]:
    if not host:
        raise ValueError("the host is empty: '0.0.0.0' or '::' are all interfaces")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise socket.gaierror(error.errno, f"{error.strerror}: {host!r}") from None
    return list(dict.fromkeys((str(each[4][0]), port) for each in found))


def _port(port: int) -> int:
    if not 0 <= port <= 0xFFFF:
        raise ValueError(f"a port must be 0 to 65535, found {port}")
    return port


def _descriptor(bound: socket.socket) -> int:
    if bound.fileno() < 0 or bound.type != socket.SOCK_STREAM:
        raise ValueError(f"the socket must be an open stream socket, found {bound!r}")
    return bound.fileno()


def _unix_path(path: str) -> str:
    """The path, after removal of a socket that a server which ended without closing it left."""
    try:
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            return path
    except FileNotFoundError:
        return path
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        if probe.connect_ex(path) == errno.ECONNREFUSED:
            Path(path).unlink()
    return path

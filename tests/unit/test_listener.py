"""Where a server can listen, and the files that it reads."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from socketio_rs import Server
from socketio_rs._listener import read_bundles, read_files, resolve


def resolved(target: Any) -> list[Any]:
    return list(asyncio.run(resolve(target)))


@pytest.mark.parametrize(
    ("target", "addresses"),
    [
        (3000, [("127.0.0.1", 3000)]),
        (("0.0.0.0", 0), [("0.0.0.0", 0)]),
        (("::1", 80), [("::1", 80)]),
        ("unix:/run/nowhere/io.sock", ["/run/nowhere/io.sock"]),
        ("unix:io.sock", ["io.sock"]),
        ("fd:3", [3]),
    ],
)
def test_target_is_resolved(target: Any, addresses: list[Any]) -> None:
    assert resolved(target) == addresses


def test_name_of_a_host_is_resolved_to_its_addresses() -> None:
    assert ("127.0.0.1", 3000) in resolved(("localhost", 3000))


def test_name_without_an_address_is_told() -> None:
    with pytest.raises(socket.gaierror, match=r"'no\.such\.invalid'"):
        resolved(("no.such.invalid", 3000))


def test_port_and_host_in_the_order_of_a_pair_are_told() -> None:
    io: Server = Server()
    with pytest.raises(TypeError, match=r"the port comes first: \(3000, '0\.0\.0\.0'\)"):
        io.run("0.0.0.0", 3000)  # type: ignore[arg-type]


@pytest.mark.parametrize("port", ["3000", "unix:/run/io.sock", True])
def test_port_that_is_none_is_told(port: Any) -> None:
    io: Server = Server()
    with pytest.raises(TypeError, match=f"a port is an int, found {port!r}: .*listen"):
        io.run(port)


def test_port_in_a_string_is_told() -> None:
    target: Any = "3000"
    with pytest.raises(TypeError, match="found '3000': a port is an int"):
        resolved(target)


def test_bound_socket_is_resolved_to_its_descriptor() -> None:
    with socket.socket() as bound:
        assert resolved(bound) == [bound.fileno()]


@pytest.mark.parametrize(
    "target", [None, True, "3000", "localhost:3000", "fd:x", ("h", "80"), ("h",), ("h", True), 1.5]
)
def test_target_of_no_known_kind_is_refused(target: Any) -> None:
    with pytest.raises(TypeError, match="listen takes"):
        resolved(target)


@pytest.mark.parametrize("target", [-1, 65_536, ("127.0.0.1", 65_536)])
def test_port_out_of_range_is_refused(target: Any) -> None:
    with pytest.raises(ValueError, match="0 to 65535"):
        resolved(target)


def test_empty_host_is_refused() -> None:
    with pytest.raises(ValueError, match="all interfaces"):
        resolved(("", 3000))


def test_closed_or_datagram_socket_is_refused() -> None:
    closed = socket.socket()
    closed.close()
    with pytest.raises(ValueError, match="stream socket"):
        resolved(closed)
    with socket.socket(type=socket.SOCK_DGRAM) as datagram, pytest.raises(ValueError, match="str"):
        resolved(datagram)


def test_unix_socket_that_nobody_listens_on_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "io.sock"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    resolved(f"unix:{path}")
    assert not path.exists()


def test_unix_socket_in_use_is_left(tmp_path: Path) -> None:
    path = tmp_path / "io.sock"
    with socket.socket(socket.AF_UNIX) as live:
        live.bind(str(path))
        live.listen()
        resolved(f"unix:{path}")
        assert path.exists()


def test_file_that_is_no_socket_is_left(tmp_path: Path) -> None:
    path = tmp_path / "io.sock"
    path.write_text("precious")
    resolved(f"unix:{path}")
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("app.MJS", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("data.json", "application/json; charset=utf-8"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("logo.png", "image/png"),
        ("photo.webp", "image/webp"),
        ("font.woff2", "font/woff2"),
        ("archive.tar.gz", "application/octet-stream"),
        ("unknown", "application/octet-stream"),
    ],
)
def test_content_type_goes_by_the_extension(tmp_path: Path, name: str, content_type: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    found, _, body = read_files({"/x": tmp_path / name}, "/socket.io")["/x"]
    assert (found, body) == (content_type, b"x")


def test_etag_changes_with_the_content_alone(tmp_path: Path) -> None:
    def etag(content: bytes) -> str:
        (tmp_path / "a").write_bytes(content)
        return read_files({"/": str(tmp_path / "a")}, "/socket.io")["/"][1]

    first = etag(b"1")
    assert first == etag(b"1") != etag(b"2")
    assert first.startswith('"')
    assert first.endswith('"')


def test_missing_file_is_named_with_its_url_and_full_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="'/' of static_files") as caught:
        read_files({"/": "index.html"}, "/socket.io")
    assert caught.value.filename == str(tmp_path / "index.html")


@pytest.mark.parametrize("url", ["index.html", "/a?b", "/socket.io/x.js", ""])
def test_url_that_can_never_be_asked_for_is_refused(tmp_path: Path, url: str) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(ValueError, match="URL path"):
        read_files({url: tmp_path / "a"}, "/socket.io")


BUNDLES = [
    f"{name}{suffix}"
    for name in (
        *("socket.io.js", "socket.io.min.js", "socket.io.esm.min.js"),
        "socket.io.msgpack.min.js",
    )
    for suffix in ("", ".map")
]


def build(folder: Path, names: list[str]) -> None:
    """What `make client` leaves."""
    for name in names:
        (folder / name).write_text(name)
    (folder / "VERSION").write_text("4.8.4\n")


def test_bundles_have_the_types_and_the_etag_of_the_reference(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build(tmp_path, BUNDLES)
    script, source_map = "application/javascript", "application/json"
    assert read_bundles("/io", tmp_path) == {
        f"/io/{name}": (
            f"{source_map if name.endswith('.map') else script}; charset=utf-8",
            '"4.8.4"',
            name.encode(),
        )
        for name in BUNDLES
    }
    assert caplog.messages == []


@pytest.mark.parametrize("missing", [BUNDLES, BUNDLES[:1], BUNDLES[3:4], ["VERSION"]])
def test_missing_bundles_are_told_apart_and_one_line_tells_how_to_get_them(
    missing: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build(tmp_path, BUNDLES)
    for name in missing:
        (tmp_path / name).unlink()
    bundles = read_bundles("/socket.io", tmp_path)
    lacking = BUNDLES if missing == ["VERSION"] else missing
    assert [url for url, bundle in bundles.items() if bundle is None] == sorted(
        (f"/socket.io/{name}" for name in lacking), key=list(bundles).index
    )
    assert len(bundles) == 8
    (message,) = caplog.messages
    assert "make client" in message


def test_build_without_a_client_lacks_all_bundles(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bundles = read_bundles("/socket.io", tmp_path / "client")
    assert set(bundles.values()) == {None}
    assert len(caplog.messages) == 1

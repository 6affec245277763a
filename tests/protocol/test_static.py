"""Files: the bundles of the browser client, and those of the application."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.process import ServerProcess

import socketio_rs
from socketio_rs import Listener, Server

from .wire import Wire, ask, request

HERE = Path(__file__).parent
CLIENT = Path(socketio_rs.__file__).with_name("client")
NAMES = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"]
ETAG = f'"{(CLIENT / "VERSION").read_text().strip()}"'
SCRIPT = "application/javascript; charset=utf-8"
BUNDLE = "/socket.io/socket.io.js"
UNKNOWN_TRANSPORT = '{"code":0,"message":"Transport unknown"}'


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Server().serving() as listener:
        yield listener


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        *((name, SCRIPT) for name in NAMES),
        *((f"{name}.map", "application/json; charset=utf-8") for name in NAMES),
    ],
)
async def test_bundle_is_served(listener: Listener, name: str, content_type: str) -> None:
    answer = await ask(listener, request(f"/socket.io/{name}?a=b"))
    del answer.headers["date"]
    assert answer.status == 200
    assert answer.headers == {
        "content-type": content_type,
        "etag": ETAG,
        "cache-control": "public, max-age=0",
        "content-length": str(len(answer.body.encode())),
    }
    assert answer.body == (CLIENT / name).read_text()


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (ETAG, 304),
        (f"W/{ETAG}", 304),
        ('"0.0.0"', 200),
        (f"{ETAG}, {ETAG}", 200),
        ("*", 200),
        (ETAG.strip('"'), 200),
    ],
)
async def test_bundle_that_the_client_has_is_not_sent(
    listener: Listener, asked: str, status: int
) -> None:
    answer = await ask(listener, request(BUNDLE, f"If-None-Match: {asked}"))
    assert (answer.status, "etag" in answer.headers) == (status, status == 200)


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_bundle_is_served_to_any_method(listener: Listener, method: str) -> None:
    answer = await ask(listener, request(BUNDLE, method=method), method)
    assert (answer.status, answer.headers["etag"]) == (200, ETAG)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "VERSION",
        "socket.io.mjs",
        "socket.io.js/",
        "socket.io%2Ejs",
        "socket.io.js%00",
        "x/socket.io.js",
        "../client/VERSION",
        "..%2fclient%2fVERSION",
        "%2e%2e/client/VERSION",
    ],
)
async def test_other_names_are_the_engines(listener: Listener, path: str) -> None:
    answer = await ask(listener, request(f"/socket.io/{path}"))
    assert (answer.status, answer.body) == (400, UNKNOWN_TRANSPORT)


async def test_bundle_is_under_the_servers_path() -> None:
    async with Server(path="/live/").serving() as listener:
        assert (await ask(listener, request("/live/socket.io.js"))).status == 200
        assert (await ask(listener, request(BUNDLE))).status == 404


async def test_bundle_has_the_headers_of_cors() -> None:
    async with Server(cors="https://a.example").serving() as listener:
        for lines in ((), (f"If-None-Match: {ETAG}",)):
            answer = await ask(listener, request(BUNDLE, *lines))
            assert answer.headers["access-control-allow-origin"] == "https://a.example"
            assert answer.headers["vary"] == "Origin"


async def test_server_that_serves_no_client_has_no_bundle() -> None:
    async with Server(serve_client=False).serving() as listener:
        answer = await ask(listener, request(BUNDLE))
        assert (answer.status, answer.body) == (400, UNKNOWN_TRANSPORT)


def test_bundle_that_the_build_lacks_is_told_clearly(tmp_path: Path) -> None:
    with ServerProcess(HERE / "serve_without_client.py", str(tmp_path)) as server:
        status, content_type, text = server.line()["answer"]
        logged = server.line()["log"]
    assert (status, content_type) == (404, "text/plain; charset=utf-8")
    assert "make client" in text
    assert len(logged) == 1
    assert "make client" in logged[0]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Listener]:
    """A server with two files."""
    (tmp_path / "index.html").write_text("<p>é</p>")
    (tmp_path / "style.css").write_text("p { color: red }")
    files = {"/": tmp_path / "index.html", "/a/style.css": tmp_path / "style.css"}
    async with Server().serving(static_files=files) as listener:
        yield listener


@pytest.mark.parametrize(
    ("target", "content_type", "text"),
    [
        ("/", "text/html; charset=utf-8", "<p>é</p>"),
        ("/?a=b", "text/html; charset=utf-8", "<p>é</p>"),
        ("/a/style.css", "text/css; charset=utf-8", "p { color: red }"),
    ],
)
async def test_file_is_served_at_its_url(
    site: Listener, target: str, content_type: str, text: str
) -> None:
    answer = await ask(site, request(target))
    found = (answer.status, answer.headers["content-type"], answer.body)
    assert found == (200, content_type, text)
    assert answer.headers["content-length"] == str(len(text.encode()))


async def test_head_gets_the_head_alone(site: Listener) -> None:
    async with Wire.to(site) as wire:
        wire.send(request("/", method="HEAD") + request("/"))
        head, whole = await wire.answer("HEAD"), await wire.answer()
    assert (head.status, head.headers, head.body) == (200, whole.headers, "")


async def test_file_that_the_client_has_is_not_sent(site: Listener) -> None:
    etag = (await ask(site, request("/"))).headers["etag"]
    assert (await ask(site, request("/", f"If-None-Match: {etag}"))).status == 304
    assert (await ask(site, request("/", f"If-None-Match: W/{etag}"))).status == 304
    other = await ask(site, request("/a/style.css", f"If-None-Match: {etag}"))
    assert other.status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_file_takes_no_other_method(site: Listener, method: str) -> None:
    assert (await ask(site, request("/", method=method))).status == 405


@pytest.mark.parametrize("target", ["/index.html", "/a", "/a/style.css/", "/%61/style.css", "//"])
async def test_file_has_no_other_url(site: Listener, target: str) -> None:
    answer = await ask(site, request(target))
    assert (answer.status, answer.body) == (404, "")

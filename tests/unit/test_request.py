"""`Request` and `Handshake`: how a request's head is shown to handlers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from socketio_rs import Handshake, Request

HEADERS = [("Host", "a.example"), ("Origin", "https://b.example"), ("Cookie", "io=1; theme=dark")]


def make_request(url: str = "/socket.io/", headers: list[tuple[str, str]] | None = None) -> Request:
    return Request("GET", url, HEADERS if headers is None else headers, "192.0.2.7", False, "1.1")


def test_request_shows_what_it_was_made_of() -> None:
    request = make_request("/socket.io/?EIO=4")
    assert (request.method, request.url, request.path) == (
        "GET",
        "/socket.io/?EIO=4",
        "/socket.io/",
    )
    assert (request.remote_address, request.secure, request.http_version) == (
        "192.0.2.7",
        False,
        "1.1",
    )


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", {}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2", {"a": "2"}),
        ("a=1+2%263", {"a": "1 2&3"}),
        ("a&=b&&c=", {"a": "", "": "b", "c": ""}),
        ("n=%E2%82%AC&m=%ff&k=%zz", {"n": "€", "m": "\ufffd", "k": "%zz"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=1#b=2", {"a": "1"}),
        ("a=1;b=2", {"a": "1;b=2"}),
    ],
)
def test_query_is_decoded_as_url_search_params_do(query: str, pairs: dict[str, str]) -> None:
    assert make_request(f"/socket.io/?{query}").query == pairs


@pytest.mark.parametrize(
    ("name", "joined"),
    [
        ("accept", "a, b"),
        ("x-forwarded-for", "a, b"),
        ("if-none-match", "a, b"),
        ("cookie", "a; b"),
        ("host", "a"),
        ("authorization", "a"),
        ("content-type", "a"),
        ("user-agent", "a"),
    ],
)
def test_repeated_headers_are_joined_as_node_does(name: str, joined: str) -> None:
    headers = make_request(headers=[(name.title(), "a"), (name, "b")]).headers
    assert headers[name] == joined


def test_get_all_has_each_repeated_header() -> None:
    headers = make_request(headers=[("X-A", "1"), ("host", "h"), ("x-a", "2")]).headers
    assert headers.get_all("X-a") == ["1", "2"]
    assert headers.get_all("x-b") == []


def test_header_names_are_in_lower_case_and_found_in_any() -> None:
    headers = make_request().headers
    assert list(headers) == ["host", "origin", "cookie"]
    assert headers["ORIGIN"] == "https://b.example"
    assert "Host" in headers
    assert headers.get("x-none") is None


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("io=1; theme=dark", {"io": "1", "theme": "dark"}),
        ("a=1; a=2", {"a": "1"}),
        ('a="x y"; b="', {"a": "x y", "b": '"'}),
        ("a=b=c;novalue; =x", {"a": "b=c", "": "x"}),
        ("a=%20", {"a": "%20"}),
    ],
)
def test_cookies_are_parsed(header: str, cookies: dict[str, str]) -> None:
    assert make_request(headers=[("cookie", header)]).cookies == cookies


def test_request_without_cookies_has_none() -> None:
    assert make_request(headers=[]).cookies == {}


@pytest.mark.parametrize("name", ["url", "method", "headers", "query", "anything"])
def test_request_is_immutable(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(make_request(), name, "x")


def test_mappings_of_a_request_are_read_only() -> None:
    request = make_request("/?a=1")
    mappings: list[Any] = [request.query, request.headers, request.cookies]
    for mapping in mappings:
        with pytest.raises(TypeError):
            mapping["a"] = "2"


def test_repr_of_a_request_shows_no_secret() -> None:
    request = make_request("/socket.io/?token=secret")
    assert repr(request) == "<Request GET /socket.io/>"
    assert "dark" not in repr(request.headers)


def test_handshake_shows_request_time_and_auth() -> None:
    handshake = Handshake(make_request("/socket.io/?EIO=4"), 1_642_759_684.5, {"token": "x"})
    assert handshake.headers["host"] == "a.example"
    assert handshake.time == datetime(2022, 1, 21, 10, 8, 4, 500_000, UTC)
    assert (handshake.address, handshake.xdomain, handshake.secure) == ("192.0.2.7", True, False)
    assert (handshake.issued, handshake.url) == (1_642_759_684.5, "/socket.io/?EIO=4")
    assert handshake.query == {"EIO": "4"}
    assert handshake.auth == {"token": "x"}


def test_handshake_without_auth_has_an_empty_dict() -> None:
    assert Handshake(make_request(), 0.0, None).auth == {}


def test_handshake_without_origin_is_of_the_same_domain() -> None:
    assert Handshake(make_request(headers=[]), 0.0, None).xdomain is False


def test_handshake_is_immutable() -> None:
    with pytest.raises(AttributeError):
        setattr(Handshake(make_request(), 0.0, None), "auth", {})  # noqa: B010 - mypy knows it


def test_to_dict_is_the_references_json_form() -> None:
    request = Request("GET", "/socket.io/?EIO=4", [("Host", "h")], "127.0.0.1", False, "1.1")
    assert Handshake(request, 1_642_759_684.123, {"a": 1}).to_dict() == {
        "headers": {"host": "h"},
        "time": "Fri Jan 21 2022 10:08:04 GMT+0000 (Coordinated Universal Time)",
        "address": "127.0.0.1",
        "xdomain": False,
        "secure": False,
        "issued": 1_642_759_684_123,
        "url": "/socket.io/?EIO=4",
        "query": {"EIO": "4"},
        "auth": {"a": 1},
    }

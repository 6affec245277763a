"""The checks of `Server`'s options; what each option does is tested where it acts."""

from typing import Any

import pytest

from socketio_rs import Cors, Server
from socketio_rs._options import check
from socketio_rs.engine import Engine


def test_defaults_are_the_references() -> None:
    options = check({})
    assert (options.path, options.transports, options.allow_upgrades) == (
        "/socket.io",
        ("polling", "websocket"),
        True,
    )
    assert (
        options.ping_interval,
        options.ping_timeout,
        options.connect_timeout,
        options.upgrade_timeout,
    ) == (25.0, 20.0, 45.0, 10.0)
    assert (options.max_http_buffer_size, options.max_attachments) == (1_000_000, 10)
    assert (options.cors, options.serve_client) == (None, True)


def test_v38_defaults_of_our_own_bounds() -> None:
    options = check({})
    assert (options.send_queue_bytes, options.slow_client) == (4_194_304, "disconnect")
    assert (options.max_pending_events, options.max_running_handlers) == (256, 1_000)
    assert options.data is dict


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ping_intervall", "ping_interval"),
        ("pingTimeout", "ping_timeout"),
        ("cors_allowed_origins", None),
        ("max_http_bufer_size", "max_http_buffer_size"),
    ],
)
def test_unknown_option_raises_with_the_nearest_name(name: str, nearest: str | None) -> None:
    make: Any = Server
    with pytest.raises(TypeError, match=name) as caught:
        make(**{name: 1})
    assert ("did you mean" in str(caught.value)) is (nearest is not None)
    assert nearest is None or repr(nearest) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", 1),
        ("ping_interval", "25"),
        ("ping_timeout", None),
        ("connect_timeout", True),
        ("upgrade_timeout", [1]),
        ("max_http_buffer_size", 1e6),
        ("transports", "websocket"),
        ("transports", [1]),
        ("allow_upgrades", 1),
        ("cors", True),
        ("cors", [1]),
        ("send_queue_bytes", "4MiB"),
        ("max_pending_events", False),
        ("max_running_handlers", 1.0),
        ("max_attachments", None),
        ("data", {}),
        ("serve_client", "no"),
    ],
)
def test_value_of_another_type_raises_type_error_naming_the_option(
    name: str, value: object
) -> None:
    with pytest.raises(TypeError, match=rf"{name}.*, found "):
        check({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", "socket.io"),
        ("path", "/socket.io?x=1"),
        ("ping_interval", 0),
        ("ping_interval", float("inf")),
        ("ping_timeout", -1),
        ("connect_timeout", 0),
        ("upgrade_timeout", float("nan")),
        ("max_http_buffer_size", 0),
        ("transports", []),
        ("transports", ["webtransport"]),
        ("send_queue_bytes", 0),
        ("slow_client", "wait"),
        ("max_pending_events", 0),
        ("max_running_handlers", 0),
        ("max_attachments", -1),
    ],
)
def test_value_out_of_range_raises_value_error_naming_the_option(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        check({name: value})


@pytest.mark.parametrize(
    ("given", "taken"),
    [("/socket.io/", "/socket.io"), ("/a/b", "/a/b"), ("/", ""), ("/x//", "/x/")],
)
def test_path_loses_one_slash_at_its_end(given: str, taken: str) -> None:
    assert check({"path": given}).path == taken


def test_seconds_may_be_whole_numbers() -> None:
    assert check({"ping_interval": 5}).ping_interval == 5.0


def test_no_attachment_can_be_allowed() -> None:
    assert check({"max_attachments": 0}).max_attachments == 0


def test_transports_may_be_any_iterable_of_names() -> None:
    assert check({"transports": iter(["websocket", "websocket"])}).transports == ("websocket",)


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("*", "*"),
        ("https://a.example", "https://a.example"),
        (
            ["https://a.example", "http://b.example:8080"],
            ["https://a.example", "http://b.example:8080"],
        ),
        (("null",), ["null"]),
        ([], []),
    ],
)
def test_cors_may_be_origins_alone(given: object, origins: object) -> None:
    assert check({"cors": given}).cors == (origins, None, None, None, False, None)


def test_cors_fields_may_be_a_dict_or_a_cors() -> None:
    fields: dict[str, Any] = {
        "origins": ["https://a.example"],
        "methods": ["GET", "POST"],
        "allowed_headers": "x-token",
        "exposed_headers": ("x-a", "x-b"),
        "credentials": True,
        "max_age": 600,
    }
    taken = (["https://a.example"], "GET,POST", "x-token", "x-a,x-b", True, 600)
    assert check({"cors": fields}).cors == check({"cors": Cors(**fields)}).cors == taken


def test_unknown_key_of_cors_raises_with_the_nearest_name() -> None:
    with pytest.raises(TypeError, match="'origin'; did you mean 'origins'"):
        check({"cors": {"origin": "*"}})


@pytest.mark.parametrize(
    "origin", ["localhost:3000", "https://a.example/", "https://a.example/app", "", "a b://c"]
)
def test_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match=r"scheme://host"):
        Cors(origins=[origin])


def test_star_beside_other_origins_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'\*' alone"):
        Cors(origins=["https://a.example", "*"])


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("methods", "GET\r\nset-cookie: a=b", ValueError),
        ("methods", 1, TypeError),
        ("credentials", "yes", TypeError),
        ("max_age", -1, ValueError),
        ("max_age", 1.5, TypeError),
    ],
)
def test_bad_field_of_cors_raises_naming_it(field: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"cors.{field}"):
        Cors(**{field: value})


@pytest.mark.parametrize(
    ("make", "name", "hint"),
    [
        (Server, "max_namespaces", r"limits=Limits\(max_namespaces=...\)"),
        (Server, "static_files", "it belongs to listen, serving and run"),
        (Engine, "serve_client", "it is one of Server"),
        (Server, "cors_allowed_origins", "see cors"),
        (Server, "async_mode", "the loop that serves it is all it needs"),
        (Server, "cookie", "it is not built yet"),
        (Engine, "logger", r'logging\.getLogger\("socketio_rs"\)'),
        (Server, "port", r"it belongs to run, as in run\(port=\.\.\.\)"),
    ],
)
def test_option_that_belongs_elsewhere_is_told_where(make: Any, name: str, hint: str) -> None:
    with pytest.raises(TypeError, match=hint):
        make(**{name: 1})

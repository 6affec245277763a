"""The options of `Server`: their names, defaults and bounds, checked before anything starts."""

import difflib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from ._checks import flag, integer, number_of_seconds, plain_function, seconds, strings, text
from ._elsewhere import place, snake_case
from ._limits import Limits
from ._request import Request

if TYPE_CHECKING:
    from .adapter import AdapterFactory

_LARGEST_MESSAGE_BYTES = 2**30
_TRANSPORTS = ("polling", "websocket")
_ORIGIN = re.compile(r"null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]*", re.ASCII)
_HEADER_TEXT = re.compile(r"[\x20-\x7e]*")

AllowRequest = Callable[[Request], bool | Awaitable[bool | None] | None]
CoreCors = tuple[str | list[str], str | None, str | None, str | None, bool, int | None]


@dataclass(frozen=True, kw_only=True)
class Cors:
    """Cross-origin resource sharing: which pages of other origins may use the server.

    Args:
        origins: `"*"` for all; one origin, sent as it is whatever the request's; or several, of
            which the request's is sent. An origin is `scheme://host[:port]`. Unless all are
            allowed, a WebSocket request from another origin is refused with 400.
        methods: Methods that a preflight allows; None: `GET,HEAD,PUT,PATCH,POST,DELETE`.
        allowed_headers: Headers that a preflight allows; None: those it asks for.
        exposed_headers: Headers of the response that pages may read; None: the safe ones.
        credentials: Whether cookies may be sent along; browsers then refuse `"*"`.
        max_age: Seconds for which a preflight's answer may be kept; None: the browser decides.

    Raises:
        TypeError: A value is of another type.
        ValueError: An origin is not of that form, or a value can't stand in a header.
    """

    origins: str | Sequence[str] = "*"
    methods: str | Sequence[str] | None = None
    allowed_headers: str | Sequence[str] | None = None
    exposed_headers: str | Sequence[str] | None = None
    credentials: bool = False
    max_age: int | None = None

    def __post_init__(self) -> None:
        _origins(self.origins)
        for name in ("methods", "allowed_headers", "exposed_headers"):
            _header(f"cors.{name}", getattr(self, name))
        flag("cors.credentials", self.credentials)
        if self.max_age is not None:
            integer("cors.max_age", self.max_age, 0)


@dataclass(frozen=True, kw_only=True)
class ConnectionStateRecovery:
    """What clients get back that return after their connection was lost.

    Args:
        max_disconnection_duration: Seconds for which a client may be away.
        skip_middlewares: Whether connection middlewares are not run for one that comes back.

    Raises:
        TypeError: A value is of another type.
        ValueError: The seconds are out of their range.
    """

    max_disconnection_duration: float = 120.0
    skip_middlewares: bool = True

    def __post_init__(self) -> None:
        name = "connection_state_recovery"
        seconds(f"{name}.max_disconnection_duration", self.max_disconnection_duration, 100_000)
        flag(f"{name}.skip_middlewares", self.skip_middlewares)


class EngineOptions(TypedDict, total=False):
    """What `Engine` takes; its documentation says what each means."""

    path: str
    ping_interval: float
    ping_timeout: float
    upgrade_timeout: float
    max_http_buffer_size: int
    transports: Iterable[Literal["polling", "websocket"]]
    allow_upgrades: bool
    cors: str | Sequence[str] | Mapping[str, Any] | Cors | None
    send_queue_bytes: int
    slow_client: Literal["disconnect", "drop"]
    max_pending_events: int
    max_running_handlers: int
    allow_request: AllowRequest | None
    hook_timeout: float
    limits: Limits


class Options(EngineOptions, total=False):
    """What `Server` takes beside `data`; its documentation says what each means."""

    adapter: "AdapterFactory | None"
    cleanup_empty_child_namespaces: bool
    connect_timeout: float
    max_attachments: int
    ordering: Literal["concurrent", "serial"]
    slow_handler: float | None
    serve_client: bool
    json_default: Callable[[Any], Any] | None
    connection_state_recovery: bool | ConnectionStateRecovery | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedOptions:
    """All options, in the form that the extension takes."""

    adapter: Callable[..., Any] | None
    path: str
    ping_interval: float
    ping_timeout: float
    connect_timeout: float
    upgrade_timeout: float
    max_http_buffer_size: int
    transports: tuple[str, ...]
    allow_upgrades: bool
    cors: CoreCors | None
    send_queue_bytes: int
    slow_client: Literal["disconnect", "drop"]
    max_pending_events: int
    max_running_handlers: int
    ordering: Literal["concurrent", "serial"]
    slow_handler: float | None
    max_attachments: int
    data: Callable[[], Any]
    json_default: Callable[[Any], Any] | None
    serve_client: bool
    cleanup_empty_child_namespaces: bool
    allow_request: Callable[..., Any] | None
    hook_timeout: float
    connection_state_recovery: tuple[float, bool] | None
    limits: Limits


def check(options: Mapping[str, Any]) -> CheckedOptions:
    """Checks the options given to `Server`, and fills in the others.

    Raises:
        TypeError, ValueError: As `_check`.
    """
    return _check("Server", [each.name for each in fields(CheckedOptions)], options)


def check_engine(options: Mapping[str, Any]) -> CheckedOptions:
    """Checks the options given to `Engine`, and fills in the others.

    Raises:
        TypeError, ValueError: As `_check`.
    """
    checked = _check("Engine", list(EngineOptions.__annotations__), options)
    return checked if "path" in options else replace(checked, path="/engine.io")


def _check(what: str, known: Sequence[str], options: Mapping[str, Any]) -> CheckedOptions:
    """Checks options, and fills in the others.

    Raises:
        TypeError: A name is unknown (the text has the nearest one), or a value of another type.
        ValueError: A value is out of its range.
    """
    for name in options:
        if name not in known:
            raise TypeError(
                f"{what}() has no option {name!r}"
                f"{_place(snake_case(name), known) or _nearest(name, known)}"
            )
    option = options.get
    return CheckedOptions(
        adapter=_adapter(option("adapter")),
        path=_path(option("path", "/socket.io")),
        ping_interval=seconds("ping_interval", option("ping_interval", 25.0)),
        ping_timeout=seconds("ping_timeout", option("ping_timeout", 20.0)),
        connect_timeout=seconds("connect_timeout", option("connect_timeout", 45.0)),
        upgrade_timeout=seconds("upgrade_timeout", option("upgrade_timeout", 10.0)),
        max_http_buffer_size=integer(
            "max_http_buffer_size",
            option("max_http_buffer_size", 1_000_000),
            1,
            _LARGEST_MESSAGE_BYTES,
        ),
        transports=_transports(option("transports", _TRANSPORTS)),
        allow_upgrades=flag("allow_upgrades", option("allow_upgrades", True)),
        cors=_cors(option("cors")),
        send_queue_bytes=integer("send_queue_bytes", option("send_queue_bytes", 4 << 20), 1),
        slow_client=_slow_client(option("slow_client", "disconnect")),
        max_pending_events=integer("max_pending_events", option("max_pending_events", 256), 1),
        max_running_handlers=integer(
            "max_running_handlers", option("max_running_handlers", 1_000), 1
        ),
        ordering=_ordering(option("ordering", "concurrent")),
        slow_handler=_slow_handler(option("slow_handler", 0.1)),
        max_attachments=integer("max_attachments", option("max_attachments", 10), 0),
        data=plain_function("data", option("data", dict), 0),
        json_default=_json_default(option("json_default")),
        serve_client=flag("serve_client", option("serve_client", True)),
        cleanup_empty_child_namespaces=flag(
            "cleanup_empty_child_namespaces", option("cleanup_empty_child_namespaces", False)
        ),
        allow_request=_hook("allow_request", option("allow_request")),
        hook_timeout=seconds("hook_timeout", option("hook_timeout", 10.0)),
        connection_state_recovery=_recovery(option("connection_state_recovery")),
        limits=_limits(option("limits", Limits())),
    )


def _path(value: object) -> str:
    """The path without the slash at its end; the engine's has one."""
    path = text("path", value)
    if not path.startswith("/") or re.search(r"[?#\s]", path) or not path.isascii():
        raise ValueError(f"path must start with '/' and be the path of a URL, found {path!r}")
    return path.removesuffix("/")


def _transports(value: object) -> tuple[str, ...]:
    names = strings("transports", value)
    for name in names:
        if name not in _TRANSPORTS:
            raise ValueError(f"transports must be of {list(_TRANSPORTS)}, found {name!r}")
    if not names:
        raise ValueError(f"transports must name at least one of {list(_TRANSPORTS)}")
    return tuple(dict.fromkeys(names))


def _slow_client(value: object) -> Literal["disconnect", "drop"]:
    if value == "disconnect":
        return "disconnect"
    if value == "drop":
        return "drop"
    raise ValueError(f"slow_client must be 'disconnect' or 'drop', found {value!r}")


def _ordering(value: object) -> Literal["concurrent", "serial"]:
    if value == "concurrent":
        return "concurrent"
    if value == "serial":
        return "serial"
    raise ValueError(f"ordering must be 'concurrent' or 'serial', found {value!r}")


def _slow_handler(value: object) -> float | None:
    if value is None or not number_of_seconds("slow_handler", value):
        return None
    return seconds("slow_handler", value)


def _limits(value: object) -> Limits:
    if not isinstance(value, Limits):
        raise TypeError(f"limits must be a Limits, found {value!r}")
    return value


def _recovery(value: object) -> tuple[float, bool] | None:
    if value is None or value is False:
        return None
    if value is True:
        value = ConnectionStateRecovery()
    if not isinstance(value, ConnectionStateRecovery):
        raise TypeError(
            "connection_state_recovery must be True, a ConnectionStateRecovery or None,"
            f" found {value!r}"
        )
    return float(value.max_disconnection_duration), value.skip_middlewares


def _hook(name: str, value: object) -> Callable[..., Any] | None:
    if value is None or callable(value):
        return value
    raise TypeError(f"{name} must be a function, found {value!r}")


def _json_default(value: object) -> Callable[..., Any] | None:
    return None if value is None else plain_function("json_default", value, 1)


def _adapter(value: object) -> Callable[..., Any] | None:
    if value is None or callable(value):
        return value
    raise TypeError(
        "adapter must be a class derived from Adapter, or a function that gets a namespace and "
        f"makes one, found {value!r}"
    )


def _cors(value: object) -> CoreCors | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = _cors_of(cast("Mapping[str, Any]", value))
    elif not isinstance(value, Cors):
        value = Cors(origins=_origins(value))
    return (
        _origins(value.origins),
        _header("cors.methods", value.methods),
        _header("cors.allowed_headers", value.allowed_headers),
        _header("cors.exposed_headers", value.exposed_headers),
        value.credentials,
        value.max_age,
    )


def _cors_of(value: Mapping[str, Any]) -> Cors:
    known = [each.name for each in fields(Cors)]
    for name in value:
        if name not in known:
            raise TypeError(f"cors has no key {name!r}{_nearest(name, known)}")
    return Cors(**value)


def _origins(value: object) -> str | list[str]:
    origins = [value] if isinstance(value, str) else strings("cors", value)
    if value == "*":
        return "*"
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"an origin of cors must be 'scheme://host[:port]', or '*' alone, found {origin!r}"
            )
    return value if isinstance(value, str) else origins


def _header(name: str, value: object) -> str | None:
    if value is None:
        return None
    joined = value if isinstance(value, str) else ",".join(strings(name, value))
    if not _HEADER_TEXT.fullmatch(joined):
        raise ValueError(f"{name} must be printable ASCII, found {joined!r}")
    return joined


def _place(name: str, known: Sequence[str]) -> str:
    """Where a name belongs that is no option of this kind."""
    if name in known:
        return f"; did you mean {name!r}?"
    if name in Limits.__dataclass_fields__:
        return f": it is a field of Limits, as in limits=Limits({name}=...)"
    if name in CheckedOptions.__dataclass_fields__:
        return ": it is one of Server"
    return place(name)


def _nearest(name: str, known: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(snake_case(name), known, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""

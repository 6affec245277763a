"""The request that opened a session, and a socket's handshake: immutable, parsed on first use."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self, final
from urllib.parse import parse_qsl

# Of these Node keeps the first one alone (`IncomingMessage.headers`).
_SINGLE = frozenset(
    {
        "age",
        "authorization",
        "content-length",
        "content-type",
        "etag",
        "expires",
        "from",
        "host",
        "if-modified-since",
        "if-unmodified-since",
        "last-modified",
        "location",
        "max-forwards",
        "proxy-authorization",
        "referer",
        "retry-after",
        "server",
        "user-agent",
    }
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@final
class Headers(Mapping[str, str]):
    """The headers of a request; names in lower case, looked up in any.

    Repeated ones are joined as Node joins them: `cookie` by `; `, most by `, `, and of some, such as
    `host` or `authorization`, the first one counts. `get_all` has each by itself.
    """

    __slots__ = ("_joined", "_pairs")

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = [(name.lower(), value) for name, value in pairs]
        self._joined: dict[str, str] = {}
        for name, value in self._pairs:
            if name not in self._joined:
                self._joined[name] = value
            elif name not in _SINGLE:
                separator = "; " if name == "cookie" else ", "
                self._joined[name] += separator + value

    def get_all(self, name: str) -> list[str]:
        """All values of a header in the order received; empty when there is none."""
        name = name.lower()
        return [value for key, value in self._pairs if key == name]

    def __getitem__(self, name: str) -> str:
        return self._joined[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._joined

    def __iter__(self) -> Iterator[str]:
        return iter(self._joined)

    def __len__(self) -> int:
        return len(self._joined)

    def __repr__(self) -> str:
        # Values may be secrets.
        return f"<Headers {', '.join(self._joined)}>"


@final
class Request:
    """The HTTP request that opened a session: the first poll, or the WebSocket upgrade."""

    __slots__ = (
        "_cookies",
        "_headers",
        "_http_version",
        "_method",
        "_pairs",
        "_query",
        "_remote_address",
        "_secure",
        "_url",
    )

    def __init__(
        self,
        method: str,
        url: str,
        headers: list[tuple[str, str]],
        remote_address: str,
        secure: bool,
        http_version: str,
    ) -> None:
        self._method = method
        self._url = url
        self._pairs = headers
        self._remote_address = remote_address
        self._secure = secure
        self._http_version = http_version
        self._headers: Headers | None = None
        self._query: Mapping[str, str] | None = None
        self._cookies: Mapping[str, str] | None = None

    @property
    def method(self) -> str:
        """The method, as received."""
        return self._method

    @property
    def url(self) -> str:
        """Path and query as received, for instance `/socket.io/?EIO=4&transport=websocket`."""
        return self._url

    @property
    def path(self) -> str:
        """The path as received, not decoded."""
        return self._url.partition("?")[0]

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded query; of a repeated key the last value counts, as in the reference."""
        if self._query is None:
            query = self._url.partition("?")[2].partition("#")[0]
            self._query = MappingProxyType(dict(parse_qsl(query, keep_blank_values=True)))
        return self._query

    @property
    def headers(self) -> Headers:
        """The headers, with names in lower case."""
        if self._headers is None:
            self._headers = Headers(self._pairs)
        return self._headers

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies, not decoded but without quotes; of a repeated name the first one counts.

        Clients send the most specific one first (RFC 6265, 5.4).
        """
        if self._cookies is None:
            cookies: dict[str, str] = {}
            for pair in self.headers.get("cookie", "").split(";"):
                name, equals, value = pair.partition("=")
                if equals:
                    cookies.setdefault(name.strip(), _unquote(value.strip()))
            self._cookies = MappingProxyType(cookies)
        return self._cookies

    @property
    def remote_address(self) -> str:
        """The peer's IP address."""
        return self._remote_address

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self._secure

    @property
    def http_version(self) -> str:
        """The version of HTTP, for instance `1.1`."""
        return self._http_version

    def __repr__(self) -> str:
        # The query and the headers may hold secrets.
        return f"<Request {self._method} {self.path}>"


@final
class Handshake:
    """What is known of a socket's client since it connected; one per socket."""

    __slots__ = ("_auth", "_issued", "_request")

    def __init__(self, request: Request, issued: float, auth: Any) -> None:
        self._request = request
        self._issued = issued
        self._auth: Any = {} if auth is None else auth

    @classmethod
    def from_dict(cls, shown: Mapping[str, Any]) -> Self:
        """The handshake of a socket of another server, of what `to_dict` gave there."""
        headers = [(name, str(value)) for name, value in shown["headers"].items()]
        address, secure = str(shown["address"]), bool(shown["secure"])
        request = Request("GET", str(shown["url"]), headers, address, secure, "1.1")
        return cls(request, shown["issued"] / 1000, shown["auth"])

    @property
    def headers(self) -> Headers:
        """The headers of the request that opened the session."""
        return self._request.headers

    @property
    def time(self) -> datetime:
        """When the socket connected, in UTC."""
        return datetime.fromtimestamp(self._issued, UTC)

    @property
    def address(self) -> str:
        """The client's IP address."""
        return self._request.remote_address

    @property
    def xdomain(self) -> bool:
        """Whether the request came from a page of another origin (it has an `origin` header)."""
        return "origin" in self._request.headers

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self._request.secure

    @property
    def issued(self) -> float:
        """When the socket connected, in seconds since 1970."""
        return self._issued

    @property
    def url(self) -> str:
        """Path and query of the request, as received."""
        return self._request.url

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded query of the request; of a repeated key the last value counts."""
        return self._request.query

    @property
    def auth(self) -> Any:
        """What the client gave as `auth`; an empty dict when it gave nothing."""
        return self._auth

    def to_dict(self) -> dict[str, Any]:
        """The handshake as the reference server's `JSON.stringify` shows it, with its keys.

        `time` is a text such as `Fri Jan 21 2022 10:08:04 GMT+0000 (Coordinated Universal Time)`,
        `issued` whole milliseconds since 1970.
        """
        return {
            "headers": dict(self.headers),
            "time": _javascript_date(self.time),
            "address": self.address,
            "xdomain": self.xdomain,
            "secure": self.secure,
            "issued": int(self._issued * 1000),
            "url": self.url,
            "query": dict(self.query),
            "auth": self._auth,
        }

    def __repr__(self) -> str:
        return f"<Handshake {self._request.path} {self.time.isoformat()}>"


def _unquote(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value


def _javascript_date(time: datetime) -> str:
    """`Date.prototype.toString` in UTC, whatever the locale (ECMA-262, 21.4.4.41)."""
    day = f"{_DAYS[time.weekday()]} {_MONTHS[time.month - 1]} {time.day:02} {time.year:04}"
    return f"{day} {time:%H:%M:%S} GMT+0000 (Coordinated Universal Time)"

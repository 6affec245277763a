"""Names that are no options, or no attributes: those of other servers, of other functions, and those still to come.

The extension calls `missing`.
"""

import re

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LOG = 'its log is logging.getLogger("socketio_rs")'
_PLACES = {
    "always_connect": "a client is accepted once its middlewares (@io.use) have returned",
    "async_handlers": "see ordering; handlers run concurrently by default",
    "async_mode": "the loop that serves it is all it needs",
    "client_manager": "see adapter",
    "cors_allowed_origins": "see cors",
    "cors_credentials": "see cors, as in cors=Cors(origins=[...], credentials=True)",
    "destroy_upgrade": "connections of other protocols than its own are refused at once",
    "destroy_upgrade_timeout": "connections of other protocols than its own are refused at once",
    "engineio_logger": _LOG,
    "engineio_path": "see path",
    "host": "it belongs to run, as in run(host=...)",
    "http_server": "it listens itself, see run, serving and listen",
    "json": "it has its own encoder; see json_default",
    "logger": _LOG,
    "max_disconnection_duration": "it is a field of ConnectionStateRecovery",
    "namespaces": "they are made by of, or by registering handlers with them",
    "port": "it belongs to run, as in run(port=...)",
    "skip_middlewares": "it is a field of ConnectionStateRecovery",
    "socketio_path": "see path",
    "static_files": "it belongs to listen, serving and run",
    "ws_engine": "WebSocket is its own",
}
_TO_COME = frozenset(
    {
        "add_trailing_slash",
        "allow_eio3",
        "cookie",
        "generate_id",
        "http_compression",
        "initial_packet",
        "metrics",
        "parser",
        "per_message_deflate",
        "trusted_proxies",
    }
)
_OTHER_NAMES = {"compression_threshold": "http_compression", "serializer": "parser"}


def snake_case(name: str) -> str:
    """A name as Python spells it: `pingInterval` is `ping_interval`."""
    return _HUMP.sub("_", name).lower()


def place(name: str) -> str:
    """What is to be said of a name that is no option, if anything is."""
    if _OTHER_NAMES.get(name, name) in _TO_COME:
        return ": it is not built yet"
    return f": {_PLACES[name]}" if name in _PLACES else ""


_ATTRIBUTES = {
    "address": "handshake.address",
    "attach": "listen",
    "auth": "handshake.auth",
    "call": "emit_with_ack",
    "del": "delete",
    "del_all": "delete_all",
    "del_sockets": "delete_sockets",
    "enter_room": "join",
    "environ": "request",
    "get_session": "data",
    "headers": "handshake.headers",
    "join_room": "join",
    "leave_room": "leave",
    "namespace": "nsp",
    "namespace_handlers": "register",
    "query": "handshake.query",
    "register_namespace": "register",
    "room": "to",
    "save_session": "data",
    "session": "data",
    "sid": "id",
    "start_background_task": "asyncio.create_task",
    "transport": "conn.transport",
}
_OF_SOCKET = {"join", "leave", "data", "id", "request"}


def attribute(name: str) -> str:
    """What an attribute is called here."""
    snake = snake_case(name)
    return _ATTRIBUTES.get(snake, snake)


def missing(kind: type, name: str, otherwise: str = "") -> AttributeError:
    """What to raise for an attribute that a class does not have: it says which is meant, if that can be told.

    Args:
        kind: The class.
        name: The attribute, as other servers or other languages call it.
        otherwise: What to say where nothing like it is known.
    """
    meant = attribute(name)
    if hasattr(kind, meant.partition(".")[0]):
        remedy = f"did you mean {meant!r}?"
    elif meant in _OF_SOCKET:
        remedy = f"a socket has it, as in socket.{meant}"
    elif meant.startswith("asyncio."):
        remedy = f"see {meant}"
    else:
        remedy = otherwise
    text = f"{kind.__name__!r} object has no attribute {name!r}"
    return AttributeError(f"{text}: {remedy}" if remedy else text, name=name)

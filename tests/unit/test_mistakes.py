"""Mistakes of those who are new here, or come from other servers: each is told with what to write instead."""

import asyncio
import inspect
import logging
import re
import subprocess
import sys
from dataclasses import dataclass, make_dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.client import joined

from socketio_rs import (
    Adapter,
    BroadcastOperator,
    ConnectionStateRecovery,
    Handlers,
    Limits,
    Namespace,
    ParentNamespace,
    Router,
    Server,
    Socket,
    SocketOperator,
    _log,
    event,
)
from socketio_rs._elsewhere import _TO_COME
from socketio_rs._options import CheckedOptions
from socketio_rs.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def hints_anew() -> None:
    """Each hint is given once in a process."""
    _log.hint.cache_clear()


async def socket_of(io: Server[Any]) -> "asyncio.Queue[Socket[Any]]":
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    return sockets


# Keywords of other servers


@pytest.mark.parametrize("method", ["emit", "send", "emit_with_ack"])
@pytest.mark.parametrize(
    ("keyword", "instead"),
    [
        ("to", "io.to(room).{}(...)"),
        ("room", "io.to(room).{}(...)"),
        ("skip_sid", "io.except_(sid).{}(...)"),
        ("namespace", "io.of(namespace).{}(...)"),
        ("include_self", "socket.broadcast.{}(...) for all but that socket"),
        ("volatile", "io.volatile.{}(...)"),
    ],
)
def test_keyword_of_another_server_is_told(method: str, keyword: str, instead: str) -> None:
    io: Server = Server()
    text = f"{method}() got an unexpected keyword argument {keyword!r}: write "
    for sender in (io, io.of("/chat")):
        with pytest.raises(TypeError, match=f"^{re.escape(text + instead.format(method))}$"):
            getattr(sender, method)("x", **{keyword: "a"})


@pytest.mark.parametrize("method", ["emit", "send", "emit_with_ack"])
async def test_keyword_of_another_server_is_named_with_the_public_class(method: str) -> None:
    io: Server = Server()
    sockets = await socket_of(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        senders: list[Any] = [io.local, socket, socket.local, socket.broadcast]
        for sender in senders:
            text = f"{type(sender).__name__}.{method}() got an unexpected keyword argument 'room'"
            with pytest.raises(TypeError, match=f"^{re.escape(text)}"):
                getattr(sender, method)("x", room="a")
        io.emit("end")
        assert await client.event() == ["end"]


def test_other_type_errors_of_emits_are_told_as_they_are() -> None:
    io: Server = Server()
    for method in ("emit", "send"):
        with pytest.raises(TypeError, match="ack must be callable, found 5"):
            getattr(io, method)("x", ack=5)
    with pytest.raises(TypeError, match="timeout must be seconds as a number, found 'a'"):
        io.emit_with_ack("x", timeout="a")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("method", "keyword", "instead"),
    [
        ("emit", "callback", ": write emit(..., ack=callback)"),
        ("emit_with_ack", "callback", ": write emit(..., ack=callback), or await what"),
        ("emit_with_ack", "ack", ": write emit(..., ack=callback), or await what"),
        ("emit", "data", ": write emit(event, value), as values have no keyword"),
        ("send", "data", ": write send(value), as values have no keyword"),
        ("emit", "nonsense", ""),
    ],
)
def test_keyword_that_depends_on_the_method_is_told(
    method: str, keyword: str, instead: str
) -> None:
    text = re.escape(f"{method}() got an unexpected keyword argument {keyword!r}{instead}")
    with pytest.raises(TypeError, match=f"^{text}"):
        getattr(Server(), method)("x", **{keyword: print})


async def test_callback_among_the_arguments_is_told_where_it_goes() -> None:
    io: Server = Server()
    callback = ": a callback for the answer is given by ack=, or see emit_with_ack"
    later = asyncio.sleep(0)
    for method in ("emit", "send", "emit_with_ack"):
        for value, remedy in (
            (lambda: None, callback),
            (Server().close, callback),
            (later, ": await it first"),
        ):
            with pytest.raises(
                TypeError, match=f"argument 1 of type .* is not JSON or bytes{re.escape(remedy)}$"
            ):
                getattr(io, method)(*(() if method == "send" else ("x",)), value)
    with pytest.raises(TypeError, match=r"is not JSON or bytes$"):
        io.emit("x", [print])
    await later


def test_emits_tell_the_keywords_that_they_have() -> None:
    for kind, answers in (
        (BroadcastOperator, "partial"),
        (Namespace, "partial"),
        (Server, "partial"),
        (Socket, "all_args"),
        (SocketOperator, "all_args"),
    ):
        assert [*inspect.signature(kind.emit).parameters] == ["self", "event", "args", "ack"]
        assert [*inspect.signature(kind.send).parameters] == ["self", "args", "ack"]
        assert [*inspect.signature(kind.emit_with_ack).parameters] == [
            "self",
            "event",
            "args",
            "timeout",
            answers,
        ]


@pytest.mark.parametrize("method", ["on", "once", "event"])
def test_namespace_of_a_handler_is_where_it_is_registered(method: str) -> None:
    for registrar in (Server(), Server().of("/chat"), Router()):
        register = getattr(registrar, method)
        with pytest.raises(TypeError, match=re.escape(f"write io.of(namespace).{method}(...)")):
            register("x", namespace="/chat")
        with pytest.raises(TypeError, match=re.escape(f'io.of(re.compile(".*")).{method}(...)')):
            register("x", namespace="*")


@pytest.mark.parametrize(
    ("method", "keywords", "text"),
    [
        ("to", {"room": "a"}, "to() got an unexpected keyword argument 'room'"),
        ("target", {"room": "a"}, "target() got an unexpected keyword argument 'room'"),
        ("emit", {}, "emit() missing 1 required positional argument: 'event'"),
        ("on", {}, "on() missing 1 required positional argument: 'event'"),
        ("prepend_listener", {}, "prepend_listener() missing 1 required positional argument"),
        ("run", {"debug": True}, "run() got an unexpected keyword argument 'debug'"),
    ],
)
def test_error_of_a_call_names_no_private_class(
    method: str, keywords: dict[str, Any], text: str
) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}"):
        getattr(Server(), method)(**keywords)


# Names that are legal, and hardly meant


def test_asterisk_is_no_catch_all(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()

    def handler(socket: Socket) -> None: ...

    io.on("*", handler)
    io.of("/chat").on("*", handler)
    assert io.listeners("*") == [handler]
    [text] = caplog.messages
    assert text.startswith('on("*") is for events of the name "*" alone')
    assert "socket.on_any" in text


async def test_asterisk_is_no_catch_all_of_a_socket(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()

    @io.on("connection")
    def connected(socket: Socket) -> None:
        socket.on("*", lambda *args: list(args))

    async with io.serving() as listener:
        for _ in range(2):
            async with joined(listener) as client:
                assert await client.ask("*", 1) == [[1]]
    assert [text for text in caplog.messages if "socket.on_any" in text] == caplog.messages
    assert len(caplog.messages) == 1


def test_asterisk_is_no_pattern_of_namespaces(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()
    assert io.of("*") is io.of("/*")
    [text] = caplog.messages
    assert text.endswith('give a pattern, as in of(re.compile(".*"))')


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("/org/:org_id", "/org/{org_id}"),
        ("org/<org_id>/<int:number>", "/org/{org_id}/{number}"),
    ],
)
def test_pattern_of_another_framework_is_told(
    key: str, meant: str, caplog: pytest.LogCaptureFixture
) -> None:
    Server().of(key)
    assert caplog.messages == [
        f"of({key!r}) is the namespace of that name alone: a pattern is of({meant!r})"
    ]


def test_parameter_that_is_hardly_meant_is_told(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()

    @io.event
    def chat(socket: Socket, text: str, callback) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001 - the mistake

    assert caplog.messages == [
        f"the parameter 'callback' of {chat.__qualname__} is for an argument of the client: "
        "return the answer, or annotate it as Ack (callback: Ack)"
    ]
    caplog.clear()

    io.on("plain", lambda socket, text: None)

    @io.event
    def named(socket: Socket, callback: str) -> None: ...

    assert caplog.messages == []


async def test_listener_of_a_socket_that_takes_it_unannotated_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.event
    def connection(socket: Socket) -> None:
        socket.on("chat", lambda socket, text: None)

    async with io.serving() as listener, joined(listener):
        pass
    [text] = caplog.messages
    assert text.endswith(
        "annotate its first parameter as Socket (socket: Socket) to get the socket in front"
    )


async def test_awaitable_among_the_arguments_is_told() -> None:
    io: Server = Server()

    async def later() -> None: ...

    coroutine = later()
    with pytest.raises(TypeError, match=r"coroutine is not JSON or bytes: await it first$"):
        io.emit("chat", coroutine)
    coroutine.close()
    async with io.serving():
        for awaitable in (io.emit("chat"), io.emit_with_ack("chat")):
            with pytest.raises(TypeError, match=r"is not JSON or bytes: await it first$"):
                io.emit("chat", awaitable)


async def test_static_files_are_a_mapping() -> None:
    files: Any = "public"
    with pytest.raises(TypeError, match=r'files by their URL paths, as in \{"/": "index.html"\}'):
        async with Server().serving(static_files=files):
            pass


def test_names_of_another_adapter_are_told(caplog: pytest.LogCaptureFixture) -> None:
    class Own(Adapter):
        def addAll(self, sid: str, rooms: set[str]) -> None: ...  # noqa: N802 - the mistake
        def del_all(self, sid: str) -> None: ...
        def helpersOfMine(self) -> None: ...  # noqa: N802 - a name of its own
        def publish(self) -> None: ...

    assert caplog.messages == [
        "Own.addAll overrides nothing: here the name is add_all",
        "Own.del_all overrides nothing: here the name is delete_all",
    ]


def test_parent_of_namespaces_has_a_public_name() -> None:
    io: Server = Server()
    for key in (re.compile("/a+"), "/org/{org_id}", lambda name, auth: True):
        assert type(io.of(key)) is ParentNamespace
    assert not isinstance(io.of("/chat"), ParentNamespace)


# Functions that can't be called so


class Required:
    def __init__(self, socket: Socket) -> None: ...


async def make_later() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize(
    "made",
    [5, lambda socket: {}, Required, make_dataclass("User", ["name"]), make_later, len],
    ids=repr,
)
def test_data_is_made_without_arguments(made: Any) -> None:
    with pytest.raises(
        TypeError, match=r"^data must be a plain function or class that takes no argument, "
    ):
        Server(data=made)


@pytest.mark.parametrize("encode", [5, lambda: 5, lambda a, b: 5, make_later], ids=repr)
def test_json_default_takes_the_value(encode: Any) -> None:
    expected = r"^json_default must be a plain function or class that takes one argument, found "
    with pytest.raises(TypeError, match=expected):
        Server(json_default=encode)


def test_functions_that_can_be_called_so_are_taken() -> None:
    class Callables:
        def __call__(self) -> dict[str, Any]:
            return {}

    @dataclass
    class User:
        name: str = ""

    made: list[Callable[[], Any]] = [dict, list, User, Callables(), lambda *args: args, object]
    for each in made:
        Server(data=each)
    encoded: list[Callable[[Any], Any]] = [str, repr, vars, lambda value, depth=0: value]
    for encode in encoded:
        Server(json_default=encode)


# Options


@pytest.mark.parametrize("name", sorted(_TO_COME - CheckedOptions.__dataclass_fields__.keys()))
def test_option_that_is_still_to_come_has_no_neighbour(name: str) -> None:
    make: Any = Server
    humps = re.sub("_(.)", lambda found: found[1].upper(), name)
    for spelt in (name, humps):
        with pytest.raises(
            TypeError, match=rf"^Server\(\) has no option '{spelt}': it is not built yet$"
        ):
            make(**{spelt: True})


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pingInterval", "; did you mean 'ping_interval'?"),
        ("maxHttpBufferSize", "; did you mean 'max_http_buffer_size'?"),
        ("connectionStateRecovery", "; did you mean 'connection_state_recovery'?"),
        ("allowEIO3", ": it is not built yet"),
        ("maxDisconnectionDuration", ": it is a field of ConnectionStateRecovery"),
        ("pingIntervall", "; did you mean 'ping_interval'?"),
        ("wsEngine", ": WebSocket is its own"),
        ("cors_allowed_origins", ": see cors"),
        ("async_mode", ": the loop that serves it is all it needs"),
        ("logger", ': its log is logging.getLogger("socketio_rs")'),
        ("engineio_logger", ': its log is logging.getLogger("socketio_rs")'),
        ("client_manager", ": see adapter"),
        ("async_handlers", ": see ordering; handlers run concurrently by default"),
        ("max_head_bytes", ": it is a field of Limits, as in limits=Limits(max_head_bytes=...)"),
    ],
)
def test_option_of_another_server_is_told_with_its_place_here(name: str, told: str) -> None:
    make: Any = Server
    with pytest.raises(TypeError, match=f"^{re.escape(f'Server() has no option {name!r}{told}')}$"):
        make(**{name: 1})


def test_option_of_servers_alone_is_told_by_the_engine() -> None:
    make: Any = Engine
    with pytest.raises(TypeError, match=r"has no option 'connectTimeout': it is one of Server$"):
        make(connectTimeout=1)


@pytest.mark.parametrize(
    "name",
    [
        "ping_interval",
        "ping_timeout",
        "connect_timeout",
        "upgrade_timeout",
        "hook_timeout",
        "slow_handler",
    ],
)
def test_milliseconds_are_told(name: str, caplog: pytest.LogCaptureFixture) -> None:
    options: dict[str, Any] = {name: 25_000}
    Server(**options)
    assert caplog.messages == [f"{name}=25000 is in seconds, not in milliseconds: did you mean 25?"]
    assert caplog.records[0].levelno == logging.WARNING
    caplog.clear()
    Server(**{name: 999.0})
    assert caplog.messages == []


def test_milliseconds_of_settings_and_limits_are_told(caplog: pytest.LogCaptureFixture) -> None:
    io: Server = Server()
    io.connect_timeout = 45_000
    Limits(head_timeout=10_000)
    ConnectionStateRecovery(max_disconnection_duration=120_000)
    ConnectionStateRecovery(max_disconnection_duration=86_400)
    assert [text.partition(" ")[0] for text in caplog.messages] == [
        "connect_timeout=45000",
        "limits.head_timeout=10000",
        "connection_state_recovery.max_disconnection_duration=120000",
    ]


def test_milliseconds_of_a_timeout_are_told_once() -> None:
    # In a process of its own, where nobody was told before.
    program = (
        "from socketio_rs import Server; io = Server()\n"
        "io.timeout(999); io.timeout(5000); io.to('a').timeout(6000)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stderr == (
        "a timeout of 5000 is in seconds, not in milliseconds: did you mean 5?\n"
    )


# Values of another type


async def test_bool_that_is_none_is_told_with_its_parameter() -> None:
    io: Server = Server()
    sockets = await socket_of(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        remote = (await io.fetch_sockets())[0]
        shared: list[Any] = [io, io.of("/"), io.local]
        own: list[Any] = [socket, socket.volatile]
        wrong = [
            ("close", socket.disconnect, ("x",), {}),
            ("close", remote.disconnect, ("x",), {}),
            *(("close", each.disconnect_sockets, ("x",), {}) for each in shared),
            *(("partial", each.emit_with_ack, ("a",), {"partial": "x"}) for each in shared),
            *(("all_args", each.emit_with_ack, ("a",), {"all_args": "x"}) for each in own),
            *(("compress", each.compress, ("x",), {}) for each in shared + own),
            *(
                (name, each.target, (), {name: "x"})
                for each in shared + own
                for name in ("volatile", "local", "compress")
            ),
        ]
        for name, method, args, keywords in wrong:
            call: Any = method
            with pytest.raises(TypeError, match=rf"^{name} must be True or False, found 'x'"):
                call(*args, **keywords)
        io.emit("end")
        assert await client.event() == ["end"]


# Classes


def test_lifecycle_method_of_another_server_is_told(caplog: pytest.LogCaptureFixture) -> None:
    class Chat(Handlers):
        def connect(self, socket: Socket) -> None: ...
        def on_disconnect(self, socket: Socket) -> None: ...
        def on_message(self, socket: Socket, text: str) -> None: ...
        @event
        def chat(self, socket: Socket, text: str) -> None: ...

    io: Server = Server()
    io.register("/a", Chat())
    io.register("/b", Chat())
    prefix = f"{Chat.__qualname__}."
    assert caplog.messages == [
        f"{prefix}connect is no handler: name it connection",
        f"{prefix}on_disconnect is no handler: name it disconnect",
        f'{prefix}on_message is no handler: decorate it with @event("message")',
    ]


def test_class_of_another_servers_methods_alone_is_refused_with_their_names() -> None:
    class Chat(Handlers):
        def on_connect(self, socket: Socket) -> None: ...
        def on_chat(self, socket: Socket, text: str) -> None: ...

    with pytest.raises(ValueError, match=r"has no handlers: ") as caught:
        Server().register("/chat", Chat())
    assert 'on_chat is no handler: decorate it with @event("chat"); ' in str(caught.value)
    assert str(caught.value).endswith("on_connect is no handler: name it connection")


def test_methods_that_are_meant_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    class Chat(Handlers):
        on_air = True
        only = 1

        @event
        def connect(self, socket: Socket) -> None: ...
        @event
        def on_message(self, socket: Socket) -> None: ...
        @event
        def on_close(self, socket: Socket) -> None: ...
        @event("chat")
        def chatted(self, socket: Socket) -> None: ...
        def on_chat(self, socket: Socket) -> None: ...
        def disconnect(self, socket: Socket) -> None: ...
        def on_disconnect(self, socket: Socket) -> None: ...
        def helper(self) -> None: ...

    Server().register("/chat", Chat())
    assert caplog.messages == []


# What nobody was told


async def test_wait_for_tells_what_did_not_come() -> None:
    io: Server = Server()
    sockets = await socket_of(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        with pytest.raises(TimeoutError) as caught:
            await socket.wait_for("chat", timeout=0.01)
    assert str(caught.value) == f"no event 'chat' of socket {socket.id} came in 0.01 s"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("is_late", [False, True])
async def test_event_of_a_catch_all_alone_has_a_handler(
    caplog: pytest.LogCaptureFixture, is_late: bool
) -> None:
    io: Server = Server()
    caught: asyncio.Queue[str] = asyncio.Queue()
    may_go_on = asyncio.Event()

    @io.on("connection")
    async def connected(socket: Socket) -> None:
        @socket.on_any
        def catch(event: str) -> None:
            caught.put_nowait(event)
            may_go_on.set()

        if is_late:
            await may_go_on.wait()

    io.on("end", lambda: None)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("any")
        assert await caught.get() == "any"
        await client.ask("end")
    assert caplog.messages == []


async def test_event_of_middlewares_alone_has_no_handler(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.use
        def look(event: str, args: list[Any]) -> None: ...

    io.on("end", lambda: None)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("any")
        await client.ask("end")
    [text] = caplog.messages
    assert text.startswith('no handler for the event "any"')

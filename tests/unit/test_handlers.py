"""Registration's checks, middlewares and their refusals, threads, and lines in the log."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from socketio_rs import Ack, ConnectError, ReservedEvent, Server, Socket, _handlers
from socketio_rs._handlers import Mode

# Middlewares get the socket untouched, whatever it is.
SOCKET: Any = object()


def compiled(*functions: Callable[..., Any]) -> list[Any]:
    return [_handlers.compile_middleware(function) for function in functions]


@pytest.mark.parametrize("event", ["connect_error", "error", "newListener", "removeListener"])
def test_name_that_never_reaches_a_namespace_is_refused(event: str) -> None:
    with pytest.raises(ReservedEvent, match=event):
        _handlers.compile_handler(event, lambda socket: None, Mode())


def test_name_must_be_a_string() -> None:
    name: Any = 1
    with pytest.raises(TypeError, match="found 1"):
        _handlers.check_event(name)


def test_decorator_without_parentheses_is_told_how_to_be_written() -> None:
    on: Any = Server().on

    with pytest.raises(TypeError, match=r'write @io\.event, or @io\.on\("message"\)'):

        @on
        def message(socket: Socket) -> None: ...


def test_handler_keeps_its_function() -> None:
    def function(socket: Any) -> None: ...

    assert _handlers.compile_handler("chat", function, Mode()).function is function


@pytest.mark.parametrize(
    "function",
    [
        lambda: None,
        lambda socket: None,
        lambda socket, reason: None,
        lambda socket, reason, details: None,
        lambda *args: None,
    ],
)
def test_disconnect_handler_may_take_up_to_three(function: Callable[..., Any]) -> None:
    assert _handlers.compile_handler("disconnect", function, Mode()).function is function


@pytest.mark.parametrize(
    ("event", "function"),
    [
        ("connection", lambda socket, more: None),
        ("connect", lambda socket, more: None),
        ("disconnect", lambda socket, reason, details, more: None),
        ("disconnecting", lambda socket, reason, details, more: None),
    ],
)
def test_handler_that_requires_more_than_an_event_ever_has_is_refused(
    event: str, function: Callable[..., Any]
) -> None:
    with pytest.raises(TypeError, match=event):
        _handlers.compile_handler(event, function, Mode())


def test_ack_of_an_event_without_one_is_refused() -> None:
    def connection(socket: Any, ack: Ack) -> None: ...

    with pytest.raises(TypeError, match="has no ack"):
        _handlers.compile_handler("connection", connection, Mode())


async def coroutine(socket: Any) -> None: ...
def plain(socket: Any) -> None: ...


def test_thread_with_an_async_def_is_refused() -> None:
    with pytest.raises(TypeError, match="thread=True"):
        _handlers.compile_handler("chat", coroutine, Mode(thread=True))


def test_thread_with_a_def_is_taken() -> None:
    handler = _handlers.compile_handler("chat", plain, Mode(thread=True))
    assert handler.function is plain


def test_cancel_on_disconnect_with_a_def_is_refused() -> None:
    with pytest.raises(TypeError, match="cancel_on_disconnect"):
        _handlers.compile_handler("chat", plain, Mode(cancel_on_disconnect=True))


def test_cancel_on_disconnect_of_a_disconnect_handler_is_refused() -> None:
    with pytest.raises(TypeError, match="no meaning"):
        _handlers.compile_handler("disconnect", coroutine, Mode(cancel_on_disconnect=True))


def test_listener_of_a_socket_is_read() -> None:
    def listener(socket: Socket, text: str) -> None: ...

    assert _handlers.compile_listener("chat", listener, once=True).function is listener


def test_listener_of_a_socket_that_requires_more_than_disconnect_has_is_refused() -> None:
    with pytest.raises(TypeError, match="disconnect"):
        _handlers.compile_listener("disconnect", lambda reason, details, more: None)


def test_engine_socket_has_no_other_event_than_upgrade() -> None:
    with pytest.raises(ValueError, match="'packet'"):
        _handlers.compile_engine_listener("packet", print, once=False, alone=False)


def test_engine_listener_takes_the_transport() -> None:
    def upgraded(transport: Any) -> None: ...

    assert (
        _handlers.compile_engine_listener("upgrade", upgraded, once=False, alone=False).function
        is upgraded
    )


@pytest.mark.parametrize(
    "function", [lambda: None, lambda socket, go_on: None, lambda *, socket=None: None]
)
def test_middleware_must_take_the_socket_alone(function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="middleware"):
        _handlers.compile_middleware(function)


def test_middlewares_run_in_order_sync_and_async() -> None:
    ran: list[str] = []

    async def first(socket: Any) -> None:
        await asyncio.sleep(0)
        ran.append("first")

    def second(socket: Any) -> None:
        ran.append("second")

    async def third(socket: Any) -> None:
        ran.append("third")

    asyncio.run(_handlers.authorize(SOCKET, compiled(first, second, third), 10))
    assert ran == ["first", "second", "third"]


def test_middlewares_get_the_socket() -> None:
    seen: list[Any] = []
    asyncio.run(_handlers.authorize(SOCKET, compiled(seen.append), 10))
    assert seen == [SOCKET]


def test_middleware_that_raises_ends_the_row() -> None:
    ran: list[str] = []

    def refuse(socket: Any) -> None:
        raise ConnectError("no")

    def after(socket: Any) -> None:
        ran.append("after")

    with pytest.raises(ConnectError):
        asyncio.run(_handlers.authorize(SOCKET, compiled(refuse, after), 10))
    assert ran == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectError("not authorized"), ("not authorized", None)),
        (ConnectError("later", data={"after": 5}), ("later", {"after": 5})),
        (ConnectionRefusedError("bad token"), ("bad token", None)),
        (ConnectionRefusedError(), ("connection refused", None)),
    ],
)
def test_refusal_is_told_as_it_is_and_not_logged(
    error: Exception, told: tuple[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert _handlers.refusal(error, "/", "id") == told
    assert caplog.records == []


@pytest.mark.parametrize(
    "error",
    [
        ValueError("password=secret"),
        # What a refused connection to a database looks like.
        ConnectionRefusedError(111, "Connect call failed ('10.0.0.5', 5432)"),
    ],
)
def test_other_errors_are_told_as_internal_and_logged_with_their_traceback(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert _handlers.refusal(error, "/", "id") == ("internal error", None)
    (record,) = caplog.records
    assert record.name == "socketio_rs"
    assert record.exc_info
    assert record.exc_info[1] is error


def test_cancelled_middleware_is_an_internal_error_without_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert _handlers.refusal(asyncio.CancelledError(), "/", "id") == ("internal error", None)
    assert caplog.records == []


def test_function_runs_in_another_thread_with_its_context() -> None:
    variable = ContextVar("variable", default="unset")

    def function(a: int, *, b: int) -> tuple[bool, str, int]:
        return threading.current_thread() is threading.main_thread(), variable.get(), a + b

    async def main() -> tuple[bool, str, int]:
        context = copy_context()
        context.run(variable.set, "set")
        loop = asyncio.get_running_loop()
        result: tuple[bool, str, int] = await _handlers.run_in_thread(
            loop, function, (1,), {"b": 2}, context
        )
        return result

    assert asyncio.run(main()) == (False, "set", 3)


def test_failed_handler_is_logged_with_event_sid_and_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = ValueError("boom")
    _handlers.log_exception("chat", "sid1", error)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("socketio_rs", logging.ERROR)
    assert "'chat'" in record.getMessage()
    assert "sid1" in record.getMessage()
    assert record.exc_info
    assert record.exc_info[1] is error


def test_mismatch_is_logged_with_event_and_both_counts(caplog: pytest.LogCaptureFixture) -> None:
    _handlers.log_mismatch("chat", "sid1", 3, 1)
    assert caplog.messages == ["a handler of 'chat' requires 3 arguments, socket sid1 sent 1"]


def test_failure_beside_handlers_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    _handlers.log_failure("the ack callback of 'chat'", ValueError("boom"))
    assert caplog.messages == ["the ack callback of 'chat' failed"]


def test_line_of_the_extension_is_logged_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    _handlers.log_line(logging.WARNING, "100% of %s")
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "100% of %s")
    ]

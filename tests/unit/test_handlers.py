"""Registration's checks, and threads."""

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from socketio_rs import Ack, ReservedEvent, Server, Socket, _handlers
from socketio_rs._handlers import Mode


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

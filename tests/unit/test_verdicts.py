"""Middlewares and their refusals."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from socketio_rs import ConnectError, _verdicts
from socketio_rs._handlers import compile_middleware

# Middlewares get the socket untouched, whatever it is.
SOCKET: Any = object()


def compiled(*functions: Callable[..., Any]) -> list[Any]:
    return [compile_middleware(function) for function in functions]


def test_middlewares_run_in_order_sync_and_async() -> None:
    ran: list[str] = []

    async def first(socket: Any) -> None:
        await asyncio.sleep(0)
        ran.append("first")

    def second(socket: Any) -> None:
        ran.append("second")

    async def third(socket: Any) -> None:
        ran.append("third")

    asyncio.run(_verdicts.authorize(SOCKET, compiled(first, second, third), 10))
    assert ran == ["first", "second", "third"]


def test_middlewares_get_the_socket() -> None:
    seen: list[Any] = []
    asyncio.run(_verdicts.authorize(SOCKET, compiled(seen.append), 10))
    assert seen == [SOCKET]


@pytest.mark.parametrize("verdict", [False, ConnectError("no"), ValueError("no")])
def test_middleware_that_returns_what_it_was_to_raise_refuses(verdict: Any) -> None:
    async def middleware(socket: Any) -> Any:
        return verdict

    with pytest.raises(TypeError, match=r"it returned .*: a middleware raises ConnectError"):
        asyncio.run(_verdicts.authorize(SOCKET, compiled(middleware), 10))


def test_middleware_that_raises_ends_the_row() -> None:
    ran: list[str] = []

    def refuse(socket: Any) -> None:
        raise ConnectError("no")

    def after(socket: Any) -> None:
        ran.append("after")

    with pytest.raises(ConnectError):
        asyncio.run(_verdicts.authorize(SOCKET, compiled(refuse, after), 10))
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
    assert _verdicts.refusal(error, "/", "id") == told
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
    assert _verdicts.refusal(error, "/", "id") == ("internal error", None)
    (record,) = caplog.records
    assert record.name == "socketio_rs"
    assert record.exc_info
    assert record.exc_info[1] is error


def test_cancelled_middleware_is_an_internal_error_without_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert _verdicts.refusal(asyncio.CancelledError(), "/", "id") == ("internal error", None)
    assert caplog.records == []


def test_failed_handler_is_logged_with_event_sid_and_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = ValueError("boom")
    _verdicts.log_exception("chat", "sid1", error)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("socketio_rs", logging.ERROR)
    assert "'chat'" in record.getMessage()
    assert "sid1" in record.getMessage()
    assert record.exc_info
    assert record.exc_info[1] is error

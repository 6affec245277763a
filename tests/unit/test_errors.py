"""The exceptions and the reasons of a disconnect."""

import pickle
from typing import Any

import pytest

from socketio_rs import (
    AckTimeout,
    ConnectError,
    Disconnected,
    DisconnectReason,
    EventError,
    QueueFull,
    ReservedEvent,
    SocketIOError,
)


@pytest.mark.parametrize(
    "error", [ConnectError, Disconnected, AckTimeout, ReservedEvent, EventError, QueueFull]
)
def test_every_error_is_a_socketio_error(error: type[Exception]) -> None:
    assert issubclass(error, SocketIOError)


def test_ack_timeout_is_a_timeout_error() -> None:
    assert issubclass(AckTimeout, TimeoutError)


def test_reserved_event_is_a_value_error() -> None:
    assert issubclass(ReservedEvent, ValueError)


@pytest.mark.parametrize("kind", [ConnectError, EventError])
def test_error_for_a_client_holds_message_and_data(
    kind: type[ConnectError] | type[EventError],
) -> None:
    error = kind("not authorized", data={"retry": False})
    assert (str(error), error.message, error.data) == (
        "not authorized",
        "not authorized",
        {"retry": False},
    )


@pytest.mark.parametrize("kind", [ConnectError, EventError])
def test_error_for_a_client_has_no_data_by_default(
    kind: type[ConnectError] | type[EventError],
) -> None:
    assert kind("no").data is None


@pytest.mark.parametrize("message", [5, None, {"reason": "no"}, b"no"])
def test_message_of_a_connect_error_is_a_string(message: Any) -> None:
    with pytest.raises(TypeError, match="the message of a ConnectError must be a str"):
        ConnectError(message)


def test_connect_error_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(ConnectError("no", [1])))
    assert (copy.message, copy.data) == ("no", [1])


def test_disconnect_reasons_are_the_words_of_the_reference_and_one_more() -> None:
    assert [str(reason) for reason in DisconnectReason] == [
        "transport close",
        "transport error",
        "parse error",
        "ping timeout",
        "forced close",
        "client namespace disconnect",
        "server namespace disconnect",
        "forced server close",
        "server shutting down",
        "slow consumer",
    ]


def test_disconnect_reason_equals_its_text() -> None:
    assert DisconnectReason("ping timeout") == "ping timeout"

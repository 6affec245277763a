"""Lines in the log."""

import logging

import pytest

from socketio_rs import _log


def test_mismatch_is_logged_with_event_and_both_counts(caplog: pytest.LogCaptureFixture) -> None:
    _log.log_mismatch("chat", "sid1", 3, 1)
    assert caplog.messages == ["a handler of 'chat' requires 3 arguments, socket sid1 sent 1"]


def test_failure_beside_handlers_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    _log.log_failure("the ack callback of 'chat'", ValueError("boom"))
    assert caplog.messages == ["the ack callback of 'chat' failed"]


def test_line_of_the_extension_is_logged_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    _log.log_line(logging.WARNING, "100% of %s")
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "100% of %s")
    ]

"""What `Server.run` does to its process: signals, and the log of an unconfigured one."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from socketio_rs._process import on_signals, shown_log


@contextmanager
def unconfigured() -> Iterator[None]:
    """Logging as it is in a script that never mentions it."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        yield
    finally:
        root.handlers = handlers


def test_log_is_shown_while_logging_is_not_configured(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("socketio_rs.server")
    with unconfigured():
        with shown_log():
            logger.info("serving on %s", "http://h")
        logger.info("afterwards")
    assert capsys.readouterr().err == "INFO: serving on http://h\n"


def test_configured_logging_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("socketio_rs")
    before = (logger.level, logger.handlers.copy())
    with shown_log():
        assert (logger.level, logger.handlers) == before
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_calls_back_on_the_loop_and_handlers_are_restored(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    async def main() -> None:
        called = asyncio.Event()
        outer = signal.getsignal(number)
        with on_signals(called.set):
            os.kill(os.getpid(), number)
            async with asyncio.timeout(5):
                await called.wait()
        assert signal.getsignal(number) is outer

    asyncio.run(main())
    assert signal.getsignal(number) is before


def test_signals_outside_the_main_thread_are_left_alone() -> None:
    async def main() -> None:
        before = signal.getsignal(signal.SIGTERM)
        with on_signals(lambda: None):
            assert signal.getsignal(signal.SIGTERM) is before

    async def elsewhere() -> None:
        await asyncio.to_thread(asyncio.run, main())

    asyncio.run(elsewhere())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_shows_its_url_and_ends_by_a_signal(number: signal.Signals) -> None:
    script = "from socketio_rs import Server; Server(serve_client=False).run(port=0); print('end')"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "http://127.0.0.1:" in process.stderr.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("end\n", "", 0)

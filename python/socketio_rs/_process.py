"""What `Server.run` does to its process while it serves: signals and the log."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def on_signals(callback: Callable[[], object]) -> Generator[None, None, None]:
    """Calls `callback` on the running loop at each SIGINT and SIGTERM, in place of what was set.

    Does nothing outside the main thread, which alone gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = [signal.getsignal(number) for number in _SIGNALS]
    for number in _SIGNALS:
        loop.add_signal_handler(number, callback)
    try:
        yield
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


@contextmanager
def shown_log() -> Generator[None, None, None]:
    """Shows the package's log on standard error, from INFO on, unless logging is configured."""
    logger = logging.getLogger("socketio_rs")
    if logger.hasHandlers():
        yield
        return
    shown = logging.StreamHandler()
    shown.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    level = logger.level
    logger.addHandler(shown)
    if level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(shown)
        logger.setLevel(level)

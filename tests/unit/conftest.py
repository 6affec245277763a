"""Every `async def` test runs on both loops; that the machine is busy fails none."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def no_lines_of_a_busy_machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Which handlers held the loop is told by the tests of that alone: on a busy machine any may."""
    logger = logging.getLogger("socketio_rs")

    def is_wanted(record: logging.LogRecord) -> bool:
        return " held the loop for " not in record.getMessage()

    if request.path.name == "test_slow_handler.py":
        yield
        return
    logger.addFilter(is_wanted)
    yield
    logger.removeFilter(is_wanted)

"""One of the two servers: a process with an engine for each set of options that a row asks for."""

import asyncio
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple, Self

HERE = Path(__file__).parent
REFERENCE = ("node", "server.mjs")
OURS = (sys.executable, "server.py")


class Address(NamedTuple):
    """An engine: its number in the process, and its port."""

    engine: int
    port: int


class Side:
    """The process and what it has told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._told: defaultdict[str, list[str]] = defaultdict(list)
        self._changed = asyncio.Event()
        self._done: asyncio.Queue[list[Any] | None] = asyncio.Queue()
        self._engines: dict[str, Address] = {}
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: tuple[str, ...]) -> Self:
        pipe = subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(*command, cwd=HERE, stdin=pipe, stdout=pipe)
        )

    async def stop(self) -> None:
        assert self._process.stdin is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._listening
        await self._process.wait()
        self._process.stdin.close()

    async def engine(self, behaviour: str, options: dict[str, Any]) -> Address:
        """The engine with this behaviour and these options, started at the first call."""
        key = f"{behaviour} {options}"
        if key not in self._engines:
            number = len(self._engines)
            (port,) = await self.tell("start", number, behaviour, options)
            self._engines[key] = Address(number, port)
        return self._engines[key]

    async def tell(self, *command: object) -> list[Any]:
        """Has a command carried out; what comes of it."""
        assert self._process.stdin is not None
        text = json.dumps(command, default=_json)
        self._process.stdin.write(f"{text}\n".encode())
        done = await self._done.get()
        if done is None:
            self._done.put_nowait(None)
            raise ConnectionError("the server has ended; is `npm ci` done?")
        return done

    async def line(self, sid: str, number: int) -> str:
        """The line of this number that a session has caused."""
        while len(self._told[sid]) <= number:
            self._changed.clear()
            await self._changed.wait()
        return self._told[sid][number]

    def lines(self, sid: str) -> list[str]:
        """Those told so far."""
        return self._told[sid]

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for text in self._process.stdout:
            about, *line = json.loads(text)
            if about == "done":
                self._done.put_nowait(line)
            else:
                shown = [each if isinstance(each, str) else json.dumps(each) for each in line]
                self._told[about].append(" ".join(shown))
                self._changed.set()
        self._done.put_nowait(None)


def _json(value: object) -> dict[str, str]:
    assert isinstance(value, re.Pattern)
    return {"regexp": value.pattern}

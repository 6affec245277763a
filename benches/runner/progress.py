"""A bar on the terminal, or a line for each step where there is no terminal."""

import sys
import time

WIDTH = 30


class Progress:
    """How much is done, of what is known to be to do."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._begun = time.monotonic()

    def show(self, what: str) -> None:
        """Says what is being done."""
        filled = WIDTH * self._done // self._total
        bar = "█" * filled + "·" * (WIDTH - filled)
        line = f"{bar} {self._done}/{self._total}{self._left()}  {what}"
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def step(self) -> None:
        """Counts one more that is done."""
        self._done += 1

    def end(self) -> None:
        """Takes the bar away."""
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _left(self) -> str:
        if not self._done:
            return ""
        seconds = (time.monotonic() - self._begun) / self._done * (self._total - self._done)
        return f", {seconds / 60:.0f} min left" if seconds > 90 else f", {seconds:.0f} s left"

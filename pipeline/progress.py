"""Says how long work goes: a line that renews itself on a terminal, else a line every ten seconds. Always on stderr."""

import sys
import time
from types import TracebackType
from typing import Self


class Progress:
    """Counts work done; `total` 0 means that nobody knows how much there is."""

    def __init__(self, what: str, *, unit: str = "posts") -> None:
        self._what = what
        self._unit = unit
        self._terminal = sys.stderr.isatty()
        self._pause = 0.2 if self._terminal else 10.0
        self._started = time.monotonic()
        self._told = self._started
        self._done = 0

    def at(self, done: int, note: str = "") -> None:
        """Say that so many are done, if it is time to."""
        self._done = done
        moment = time.monotonic()
        if moment - self._told >= self._pause:
            self._told = moment
            self._write(f"{self._line(moment)}{', ' + note if note else ''}")

    def _line(self, moment: float) -> str:
        rate = self._done / max(moment - self._started, 0.001)
        return f"{self._what}: {self._done:,} {self._unit}, {rate:,.0f}/s"

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._terminal and self._told > self._started:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

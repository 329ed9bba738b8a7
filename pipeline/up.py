"""Supervises the four processes of one Shian: schedule, work, deliver and desk. What dies is started again, and that is said."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import click

from config.load import Config
from pipeline.home import Home
from pipeline.serve import listening

PARTS = ("schedule", "work", "deliver", "desk")
_PATIENCE = 8.0
"""Seconds that the parts have to end by themselves."""
_LONGEST = 60.0
"""Seconds that are waited at most before a part that keeps dying is started again."""


class _Part:
    """One supervised process."""

    def __init__(self, name: str, home: Home) -> None:
        self.name = name
        self._home = home
        self._failed = 0
        self._again = 0.0
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        self._since = time.monotonic()
        # A group of its own: a Ctrl-C reaches only the supervisor, which then ends the parts in order.
        return subprocess.Popen([sys.executable, "-m", "pipeline.cli", "--home", str(self._home.folder), self.name], start_new_session=True)

    def watched(self) -> None:
        """Start it again if it died, later each time that it dies soon after its start."""
        if self.process.poll() is None:
            return
        moment = time.monotonic()
        if not self._again:
            self._failed = 0 if moment - self._since > _LONGEST else self._failed + 1
            pause = min(_LONGEST, 2.0 ** (self._failed - 1) if self._failed else 0.0)
            self._again = moment + pause
            click.echo(f"{self.name} ended with {self.process.returncode}; starting it again in {pause:.0f} s", err=True)
        elif moment >= self._again:
            self._again = 0.0
            self.process = self._started()

    def told(self, signal_: int) -> None:
        """Send a signal to it and to what it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal_)

    def ended(self, patience: float) -> None:
        """Wait for the end that it was told of, and force it where it takes longer than so many seconds."""
        try:
            self.process.wait(max(patience, 0.0))
        except subprocess.TimeoutExpired:
            self.told(signal.SIGKILL)
            self.process.wait()


def supervised(home: Home, config: Config, peopled: Callable[[], bool]) -> int:
    """Run all parts until interrupted; return the exit code. `peopled` says whether the desk has users."""
    settings = config.settings.desk
    listening(settings, peopled).close()  # a taken port is said now, not again and again by a part
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        """Ask the loop below to end."""
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    parts = [_Part(name, home) for name in PARTS]
    click.echo(f"the desk is on http://{settings.host}:{settings.port} (Ctrl-C ends everything)", err=True)
    while not stopping:
        for part in parts:
            part.watched()
        time.sleep(0.3)
    until = time.monotonic() + _PATIENCE
    for part in parts:
        part.told(signal.SIGTERM)
    for part in parts:
        part.ended(until - time.monotonic())
    click.echo("all parts have ended", err=True)
    return 0

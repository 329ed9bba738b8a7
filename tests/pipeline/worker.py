"""A worker that can be caught in the middle of tracking: `python -m tests.pipeline.worker HOME FILE before|after`.

It ingests the file as `shian ingest` does, with a plain analyst and small batches. At its third commit, before or after it, it says
`mid-track` and waits for a line.
"""

import os
import sys
from pathlib import Path
from typing import Any

from pipeline import track
from pipeline.app import App
from pipeline.home import Home
from tests.pipeline.made import StubAnalyst

BATCH = 16
UNSURE = "又是他们"
"""Texts that end so are uncertain by themselves."""


class Analyst(StubAnalyst):
    """Is unsure of some texts."""

    def assess(self, writings: Any, memory: Any = None) -> Any:
        self._scores = {writing.text: 0.3 for writing in writings if writing.text.endswith(UNSURE)}
        return super().assess(writings, memory)


def main(folder: str, file: str, moment: str) -> None:
    track.BATCH = BATCH
    with App(Home(Path(folder)), environ=dict(os.environ)) as app:
        app.__dict__["analyst"] = Analyst()
        commit, commits = app.store.commit, [0]

        def caught(*args: Any, **options: Any) -> Any:
            commits[0] += 1
            if commits[0] == 3 and moment == "before":
                _wait()
            alerts = commit(*args, **options)
            if commits[0] == 3 and moment == "after":
                _wait()
            return alerts

        app.store.commit = caught  # type: ignore[method-assign]
        reading = app.reading(columns={}, platform="", source="")
        app.ingest_files([file], reading, quarantine=lambda broken: None, seen=lambda tally: None)


def _wait() -> None:
    sys.stdout.write("mid-track\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])

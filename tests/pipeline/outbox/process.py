"""A sender that can be caught between its send and what it writes of it: `python -m tests.pipeline.outbox.process HOME`.

When the receiver has taken a message, it says `sent` and waits for a line before it writes that down.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline import deliver
from pipeline.app import App
from pipeline.delivery import SENT, Kept
from pipeline.home import Home


def main(folder: str) -> None:
    with App(Home(Path(folder)), environ=dict(os.environ)) as app:
        write = app.outbox.write

        def caught(kept: Sequence[Kept]) -> list[bool]:
            if any(one.state == SENT for one in kept):
                sys.stdout.write("sent\n")
                sys.stdout.flush()
                sys.stdin.readline()
            return write(kept)

        app.outbox.write = caught  # type: ignore[method-assign]
        deliver.run(app)


if __name__ == "__main__":
    main(*sys.argv[1:])

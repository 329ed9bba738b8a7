"""Takes in what crawls leave in the spool, as it comes, and tracks it if no other worker does, until it is interrupted."""

import logging
import time

from config.errors import StoreError
from pipeline.app import App

log = logging.getLogger(__name__)

_LOOK = 0.25
"""Seconds between two looks at the spool."""
_AWAY = 5.0
"""Seconds before the store is tried again."""


def run(app: App) -> None:
    """Drain the spool for ever. While the store is away, posts wait in the spool.

    What waits for a tracker is looked at every time, for another worker may have kept it, or ended while it tracked.
    """
    log.info("waiting for posts in %s", app.home.spool if app.home else "")
    app.analyst.assess([])
    while True:
        try:
            taken = app.take_in()
            app.lead()
            if not taken:
                time.sleep(_LOOK)
        except StoreError as error:
            log.warning("the store is away, posts wait in the spool: %s", error)
            time.sleep(_AWAY)

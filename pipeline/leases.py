"""The right to do what must happen once: of all processes that share a store one has it, and another when that one falls silent."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from config.errors import StoreError
from pipeline.model import Lease
from pipeline.store import Store

log = logging.getLogger(__name__)

_RETRY = 1.0
"""Seconds after which a lease that somebody else has is asked for again."""


class Turn:
    """One process's hold on one lease, of which the store is asked no more often than is needed. For one thread."""

    def __init__(self, store: Store, name: str, holder: str, *, ttl: timedelta, now: Callable[[], datetime]) -> None:
        self._store, self._name, self._holder, self._ttl, self._now = store, name, holder, ttl, now
        self._lease: Lease | None = None
        self._again = 0.0

    def taken(self) -> Lease | None:
        """Take the lease or renew it in time; None while somebody else has it. Whether it still holds, only `Store.commit` knows for certain."""
        moment = time.monotonic()
        if moment >= self._again:
            self._lease = self._asked()
            self._again = moment + (self._third() if self._lease else _RETRY)
        return self._lease

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew it while within, however long that takes: only who is dead, stopped or cut off from the store is silent for a whole lease."""
        over = threading.Event()
        thread = threading.Thread(target=self._renew, args=(over,), name=f"lease {self._name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def lost(self) -> None:
        """Believe in it no more."""
        self._lease, self._again = None, time.monotonic() + _RETRY

    def given_back(self) -> None:
        """Let somebody else have it now."""
        lease, self._lease, self._again = self._lease, None, 0.0
        if lease:
            self._store.release(lease)

    def _renew(self, over: threading.Event) -> None:
        while not over.wait(self._third()):
            try:
                if not self._asked():
                    return  # what is committed next says so
            except StoreError as error:
                log.warning("the lease %s could not be renewed: %s", self._name, error)

    def _asked(self) -> Lease | None:
        return self._store.lease(self._name, self._holder, now=self._now(), ttl=self._ttl)

    def _third(self) -> float:
        return self._ttl.total_seconds() / 3


def once(job: Callable[[], object], turn: Turn) -> bool:
    """Do the job and return True, unless another process does it or did so within the time of the lease.

    The lease is left to run out, so that who comes a moment later does not do it again; if the job fails, it is given back for him to try.
    """
    if not turn.taken():
        return False
    done = False
    try:
        job()
        done = True
    finally:
        if not done:
            turn.given_back()
    return True

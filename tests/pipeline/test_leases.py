"""One process's hold on a lease: asked for sparingly, renewed while work is done, passed on when its holder falls silent."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from config.errors import StoreError
from pipeline.leases import Turn, once
from pipeline.model import Lease
from pipeline.store.memory import MemoryStore


class Counting(MemoryStore):
    """Counts how often it is asked for a lease, and is away when told so."""

    asked = 0
    away = False

    def lease(self, name: str, holder: str, *, now: datetime, ttl: timedelta) -> Lease | None:
        self.asked += 1
        if self.away:
            raise StoreError("away")
        return super().lease(name, holder, now=now, ttl=ttl)


@pytest.fixture
def store() -> Counting:
    return Counting()


def turn(store: Counting, holder: str, seconds: float = 60.0) -> Turn:
    return Turn(store, "tracker", holder, ttl=timedelta(seconds=seconds), now=lambda: datetime.now(UTC))


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_it_is_asked_for_no_more_often_than_is_needed(store: Counting) -> None:
    mine, theirs = turn(store, "a"), turn(store, "b")
    assert all(mine.taken() for _ in range(5))
    assert not any(theirs.taken() for _ in range(5))
    assert store.asked == 2


def test_what_is_given_back_is_free_at_once(store: Counting) -> None:
    mine, theirs = turn(store, "a"), turn(store, "b")
    mine.taken()
    mine.given_back()
    mine.given_back()
    assert theirs.taken()
    assert not mine.taken()


def test_it_is_renewed_while_work_is_done_and_passes_on_when_its_holder_is_silent(store: Counting) -> None:
    mine, theirs = turn(store, "a", 0.6), turn(store, "b", 0.6)
    lease = mine.taken()
    with mine.renewed():
        until(lambda: store.asked > 5)
        assert not theirs.taken()
    until(theirs.taken)
    assert lease
    assert (theirs.taken() or lease).fence > lease.fence


def test_renewing_goes_on_when_the_store_was_away(store: Counting) -> None:
    mine = turn(store, "a", 0.3)
    mine.taken()
    with mine.renewed():
        store.away = True
        until(lambda: store.asked > 3)
        store.away = False
        until(lambda: store.asked > 6)
        assert not turn(store, "b").taken()


def test_a_job_is_done_once_and_again_where_it_failed(store: Counting) -> None:
    done: list[str] = []

    def failing() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(failing, turn(store, "a"))
    assert once(lambda: done.append("b"), turn(store, "b"))
    assert not once(lambda: done.append("c"), turn(store, "c"))
    assert done == ["b"]

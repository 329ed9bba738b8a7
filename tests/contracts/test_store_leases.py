"""What every store promises of steps that are committed under a lease: who has lost it writes nothing over his successor."""

import threading
from datetime import timedelta

import pytest

from config.errors import LeaseLost, StoreError
from pipeline.model import Lease, Step
from pipeline.store import EventFilter, Store
from tests.contracts.posts import alert, at, event, ident, ids, judged, member, thought

TTL = timedelta(seconds=10)
STEP = Step(
    cleared=(ident(1),),
    reassessed=(judged(1, assessment=thought(0.6)),),
    events=(event("e"),),
    members=(member("e", 1),),
    alerts=(alert("e"),),
)


def taken(store: Store, holder: str, seconds: float = 0) -> Lease:
    lease = store.lease("tracker", holder, now=at(seconds), ttl=TTL)
    assert lease is not None
    return lease


def nothing_changed(store: Store) -> bool:
    return (
        ids(store.pending(9)) == [ident(1)]
        and store.posts([ident(1)]) == {ident(1): judged(1)}
        and (store.event("e"), store.members("e"), store.alerts(EventFilter()).items) == (None, [], [])
    )


def test_who_holds_the_lease_commits_under_it_again_and_again(store):
    store.keep([judged(1)])
    lease = taken(store, "a")
    assert store.commit(STEP, lease=lease) == [alert("e")]
    assert store.commit(STEP, lease=lease) == []
    assert store.pending(9) == []
    assert store.members("e") == [member("e", 1)]


def test_a_renewed_lease_is_good_in_its_old_form_too(store):
    first = taken(store, "a")
    taken(store, "a", 9)
    assert store.commit(STEP, lease=first) == [alert("e")]


def test_a_lease_that_ran_out_is_good_until_somebody_takes_it(store):
    lease = taken(store, "a")
    assert store.commit(Step(cleared=(), events=(event("e"),)), lease=lease) == []  # no store asks what time it is
    taken(store, "b", 11)
    with pytest.raises(LeaseLost):
        store.commit(STEP, lease=lease)


def test_under_a_lease_that_was_taken_over_nothing_is_written(store):
    store.keep([judged(1)])
    lease = taken(store, "a")
    successor = taken(store, "b", 11)
    with pytest.raises(LeaseLost, match="the lease tracker was lost") as lost:
        store.commit(STEP, lease=lease)
    assert isinstance(lost.value, StoreError)
    assert nothing_changed(store)
    assert store.commit(STEP, lease=successor) == [alert("e")]


def test_under_a_lease_that_was_given_back_nothing_is_written(store):
    store.keep([judged(1)])
    lease = taken(store, "a")
    store.release(lease)
    with pytest.raises(LeaseLost):
        store.commit(STEP, lease=lease)
    assert nothing_changed(store)


def test_who_has_it_again_after_another_has_another_fence(store):
    store.keep([judged(1)])
    first = taken(store, "a")
    store.release(taken(store, "b", 11))
    again = taken(store, "a", 12)
    assert again.fence > first.fence
    with pytest.raises(LeaseLost):
        store.commit(STEP, lease=first)
    assert nothing_changed(store)
    assert store.commit(STEP, lease=again) == [alert("e")]


def test_who_has_it_again_when_nobody_had_it_meanwhile_has_its_fence(store):
    first = taken(store, "a")
    assert taken(store, "a", 11).fence == first.fence


def test_a_lease_that_nobody_ever_took_is_none(store):
    store.keep([judged(1)])
    with pytest.raises(LeaseLost):
        store.commit(STEP, lease=Lease("tracker", "a", 1, at(10)))
    assert nothing_changed(store)


def test_leases_of_other_names_say_nothing(store):
    mine = taken(store, "a")
    store.lease("purge", "b", now=at(1), ttl=TTL)
    assert store.commit(STEP, lease=mine) == [alert("e")]


def test_without_a_lease_a_step_is_applied_as_ever(store):
    taken(store, "a")
    assert store.commit(STEP) == [alert("e")]


def test_of_many_who_want_a_lease_at_once_one_gets_it(store):
    start, got = threading.Barrier(8), []

    def want(holder: str) -> None:
        start.wait()
        if lease := store.lease("tracker", holder, now=at(0), ttl=TTL):
            got.append(lease)

    threads = [threading.Thread(target=want, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1

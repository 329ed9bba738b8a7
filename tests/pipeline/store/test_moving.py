"""A move goes on where it was interrupted, is checked in the end, and spoils nothing."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from config.errors import StoreError
from pipeline.model import Edit, Step
from pipeline.store import FateCount
from pipeline.store.memory import MemoryStore
from pipeline.store.moving import moved
from pipeline.store.records import AT_ONCE, KINDS, summed
from tests.contracts.posts import alert, at, event, found, ident, judged, member

NAMES = ("memory:old", "memory:new")


@pytest.fixture
def state(tmp_path) -> Path:
    return tmp_path / "moving.json"


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch):
    for kind in KINDS:
        monkeypatch.setitem(AT_ONCE, kind, 4)


def filled(posts: int = 10) -> MemoryStore:
    store = MemoryStore()
    store.keep([judged(number, heat=number) for number in range(posts)])
    members = (member("e", 1), member("e", 2))
    store.commit(Step(cleared=(ident(1),), events=(event("e"), event("f")), members=members, alerts=(alert("e"),)))
    store.add_fates([FateCount("2024-03-01", "a", "kept", posts)])
    return store


class Failing(MemoryStore):
    """Takes so many pages, then is away."""

    left = 0

    def put(self, kind, records):
        if self.left == 0:
            raise StoreError("away")
        self.left -= 1
        super().put(kind, records)


def test_everything_is_moved_counted_and_told(state):
    source, target, told = filled(), MemoryStore(), []
    records = moved(source, target, state, names=NAMES, told=lambda what, count: told.append((what, count)))
    assert records == {"posts": 10, "events": 2, "alerts": 1, "fates": 1, "entries": 0}
    assert [summed(target, kind) for kind in KINDS] == [summed(source, kind) for kind in KINDS]
    assert told[:3] == [("move posts", 4), ("move posts", 8), ("move posts", 10)]
    assert ("check posts of the target", 10) in told
    assert not state.with_name("moving.json.part").exists()


@pytest.mark.parametrize("pages", range(6))
def test_an_interrupted_move_goes_on_where_it_was(state, pages):
    source, target = filled(), Failing()
    target.left = pages
    with pytest.raises(StoreError, match="away"):
        moved(source, target, state, names=NAMES)
    target.left, told = 99, []
    moved(source, target, state, names=NAMES, told=lambda what, count: told.append((what, count)))
    assert [summed(target, kind) for kind in KINDS] == [summed(source, kind) for kind in KINDS]
    assert sum(count == 4 for what, count in told if what == "move posts") == (pages < 2)  # no page of posts is moved twice


def test_a_finished_move_run_again_changes_nothing(state):
    source, target = filled(), Failing()
    target.left = 99
    records = moved(source, target, state, names=NAMES)
    target.left = 0
    assert moved(source, target, state, names=NAMES) == records
    target.triage("e", Edit("李", owner="李"), version=0, now=at(1))
    with pytest.raises(StoreError, match=r"events: 2 are in each, but not the same .* nothing was moved now"):
        moved(source, target, state, names=NAMES)
    assert target.event("e").case.owner == "李"


def test_a_target_that_was_emptied_is_filled_anew(state):
    source = filled()
    moved(source, MemoryStore(), state, names=NAMES)
    target = MemoryStore()
    moved(source, target, state, names=NAMES)
    assert summed(target, "posts") == summed(source, "posts")


@pytest.mark.parametrize("fates", [False, True])
def test_a_target_that_holds_something_else_is_refused(state, fates):
    target = MemoryStore()
    if fates:
        target.add_fates([FateCount("2024-03-01", "a", "kept", 1)])
    else:
        target.keep([judged(99)])
    with pytest.raises(StoreError, match="memory:new holds records already"):
        moved(filled(), target, state, names=NAMES)
    assert not state.exists()


def test_a_source_written_to_meanwhile_is_told_and_the_next_run_mends_it(state):
    class Written(MemoryStore):
        def put(self, kind, records):
            super().put(kind, records)
            if kind == "events":
                source.keep([judged(0, "更早的一条", id=ident(99))])

    source, target = filled(), Written()
    with pytest.raises(StoreError, match=r"posts: 11 are in memory:old, 10 in memory:new; was one of them written to meanwhile\?"):
        moved(source, target, state, names=NAMES)
    assert moved(source, target, state, names=NAMES)["posts"] == 11
    assert found(target, "更早") == [ident(99)]


def test_records_that_arrive_changed_are_told(state):
    class Forgetful(MemoryStore):
        def put(self, kind, records):
            super().put(kind, [structs.replace(one, pending=False) for one in records] if kind == "posts" else records)

    with pytest.raises(StoreError, match=r"posts: 10 are in each, but not the same \(digests [0-9a-f]{32} and"):
        moved(filled(), Forgetful(), state, names=NAMES)


def test_the_state_of_another_move_is_kept_until_that_is_finished(state):
    source, away = filled(), Failing()
    with pytest.raises(StoreError, match="away"):
        moved(source, away, state, names=("sqlite:///a.db", "sqlite:///b.db"))
    with pytest.raises(StoreError, match=r"a move from sqlite:///a.db to sqlite:///b.db is not finished; finish it, or .* --state"):
        moved(source, MemoryStore(), state, names=NAMES)
    away.left = 99
    moved(source, away, state, names=("sqlite:///a.db", "sqlite:///b.db"))
    moved(source, MemoryStore(), state, names=NAMES)
    assert json.loads(state.read_bytes())["source"] == NAMES[0]


def test_a_state_that_cannot_be_read_is_told(state):
    state.write_text("{", "utf-8")
    with pytest.raises(StoreError, match="does not say how far a move is"):
        moved(filled(), MemoryStore(), state, names=NAMES)


def test_the_sum_does_not_depend_on_the_order(state):
    one, other = MemoryStore(), MemoryStore()
    one.keep([judged(number) for number in range(9)])
    other.keep([judged(number) for number in reversed(range(9))])
    assert summed(one, "posts") == summed(other, "posts")
    other.keep([judged(3, "另一文", seconds=99)])
    assert summed(one, "posts").records == summed(other, "posts").records
    assert summed(one, "posts") != summed(other, "posts")

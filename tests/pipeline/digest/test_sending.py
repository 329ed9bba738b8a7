"""Each period is told once, each board once, and each post in one digest: through crashes, outages, races, and a year with a leap day."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from config.board import Board
from config.errors import StoreError
from pipeline.digest.gathered import digest
from pipeline.digest.sending import BOOK, Letter
from pipeline.model import Entry, Step
from pipeline.notify import Message
from pipeline.outbox import Outbox
from pipeline.regroup import REDIRECTS
from pipeline.store import EVERY_ENTRY, EntryFilter, EventFilter, Ledger, Page
from pipeline.store.memory import MemoryStore
from tests.pipeline.digest.made import DAY, OUT, arrived, board, chosen, placed, sending
from tests.pipeline.outbox.made import configured

BOARDS = [board("duty"), board("chief", empty=True)]
SOON = timedelta(seconds=30)


CONFIG = configured(
    channels={"console": {"kind": "console"}}, boards={one.name: one.model_dump(exclude={"name"}, exclude_unset=True) for one in BOARDS}
)


def outbox(store: MemoryStore) -> Outbox:
    return Outbox(store.ledger, CONFIG)


def delivered(store: MemoryStore) -> list[tuple[str, str]]:
    """Board and message of each delivery, in the order of the periods."""
    kept = outbox(store).listed("", limit=10_000).items
    return sorted((one.delivery.board, one.delivery.message.id) for one in kept)


def letters(store: MemoryStore) -> list[Letter]:
    return [msgspec.json.decode(entry.body, type=Letter) for entry in store.ledger.page(BOOK, limit=1000).items]


@pytest.fixture
def store() -> MemoryStore:
    one = MemoryStore()
    arrived(one, 1, OUT - timedelta(hours=1), matter=1)
    return one


def test_it_is_told_once_however_often_it_is_due(store: MemoryStore) -> None:
    sender = sending(store, BOARDS, outbox(store).put)
    (told,) = sender.run(OUT + SOON)
    assert told.to == ("duty", "chief")
    assert sender.run(OUT + SOON) == sender.run(OUT + timedelta(hours=20)) == []
    assert [name for name, _ in delivered(store)] == ["chief", "duty"]
    (entry,) = store.ledger.page(BOOK).items
    assert (entry.id, entry.state, entry.at) == ("20231231T000000Z", "sent", OUT)


def test_where_there_is_nothing_to_say_only_who_asked_for_it_is_told(store: MemoryStore) -> None:
    sender = sending(store, BOARDS, outbox(store).put)
    sender.run(OUT + SOON)
    arrived(store, 2, OUT + timedelta(hours=1), matter=1, relevant=False)
    assert sender.run(OUT + DAY * 2 + SOON)[0].told.kept == 1
    (nothing,) = sender.run(OUT + DAY * 3 + SOON)
    assert nothing.to == ("chief",)
    only = sending(store, BOARDS[:1], outbox(store).put)
    (nobody,) = only.run(OUT + DAY * 4 + SOON)
    assert nobody.to == ()
    assert store.ledger.page(BOOK, EntryFilter(newest_first=True)).items[0].state == "empty"


def test_without_boards_nothing_is_told_or_counted_as_told(store: MemoryStore) -> None:
    assert sending(store, [], outbox(store).put).run(OUT + SOON) == []
    assert letters(store) == []


def test_what_comes_late_is_in_the_next_one_and_in_no_other(store: MemoryStore) -> None:
    sender = sending(store, BOARDS, outbox(store).put)
    sender.run(OUT + SOON)
    arrived(store, 2, OUT - timedelta(hours=2), matter=1)
    arrived(store, 3, OUT - timedelta(hours=3), matter=2)
    arrived(store, 4, OUT - timedelta(hours=3), matter=0, relevant=False)
    (second,) = sender.run(OUT + DAY + SOON)
    assert second.told.late == {"20231231T000000Z": (3, 2)}
    assert second.told.events == {"m1": 2, "m2": 1}
    (third,) = sender.run(OUT + DAY * 2 + SOON)
    assert (third.told.late, third.told.events) == ({}, {})


def test_what_waited_for_the_tracker_is_told_when_it_has_its_event(store: MemoryStore) -> None:
    arrived(store, 2, OUT - timedelta(minutes=1), matter=2, tracked=False)
    sender = sending(store, BOARDS, outbox(store).put)
    (first,) = sender.run(OUT + SOON)
    assert (first.told.kept, first.told.settled, set(first.told.events)) == (2, False, {"m1"})
    (waiting,) = store.pending(10)
    placed(store, waiting.post, 2)
    (second,) = sender.run(OUT + DAY + SOON)
    assert (second.told.late, second.told.events) == ({}, {"m2": 1})


def test_what_people_merged_is_not_told_again(store: MemoryStore) -> None:
    arrived(store, 2, OUT - timedelta(hours=2), matter=2)
    sender = sending(store, BOARDS, outbox(store).put)
    sender.run(OUT + SOON)
    both = [structs.replace(member, event="m1") for member in (*store.members("m1"), *store.members("m2"))]
    whole = structs.replace(store.events(EventFilter()).items[0], id="m1", posts=2)
    store.commit(Step((), events=(whole,), members=tuple(both), removed=("m2",)))
    store.ledger.write([Entry(REDIRECTS, "m2", OUT + timedelta(hours=1), body=b'"m1"')])
    arrived(store, 3, OUT - timedelta(hours=2), matter=3)
    (second,) = sender.run(OUT + DAY + SOON)
    assert second.told.events == {"m3": 1}
    arrived(store, 4, OUT - timedelta(hours=3), matter=1)
    (third,) = sender.run(OUT + DAY * 2 + SOON)
    assert third.told.events == {"m1": 3}


@pytest.mark.parametrize("step", ["entry", "entered", "put", "mark"])
def test_a_crash_anywhere_is_made_up_for_with_the_same_message(store: MemoryStore, step: str) -> None:
    ended = Ends(store.ledger, step)
    store.ledger = ended  # type: ignore[assignment]
    with pytest.raises(StoreError):
        sending(store, BOARDS, ended.putting(outbox(store).put)).run(OUT + SOON)
    store.ledger = ended.ledger  # type: ignore[assignment]
    arrived(store, 2, OUT - timedelta(hours=1), matter=2)
    sending(store, BOARDS, outbox(store).put).run(OUT + timedelta(minutes=6))
    texts = {one.delivery.message.text for one in outbox(store).listed("", limit=10).items}
    assert texts == {"2 0" if step == "entry" else "1 0"}
    assert len(delivered(store)) == 2
    (later,) = sending(store, BOARDS, outbox(store).put).run(OUT + DAY + SOON)
    assert later.told.late == ({} if step == "entry" else {"20231231T000000Z": (1, 1)})


def test_what_was_made_before_a_long_outage_is_sent_and_not_stale(store: MemoryStore) -> None:
    ended = Ends(store.ledger, "entered")
    store.ledger = ended  # type: ignore[assignment]
    with pytest.raises(StoreError):
        sending(store, BOARDS, outbox(store).put).run(OUT + SOON)
    store.ledger = ended.ledger  # type: ignore[assignment]
    sending(store, BOARDS, outbox(store).put).run(OUT + DAY * 5 + SOON)
    assert outbox(store).tally() == {"waiting": 4}
    assert [one.told.until for one in letters(store)] == [OUT, OUT + DAY * 5]


def test_by_hand_it_goes_to_who_has_not_had_it_and_again_only_marked(store: MemoryStore) -> None:
    box = outbox(store)
    sender = sending(store, BOARDS[:1], box.put)
    sender.run(OUT + SOON)
    assert sender.by_hand(OUT, to=BOARDS[:1], again=False, now=OUT) == []
    (one,) = sender.by_hand(OUT, to=BOARDS, again=False, now=OUT)
    assert (one.to, one.message.id) == (("chief",), "digest-20231231T000000Z-20240101T000000Z")
    assert sender.by_hand(OUT, to=BOARDS, again=False, now=OUT) == []
    (second,) = sender.by_hand(OUT, to=BOARDS, again=True, now=OUT)
    assert (second.to, second.message.id[-2:], second.message.title) == (("duty", "chief"), ".2", "【重发】摘要")
    (third,) = sender.by_hand(OUT, to=BOARDS[:1], again=True, now=OUT)
    assert third.message.id.endswith(".3")
    assert len(delivered(store)) == 5
    assert len(letters(store)) == 1


class Ends:
    """A ledger that ends its process at one step of a digest: before or after its entry is written, before or after it is marked as sent."""

    def __init__(self, ledger: Ledger, step: str) -> None:
        self.ledger, self.step = ledger, step

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        mine = entries[0].book == BOOK
        if mine and self.step == ("entry" if entries[0].state == "made" else "mark"):
            raise StoreError(self.step)
        done = self.ledger.write(entries)
        if mine and entries[0].state == "made" and self.step == "entered":
            raise StoreError(self.step)
        return done

    def read(self, book: str, ids: Sequence[str]) -> dict[str, Entry]:
        return self.ledger.read(book, ids)

    def page(self, book: str, which: EntryFilter = EVERY_ENTRY, **how: object) -> Page[Entry]:
        return self.ledger.page(book, which, **how)  # type: ignore[arg-type]

    def putting(self, put: Callable[[Message, Sequence[Board], datetime], None]) -> Callable[[Message, Sequence[Board], datetime], None]:
        def ends(message: Message, boards: Sequence[Board], at: datetime) -> None:
            put(message, boards, at)
            if self.step == "put":
                raise StoreError("put")

        return ends


_edges = st.integers(-3, 3).flatmap(lambda day: st.integers(-2, 2).map(lambda ms: DAY * day + timedelta(milliseconds=ms)))


@settings(deadline=None, max_examples=60)
@given(st.lists(_edges | st.integers(-3 * 86_400_000, 3 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms)), min_size=1, max_size=12))
def test_to_the_millisecond_each_post_is_in_one_digest(offsets: list[timedelta]) -> None:
    store = MemoryStore()
    for number, offset in enumerate(offsets):
        arrived(store, number, OUT + offset, matter=number)
    whole = [digest(store, OUT + DAY * day) for day in range(-3, 6)]
    assert all(one.until == other.since for one, other in pairwise(whole))
    assert [one.kept for one in whole] == [sum(one.since <= OUT + offset < one.until for offset in offsets) for one in whole]
    assert Counter(event.event.id for one in whole for event in one.new) == Counter(f"m{number}" for number in range(len(offsets)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_with_a_leap_day_outages_restarts_and_two_workers(seed: int) -> None:
    year = Year(seed)
    while year.now < OUT + DAY * 367:
        year.hour()
    year.ends()


class Year:
    """Two workers that fall ill, end in the middle, and race; posts that come on time, late, and very late; a clock that is made."""

    def __init__(self, seed: int) -> None:
        self.chance = chosen(seed)
        self.store = MemoryStore()
        self.ledger = self.store.ledger
        self.now = OUT - DAY
        self.down_until = self.now
        self.number = 0
        self.at: dict[int, datetime] = {}
        self.waiting: list[tuple[datetime, int, datetime]] = []

    def hour(self) -> None:
        self.now += timedelta(seconds=self.chance.randrange(1200, 6000))
        if self.chance.random() < 0.15:
            self.number += 1
            tardy = self.chance.choice([0, 0, 0, 0, 0, 0, 2, 30, 900]) * self.chance.random()
            self.waiting.append((self.now + timedelta(hours=tardy), self.number, self.now))
        for when, number, at in [one for one in self.waiting if one[0] <= self.now]:
            self.waiting.remove((when, number, at))
            arrived(self.store, number, at, matter=number // 3, relevant=number % 4 > 0)
            self.at[number] = at
        if self.chance.random() < 0.004:
            self.down_until = self.now + DAY * self.chance.choice([0.2, 1, 1.5, 4, 9]) * self.chance.random()
        if self.now >= self.down_until:
            self.works()

    def works(self) -> None:
        step = self.chance.choice(["", "", "entry", "entered", "put", "mark"])
        ends = Ends(self.ledger, step)
        put = ends.putting(outbox(self.store).put)
        self.store.ledger = ends  # type: ignore[assignment]
        other = sending(self.store, BOARDS, put)
        races = self.chance.random() < 0.2
        sender = sending(self.store, BOARDS, put, meanwhile=lambda: other.run(self.now) if races else None)
        try:
            sender.run(self.now)
        except StoreError:
            pass
        finally:
            self.store.ledger = self.ledger

    def ends(self) -> None:
        self.now += DAY * 2
        for _ in range(2):
            sending(self.store, BOARDS, outbox(self.store).put).run(self.now)
        found = letters(self.store)
        told = [one.told for one in found]
        assert all(one.until == other.since for one, other in pairwise(told))
        leap = datetime(2024, 2, 29, tzinfo=OUT.tzinfo)
        assert any(one.since < leap <= one.until for one in told)
        # Every post in one digest, by its period or as late.
        posts = [at for at in self.at.values() if told[0].since <= at < told[-1].until]
        assert len(posts) > 300
        assert sum(one.kept + sum(kept for kept, _ in one.late.values()) for one in told) == len(posts)
        for one in told:
            late = sum(other.late.get(one.stamp, (0, 0))[0] for other in told)
            assert one.kept + late == sum(one.since <= at < one.until for at in posts)
        # Every event with all its posts.
        events: dict[str, int] = {}
        for one in told:
            assert all(count > events.get(name, 0) for name, count in one.events.items())
            events |= one.events
        relevant = Counter(f"m{number // 3}" for number, at in self.at.items() if number % 4 and told[0].since <= at < told[-1].until)
        assert events == dict(relevant)
        # Each digest once to each board that is to have it, and none is stale.
        expected = sorted((name, f"digest-{one.told.stamp}-{one.told.until:%Y%m%dT%H%M%SZ}") for one in found for name in one.to)
        assert delivered(self.store) == expected
        assert outbox(self.store).tally() == {"waiting": len(expected)}
        assert {entry.state for entry in self.ledger.page(BOOK, limit=1000).items} <= {"sent", "empty"}
        assert len(told) > 280

"""What every ledger promises: entries are changed only over the version that was read, and listed in the order of their times."""

import threading
from datetime import timedelta

import pytest
from msgspec import structs

from config.errors import QueryError
from pipeline.model import Entry
from pipeline.store import EntryFilter
from tests.contracts.posts import at


@pytest.fixture
def ledger(store):
    return store.ledger


def entry(one: str, seconds: float = 0, *, book: str = "deliveries", state: str = "waiting", body: bytes = b"{}", version: int = 0) -> Entry:
    return Entry(book, one, at(seconds), state, body, version)


def ids(page) -> list[str]:
    return [one.id for one in page.items]


def test_an_entry_is_written_once_and_read_as_it_was(ledger):
    first = entry("a/1", 5, body='{"text":"食堂"}'.encode())
    assert ledger.write([first]) == [True]
    assert ledger.write([structs.replace(first, state="other")]) == [False]
    assert ledger.read("deliveries", ["a/1", "missing"]) == {"a/1": structs.replace(first, version=1)}
    assert ledger.read("users", ["a/1"]) == {}


def test_a_change_over_a_stale_version_is_refused(ledger):
    ledger.write([entry("a")])
    assert ledger.write([entry("a", 9, state="sent", version=1)]) == [True]
    assert ledger.write([entry("a", 9, state="parked", version=1)]) == [False]
    assert ledger.write([entry("b", version=1)]) == [False]
    kept = ledger.read("deliveries", ["a", "b"])
    assert kept == {"a": entry("a", 9, state="sent", version=2)}


def test_one_stale_entry_does_not_hold_up_the_others(ledger):
    ledger.write([entry("b")])
    assert ledger.write([entry("a"), entry("b"), entry("c"), entry("b", book="users")]) == [True, False, True, True]


def test_a_book_is_listed_by_time_then_id_both_ways_in_pages(ledger):
    ledger.write([entry(f"{number:02}", number // 3) for number in range(10)] + [entry("x", book="users")])
    whole = [f"{number:02}" for number in range(10)]
    for newest_first in (False, True):
        found, cursor = [], ""
        while True:
            page = ledger.page("deliveries", EntryFilter(newest_first=newest_first), limit=4, cursor=cursor)
            found += ids(page)
            if not (cursor := page.next):
                break
        assert found == (whole[::-1] if newest_first else whole)


def test_a_list_is_of_a_state_and_a_half_open_time(ledger):
    ledger.write([entry("a", 1), entry("b", 2, state="sent"), entry("c", 3), entry("d", 4, state="")])
    assert ids(ledger.page("deliveries", EntryFilter(state="waiting"))) == ["a", "c"]
    assert ids(ledger.page("deliveries", EntryFilter(since=at(2), until=at(4)))) == ["b", "c"]
    assert ids(ledger.page("deliveries", EntryFilter(state=""))) == ["d"]
    assert ids(ledger.page("nothing")) == []


def test_times_are_kept_in_milliseconds(ledger):
    ledger.write([Entry("b", "a", at(0) + timedelta(microseconds=1999))])
    assert ledger.read("b", ["a"])["a"].at == at(0) + timedelta(milliseconds=1)


def test_states_are_counted(ledger):
    ledger.write([entry("a"), entry("b"), entry("c", state="sent"), entry("d", book="users")])
    assert ledger.tally("deliveries") == {"waiting": 2, "sent": 1}
    assert ledger.tally("nothing") == {}


def test_struck_entries_are_gone_and_may_be_written_anew(ledger):
    ledger.write([entry("a"), entry("b")])
    ledger.strike("deliveries", ["a", "missing"])
    assert ids(ledger.page("deliveries")) == ["b"]
    assert ledger.write([entry("a")]) == [True]


def test_of_many_who_change_one_entry_one_wins(ledger):
    ledger.write([entry("a")])
    won: list[bool] = []
    threads = [threading.Thread(target=lambda: won.extend(ledger.write([entry("a", state="sent", version=1)]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_a_wrong_cursor_is_refused(ledger):
    with pytest.raises(QueryError, match="no cursor"):
        ledger.page("deliveries", cursor="nonsense")


def test_long_bodies_and_ids_are_kept(ledger):
    long = entry("食" * 150, body=('"' + "长" * 40_000 + '"').encode())
    assert ledger.write([long]) == [True]
    assert ledger.read("deliveries", [long.id])[long.id].body == long.body

"""What only the store in Elasticsearch has: months, documents that a crash left alone, rebuilt indices, snapshots."""

import json
import secrets
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from msgspec import structs

from config.errors import StoreError
from pipeline.model import Fate, Step
from pipeline.store import EventFilter, opened
from pipeline.store.copies import existing, restored
from pipeline.store.elastic_indices import KINDS, month_of, over_by
from pipeline.store.query import parsed
from tests.contracts.posts import alert, at, done, event, found, ident, ids, judged, member
from tests.elasticsearch.emptied import empty

EVERYTHING = EventFilter()


@pytest.fixture
def store(elasticsearch_url, tmp_path):
    with empty(f"{elasticsearch_url}/alone", tmp_path) as one:
        yield one


@pytest.fixture
def fresh(elasticsearch_url):
    """The address of a store that there is not yet."""
    return f"{elasticsearch_url}/fresh-{secrets.token_hex(4)}"


@pytest.fixture
def server(elasticsearch_url):
    """Asks the server itself."""
    host = elasticsearch_url.removeprefix("elasticsearch+")

    def ask(method, path, body=None):
        answer = requests.request(method, f"{host}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    return ask


def on(number, when, **fields):
    """A post decided at that time."""
    post = judged(number, **fields)
    return structs.replace(post, post=structs.replace(post.post, collected_at=when))


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# months


@pytest.mark.parametrize(
    ("when", "month"),
    [("2024-02-29T23:59:59", "2024.02"), ("2024-12-31", "2024.12"), ("1970-01-01", "2000.01"), ("1999-12-31", "2000.01"), ("2345-06-01", "2100.01")],
)
def test_every_time_has_a_month(when, month):
    assert month_of(day(when)) == month
    assert over_by(month) > day(when) or month == "2000.01"


def test_a_month_is_over_when_the_next_begins():
    assert [over_by(month) for month in ("2024.02", "2024.12")] == [day("2024-03-01"), day("2025-01-01")]
    assert over_by("2100.01") == datetime.max.replace(tzinfo=UTC)


def test_posts_of_all_times_are_found_in_their_order(store):
    times = ["2345-06-01", "2025-01-01", "2024-12-31T23:59:59", "2024-03-01", "1999-01-01", "1970-01-01"]
    store.keep([on(number, day(when)) for number, when in enumerate(times)])
    assert found(store, "") == [ident(number) for number in range(6)]
    assert found(store, "since:2024-03-01T00:00Z until:2025-01-01T00:00Z") == [ident(2), ident(3)]


def test_a_revision_of_another_month_stays_where_the_first_was(store):
    store.keep([on(1, day("2024-03-31T23:59:00"), text="旧")])
    assert store.keep([on(1, day("2024-04-02"), text="新")]) == [Fate.REVISED]
    assert store.sizes()["posts"] == 1
    assert found(store, "新 until:2024-04-01T00:00Z") == [ident(1)]


# what a crash leaves


def test_what_waits_for_a_post_that_was_never_written_is_not_there(store, server):
    server("PUT", f"alone-pending/_doc/{ident(1)}%2F1", {"post": ident(1), "month": "2024.03", "second": 5, "turn": 1})
    server("PUT", f"alone-seen/_doc/{ident(1)}", {"month": "2024.03"})
    store.keep([judged(2)])
    assert ids(store.pending(1)) == [ident(2)]
    done(store)
    assert store.pending(9) == []
    assert store.keep([judged(1)]) == [Fate.KEPT]
    assert ids(store.pending(9)) == [ident(1)]
    done(store)
    assert store.pending(9) == []


def test_a_post_that_grew_waits_again_after_a_crash_before_it_was_written(store, server):
    store.keep([judged(1, heat=1)])
    done(store)
    server("PUT", f"alone-pending/_doc/{ident(1)}%2F2", {"post": ident(1), "month": "2024.03", "second": 5, "turn": 2})
    assert store.pending(9) == []
    store.keep([judged(1, seconds=9, heat=2)])
    assert ids(store.pending(9)) == [ident(1)]
    done(store)
    assert store.sizes()["pending"] == 0


# others see it


def test_another_program_sees_an_alert_within_two_seconds(store, elasticsearch_url, tmp_path):
    desk = opened(f"{elasticsearch_url}/alone", tmp_path)
    assert desk.alerts(EVERYTHING).items == []
    store.commit(Step(cleared=(), events=(event("e"),), alerts=(alert("e"),)))
    written = time.monotonic()
    while not (desk.alerts(EVERYTHING).items and desk.events(EVERYTHING).items):
        assert time.monotonic() - written < 2
        time.sleep(0.05)
    assert desk.event("e") == event("e")
    desk.close()


# mappings and indices


def test_what_no_mapping_knows_is_refused(store, server):
    for kind in KINDS:
        found = server("GET", f"alone-{kind}*/_mapping") if kind != "posts" else {}
        assert all(one["mappings"]["dynamic"] == "strict" for one in found.values())
    with pytest.raises(requests.HTTPError, match="400"):
        server("PUT", "alone-events/_doc/x", {"surprise": 1})


def test_months_over_for_all_are_dropped_but_for_members_of_events(fresh, tmp_path, server):
    store = opened(fresh, tmp_path)
    prefix = fresh.rpartition("/")[2]
    store.keep([on(number, day("2024-01-05") + timedelta(days=20 * number), heat=1) for number in range(8)])
    store.commit(Step(cleared=(), events=(event("e"),), members=(member("e", 1),)))
    assert store.purge(relevant_before=day("2024-04-10"), irrelevant_before=day("2024-04-10")) == 4
    assert found(store, "") == [ident(number) for number in (7, 6, 5, 1)]
    assert found(store, "食堂") == [ident(number) for number in (7, 6, 5, 1)]
    names = sorted(server("GET", f"{prefix}-posts-*/_alias"))
    assert names == [f"{prefix}-posts-{name}" for name in ("2024.01-000002", "2024.04-000001", "2024.05-000001")]
    assert store.keep([on(1, day("2024-01-25"), heat=9)]) == [Fate.REPEATED]
    assert store.keep([on(0, day("2024-01-05"))]) == [Fate.KEPT]
    assert store.purge(relevant_before=day("2024-04-10"), irrelevant_before=day("2024-04-10")) == 1
    store.close()


def test_the_index_is_built_anew_when_the_law_of_search_changes(fresh, tmp_path, monkeypatch):
    store = opened(fresh, tmp_path)
    store.keep([on(number, day(f"2024-0{number}-05"), heat=3) for number in (1, 2, 3)])
    store.close()
    monkeypatch.setattr("pipeline.store.elastic_indices.LAW", "another")
    monkeypatch.setattr("pipeline.store.elastic_search._spaced", lambda folded: "新")
    store = opened(fresh, tmp_path)
    assert (store.count(parsed("新")), store.count(parsed("堂"))) == (3, 3)
    monkeypatch.undo()
    assert store.count(parsed("堂")) == 0
    assert ids(store.pending(9)) == [ident(1), ident(2), ident(3)]
    assert store.keep([on(2, day("2024-02-05"), heat=3)]) == [Fate.REPEATED]
    store.close()


def test_a_month_that_somebody_else_dropped_is_made_again(fresh, tmp_path):
    store, other = opened(fresh, tmp_path), opened(fresh, tmp_path)
    assert store.keep([on(1, day("2024-01-05"))]) == [Fate.KEPT]
    assert other.purge(relevant_before=day("2024-03-01"), irrelevant_before=day("2024-03-01")) == 1
    assert store.keep([on(2, day("2024-01-06"))]) == [Fate.KEPT]
    assert found(other, "食堂") == [ident(2)]
    store.close()
    other.close()


# snapshots


@pytest.fixture
def backups(server):
    """A folder that the node may write snapshots to."""
    nodes = server("GET", "_nodes/settings")["nodes"]
    return next(iter(nodes.values()))["settings"]["path"]["repo"][0]


def test_a_store_that_is_lost_is_found_again_from_its_backup(fresh, tmp_path, server, backups):
    prefix = fresh.rpartition("/")[2]
    store = opened(fresh, tmp_path)
    store.keep([judged(number, heat=1) for number in range(30)])
    done(store)
    store.commit(Step(cleared=(), events=(event("e"),), members=(member("e", 3),), alerts=(alert("e"),)))
    store.lease("tracker", "a", now=at(0), ttl=timedelta(days=40_000))
    held = store.backup(f"{backups}/{prefix}")
    assert held["posts"] == 30
    with pytest.raises(StoreError, match="there already"):
        store.backup(f"{backups}/{prefix}")
    store.keep([judged(99)])
    with pytest.raises(StoreError, match="a uses it; end `shian up`"):
        restored(fresh, tmp_path, f"{backups}/{prefix}")
    store.release(store.lease("tracker", "a", now=at(0), ttl=timedelta(1)))
    with pytest.raises(StoreError, match="holds 31 posts; --force"):
        restored(fresh, tmp_path, f"{backups}/{prefix}")
    store.close()
    for name in server("GET", f"{prefix}-*/_alias"):
        server("DELETE", name)
    with pytest.raises(StoreError, match="there is no store of this prefix"):
        existing(fresh, tmp_path)
    assert restored(fresh, tmp_path, f"{backups}/{prefix}") == {**held, "pending": 30}
    store = existing(fresh, tmp_path)
    assert found(store, "食堂") == [ident(number) for number in reversed(range(30))]
    assert store.alerts(EVERYTHING).items == [alert("e")]
    assert store.members("e") == [member("e", 3)]
    assert store.lease("tracker", "b", now=at(1), ttl=timedelta(1)).fence > 1
    # Its last days go through the tracker once more, and then all is as it was.
    done(store)
    assert store.keep([judged(3, heat=1), judged(99)]) == [Fate.REPEATED, Fate.KEPT]
    store.close()
    with pytest.raises(StoreError, match="no whole backup of that name"):
        restored(fresh, tmp_path, f"{backups}/none")


def test_a_place_that_no_node_may_write_is_said(store):
    with pytest.raises(StoreError, match=r"path\.repo"):
        store.backup("/nowhere/at-all")
    with pytest.raises(StoreError, match="write REPOSITORY/NAME"):
        store.backup("name")
    with pytest.raises(StoreError, match="repository"):
        store.backup("none/name")
    assert json.dumps(dict(store.sizes()))

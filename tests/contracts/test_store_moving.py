"""What every store promises of moving: whole records read from one and put into another make it answer alike, whatever was asked of both."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from msgspec import structs

from config.errors import Conflict, QueryError
from crawlers.post import Engagement
from nlp.assessment import Place
from pipeline.model import Edit, Entry, Step
from pipeline.store import EventFilter, FateCount, Page, Store
from pipeline.store.keeping import Record
from pipeline.store.memory import MemoryStore
from pipeline.store.query import parsed
from pipeline.store.records import KINDS, WholeEvent, WholePost, each, summed
from tests.contracts.posts import START, alert, at, event, found, ident, ids, judged, member, thought

POSTS = range(60)
EVENTS = ("a", "b", "c", ident(3))
QUERIES = (
    "",
    "食堂",
    "食",
    "检查 OR 舒兰",
    "NOT 食堂",
    "is:relevant",
    "topic:campus",
    "platform:news 食堂",
    "place:舒兰",
    "rumor:>0.3",
    "since:2024-03-01T00:00:20Z",
)


def filled(store: Store, seed: int) -> None:
    """Give a store some of everything: repeats, revisions, reassessments, several steps of the tracker, cases, counts."""
    luck = random.Random(seed)
    for round_ in range(6):
        store.keep([sighting(luck, number, seconds=number + 100 * round_ * luck.randint(0, 1)) for number in luck.sample(POSTS, 25)])
        waiting = store.pending(luck.randint(1, 12))
        names = luck.sample(EVENTS, 2)
        store.commit(
            Step(
                cleared=tuple(ids(waiting)),
                reassessed=tuple(structs.replace(one, assessment=thought(luck.choice([0.2, 0.8]), rumor=0.5)) for one in waiting[:3]),
                events=tuple(event(name, seconds=luck.random() * 500, level=luck.choice([None, 1, 3]), posts=round_) for name in names),
                members=tuple(member(name, number) for name in names for number in luck.sample(POSTS, 4)),
                alerts=tuple(alert(name, level=luck.randint(1, 4), seconds=luck.random() * 500) for name in names),
            )
        )
        one = store.event(names[0])
        assert one
        note = luck.choice(["", "已核实"])
        store.triage(one.id, Edit("李", status=luck.choice(["acknowledged", "closed"]), note=note), version=one.case.version, now=at(round_))
        name = luck.choice("de"), str(luck.randint(1, 20))
        store.ledger.write([Entry(*name, at(luck.random() * 500), "waiting", b'{"a": 1.50}')])
        store.add_fates([FateCount(f"2024-03-0{luck.randint(1, 4)}", luck.choice("一b"), "kept", luck.randint(1, 9))])


def sighting(luck: random.Random, number: int, *, seconds: float):
    return judged(
        number,
        luck.choice(["", "舒兰某厂检查", "ＡＢＣ食堂"]),
        seconds=seconds + luck.choice([0, 0.25, 0.0001]),
        title=luck.choice(["", "标题"]),
        platform=luck.choice(["weibo", "news"]),
        engagement=Engagement(heat=luck.choice([None, 1, 5, 9]), likes=luck.choice([None, 3])),
        assessment=thought(luck.choice([0.1, 0.4, 0.9]), rumor=luck.choice([None, 0.7]), places=(Place(("吉林省", "舒兰市"), "220283"),)),
    )


def copy(source: Store, target: Store) -> None:
    for kind in KINDS:
        page = source.records(kind, limit=7)
        while True:
            target.put(kind, page.items)
            if not page.next:
                break
            page = source.records(kind, after=page.next, limit=7)


def listed(page: Callable[[str], Page]) -> list[object]:
    """All of a list, read in pages."""
    items, cursor = [], ""
    while True:
        some = page(cursor)
        items += some.items
        if not (cursor := some.next):
            return items


def answers(store: Store) -> Iterator[tuple[str, object]]:
    """What a store says to everything that can be asked of it."""
    yield "sizes", dict(store.sizes())
    yield "pending", store.pending(1000)
    yield "posts", store.posts([ident(number) for number in POSTS])
    yield "engagements", [store.engagements(ident(number)) for number in POSTS]
    yield "events", [(store.event(name), store.members(name)) for name in EVENTS]
    yield "fates", (store.fates(""), store.fates("2024-03-02"))
    yield "entries", [store.ledger.page(book).items for book in "de"]
    for since in (START, at(30), at(250.5)):
        yield f"recent {since}", store.recent(since, at(10_000))
        yield f"live {since}", store.live(since)
    for which in (EventFilter(), EventFilter(level=2), EventFilter(status="closed"), EventFilter(since=at(100), topic="campus", until=at(400))):
        yield f"events {which}", listed(lambda cursor, which=which: store.events(which, limit=2, cursor=cursor))
        yield f"alerts {which}", listed(lambda cursor, which=which: store.alerts(which, limit=2, cursor=cursor))
    for query in QUERIES:
        yield f"search {query}", listed(lambda cursor, query=query: store.search(parsed(query), limit=9, cursor=cursor))
        yield f"count {query}", store.count(parsed(query))


def same(one: Store, other: Store) -> None:
    for (question, answer), (_, wanted) in zip(answers(other), answers(one), strict=True):
        assert answer == wanted, question
    for kind in KINDS:
        assert summed(other, kind) == summed(one, kind), kind


@pytest.mark.parametrize("seed", range(4))
def test_what_is_moved_in_is_answered_as_where_it_came_from_and_goes_on_alike(store, seed):
    source = MemoryStore()
    filled(source, seed)
    copy(source, store)
    same(source, store)
    filled(source, seed + 100)
    filled(store, seed + 100)
    same(source, store)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_moved_out_is_answered_as_where_it_came_from_and_goes_on_alike(store, seed):
    target = MemoryStore()
    filled(store, seed)
    copy(store, target)
    same(store, target)
    filled(store, seed + 100)
    filled(target, seed + 100)
    same(store, target)


def test_moving_twice_is_moving_once(store):
    source = MemoryStore()
    filled(source, 1)
    copy(source, store)
    copy(source, store)
    same(source, store)


def test_records_come_once_each_in_pages_of_any_size_and_posts_by_decision_time(store):
    filled(store, 5)
    for kind in KINDS:
        whole = list(each(store, kind))
        assert whole
        for limit in (1, 3, len(whole), len(whole) + 1):
            assert listed(lambda after, kind=kind, limit=limit: store.records(kind, after=after, limit=limit)) == whole
    posts = [one.judged for one in each(store, "posts")]
    assert ids(posts) == found(store, "", limit=1000)[::-1]


def test_an_empty_store_has_no_records(store):
    assert [store.records(kind) for kind in KINDS] == [Page([])] * len(KINDS)


def test_put_replaces_a_post_with_all_that_belongs_to_it(store):
    store.keep([judged(1, "旧文", heat=1), judged(2)])
    store.put("posts", [whole(1, "新文", seconds=70)])
    assert found(store, "") == found(store, "is:relevant") == [ident(1), ident(2)]
    assert (found(store, "旧文"), found(store, "新文")) == ([], [ident(1)])
    assert ids(store.pending(9)) == [ident(2)]
    assert store.engagements(ident(1)) == []
    assert store.sizes()["posts"] == 2


def test_put_replaces_an_event_with_its_case_and_its_members(store):
    store.commit(Step(cleared=(), events=(event("e"),), members=(member("e", 1), member("e", 2))))
    store.triage("e", Edit("李", status="closed"), version=0, now=at(1))
    store.put("events", [WholeEvent(event("e", seconds=9), (member("e", 3),))])
    assert (store.event("e"), store.members("e")) == (event("e", seconds=9), [member("e", 3)])
    assert store.events(EventFilter(status="new")).items == [event("e", seconds=9)]
    assert store.triage("e", Edit("王", owner="王"), version=0, now=at(2)).case.owner == "王"


def test_put_sets_counts_of_fates_and_replaces_alerts(store):
    count = FateCount("2024-03-01", "a/b", "dropped: no text", 5)
    store.add_fates([count])
    store.put("fates", [count, structs.replace(count, posts=7)])
    assert store.fates("") == [structs.replace(count, posts=7)]
    store.put("alerts", [alert("e", title="一"), alert("e", title="二")])
    assert store.alerts(EventFilter()).items == [alert("e", title="二")]
    assert store.commit(Step(cleared=(), alerts=(alert("e"),))) == []


def test_of_two_records_with_one_id_the_later_holds(store):
    store.put("posts", [whole(1, "旧文"), whole(1, "新文")])
    store.put("events", [WholeEvent(event("e"), (member("e", 1),)), WholeEvent(event("e", seconds=5), (member("e", 2),))])
    assert (found(store, ""), found(store, "新文"), found(store, "旧文")) == ([ident(1)], [ident(1)], [])
    assert (store.event("e"), store.members("e")) == (event("e", seconds=5), [member("e", 2)])


def test_put_of_nothing_is_nothing(store):
    for kind in KINDS:
        store.put(kind, [])
    assert set(store.sizes().values()) == {0}


def test_versions_of_cases_are_moved(store):
    target = MemoryStore()
    store.commit(Step(cleared=(), events=(event("e"),)))
    store.triage("e", Edit("李", owner="李"), version=0, now=at(1))
    copy(store, target)
    with pytest.raises(Conflict):
        target.triage("e", Edit("王"), version=0, now=at(2))


def test_leases_stay_where_they_are(store):
    source = MemoryStore()
    source.lease("track", "a", now=at(0), ttl=timedelta(seconds=60))
    copy(source, store)
    assert store.lease("track", "b", now=at(1), ttl=timedelta(seconds=60)) is not None


def test_a_cursor_of_something_else_is_refused(store):
    for kind in ("posts", "fates", "entries"):
        with pytest.raises(QueryError, match="is no cursor"):
            store.records(kind, after="somewhere")


def whole(number: int, text: str = "", *, seconds: float | None = None) -> WholePost:
    one = judged(number, text, seconds=seconds)
    return WholePost(Record(one, one.post.at))

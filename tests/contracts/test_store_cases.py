"""What every store promises of cases, of threads, of search and of what is counted and removed: asked of each implementation."""

import threading
from datetime import timedelta

import pytest

from config.errors import Conflict
from pipeline.handling import Assignee, Wish, turned
from pipeline.model import Edit, Fate, Step
from pipeline.store import EventFilter, FateCount
from pipeline.store.query import parsed
from tests.contracts.posts import at, event, found, ident, ids, judged, member

EVERYTHING = EventFilter()
HANDLED = (
    Wish("acknowledge", "李"),
    Wish("rate", "李", level=2),
    Wish("assign", "李", departments=(Assignee("health", "省卫生健康委", "lead", ("十五",)),)),
    Wish("receive", "王", department="health"),
    Wish("feedback", "王", "已查", department="health"),
    Wish("return", "李", "请补", department="health"),
    Wish("feedback", "王", "已补", department="health"),
    Wish("review", "李"),
    Wish("archive", "李"),
    Wish("acknowledge", "赵"),
)


# triage


def test_triage_changes_the_case_and_counts_its_version(store):
    store.commit(Step(cleared=(), events=(event("e"),)))
    store.triage("e", Edit("李", status="acknowledged", note="已电话核实"), version=0, now=at(1))
    now = store.triage("e", Edit("王", owner="王"), version=1, now=at(2))
    assert now == store.event("e")
    assert (now.case.status, now.case.owner, now.case.version) == ("acknowledged", "王", 2)
    assert [(note.at, note.by, note.text) for note in now.case.notes] == [(at(1), "李", "已电话核实")]


def test_a_stale_edit_is_refused_and_changes_nothing(store):
    store.commit(Step(cleared=(), events=(event("e"),)))
    store.triage("e", Edit("李", owner="李"), version=0, now=at(1))
    with pytest.raises(Conflict, match="event e was changed") as refused:
        store.triage("e", Edit("王", owner="王"), version=0, now=at(2))
    assert refused.value.version == 1
    assert store.event("e").case.owner == "李"


def test_triage_of_no_event_or_to_no_status_is_an_error(store):
    with pytest.raises(KeyError):
        store.triage("none", Edit("李"), version=0, now=at(1))
    store.commit(Step(cleared=(), events=(event("e"),)))
    with pytest.raises(ValueError, match="no status is called done"):
        store.triage("e", Edit("李", status="done"), version=0, now=at(1))


def test_the_handling_of_a_case_is_kept_whole_step_by_step(store):
    store.commit(Step(cleared=(), events=(event("e"),)))
    for number, wish in enumerate(HANDLED):
        case = store.event("e").case
        after = store.triage("e", turned(case, wish, at(number)), version=case.version, now=at(number)).case
        assert after == store.event("e").case
    assert (after.phase, after.status, after.rated.level, after.round) == ("event", "acknowledged", 2, 2)
    (one,) = after.assignments
    assert (one.department, one.clauses, one.received.by, one.answered, one.feedback[-1].text) == ("health", ("十五",), "王", True, "已补")
    assert [note.action for note in after.notes] == [wish.action for wish in HANDLED]
    store.commit(Step(cleared=(), events=(event("e", posts=9),)))
    assert (store.event("e").posts, store.event("e").case) == (9, after)
    assert [found.id for found in store.events(EventFilter(status="acknowledged")).items] == ["e"]


def test_of_two_threads_that_edit_one_case_one_gets_a_conflict(store):
    store.commit(Step(cleared=(), events=(event("e"),)))
    ready, outcomes = threading.Barrier(2), []

    def edit(who: str) -> None:
        ready.wait()
        try:
            outcomes.append(store.triage("e", Edit(who, owner=who), version=0, now=at(1)).case.owner)
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=edit, args=(who,)) for who in "李王"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[0] == "conflict"
    assert store.event("e").case.owner == max(outcomes)


def test_threads_that_keep_the_same_posts_keep_each_once(store):
    posts = [judged(number) for number in range(200)]
    fates: list[Fate] = []
    threads = [threading.Thread(target=lambda: fates.extend(store.keep(posts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (fates.count(Fate.KEPT), fates.count(Fate.REPEATED)) == (200, 600)


# regrouping


def test_an_event_that_is_removed_goes_with_its_members_and_its_case(store):
    store.commit(Step(cleared=(), events=(event("a"), event("b")), members=(member("a", 1), member("a", 2), member("b", 3))))
    store.triage("a", Edit("李", status="closed"), version=0, now=at(1))
    store.commit(Step(cleared=(), events=(event("b", posts=3),), members=(member("b", 1), member("b", 2)), removed=("a", "missing")))
    assert (store.event("a"), store.members("a")) == (None, [])
    assert [one.post for one in store.members("b")] == [ident(3), ident(2), ident(1)]
    assert [one.id for one in store.events(EVERYTHING).items] == ["b"]
    store.commit(Step(cleared=(), events=(event("a"),)))
    assert (store.event("a").case.status, store.members("a")) == ("new", [])


def test_a_member_that_left_is_no_member_any_more(store):
    store.commit(Step(cleared=(), events=(event("a"),), members=(member("a", 1), member("a", 2))))
    store.commit(Step(cleared=(), events=(event("c"),), members=(member("c", 2),), left=(("a", ident(2)), ("a", ident(9)))))
    assert [[one.post for one in store.members(name)] for name in "ac"] == [[ident(1)], [ident(2)]]


# search: what a query means is tests/pipeline/store/test_search.py


def test_search_compares_the_folded_original_and_shows_the_original(store):
    store.keep([judged(1, "ＡＢＣ食堂，很Ｇｏｏｄ", title="标题"), judged(2, "无关", score=0.1)])
    assert store.search(parsed("abc食堂,很good")).items[0].post.text == "ＡＢＣ食堂，很Ｇｏｏｄ"
    assert found(store, "题ABC") == []
    assert store.count(parsed("NOT 食堂")) == 1


def test_times_bound_a_search(store):
    store.keep([judged(number) for number in range(10)])
    query = "since:2024-03-01T00:00:03Z until:2024-03-01T00:00:06Z"
    assert found(store, query) == [ident(5), ident(4), ident(3)]
    assert found(store, f"食堂 {query}") == [ident(5), ident(4), ident(3)]
    assert store.count(parsed(query)) == 3


# counts, leases, retention


def test_fates_add_up_and_come_by_day_source_and_name(store):
    store.add_fates([FateCount("2024-03-02", "b", "kept", 2), FateCount("2024-03-01", "a", "kept", 1), FateCount("2024-03-02", "a", "kept", 5)])
    store.add_fates([FateCount("2024-03-02", "b", "kept", 3), FateCount("2024-03-02", "a", "dropped: no text", 1)])
    assert store.fates("2024-03-02") == [
        FateCount("2024-03-02", "a", "dropped: no text", 1),
        FateCount("2024-03-02", "a", "kept", 5),
        FateCount("2024-03-02", "b", "kept", 5),
    ]


def test_a_lease_is_held_renewed_and_given_on_with_a_higher_fence(store):
    ttl = timedelta(seconds=10)
    first = store.lease("track", "a", now=at(0), ttl=ttl)
    assert first is not None
    assert (first.holder, first.until) == ("a", at(10))
    assert store.lease("track", "b", now=at(9), ttl=ttl) is None
    assert store.lease("digest", "b", now=at(9), ttl=ttl) is not None
    renewed = store.lease("track", "a", now=at(9), ttl=ttl)
    assert renewed is not None
    assert (renewed.fence, renewed.until) == (first.fence, at(19))
    other = store.lease("track", "b", now=at(19), ttl=ttl)
    assert other is not None
    assert other.fence > first.fence


def test_a_released_lease_is_free_and_only_its_holder_releases_it(store):
    ttl = timedelta(seconds=10)
    first = store.lease("track", "a", now=at(0), ttl=ttl)
    store.release(first)
    second = store.lease("track", "b", now=at(1), ttl=ttl)
    assert second.fence > first.fence
    store.release(first)
    assert store.lease("track", "a", now=at(2), ttl=ttl) is None


def test_purge_removes_what_is_old_but_no_member_of_an_event(store):
    store.keep([judged(number, heat=1, score=0.9 if number % 2 else 0.1) for number in range(10)])
    store.commit(Step(cleared=(), events=(event("e"),), members=(member("e", 1),)))
    assert store.purge(relevant_before=at(4), irrelevant_before=at(7)) == 5  # 0 2 4 6, and 3; 1 is a member
    left = [9, 8, 7, 5, 1]
    assert found(store, "") == found(store, "食堂") == [ident(number) for number in left]
    assert ids(store.pending(10)) == [ident(number) for number in (1, 5, 7, 9)]
    assert store.engagements(ident(3)) == []
    assert store.purge(relevant_before=at(4), irrelevant_before=at(7)) == 0
    assert store.keep([judged(3)]) == [Fate.KEPT]

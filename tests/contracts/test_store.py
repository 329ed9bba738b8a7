"""What every store promises, one test a promise, asked of each implementation."""

from collections.abc import Callable

import pytest

from config.errors import QueryError
from crawlers.post import Engagement
from nlp.assessment import Place
from pipeline.model import Edit, Fate, JudgedPost, Step
from pipeline.store import EventFilter
from pipeline.store.query import parsed
from tests.contracts.posts import START, alert, at, done, event, found, ident, ids, judged, member, thought

EVERYTHING = EventFilter()


# keep


def test_a_new_post_is_kept_whole(store):
    post = judged(1, title="标题", author="p-1", url="https://a.cn/1", assessment=thought(places=(Place(("吉林省",), "220000"),), rumor=0.25))
    assert store.keep([post]) == [Fate.KEPT]
    assert store.posts([post.post.id, "none"]) == {post.post.id: post}


def test_the_same_post_again_is_a_repeat_and_changes_nothing(store):
    posts = [judged(number) for number in range(5)]
    assert store.keep(posts) == [Fate.KEPT] * 5
    done(store)
    assert store.keep(posts) == [Fate.REPEATED] * 5
    assert store.pending(10) == []
    assert store.sizes()["posts"] == 5


def test_a_batch_may_hold_a_post_twice(store):
    assert store.keep([judged(1, "旧"), judged(1, "旧"), judged(1, "新", seconds=2)]) == [Fate.KEPT, Fate.REPEATED, Fate.REVISED]
    assert store.posts([ident(1)])[ident(1)].post.text == "新"


def test_an_empty_batch_is_nothing(store):
    assert store.keep([]) == []


def test_a_revision_replaces_text_and_assessment_and_keeps_the_first_decision_time(store):
    store.keep([judged(1, "旧文")])
    assert store.keep([judged(1, "新文", seconds=500, score=0.1)]) == [Fate.REVISED]
    kept = store.posts([ident(1)])[ident(1)]
    assert (kept.post.text, kept.revision, kept.post.at, kept.assessment.is_relevant) == ("新文", 2, at(1), False)
    assert found(store, "新文") == [ident(1)]
    assert found(store, "旧文") == []
    assert found(store, "is:relevant") == []


def test_a_post_without_a_time_of_collection_keeps_its_first_time_too(store):
    first = judged(1, "旧文")
    second = judged(1, "新文", seconds=9)
    store.keep([published(first)])
    assert store.keep([published(second)]) == [Fate.REVISED]
    assert store.posts([ident(1)])[ident(1)].post.at == at(1)


def published(post: JudgedPost) -> JudgedPost:
    from msgspec import structs

    return structs.replace(post, post=structs.replace(post.post, collected_at=None, published_at=post.post.collected_at))


def test_a_revision_is_pending_again_if_it_is_tracked_now_or_was_before(store):
    store.keep([judged(1, "一", score=0.1), judged(2, "二", score=0.9), judged(3, "三", score=0.1)])
    done(store)
    store.keep([judged(1, "一变", seconds=10, score=0.4), judged(2, "二变", seconds=10, score=0.1), judged(3, "三变", seconds=10, score=0.1)])
    assert ids(store.pending(10)) == [ident(1), ident(2)]


def test_a_batch_done_again_ends_the_same(store):
    batch = [judged(1, "旧", heat=1), judged(1, "新", heat=5), judged(1, "旧", seconds=9, heat=7), judged(2)]
    store.keep(batch)
    end = store.posts([ident(1), ident(2)])
    assert store.keep(batch) == [Fate.REPEATED] * 4
    assert store.posts([ident(1), ident(2)]) == end


def test_an_older_sighting_that_comes_late_changes_nothing(store):
    store.keep([judged(1, "新", seconds=50, heat=9)])
    assert store.keep([judged(1, "旧", seconds=20, heat=3)]) == [Fate.REPEATED]
    kept = store.posts([ident(1)])[ident(1)]
    assert (kept.post.text, kept.post.engagement.heat, kept.revision) == ("新", 9, 1)


def test_a_text_that_comes_back_is_a_revision_again(store):
    assert [store.keep([judged(1, text, seconds=when)]) for when, text in enumerate("甲乙甲")] == [[Fate.KEPT], [Fate.REVISED], [Fate.REVISED]]
    assert store.posts([ident(1)])[ident(1)].revision == 3


def test_a_repeat_renews_engagement_and_keeps_what_the_new_does_not_say(store):
    store.keep([judged(1, engagement=Engagement(likes=3, heat=10))])
    store.keep([judged(1, seconds=60, engagement=Engagement(heat=8, rank=4))])
    assert store.posts([ident(1)])[ident(1)].post.engagement == Engagement(likes=3, heat=8, rank=4)


def test_a_tracked_post_whose_engagement_grew_is_pending_again(store):
    store.keep([judged(1, heat=5), judged(2, heat=5), judged(3, heat=5, score=0.1), judged(4, engagement=Engagement(rank=9))])
    done(store)
    store.keep([judged(1, seconds=9, heat=6), judged(2, seconds=9, heat=4), judged(3, seconds=9, heat=6)])
    store.keep([judged(4, seconds=9, engagement=Engagement(rank=2))])
    assert ids(store.pending(10)) == [ident(1), ident(4)]


def test_engagement_has_one_entry_for_each_time_that_it_changed(store):
    for when, heat in enumerate([None, 5, 5, 9, 9, 7]):
        store.keep([judged(1, seconds=when, heat=heat)])
    assert store.engagements(ident(1)) == [(at(1), Engagement(heat=5)), (at(3), Engagement(heat=9)), (at(5), Engagement(heat=7))]
    assert store.engagements("none") == []


def test_half_surrogate_pairs_are_kept_as_replacement_characters(store):
    store.keep([judged(1, "食\ud800堂", title="\udfff", author="p\ud801")])
    kept = store.posts([ident(1)])[ident(1)]
    assert (kept.post.text, kept.post.title, kept.post.author) == ("食\ufffd堂", "\ufffd", "p\ufffd")
    assert found(store, "食\ud800堂") == [ident(1)]


# pending and recent


def test_what_is_relevant_or_uncertain_waits_oldest_first(store):
    store.keep([judged(30), judged(10, score=0.4), judged(20, score=0.1), judged(5)])
    assert ids(store.pending(10)) == [ident(5), ident(10), ident(30)]
    assert ids(store.pending(2)) == [ident(5), ident(10)]


def test_posts_of_one_second_are_ordered_by_id(store):
    posts = [judged(number, seconds=7 + number / 100) for number in range(50)]
    store.keep(posts[::-1])
    assert found(store, "") == sorted(ids(posts), reverse=True)
    assert ids(store.pending(50)) == sorted(ids(posts))


def test_ids_of_any_form_and_likeness_are_told_apart(store):
    names = [f"{number:032x}" for number in range(300)] + [f"post-{number:03}" for number in range(300)] + ["AB" * 16, "ab" * 16, "f" * 32]
    posts = [judged(0, f"第{name}条", id=name) for name in names]
    assert store.keep(posts[::2]) == [Fate.KEPT] * len(posts[::2])
    assert store.keep(posts[1::2]) == [Fate.KEPT] * len(posts[1::2])
    assert store.posts(names) == dict(zip(names, posts, strict=True))
    assert store.count(parsed("")) == store.count(parsed("since:2024-03-01T00:00Z until:2024-03-01T00:00:01Z")) == len(names)
    assert found(store, "第post-007条") == ["post-007"]


def test_what_is_kept_again_while_the_tracker_works_stays_pending(store):
    store.keep([judged(1, heat=1), judged(2, heat=1)])
    in_hand = ids(store.pending(10))
    store.keep([judged(1, seconds=9, heat=2)])
    store.commit(Step(cleared=tuple(in_hand)))
    assert ids(store.pending(10)) == [ident(1)]
    store.commit(Step(cleared=(ident(1),)))
    assert store.pending(10) == []


def test_recent_is_what_was_tracked_and_is_done_with(store):
    store.keep([judged(1), judged(2), judged(3, score=0.4), judged(4), judged(5, score=0.1), judged(6)])
    store.commit(Step(cleared=tuple(map(ident, (1, 2, 3, 6)))))
    assert ids(store.recent(at(0), at(6))) == [ident(1), ident(2), ident(3)]
    assert ids(store.recent(at(1.5), at(9))) == [ident(2), ident(3), ident(6)]


# commit, events, members, alerts


def test_a_step_is_applied_whole_and_may_be_applied_twice(store):
    store.keep([judged(1), judged(2)])
    step = Step(
        cleared=(ident(1), ident(2)),
        events=(event("e", posts=2),),
        members=(member("e", 1), member("e", 2)),
        alerts=(alert("e"),),
    )
    assert store.commit(step) == [alert("e")]
    assert store.commit(step) == []
    assert store.event("e") == event("e", posts=2)
    assert store.members("e") == [member("e", 2), member("e", 1)]
    assert store.alerts(EVERYTHING).items == [alert("e")]
    assert store.sizes() == {"posts": 2, "relevant": 2, "pending": 0, "events": 1, "alerts": 1}


def test_an_alert_never_changes(store):
    store.commit(Step(cleared=(), alerts=(alert("e", title="第一"),)))
    assert store.commit(Step(cleared=(), alerts=(alert("e", title="第二"), alert("e", level=2)))) == [alert("e", level=2)]
    assert {one.title for one in store.alerts(EVERYTHING).items} == {"第一", "事件e"}


def test_a_reassessed_post_is_found_by_its_new_assessment(store):
    store.keep([judged(1, score=0.4)])
    now = thought(0.8, topics=("rural",))
    store.commit(Step(cleared=(ident(1),), reassessed=(judged(1, assessment=now),)))
    assert store.posts([ident(1)])[ident(1)].assessment == now
    assert (found(store, "is:relevant topic:rural"), found(store, "is:uncertain"), found(store, "topic:campus")) == ([ident(1)], [], [])
    assert ids(store.recent(START, at(9))) == [ident(1)]
    assert store.sizes()["relevant"] == 1


def test_a_reassessment_of_an_older_text_is_left_out_and_newer_engagement_stays(store):
    store.keep([judged(1, "旧", score=0.4), judged(2, score=0.4, heat=1)])
    store.keep([judged(1, "新", seconds=9, score=0.4), judged(2, seconds=9, score=0.4, heat=5)])
    store.commit(Step(cleared=(), reassessed=(judged(1, "旧", score=0.8), judged(2, score=0.8, heat=1))))
    kept = store.posts([ident(1), ident(2)])
    assert (kept[ident(1)].post.text, kept[ident(1)].assessment.is_relevant) == ("新", False)
    assert (kept[ident(2)].post.engagement.heat, kept[ident(2)].assessment.is_relevant) == (5, True)


def test_a_step_never_touches_the_case(store):
    store.commit(Step(cleared=(), events=(event("e"),)))
    store.triage("e", Edit("李", status="acknowledged", owner="李", note="已核"), version=0, now=at(5))
    store.commit(Step(cleared=(), events=(event("e", posts=9, seconds=9),)))
    now = store.event("e")
    assert now is not None
    assert (now.posts, now.case.status, now.case.owner, now.case.version) == (9, "acknowledged", "李", 1)


def test_live_events_come_with_their_members_oldest_first(store):
    store.keep([judged(1), judged(2)])
    step = Step(cleared=(), events=(event("b", seconds=9), event("a", seconds=5), event("old")), members=(member("b", 2), member("b", 1)))
    store.commit(step)
    assert store.live(at(5)) == [(event("a", seconds=5), []), (event("b", seconds=9), [member("b", 1), member("b", 2)])]


def test_what_is_not_there_is_none_or_empty(store):
    assert (store.event("e"), store.members("e"), store.posts([]), store.live(START), store.pending(5)) == (None, [], {}, [], [])
    assert (store.events(EVERYTHING).items, store.alerts(EVERYTHING).items, store.search(parsed("")).items) == ([], [], [])


@pytest.mark.parametrize(
    ("which", "wanted"),
    [
        (EVERYTHING, "dcba"),
        (EventFilter(since=at(2)), "dcb"),
        (EventFilter(until=at(3)), "ba"),
        (EventFilter(level=2), "ba"),
        (EventFilter(topic="rural"), "c"),
        (EventFilter(topic="r"), ""),
        (EventFilter(status="acknowledged"), "b"),
        (EventFilter(status="new", level=3), "ca"),
    ],
)
def test_events_and_alerts_are_chosen_by_time_level_topic_and_status(store, which, wanted):
    known = [("a", 1, 1, ["campus"]), ("b", 2, 2, ["campus"]), ("c", 3, 3, ["campus", "rural"]), ("d", 4, 4, ["meat"])]
    events = tuple(event(name, seconds=when, level=level, topics=topics) for name, when, level, topics in known)
    alerts = tuple(alert(name, seconds=when, level=level, topics=topics) for name, when, level, topics in known)
    store.commit(Step(cleared=(), events=events, alerts=alerts))
    store.triage("b", Edit("李", status="acknowledged"), version=0, now=at(9))
    assert "".join(one.id for one in store.events(which).items) == wanted
    assert "".join(one.event for one in store.alerts(which).items) == wanted


def test_an_event_without_a_level_has_none_to_be_chosen_by(store):
    store.commit(Step(cleared=(), events=(event("e", level=None),)))
    assert store.events(EventFilter(level=4)).items == []


# cursors


def pages(ask: Callable[..., object], between: Callable[[], object] = lambda: None) -> list[object]:
    items, cursor = [], ""
    while True:
        page = ask(limit=3, cursor=cursor)
        items += page.items
        between()
        if not page.next:
            return items
        assert len(page.items) == 3
        cursor = page.next


@pytest.mark.parametrize("many", [0, 1, 3, 7, 9])
def test_pages_give_everything_once(store, many):
    store.keep([judged(number, seconds=number // 3) for number in range(many)])
    store.commit(
        Step(
            cleared=(),
            events=tuple(event(str(number), seconds=number // 3) for number in range(many)),
            alerts=tuple(alert(str(number), seconds=number // 3) for number in range(many)),
        )
    )
    for query in ("", "食堂"):
        assert pages(lambda query=query, **options: store.search(parsed(query), **options)) == store.search(parsed(query)).items
    assert len(store.search(parsed("")).items) == many
    assert pages(lambda **options: store.events(EVERYTHING, **options)) == store.events(EVERYTHING).items
    assert pages(lambda **options: store.alerts(EVERYTHING, **options)) == store.alerts(EVERYTHING).items


def test_a_cursor_stays_good_while_new_records_come_in(store):
    store.keep([judged(number) for number in range(9)])
    before = store.search(parsed("食堂")).items
    new = iter(range(100, 200))
    assert pages(lambda **options: store.search(parsed("食堂"), **options), lambda: store.keep([judged(next(new))])) == before


@pytest.mark.parametrize("cursor", ["x", "1.5", "食", "/"])
def test_a_cursor_of_somebody_else_is_refused(store, cursor):
    for ask in (lambda: store.search(parsed(""), cursor=cursor), lambda: store.events(EVERYTHING, cursor=cursor)):
        with pytest.raises(QueryError, match="cursor"):
            ask()


def test_a_page_may_be_longer_than_everything(store):
    store.commit(Step(cleared=(), events=(event("e"),), alerts=(alert("e"),)))
    assert store.alerts(EVERYTHING, limit=100_000).items == [alert("e")]
    assert store.events(EVERYTHING, limit=100_000).items == [event("e")]

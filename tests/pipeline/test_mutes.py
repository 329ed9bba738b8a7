"""Mutes: what they cover, what wakes them, and that each says why."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from config.schema import HandlingSettings
from nlp.assessment import Harm, Place
from pipeline.announce import Announcer
from pipeline.delivery import BOOK as DELIVERIES
from pipeline.handling import HandlingError
from pipeline.model import Alert, Event, Step, alert_id
from pipeline.mute import Facts, Mute, baseline, covers, muted_by, woken
from pipeline.muting import BOOK, NEWEST, ended, laid, mutes, roused, suppressed
from pipeline.outbox import Outbox
from pipeline.store.memory import MemoryStore
from pipeline.timed import timed
from tests.pipeline.made import assessed, judged, member
from tests.pipeline.outbox.made import configured

AT = datetime(2024, 9, 5, 1, 0, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
LIMITS = HandlingSettings().clocks
FACTS = Facts("e", 3, ("campus",), ("220283",), ("舒兰某小学食堂腹泻",), frozenset({"weibo-hot"}), 0)


def mute(**fields: object) -> Mute:
    given = {"event": "e"} if not {"topic", "place", "word", "source", "query"} & fields.keys() else {}
    return structs.replace(Mute("m", "李", "演练", AT, AT + 24 * HOUR, level=3, places=("220283",)), **{**given, **fields})


def event(level: int = 3, *, code: str = "220283", name: str = "e") -> Event:
    places = (Place(("吉林省",), code),)
    return Event(name, "舒兰某小学食堂腹泻", AT, AT, 1, "", level, 45, (), ("campus",), {"weibo": 1}, {}, places, alerted=level)


def alert(of: Event, at: datetime = AT) -> Alert:
    assert of.level
    return Alert(alert_id(of.id, of.level, 1), of.id, at, at, of.level, of.title, (), of.topics, {}, 1, places=of.places)


def happen(store: MemoryStore, one: Event, *, dead: int | None = None, source: str = "weibo-hot") -> Alert:
    told = structs.replace(member("p", source=source), event=one.id, assessment=assessed(harm=Harm(dead=dead)))
    raised = alert(one)
    store.commit(Step(cleared=(), events=(one,), members=(told,), alerts=(raised,)))
    return raised


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"event": "other"}, False),
        ({"topic": "campus"}, True),
        ({"topic": "meat"}, False),
        ({"topic": "campus", "place": "220200"}, True),
        ({"topic": "campus", "place": "220100"}, False),
        ({"place": "220000"}, True),
        ({"place": "110000"}, False),
        ({"word": "食堂"}, True),
        ({"word": "紫菜"}, False),
        ({"source": "weibo-hot"}, True),
        ({"source": "forum-export"}, False),
        ({"word": "食堂", "source": "forum-export"}, False),
    ],
)
def test_a_mute_covers_what_it_names(fields: dict[str, object], fits: bool) -> None:
    assert covers(mute(**fields), FACTS) is fits


@pytest.mark.parametrize(
    ("change", "wakes", "why"),
    [
        ({}, None, ""),
        ({"level": 4}, None, ""),
        ({"level": 2}, None, "升为 Ⅱ橙"),
        ({"dead": 1}, None, "死亡 1 人"),
        ({"places": ("220283", "220100")}, None, "新地点 220100"),
        ({"places": ("220200",)}, None, ""),  # the city that the known county lies in
        ({"level": 2, "dead": 1}, ("death",), "死亡 1 人"),
        ({"level": 2, "places": ("110000",)}, ("death",), ""),
        ({"level": 1, "dead": 9, "places": ("110000",)}, (), ""),
    ],
)
def test_a_mute_wakes_when_it_gets_worse(change: dict[str, object], wakes: tuple[str, ...] | None, why: str) -> None:
    one = mute() if wakes is None else mute(wakes=wakes)
    facts = structs.replace(FACTS, **change)
    assert woken(one, facts) == why
    assert (muted_by(facts, [one], AT + HOUR) is None) == bool(why)


def test_a_mute_holds_until_its_end_and_not_a_moment_longer() -> None:
    one = mute()
    assert muted_by(FACTS, [one], one.until - timedelta(microseconds=1)) == one
    assert muted_by(FACTS, [one], one.until) is None
    assert muted_by(FACTS, [structs.replace(one, ended=AT + HOUR)], AT + HOUR) is None
    assert muted_by(FACTS, [one], AT - HOUR) is None


def test_a_mute_of_many_knows_what_there_is_today() -> None:
    known = baseline(mute(topic="campus"), [FACTS, structs.replace(FACTS, event="f", level=2, dead=1, places=("220100",))])
    assert (known.level, known.dead, known.places) == (2, 1, ("220283", "220100"))
    assert baseline(mute(word="紫菜"), [FACTS]).level == 4


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"why": " "}, "署名和原因"),
        ({"by": ""}, "署名和原因"),
        ({"event": ""}, "静默什么"),
        ({"until": AT}, "截止时间"),
        ({"until": AT + 8 * 24 * HOUR}, "7 天之内"),
        ({"wakes": ("noise",)}, "没有“noise”这种唤醒"),
        ({"event": "none"}, "没有事件 none"),
        ({"event": "", "query": "(食堂"}, "查询读不懂：at character 1"),
    ],
)
def test_a_mute_without_author_reason_or_end_is_refused(fields: dict[str, object], why: str) -> None:
    store = MemoryStore()
    happen(store, event())
    with pytest.raises(HandlingError, match=why):
        laid(store, mute(**fields), longest=WEEK)
    assert store.ledger.tally(BOOK) == {}


def test_what_is_suppressed_says_by_what_and_a_rise_ends_it_for_good() -> None:
    store = MemoryStore()
    first = happen(store, event())
    one = laid(store, mute(), longest=WEEK)
    assert suppressed(store, first, store.event("e"), AT + HOUR) == one
    assert one.reason == "已静默：演练（李）"
    assert suppressed(store, first, None, AT + HOUR) is None
    worse = happen(store, event(2))
    assert suppressed(store, worse, store.event("e"), AT + 2 * HOUR) is None
    (kept,) = mutes(store, AT + 2 * HOUR)
    assert (kept.ended, kept.ended_by, kept.ended_why) == (AT + 2 * HOUR, "", "升为 Ⅱ橙：舒兰某小学食堂腹泻")
    assert suppressed(store, first, store.event("e"), AT + 3 * HOUR) is None
    assert ended(store, one.id, by="王", why="", now=AT + 3 * HOUR) is None


def posted(store: MemoryStore, one: Event, *texts: str) -> Alert:
    """An event with a post of each text, the newest last; what has 闲聊 in it is not relevant."""
    posts = [judged(text, at=AT + number * HOUR, score=0.1 if "闲聊" in text else 0.9) for number, text in enumerate(texts)]
    store.keep(posts)
    members = tuple(structs.replace(member(post.post.id, at=post.post.at), event=one.id, assessment=post.assessment) for post in posts)
    store.commit(Step(cleared=(), events=(one,), members=members, alerts=(alert(one),)))
    return alert(one)


@pytest.mark.parametrize(
    ("query", "texts", "fits"),
    [
        ("食堂 platform:weibo", ("食堂腹泻",), True),
        ("食堂", ("食堂腹泻", "食堂呕吐"), True),
        ("食堂", ("食堂腹泻", "校外摊点呕吐"), False),  # something else was said of it
        ("食堂", ("食堂腹泻", "闲聊"), True),
        ("食堂", ("闲聊",), False),
        ("食堂 -腹泻", ("食堂腹泻",), False),
        ("食堂", ("校外摊点呕吐", *(f"食堂腹泻 {number}" for number in range(NEWEST))), True),
        ("食堂", ("校外摊点呕吐", *(f"食堂腹泻 {number}" for number in range(NEWEST - 1))), False),
    ],
)
def test_a_mute_of_a_query_covers_what_all_newest_relevant_posts_answer(query: str, texts: tuple[str, ...], fits: bool) -> None:
    store = MemoryStore()
    raised = posted(store, event(), *texts)
    one = laid(store, mute(query=query, why="抽检旧闻"), longest=WEEK)
    assert suppressed(store, raised, store.event("e"), AT + HOUR) == (one if fits else None)
    clock = timed(store, [(raised, store.event("e"))], LIMITS, AT + HOUR)[raised.id]
    assert (clock.mute, clock.why) == ((one.id, f"已静默：抽检旧闻（李，查询“{query}”）") if fits else ("", ""))


def test_a_mute_of_a_query_and_a_topic_covers_what_fits_both_and_wakes_as_others_do() -> None:
    store = MemoryStore()
    raised = posted(store, event(), "食堂腹泻")
    other = laid(store, mute(topic="meat", query="食堂"), longest=WEEK)
    assert suppressed(store, raised, store.event("e"), AT + HOUR) is None
    one = laid(store, mute(topic="campus", query="食堂"), longest=WEEK)
    assert (one.level, one.id != other.id) == (3, True)
    assert suppressed(store, raised, store.event("e"), AT + HOUR) == one
    worse = posted(store, event(2), "食堂腹泻")
    assert suppressed(store, worse, store.event("e"), AT + 2 * HOUR) is None
    assert [kept.ended_why for kept in mutes(store, AT + 2 * HOUR) if kept.ended] == ["升为 Ⅱ橙：舒兰某小学食堂腹泻"]


def test_a_query_that_is_understood_no_more_silences_nothing() -> None:
    assert not covers(mute(query="(食堂"), structs.replace(FACTS, newest=(judged("食堂腹泻"),)))


@pytest.mark.parametrize("fields", [{}, {"topic": "campus"}, {"place": "2202"}, {"word": "小学"}, {"source": "weibo-hot"}])
def test_a_death_wakes_a_mute_also_without_an_alert(fields: dict[str, object]) -> None:
    store = MemoryStore()
    raised = happen(store, event())
    one = laid(store, mute(**fields), longest=WEEK)
    assert suppressed(store, raised, store.event("e"), AT + HOUR) == one
    assert roused(store, AT + HOUR) == []
    happen(store, event(), dead=1)
    assert [over.ended_why for over in roused(store, AT + 2 * HOUR)] == ["死亡 1 人：舒兰某小学食堂腹泻"]
    assert roused(store, AT + 2 * HOUR) == []
    assert suppressed(store, raised, store.event("e"), AT + 2 * HOUR) is None


def test_a_clock_stands_still_while_muted_and_begins_anew_after() -> None:
    store = MemoryStore()
    raised = happen(store, event())
    one = laid(store, mute(), longest=WEEK)
    rows = [(raised, store.event("e"))]
    assert timed(store, rows, LIMITS, AT + 20 * HOUR)[raised.id].state(AT + 20 * HOUR) == "off"
    assert ended(store, one.id, by="王", why="演练结束", now=AT + 20 * HOUR)
    clock = timed(store, rows, LIMITS, AT + 21 * HOUR)[raised.id]
    assert (clock.state(AT + 21 * HOUR), clock.due) == ("running", AT + 28 * HOUR)


def test_what_is_muted_is_not_entered_for_anybody_until_its_mute_ends() -> None:
    store = MemoryStore()
    config = configured(channels={"desk": {"kind": "console"}}, boards={"duty": {"channels": ["desk"]}})
    raised = happen(store, event())
    one = laid(store, mute(), longest=WEEK)
    announcer = Announcer(store, Outbox(store.ledger, config), config)
    announcer.fresh([raised], AT)
    announcer.caught_up(AT + HOUR)
    assert store.ledger.tally(DELIVERIES) == {}
    ended(store, one.id, by="王", why="演练结束", now=AT + 2 * HOUR)
    announcer.caught_up(AT + 2 * HOUR)
    announcer.caught_up(AT + 3 * HOUR)
    assert sum(store.ledger.tally(DELIVERIES).values()) == 1

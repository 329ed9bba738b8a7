"""Merges and splits by hand on every store: they stay, lead on, alert nobody twice, and are undone byte for byte."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from msgspec import structs

from config.errors import StoreError
from config.load import load
from pipeline import muting, regroup
from pipeline.model import Alert, Edit, JudgedPost
from pipeline.mute import Mute
from pipeline.regroup import RegroupError
from pipeline.regrouper import Regrouper
from pipeline.store import EventFilter, Store
from pipeline.store.records import each
from pipeline.timed import timed
from pipeline.track import Tracker
from tests.pipeline.made import START, StubAnalyst, hours, judged

CONFIG = load(environ={})
MATTERS = ("舒兰 三中 呕吐", "四平 病死猪 肉铺", "通化 奶粉 结块")


def tracked(store: Store, *posts: JudgedPost):
    store.keep(posts)
    return Tracker(store, StubAnalyst(), CONFIG).run()


def matter(text: str, hour: float) -> JudgedPost:
    return judged(text, at=hours(hour), terms=text)


def filled(store: Store) -> dict[str, str]:
    """Three events of three posts; the ids of the events by their first word."""
    tracked(store, *(matter(f"{text} 续{number}", number + 0.1 * place) for place, text in enumerate(MATTERS) for number in range(3)))
    return {event.title.split()[0]: event.id for event in store.events(EventFilter()).items}


def state(store: Store):
    return sorted(each(store, "events"), key=lambda whole: whole.event.id)


def when(minutes: float):
    return START + timedelta(days=1, minutes=minutes)


def made(store: Store):
    return Regrouper(store, CONFIG).run(None)


def merged(store: Store, one: str, into: str, minutes: float = 0) -> str:
    which = regroup.merge(store, one, into, by="李", reason="同一件事", now=when(minutes)).id
    made(store)
    return which


def split(store: Store, one: str, posts, minutes: float = 0) -> str:
    which = regroup.split(store, one, posts, by="王", reason="两件事", now=when(minutes)).id
    made(store)
    return which


def undone(store: Store, which: str) -> None:
    regroup.undo(store, which, by="赵")
    made(store)


def test_a_merged_event_gives_its_posts_and_leads_to_the_other(store):
    names = filled(store)
    before = store.events(EventFilter()).items
    merged(store, names["舒兰"], names["四平"])
    assert store.event(names["舒兰"]) is None
    whole = store.event(names["四平"])
    assert (whole.posts, len(store.members(whole.id)), len(store.events(EventFilter()).items)) == (6, 6, len(before) - 1)
    assert whole.first_seen == min(one.first_seen for one in before if one.title.split()[0] in ("舒兰", "四平"))
    assert regroup.resolved(store, names["舒兰"]) == whole.id
    assert [state for state, _ in regroup.regroupings(store, names["舒兰"])] == ["made"]


def test_what_comes_later_joins_what_was_merged(store):
    names = filled(store)
    merged(store, names["舒兰"], names["四平"])
    tracked(store, matter("舒兰 三中 呕吐 后续", 6))
    assert store.event(names["四平"]).posts == 7


def test_posts_that_were_split_off_are_an_event_and_stay_one(store):
    names = filled(store)
    ours = [member.post for member in store.members(names["通化"])]
    split(store, names["通化"], ours[:2])
    rest, new = store.event(names["通化"]), store.event(ours[1])
    assert (rest.posts, new.posts, rest.title.split()[-1]) == (1, 2, "续0")
    assert [member.post for member in store.members(new.id)] == ours[:2]
    tracked(store, structs.replace(matter("通化 奶粉 结块 续1", 1.2)))
    assert (store.event(names["通化"]).posts, store.event(new.id).posts) == (1, 2)


def test_the_first_post_may_be_split_off_and_the_event_keeps_its_id(store):
    names = filled(store)
    which = split(store, names["通化"], [names["通化"]])
    new = regroup.regroupings(store)[0][1].into
    assert new != names["通化"]
    assert (store.event(names["通化"]).posts, store.event(new).posts) == (2, 1)
    undone(store, which)
    assert store.event(new) is None


def test_neither_merge_nor_split_alerts_again_what_was_alerted(store):
    names = filled(store)
    told = store.alerts(EventFilter()).items
    which = merged(store, names["舒兰"], names["四平"])
    undone(store, which)
    split(store, names["通化"], [store.members(names["通化"])[0].post], 2)
    again = [alert for alert in store.alerts(EventFilter()).items if alert not in told]
    assert all(alert.level < min(one.level for one in told) for alert in again)


@pytest.mark.parametrize("seed", range(4))
def test_undone_in_turn_everything_is_as_it_was_with_its_cases(store, seed):
    luck = random.Random(seed)
    names = filled(store)
    store.triage(names["舒兰"], Edit("李", status="acknowledged", owner="李", note="已核实"), version=0, now=when(0))
    states, undos = [state(store)], []
    for minutes in range(4):
        events = [event.id for event in store.events(EventFilter()).items]
        one = luck.choice(events)
        members = [member.post for member in store.members(one)]
        if len(members) > 1 and (len(events) < 2 or luck.random() < 0.5):
            undos.append(split(store, one, luck.sample(members, luck.randint(1, len(members) - 1)), minutes))
        else:
            undos.append(merged(store, one, luck.choice([event for event in events if event != one]), minutes))
        states.append(state(store))
    while undos:
        assert state(store) == states.pop()
        undone(store, undos.pop())
    assert state(store) == states[0]
    assert regroup.resolved(store, names["舒兰"]) == names["舒兰"]


def test_an_undone_merge_leaves_what_came_since_where_it_came(store):
    names = filled(store)
    which = merged(store, names["舒兰"], names["四平"])
    tracked(store, matter("舒兰 三中 呕吐 后续", 6))
    undone(store, which)
    assert (store.event(names["舒兰"]).posts, store.event(names["四平"]).posts) == (3, 4)


def test_what_a_later_regrouping_built_on_is_not_undone(store):
    names = filled(store)
    first = merged(store, names["舒兰"], names["四平"])
    second = merged(store, names["四平"], names["通化"], 1)
    with pytest.raises(RegroupError, match="后来的"):
        regroup.undo(store, first, by="赵")
    assert regroup.resolved(store, names["舒兰"]) == names["通化"]
    undone(store, second)
    undone(store, first)
    assert sorted(one.id for one in store.events(EventFilter()).items) == sorted(names.values())


def test_what_cannot_be_is_refused_with_a_reason(store):
    names = filled(store)
    ours = [member.post for member in store.members(names["通化"])]
    for ask in (
        lambda: regroup.merge(store, names["通化"], names["通化"], by="", reason="x", now=when(0)),
        lambda: regroup.merge(store, names["通化"], "missing", by="", reason="x", now=when(0)),
        lambda: regroup.merge(store, names["通化"], names["四平"], by="", reason=" ", now=when(0)),
        lambda: regroup.split(store, names["通化"], ours, by="", reason="x", now=when(0)),
        lambda: regroup.split(store, names["通化"], ["missing"], by="", reason="x", now=when(0)),
        lambda: regroup.split(store, names["通化"], [], by="", reason="x", now=when(0)),
        lambda: regroup.split(store, "missing", ours[:1], by="", reason="x", now=when(0)),
        lambda: regroup.undo(store, "missing", by=""),
    ):
        with pytest.raises(RegroupError):
            ask()
    regroup.merge(store, names["通化"], names["四平"], by="", reason="x", now=when(0))
    with pytest.raises(RegroupError, match="等待"):
        regroup.merge(store, names["通化"], names["舒兰"], by="", reason="x", now=when(1))


def test_of_two_merges_asked_for_at_once_the_second_takes_all_along(store):
    names = filled(store)
    regroup.merge(store, names["舒兰"], names["四平"], by="李", reason="x", now=when(0))
    regroup.merge(store, names["四平"], names["通化"], by="王", reason="x", now=when(1))
    made(store)
    assert [one[0] for one in regroup.regroupings(store)] == ["made", "made"]
    assert store.event(names["通化"]).posts == 9


def muted(store: Store, one: str, *wakes: str) -> Mute:
    return muting.laid(store, Mute("", "孙", "演练", when(-60), when(2000), event=one, wakes=wakes), longest=timedelta(days=7))


def silenced(store: Store, one: Alert, minutes: float) -> Mute | None:
    return muting.suppressed(store, one, regroup.current(store, one.event), when(minutes))


def test_a_mute_ends_as_its_event_is_merged_and_holds_again_once_that_is_undone(store):
    names = filled(store)
    alert = next(one for one in store.alerts(EventFilter()).items if one.event == names["舒兰"])
    mute = muted(store, names["舒兰"])
    assert silenced(store, alert, 0) == mute
    which = merged(store, names["舒兰"], names["四平"], 1)
    assert silenced(store, alert, 2) is None
    (over,) = muting.mutes(store, when(2))
    assert (over.ended, over.ended_by, over.moved, over.is_on(when(2))) == (when(1), "李", names["四平"], False)
    assert over.ended_why.startswith("所静默的事件并入“四平")
    assert over.ended_why.endswith("：同一件事")
    # Nobody was late while it was muted: the clock begins anew.
    assert timed(store, [(alert, store.event(names["四平"]))], CONFIG.settings.handling.clocks, when(2))[alert.id].started == when(1)
    undone(store, which)
    assert muting.mutes(store, when(2)) == [mute]
    assert silenced(store, alert, 2) == mute


def test_the_event_that_others_are_merged_into_keeps_its_mute(store):
    names = filled(store)
    into, other = muted(store, names["四平"]), muted(store, names["通化"])
    alert = next(one for one in store.alerts(EventFilter()).items if one.event == names["舒兰"])
    which = merged(store, names["舒兰"], names["四平"], 1)
    assert silenced(store, alert, 2) == into
    undone(store, which)
    assert silenced(store, alert, 2) is None
    assert {one.id for one in muting.mutes(store, when(2), ended=False)} == {into.id, other.id}


def test_what_a_merge_makes_worse_wakes_the_mute_that_the_event_had(store):
    names = filled(store)
    into = muted(store, names["四平"], "level")
    merged(store, names["舒兰"], names["四平"], 1)
    assert [(one.id, one.ended_why.partition("：")[0]) for one in muting.roused(store, when(2))] == [(into.id, "升为 Ⅲ黄")]


def test_the_page_of_an_event_asks_for_its_own_regroupings_only(store, monkeypatch):
    names = filled(store)
    which = merged(store, names["舒兰"], names["四平"])
    split(store, names["通化"], [store.members(names["通化"])[0].post], 1)
    asked, read = [], store.ledger.read
    monkeypatch.setattr(store.ledger, "read", lambda book, ids: asked.extend(ids) or read(book, ids))
    for name in ("舒兰", "四平"):
        assert [one.id for _, one in regroup.regroupings(store, names[name])] == [which]
    assert asked == [which, which]
    assert regroup.regroupings(store, "nobody") == []


@pytest.mark.parametrize("fails", [1, 2, 3])
def test_a_crash_on_the_way_is_made_good_by_the_next_run(store, fails, monkeypatch):
    names = filled(store)
    which = regroup.merge(store, names["舒兰"], names["四平"], by="李", reason="x", now=when(0)).id
    for turn in ("make", "undo"):
        ledger, left = store.ledger, [fails]

        def failing(entries, ledger=ledger, left=left, write=store.ledger.write):
            left[0] -= 1
            if not left[0]:
                raise StoreError("away")
            return write(entries)

        with monkeypatch.context() as patched:
            patched.setattr(ledger, "write", failing)
            with suppress(StoreError):
                made(store)
        made(store)
        if turn == "make":
            assert (store.event(names["舒兰"]), store.event(names["四平"]).posts) == (None, 6)
            assert [one[0] for one in regroup.regroupings(store)] == ["made"]
            regroup.undo(store, which, by="赵")
    assert (store.event(names["舒兰"]).posts, store.event(names["四平"]).posts) == (3, 3)
    assert [one[0] for one in regroup.regroupings(store)] == ["undone"]

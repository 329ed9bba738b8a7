"""Two events are one matter where the posts of the smaller belong to the other by now, or where posts call both by name; else they stay two."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from config.load import load
from pipeline import regroup
from pipeline.cluster import Live, drawn
from pipeline.figures import Figures
from pipeline.model import Alert, JudgedPost, Member
from pipeline.regrouper import Regrouper
from pipeline.store import EventFilter, Store
from pipeline.store.memory import MemoryStore
from pipeline.store.sqlite import SqliteStore
from pipeline.track import Tracker
from pipeline.twinning import apart, noted
from pipeline.twins import twins
from tests.pipeline.made import StubAnalyst, hours, judged
from tests.pipeline.test_cluster import saying

CONFIG = load(environ={})
WEEK = timedelta(days=7)

SHEEP = ["三羊=0.9 主播=0.4", "三羊=0.9 橱窗=0.7", "三羊=0.9 集团=0.5"]
CAKES = ["美诚=0.9 月饼=0.4", "美诚=0.9 工厂=0.5", "美诚=0.9 香港=0.3", "美诚=0.9 网店=0.4"]
BOTH = "三羊=0.9 美诚=0.9"


def live(*events: list[Member]) -> Live:
    kept = Live(window=WEEK, join=0.3, revive=timedelta(days=3), aftermath=timedelta(days=180))
    for members in events:
        event = drawn(None, Figures(members, revive=timedelta(days=3)))
        kept.put(event)
        for one in members:
            kept.join(event.id, structs.replace(one, event=event.id))
    return kept


def members(name: str, texts: list[str], *, place: str = "", at: float = 0) -> list[Member]:
    return [saying(f"{name}{number}", text, at=hours(at + number), places=(place,) if place else ()) for number, text in enumerate(texts)]


TABLE: list[tuple[str, list[Member], list[Member], str]] = [
    ("two posts call both by name", members("a", [*SHEEP, BOTH, BOTH]), members("b", CAKES), "b0 a0 2 条帖文同时说到“三羊”和“美诚”"),
    ("one of each", members("a", [*SHEEP, *SHEEP, BOTH]), members("b", [*CAKES, BOTH]), "b0 a0 2 条帖文同时说到“三羊”和“美诚”"),
    ("one post does", members("a", [*SHEEP, BOTH]), members("b", CAKES), ""),
    ("none does", members("a", SHEEP), members("b", CAKES), ""),
    ("of three posts only", members("a", [*SHEEP, BOTH, BOTH]), members("b", CAKES[:3]), ""),
    ("the name of two posts", members("a", ["罐车=0.9 话=0.2"] * 2), members("b", ["罐车=0.9 卸完=0.9"]), ""),
    ("elsewhere", members("a", [*SHEEP, BOTH, BOTH], place="安徽省"), members("b", CAKES, place="日本"), ""),
    ("two words of the greater", members("a", ["罐车=0.9 食用油=0.9"] * 4), members("b", ["罐车=0.9 食用油=0.9 煤制油=0.9"]), "b0 a0 1 条中 1 条"),
    ("its name", members("a", ["罐车=0.9 话=0.2"] * 4), members("b", ["罐车=0.9 卸完=0.9"]), "b0 a0 1 条中 1 条"),
    ("half of its posts", members("a", ["罐车=0.9 话=0.2"] * 4), members("b", ["罐车=0.9 卸完=0.9", "卸完=0.9 司机=0.5"]), "b0 a0 2 条中 1 条"),
    ("a third of them", members("a", ["罐车=0.9 话=0.2"] * 4), members("b", ["罐车=0.9 卸完=0.9", "卸完=0.9", "卸完=0.9"]), ""),
    ("a word that is no name", members("a", ["异物=0.5 话=0.2"] * 4), members("b", ["异物=0.5 饭菜=0.9"]), ""),
    ("the name alone, in a long post", members("a", ["下锅=0.9 话=0.2"] * 4), members("b", ["下锅=0.9 牛腱=0.5 白城=0.4 水=0.3 锅=0.3 肉=0.3"]), ""),
    ("long posts that call both by name", members("a", [*SHEEP, *[f"{BOTH} 一 二 三 四"] * 2]), members("b", CAKES), ""),
    ("over for longer than a window", members("a", ["罐车=0.9 话=0.2"] * 4), members("b", ["罐车=0.9 卸完=0.9"], at=24 * 9), ""),
]


@pytest.mark.parametrize(("name", "one", "other", "told"), TABLE, ids=[row[0] for row in TABLE])
def test_which_events_are_one_and_why_whichever_got_the_post(name: str, one: list[Member], other: list[Member], told: str) -> None:
    shown: set[str] = set()
    for latest in (one[-1], other[-1]):  # where posts call both by name, it is such a post that shows it
        shown.update(f"{twin.event} {twin.into} {twin.why}" for twin in twins(live(one, other), latest.post))
    assert len(shown) == bool(told)
    assert all(line.startswith(told) for line in shown)


def matter(text: str, hour: float) -> JudgedPost:
    return judged(text, at=hours(hour), terms=text)


def stream() -> list[JudgedPost]:
    """Two matters of four posts, then two posts that call both by name, and two that come later."""
    posts = [matter(f"{name} {name[0]}{number}", number + part / 10) for number in range(4) for part, name in enumerate(("三羊", "美诚"))]
    return [*posts, *(matter(f"三羊 美诚 问{number}", 5 + number) for number in range(2)), matter("美诚 后续", 9), matter("三羊 后续", 10)]


def tracked(store: Store, *posts: JudgedPost) -> list[Alert]:
    store.keep(posts)
    return Tracker(store, StubAnalyst(), CONFIG).run()


def pairs(store: Store) -> list[set[str]]:
    """What is noted, each pair once."""
    noted_of = {event.id: noted(store, event.id) for event in store.events(EventFilter()).items}
    return [set(pair) for pair in {frozenset((event, one.other)) for event, some in noted_of.items() for one in some}]


def test_what_may_be_one_is_noted_for_both_and_merged_by_people_only() -> None:
    store = MemoryStore()
    tracked(store, *stream()[:9])
    assert pairs(store) == []
    tracked(store, *stream()[9:])
    one, other = store.events(EventFilter()).items
    assert pairs(store) == [{one.id, other.id}]
    for event, whole in ((one, other), (other, one)):
        (found,) = noted(store, event.id)
        assert found.other == whole.id
        assert found.why in ("2 条帖文同时说到“三羊”和“美诚”", "2 条帖文同时说到“美诚”和“三羊”")  # the name of the greater first
    regroup.merge(store, other.id, one.id, by="李", reason="一件事", now=hours(24))
    assert pairs(store) == []
    Regrouper(store, CONFIG).run(None)
    assert noted(store, one.id) == []


def test_what_people_keep_apart_is_not_said_to_be_one_again() -> None:
    store = MemoryStore()
    tracked(store, *stream())
    one, other = (event.id for event in store.events(EventFilter()).items)
    assert apart(store, one, other, by="李")
    tracked(store, matter("三羊 美诚 再问", 11))
    assert pairs(store) == []
    assert not apart(store, one, "no such event", by="李")


def test_a_merge_that_was_undone_is_not_said_to_be_one_again() -> None:
    store = MemoryStore()
    tracked(store, *stream())
    one, other = (event.id for event in store.events(EventFilter()).items)
    asked = regroup.merge(store, other, one, by="李", reason="一件事", now=hours(24))
    Regrouper(store, CONFIG).run(None)
    regroup.undo(store, asked.id, by="赵")
    Regrouper(store, CONFIG).run(None)
    tracked(store, matter("三羊 美诚 再问", 11))
    assert len(store.events(EventFilter()).items) == 2
    assert pairs(store) == []


@pytest.mark.parametrize("seed", range(3))
def test_batches_and_restarts_do_not_change_what_is_noted(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice, ends = Random(seed), []
    for index in range(4):
        monkeypatch.setattr("pipeline.track.BATCH", dice.choice([1, 2, 3, 256]) if index else 256)
        store, rest = SqliteStore(tmp_path / "a.db") if index == 3 else MemoryStore(), stream()
        while rest:
            size = dice.randint(1, 6) if index else len(rest)
            tracked(store, *rest[:size])
            rest = rest[size:]
        ends.append([(event, noted(store, event)) for event in sorted(one.id for one in store.events(EventFilter()).items)])
        store.close()
    assert all(end == ends[0] for end in ends)
    assert any(found for _, found in ends[0])

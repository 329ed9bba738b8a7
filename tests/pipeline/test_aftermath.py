"""Events of many posts are joined for months, whoever tracks; follow-ups are understood by what they name; what is known stays bounded."""

from datetime import timedelta

import pytest

from config.load import load
from pipeline.model import JudgedPost
from pipeline.store import EventFilter, Store
from pipeline.store.memory import MemoryStore
from pipeline.track import Tracker
from tests.pipeline.made import StubAnalyst, hours, judged

CONFIG = load()
DAY = 24


def matter(text: str, hour: float, score: float = 0.9) -> JudgedPost:
    return judged(text, at=hours(hour), terms=text, score=score)


def shapes(store: Store) -> list[tuple[str, int]]:
    return sorted((event.title, event.posts) for event in store.events(EventFilter(), limit=1000).items)


class Forgetful(StubAnalyst):
    """Remembers nothing, so that only events can tell what a post is about."""

    def recalled(self, assessment, memory):  # type: ignore[no-untyped-def]
        return assessment


@pytest.mark.parametrize("thrown", [False, True])
def test_an_event_of_many_posts_is_joined_months_later_by_whoever_tracks(thrown: bool) -> None:
    store = MemoryStore()
    posts = [matter(f"鼠头 鸭脖 话{number}", number) for number in range(40)]
    posts += [matter(f"甲{week} 乙{week}", 7 * DAY * week) for week in range(1, 12)]
    posts.append(matter("鼠头 鸭脖 追责", 80 * DAY))
    tracker = Tracker(store, StubAnalyst(), CONFIG)
    for one in posts:
        store.keep([one])
        (Tracker(store, StubAnalyst(), CONFIG) if thrown else tracker).run()
    assert ("鼠头 鸭脖 话0", 41) in shapes(store)
    event = next(event for event in store.events(EventFilter()).items if event.posts == 41)
    assert (event.episode, event.stage) == (2, "复燃")


@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_names_an_event_is_a_follow_up_however_posts_are_cut(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.track.BATCH", size)
    store = MemoryStore()
    store.keep([*(matter("旺仔 异物", hour) for hour in range(1)), *(matter(f"旺仔 异物{hour}", hour) for hour in range(1, 4))])
    store.keep([matter("旺仔 高管", 5, 0.3), matter("高管 发文", 6, 0.3), matter("旺仔 直播", 24 * 4, 0.3)])
    Tracker(store, Forgetful(), CONFIG).run()
    assert shapes(store) == [("旺仔 异物", 5)]
    followed = next(member for member in store.members(store.events(EventFilter()).items[0].id) if member.title == "旺仔 高管")
    assert followed.assessment.recalled
    assert followed.assessment.relevant.because[0] == "事件相关: 旺仔"
    assert store.posts([followed.post])[followed.post].assessment.is_relevant


def test_what_is_known_does_not_grow_over_years() -> None:
    store, known = MemoryStore(), []
    tracker = Tracker(store, StubAnalyst(), CONFIG)
    for week in range(104):
        store.keep([matter(f"甲{week}x{number} 乙{week}x{number}", 7 * DAY * week + number) for number in range(20)])
        tracker.run()
        known.append(len(tracker._live.events))
    assert len(store.events(EventFilter(), limit=5000).items) > 1000
    assert max(known) <= 20 * (3 * CONFIG.settings.track.window // timedelta(days=7))

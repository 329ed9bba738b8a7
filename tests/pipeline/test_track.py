"""The tracker: recall, place, alert, in decision-time order; a step done twice, or after a crash, changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from config.errors import LeaseLost, StoreError
from config.load import load
from crawlers.post import Engagement
from pipeline.model import Alert, Edit, JudgedPost, Lease
from pipeline.store import EventFilter, Store
from pipeline.store.memory import MemoryStore
from pipeline.store.sqlite import SqliteStore
from pipeline.track import Tracker, reach_of, title_of
from tests.pipeline.made import START, StubAnalyst, assessed, hours, judged, post

CONFIG = load()


def tracked(store: Store, *posts: JudgedPost) -> list[Alert]:
    store.keep(posts)
    return Tracker(store, StubAnalyst(), CONFIG).run()


def matter(text: str, hour: float, **fields: str) -> JudgedPost:
    return judged(text, at=hours(hour), terms=text, **fields)


def events(store: Store) -> list[tuple[str, int]]:
    return sorted((event.title, event.posts) for event in store.events(EventFilter()).items)


def test_posts_of_one_matter_become_one_event_and_one_alert() -> None:
    store = MemoryStore()
    alerts = tracked(store, matter("舒兰 三中 呕吐", 0), matter("舒兰 三中 食堂", 1), matter("四平 病死猪", 2))
    assert events(store) == [("四平 病死猪", 1), ("舒兰 三中 呕吐", 2)]
    assert [alert.title for alert in alerts] == ["舒兰 三中 呕吐", "四平 病死猪"]


def test_what_is_not_relevant_is_never_placed() -> None:
    store = MemoryStore()
    assert tracked(store, judged("天气", score=0.3, terms="天气")) == []
    assert (events(store), store.pending(9)) == ([], [])


def test_a_follow_up_that_says_little_is_understood_from_memory() -> None:
    store = MemoryStore()
    tracked(store, matter("舒兰 三中 呕吐", 0), judged("舒兰 三中", at=hours(5), score=0.3, terms="舒兰 三中"))
    assert events(store) == [("舒兰 三中 呕吐", 2)]
    followed = store.members(store.events(EventFilter()).items[0].id)[0]
    assert followed.assessment.recalled
    assert store.posts([followed.post])[followed.post].assessment.is_relevant


def test_nothing_is_alerted_twice_in_one_state() -> None:
    store = MemoryStore()
    assert len(tracked(store, matter("舒兰 三中 呕吐", 0))) == 1
    assert tracked(store, matter("舒兰 三中 呕吐 食堂", 1)) == []
    assert tracked(store, matter("舒兰 三中 呕吐", 0)) == []


def test_a_revision_raises_no_second_alert() -> None:
    store = MemoryStore()
    first = matter("舒兰 三中 呕吐", 0, native_id="1")
    assert len(tracked(store, first)) == 1
    assert tracked(store, matter("舒兰 三中 呕吐 更正", 1, native_id="1")) == []
    assert [count for _, count in events(store)] == [1]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_batches_do_not_change_what_is_decided(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.track.BATCH", size)
    store = MemoryStore()
    posts = [matter(f"地{n % 3} 厂{n % 3} 话{n}", n / 2, platform=("weibo", "news")[n % 2]) for n in range(12)]
    alerts = tracked(store, *posts)
    whole = MemoryStore()
    monkeypatch.setattr("pipeline.track.BATCH", 50)
    assert alerts == tracked(whole, *posts)
    assert events(store) == events(whole)


def test_a_new_tracker_knows_what_the_last_one_knew() -> None:
    posts = [matter(f"舒兰 三中 话{n}", n) for n in range(6)]
    whole, pieces = MemoryStore(), MemoryStore()
    at_once = tracked(whole, *posts)
    one_by_one = [alert for one in posts for alert in tracked(pieces, one)]
    assert at_once == one_by_one
    assert whole.events(EventFilter()) == pieces.events(EventFilter())


def test_a_crash_before_the_commit_is_a_step_done_again() -> None:
    class Crashing(MemoryStore):
        def commit(self, *_: object, **__: object) -> list[Alert]:
            raise KeyboardInterrupt

    store = Crashing()
    with pytest.raises(KeyboardInterrupt):
        tracked(store, matter("舒兰 三中 呕吐", 0))
    store.__class__ = MemoryStore
    assert len(Tracker(store, StubAnalyst(), CONFIG).run()) == 1
    assert events(store) == [("舒兰 三中 呕吐", 1)]


def test_late_posts_join_the_events_of_their_own_time_and_the_present_goes_on() -> None:
    store = MemoryStore()
    tracker = Tracker(store, StubAnalyst(), CONFIG)
    run: Callable[..., list[Alert]] = lambda *posts: (store.keep(posts), tracker.run())[1]  # noqa: E731
    run(matter("舒兰 三中 呕吐", 0), matter("四平 病死猪", 24 * 30))
    run(matter("舒兰 三中 食堂", 3))
    run(matter("四平 病死猪 通报", 24 * 30 + 5))
    assert events(store) == [("四平 病死猪", 2), ("舒兰 三中 呕吐", 2)]


def test_the_case_is_not_touched() -> None:
    store = MemoryStore()
    tracked(store, matter("舒兰 三中 呕吐", 0))
    event = store.events(EventFilter()).items[0]
    store.triage(event.id, Edit(by="王", status="acknowledged", note="已核"), version=event.case.version, now=hours(1))
    tracked(store, matter("舒兰 三中 食堂", 2))
    after = store.events(EventFilter()).items[0]
    assert (after.case.status, after.posts) == ("acknowledged", 2)


def test_near_duplicates_are_kept_linked_in_one_event() -> None:
    store = MemoryStore()
    long = "家长反映孩子在学校食堂吃完午饭以后陆续出现呕吐腹泻发烧等症状目前已经有十几个孩子送到医院"
    first = structs.replace(judged(long, native_id="1"), assessment=assessed(terms="a"))
    second = structs.replace(judged(long + "了", at=hours(1), native_id="2"), assessment=assessed(terms="b"))
    tracked(store, first, second)
    members = store.members(store.events(EventFilter()).items[0].id)
    assert {member.post: member.near for member in members} == {first.post.id: "", second.post.id: first.post.id}


def test_a_title_is_word_for_word_from_its_post() -> None:
    one = judged("第一句话。第二句话！")
    assert title_of(one) in one.post.text
    titled = JudgedPost(structs.replace(post("正文"), title="标题"), assessed(), b"")
    assert title_of(titled) == "标题"


def test_reach_is_heat_or_what_people_did() -> None:
    assert reach_of(JudgedPost(post("a", likes=7), assessed(), b"")) == 7


def test_the_window_is_what_the_settings_say() -> None:
    store = MemoryStore()
    after = CONFIG.settings.track.window + timedelta(days=1)
    tracked(store, matter("舒兰 三中 呕吐", 0), judged("舒兰 三中 呕吐 又", at=START + after, terms="舒兰 三中 呕吐"))
    assert len(events(store)) == 2


def test_a_post_that_comes_again_with_more_reach_teaches_memory_once() -> None:
    store = MemoryStore()
    tracker = Tracker(store, StubAnalyst(), CONFIG)
    for likes in range(9):
        post = matter("舒兰 三中 呕吐", 0)
        store.keep([structs.replace(post, post=structs.replace(post.post, engagement=Engagement(likes=likes)))])
        tracker.run()
    assert tracker._memory.at(hours(0))["舒兰"] == pytest.approx(0.2)


def leased(store: Store, holder: str, hour: float) -> Lease:
    lease = store.lease("tracker", holder, now=hours(hour), ttl=timedelta(minutes=1))
    assert lease
    return lease


def trackers(store: Store) -> tuple[Tracker, Tracker]:
    return Tracker(store, StubAnalyst(), CONFIG), Tracker(store, StubAnalyst(), CONFIG)


def test_a_tracker_that_was_stalled_writes_nothing_over_its_successor_and_reads_anew() -> None:
    store = MemoryStore()
    stalled, successor = trackers(store)
    store.keep([matter("舒兰 三中 呕吐", 0)])
    lease = leased(store, "a", 0)
    pending = store.pending

    def stall(limit: int) -> list[JudgedPost]:
        """Hand out the posts; before they are decided, the other takes over, does them, and more."""
        store.pending = pending  # type: ignore[method-assign]
        batch = pending(limit)
        store.keep([matter("舒兰 三中 食堂", 1), matter("舒兰 三中 送医", 2)])
        successor.run(lease=leased(store, "b", 1))
        return batch

    store.pending = stall  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        stalled.run(lease=lease)
    assert events(store) == [("舒兰 三中 呕吐", 3)]
    store.keep([matter("舒兰 三中 通报", 3)])
    assert stalled.run(lease=leased(store, "a", 3)) == []
    assert events(store) == [("舒兰 三中 呕吐", 4)]
    assert len(store.alerts(EventFilter()).items) == 1


def test_what_another_tracked_meanwhile_is_known_in_the_next_run() -> None:
    store = MemoryStore()
    one, other = trackers(store)
    for hour, tracker, holder in ((0, one, "a"), (1, other, "b"), (2, one, "a"), (3, other, "b")):
        lease = leased(store, holder, hour)
        store.keep([matter(f"舒兰 三中 话{hour}", hour), matter(f"厂{hour // 2} 病死猪{hour // 2} 言{hour}", hour + 0.1)])
        tracker.run(lease=lease)
        store.release(lease)
    assert events(store) == [("厂0 病死猪0 言0", 2), ("厂1 病死猪1 言2", 2), ("舒兰 三中 话0", 4)]


def test_who_keeps_the_lease_reads_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store, read = MemoryStore(), list[int]()
    live = store.live
    monkeypatch.setattr(store, "live", lambda since: (read.append(1), live(since))[1])
    tracker, _ = trackers(store)
    for hour in range(3):
        store.keep([matter(f"舒兰 三中 话{hour}", hour)])
        tracker.run(lease=leased(store, "a", hour))
    assert len(read) == 1


@pytest.mark.parametrize("leases", [True, False])
def test_an_alert_is_not_lost_with_the_commit_that_failed(monkeypatch: pytest.MonkeyPatch, leases: bool) -> None:
    store = MemoryStore()
    tracker, _ = trackers(store)
    store.keep([matter("舒兰 三中 呕吐", 0)])

    def away(*_: object, **__: object) -> list[Alert]:
        raise StoreError("away")

    lease = leased(store, "a", 0) if leases else None
    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", away)
        with pytest.raises(StoreError):
            tracker.run(lease=lease)
    assert [alert.title for alert in tracker.run(lease=lease)] == ["舒兰 三中 呕吐"]


def stream(seed: int) -> list[JudgedPost]:
    """Three weeks of matters, follow-ups that say little, everyday posts, and posts that come again with more reach; some come late."""
    random = Random(seed)
    posts = []
    for number in range(240):
        place, hour = random.randrange(12), random.randrange(24 * 21)
        words, score = random.choice([(f"地{place} 厂{place} 毒{number % 7}", 0.9), (f"地{place} 厂{place}", 0.3), (f"地{place} 天气", 0.3)])
        one = judged(f"{words} 话{number}", at=hours(hour), score=score, terms=words, native_id=str(number), platform=("weibo", "news")[number % 2])
        posts.append(one)
    posts.sort(key=lambda one: one.post.at + timedelta(hours=random.choice([0, 0, 0, 5, 200])))
    for at in range(20, 240, 20):
        again = posts[at - random.randrange(1, 20)]
        posts.insert(at, structs.replace(again, post=structs.replace(again.post, engagement=Engagement(likes=at))))
    return posts


@pytest.mark.parametrize("seed", range(4))
def test_a_tracker_thrown_away_after_every_batch_ends_as_one_that_is_kept(seed: int, tmp_path: Path) -> None:
    ends = []
    for store, thrown in ((MemoryStore(), False), (MemoryStore(), True), (SqliteStore(tmp_path / "a.db"), True)):
        kept, alerts = Tracker(store, StubAnalyst(), CONFIG), []
        posts = stream(seed)
        for start in range(0, len(posts), 7):
            store.keep(posts[start : start + 7])
            alerts += (Tracker(store, StubAnalyst(), CONFIG) if thrown else kept).run()
        found = store.events(EventFilter(), limit=1000).items
        ends.append((alerts, found, {event.id: store.members(event.id) for event in found}))
        store.close()
    assert any(member.assessment.recalled for members in ends[0][2].values() for member in members)
    assert ends[0] == ends[1] == ends[2]

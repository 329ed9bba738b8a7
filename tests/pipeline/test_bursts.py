"""A rise of many small complaints, each its own event of one post, is alerted once; a restart, a replay and another worker decide alike."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from msgspec import structs

from config.load import load
from nlp.assessment import Place, Score
from pipeline.bursts import Bursts, place_of, span
from pipeline.model import Alert, Event, JudgedPost
from pipeline.store import EventFilter, Store
from pipeline.store.memory import MemoryStore
from pipeline.track import Tracker
from tests.pipeline.made import StubAnalyst, hours, judged

CONFIG = load()
CHANGCHUN = Place(("吉林省", "长春市", "朝阳区"), "220104")
SHULAN = Place(("吉林省", "吉林市", "舒兰市"), "220283")
TIANSHUI = Place(("甘肃省", "天水市"), "620500")


def complaint(number: int, at: datetime, *, place: Place = CHANGCHUN, topic: str = "catering", source: str = "complaints-12315") -> JudgedPost:
    """One that has no word in common with any other."""
    draw = Random(number)
    text = " ".join(f"{chr(draw.randrange(0x4E00, 0x9FA5))}{chr(draw.randrange(0x4E00, 0x9FA5))}{number}" for _ in range(5))
    one = judged(text, at=at, terms=text, native_id=str(number), platform="complaint", source=source)
    return structs.replace(one, assessment=structs.replace(one.assessment, topics=(Score(0.9, topic),), places=(place,)))


def history(weeks: int = 8, *, until: float = 0, seed: int = 1) -> list[JudgedPost]:
    """Some complaints of other places and topics a day from one source, and one of Changchun's restaurants every second day."""
    draw, found = Random(seed), list[JudgedPost]()
    for day in range(-7 * weeks, int(until)):
        for _ in range(4):
            found.append(
                complaint(
                    len(found), hours(24 * day + draw.random() * 12), place=draw.choice([SHULAN, TIANSHUI]), topic=draw.choice(["meat", "campus"])
                )
            )
        if day % 2:
            found.append(complaint(len(found), hours(24 * day + draw.random() * 12)))
    return found


def rise(number: int = 14, *, since: float = 0, first: int = 10_000, **fields: object) -> list[JudgedPost]:
    """So many complaints within seven hours."""
    return [complaint(first + n, hours(since + n / 2), **fields) for n in range(number)]  # type: ignore[arg-type]


def tracked(store: Store, posts: Sequence[JudgedPost], *, restarts: bool = False) -> list[Alert]:
    if not restarts:
        store.keep(posts)
        return Tracker(store, StubAnalyst(), CONFIG).run()
    found: list[Alert] = []
    for start in range(0, len(posts), 7):
        store.keep(posts[start : start + 7])
        found += Tracker(store, StubAnalyst(), CONFIG).run()
    return found


def bursting(store: Store) -> list[Event]:
    return [event for event in store.events(EventFilter(), limit=1000).items if event.bursts]


def test_many_small_complaints_raise_one_alert_that_says_why() -> None:
    store = MemoryStore()
    posts = rise()
    alerts = tracked(store, [*history(), *posts])
    assert len(alerts) == 1
    (event,) = bursting(store)
    assert (event.posts, alerts[0].event) == (1, event.id)
    reason = next(why for why in alerts[0].why if "负二项" in why)
    burst = event.bursts[0]
    assert f"餐饮与网络订餐（长春市）24 小时内 {burst.observed} 条" in reason
    assert f"预期 {burst.expected:.1f} 条" in reason
    assert f"p={burst.p:.1g}" in reason
    assert burst.p <= burst.limit == pytest.approx(burst.alpha / (24 * burst.series), rel=0.01)
    assert len(burst.baseline) == 8
    assert set(burst.posts) <= set(store.posts([post.post.id for post in posts]))
    assert len(burst.posts) == burst.observed
    assert burst.until == store.posts([event.id])[event.id].post.at


def test_while_a_burst_lasts_later_posts_raise_no_other() -> None:
    store = MemoryStore()
    assert len(tracked(store, [*history(), *rise(40)])) == 1
    assert len(bursting(store)) == 1


def test_a_burst_after_a_quiet_time_is_another() -> None:
    store = MemoryStore()
    alerts = tracked(store, [*history(until=4), *rise(14), *rise(30, since=24 * 4, first=20_000)])
    assert len(alerts) == 2


def test_restarts_and_batches_do_not_change_what_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [*history(), *rise(20), *rise(20, since=60, first=20_000)]
    whole, pieces, small = MemoryStore(), MemoryStore(), MemoryStore()
    at_once = tracked(whole, posts)
    ordered = sorted(posts, key=lambda one: (one.post.at, one.post.id))
    assert tracked(pieces, ordered, restarts=True) == at_once
    monkeypatch.setattr("pipeline.track.BATCH", 3)
    assert tracked(small, posts) == at_once
    everything = EventFilter()
    assert whole.events(everything, limit=1000) == pieces.events(everything, limit=1000) == small.events(everything, limit=1000)


def test_late_posts_are_counted_alike_by_who_goes_on_and_who_begins() -> None:
    draw = Random(4)
    posts = sorted([*history(), *rise(20)], key=lambda one: (one.post.at, one.post.id))
    late = [post for post in posts if draw.random() < 0.2]
    early = [post for post in posts if post not in late]
    one, other = (Bursts(CONFIG.rules, "220000") for _ in range(2))
    for post in early:
        one.learn(post)
        one.set_off(post)
    for post in late:
        one.learn(post)
    for post in draw.sample(posts, len(posts)):
        other.learn(post)
    assert [one.set_off(post) for post in posts] == [other.set_off(post) for post in posts]
    assert sum(bool(one.set_off(post)) for post in posts) == 1


def test_what_is_forgotten_is_not_missed() -> None:
    draw = Random(6)
    posts = [complaint(n, hours(24 * 7 * draw.random() * 30), place=draw.choice([CHANGCHUN, SHULAN])) for n in range(900)]
    posts += [post for week in range(14, 30, 2) for post in rise(20, since=24 * 7 * week, first=1000 * week)]
    posts = sorted(posts, key=lambda one: (one.post.at, one.post.id))
    one, other = (Bursts(CONFIG.rules, "220000") for _ in range(2))
    found = []
    for number, post in enumerate(posts):
        if number % 100 == 0:
            other.fade(post.post.at - span(CONFIG.rules.values()))
        one.learn(post)
        other.learn(post)
        found.append((one.set_off(post), other.set_off(post)))
    assert all(kept == faded for kept, faded in found)
    assert sum(bool(kept) for kept, _ in found) >= 3
    assert len(other._posts) < len(one._posts)


def test_repeats_copies_and_cosmetic_edits_are_no_rise() -> None:
    first = complaint(1, hours(0))
    again = [complaint(1, hours(n / 10)) for n in range(40)]
    copies = [structs.replace(first, post=structs.replace(first.post, id=f"{n:032x}", collected_at=hours(n / 10))) for n in range(40)]
    edited = [structs.replace(first, revision=n, digest=bytes([n])) for n in range(40)]
    for posts in (again, copies, edited):
        bursts = Bursts(CONFIG.rules, "220000")
        for post in [*history(), *posts]:
            bursts.learn(post)
        assert not any(bursts.set_off(post) for post in posts)


def test_a_source_that_gives_more_of_everything_is_no_burst() -> None:
    bursts = Bursts(CONFIG.rules, "220000")
    usual = [
        complaint(n, hours(24 * day + n % 9), place=(CHANGCHUN, SHULAN)[n % 2]) for day in range(-60, 0) for n in range(100 * day, 100 * day + 4)
    ]
    more = [complaint(10_000 + n, hours(n / 10), place=(CHANGCHUN, SHULAN)[n % 2]) for n in range(20)]
    for post in [*usual, *more]:
        bursts.learn(post)
    assert not any(bursts.set_off(post) for post in more)


def test_few_posts_are_never_a_burst_and_a_new_desk_needs_many() -> None:
    for number, expected in ((4, 0), (10, 0), (60, 1)):
        bursts = Bursts(CONFIG.rules, "220000")
        posts = rise(number)
        for post in posts:
            bursts.learn(post)
        assert sum(len(bursts.set_off(post)) for post in posts) == expected


def test_a_place_counts_by_prefecture_at_home_and_by_province_elsewhere() -> None:
    assert place_of(SHULAN, "220000") == ("吉林省", "吉林市")
    assert place_of(TIANSHUI, "220000") == ("甘肃省",)
    assert place_of(Place(("日本",), None, foreign=True), "220000") == ("日本",)


def test_what_is_not_relevant_counts_for_its_source_only() -> None:
    bursts = Bursts(CONFIG.rules, "220000")
    posts = [structs.replace(post, assessment=structs.replace(post.assessment, relevant=Score(0.3))) for post in rise(40)]
    for post in posts:
        bursts.learn(post)
    assert not any(bursts.set_off(post) for post in posts)


def test_a_desk_without_a_burst_rule_keeps_nothing() -> None:
    rules = {name: rule for name, rule in CONFIG.rules.items() if not rule.test}
    bursts = Bursts(rules, "220000")
    for post in rise(40):
        bursts.learn(post)
        assert bursts.set_off(post) == ()
    assert span(rules.values()) == timedelta(0)

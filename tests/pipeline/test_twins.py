"""What is updated or republished is no news: one item, one event, one alarm, however it comes again (complaints 6 and 7)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from msgspec import structs

from crawlers.post import Post, identified
from nlp.assessment import Assessment, Harm, Writing
from nlp.fingerprint import fingerprints
from pipeline.announce import Announcer
from pipeline.model import Alert, Event
from pipeline.outbox import Outbox
from pipeline.store import EventFilter
from pipeline.store.memory import MemoryStore
from pipeline.track import Tracker
from tests.pipeline.made import START, StubAnalyst, assessed, hours
from tests.pipeline.outbox.made import configured
from tests.pipeline.test_ingest import Kitchen

CONFIG = configured(channels={"desk": {"kind": "console"}}, boards={"duty": {"channels": ["desk"]}})
BODY = "舒兰 三中 食堂 午餐 后 多名 学生 呕吐 腹泻 送医 市场监管 部门 已 封存 留样 并 介入 调查 患者 病情 平稳"


class Alarmed(StubAnalyst):
    """Finds people ill in every text."""

    def assess(self, writings: Sequence[Writing], memory: Mapping[str, float] | None = None) -> list[Assessment]:
        return [assessed(terms=writing.text, topics="campus", harm=Harm(ill=30)) for writing in writings]


class World:
    """What comes in is kept, tracked by a new tracker, and announced, as after a restart."""

    def __init__(self) -> None:
        self.kitchen = Kitchen(Alarmed())
        self.store: MemoryStore = self.kitchen.store

    def comes(self, *posts: Post) -> list[Alert]:
        self.kitchen.took(*posts)
        alerts = Tracker(self.store, Alarmed(), CONFIG).run()
        announcer = Announcer(self.store, Outbox(self.store.ledger, CONFIG), CONFIG)
        announcer.fresh(alerts, hours(1))
        announcer.caught_up(hours(2))
        return alerts

    @property
    def pushes(self) -> int:
        return len(list(Outbox(self.store.ledger, CONFIG).all()))

    @property
    def events(self) -> list[Event]:
        return self.store.events(EventFilter()).items


def article(url: str = "https://news.example.cn/a/1.html", **fields: object) -> Post:
    whole = Post("", BODY, title="舒兰 三中 食堂", url=url, platform="news", source="paper", published_at=START, collected_at=START)
    return identified(structs.replace(whole, **fields))


EDITS = {
    "title": {"title": "舒兰 三中 食堂 （更新）"},
    "body": {"text": f"{BODY} 最新 通报 一名 学生 出院"},
    "date": {"published_at": START + timedelta(minutes=40)},
    "address": {"url": "http://m.news.example.cn/a/1.html?utm_source=feed#top"},
}


@pytest.mark.parametrize("edits", [["title"], ["body"], ["date"], ["address"], ["title", "body"], ["title", "body", "date", "address"]])
def test_complaint_6_an_article_that_was_edited_is_the_same_item_in_a_new_revision_and_no_second_alarm(edits: list[str]) -> None:
    world = World()
    assert len(world.comes(article())) == 1
    edited = article(**{name: value for edit in edits for name, value in EDITS[edit].items()}, collected_at=START + timedelta(hours=1))
    for _ in range(3):
        assert world.comes(edited) == []
    assert (world.store.sizes()["posts"], [event.posts for event in world.events], world.pushes) == (1, [1], 1)
    kept = world.store.posts([edited.id])[edited.id]
    assert kept.revision == (2 if {"title", "body"} & set(edits) else 1)
    assert (kept.post.text, kept.post.title) == (edited.text, edited.title)


def wires(seed: int) -> list[Post]:
    """One agency's text as other outlets print it: with a head of their own, without its end, with other blanks, under other addresses."""
    chance = Random(seed)
    found = []
    for number, name in enumerate(("daily", "evening", "portal", "radio", "county")):
        words = BODY.split()
        text = " ".join(
            (*(["本报讯"] if chance.random() < 0.5 else []), *words[: len(words) - chance.randrange(2)], *(["编辑"] if chance.random() < 0.5 else []))
        )
        at = START + timedelta(minutes=7 * number)
        found.append(article(f"https://{name}.example.cn/{number}", text=text, source=name, published_at=at, collected_at=at))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_complaint_7_a_wire_that_is_republished_is_one_event_with_all_its_sources(seed: int) -> None:
    posts = wires(seed)
    for order in list(permutations(range(len(posts))))[seed::37]:
        world = World()
        alerts = [alert for place in order for alert in world.comes(posts[place])]
        (event,) = world.events
        members = world.store.members(event.id)
        assert {world.store.posts([one.post])[one.post].post.source for one in members} == {post.source for post in posts}
        assert event.posts == len(posts)
        assert len({(alert.event, alert.level, alert.episode) for alert in alerts}) == len(alerts)


def test_complaint_7_the_same_address_from_two_sources_is_one_post_that_both_are_counted_for() -> None:
    world = World()
    world.comes(article())
    world.comes(article("http://www.news.example.cn/a/1.html?spm=1.2", source="weibo-hot"))
    assert (world.store.sizes()["posts"], world.pushes) == (1, 1)
    assert {(one.source, one.fate) for one in world.store.fates("2024-01-01")} == {("paper", "kept"), ("weibo-hot", "repeated")}


def test_the_wires_are_near_duplicates_and_not_equal() -> None:
    texts = [post.text for post in wires(1)]
    assert len(set(texts)) > 2
    assert len({print_.exact for print_ in fingerprints(texts)}) > 2

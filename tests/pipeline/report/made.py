"""Stores filled with matters drawn from a seed, as the tracker makes them, and what was put in to count by hand."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zlib import crc32

from msgspec import Struct, structs

from config.load import Config, load
from crawlers.post import Engagement, Post, identified
from nlp.assessment import Assessment, Debunk, Harm, Place, Score
from pipeline.ingest import digest
from pipeline.model import JudgedPost
from pipeline.report.kept import Kept
from pipeline.store.memory import MemoryStore
from pipeline.track import Tracker
from tests.pipeline.made import StubAnalyst

CONFIG: Config = load(environ={})
UNTIL = datetime(2024, 3, 1, 0, 0, tzinfo=UTC)
"""08:00 in Asia/Shanghai, the day after a leap day."""
CLAIM = Debunk("d1", "塑料做的紫菜流入市场", "紫菜不是塑料做的，掰断和口感不能作为依据", "省市场监管局公告2024年第3号", "spreads", 0.9)
PLACES = (Place(("吉林省", "吉林市", "舒兰市"), "220283"), Place(("吉林省", "长春市", "农安县"), "220122"), Place(("辽宁省", "沈阳市"), "210100"))
MATTERS = (
    ("食堂 腹泻 舒兰", "campus", "舒兰一小学食堂{n}名学生腹泻", "{n}名学生腹泻"),
    ("紫菜 塑料 黑袋", "other infant", "网传紫菜是塑料做的 第{n}次转发", ""),
    ("罐车 食用油 煤油", "grain-oil", "罐车卸完煤油装食用油 涉{n}家", ""),
    ("面包店 奶油 过期", "catering", "面包店用过期奶油 顾客{n}人投诉", ""),
)


class Filled(Struct, frozen=True):
    """A store and the posts that were put in."""

    store: MemoryStore
    posts: tuple[JudgedPost, ...]

    def kept(self) -> Kept:
        return Kept(self.store, CONFIG)


def written(text: str, *, at: datetime, terms: str = "", topics: str = "", **more: object) -> JudgedPost:
    """Return a judged post; `more` are fields of its assessment, and `platform`, `source`, `likes`."""
    one = identified(
        Post(
            "",
            text,
            url=f"https://example.test/{crc32(f'{at}{text}'.encode())}",
            platform=str(more.pop("platform", "weibo")),
            source=str(more.pop("source", "weibo-hot")),
            published_at=at - timedelta(minutes=7),
            collected_at=at,
            engagement=Engagement(likes=more.pop("likes", None)),  # type: ignore[arg-type]
        )
    )
    thought = Assessment(
        relevant=Score(float(more.pop("score", 0.9))),  # type: ignore[arg-type]
        threshold=0.5,
        floor=0.2,
        model="made",
        topics=tuple(Score(0.9, topic) for topic in topics.split()),
        terms=tuple((term, 1.0) for term in terms.split()),
    )
    return JudgedPost(one, structs.replace(thought, **more), digest(one))


def track(posts: Sequence[JudgedPost]) -> Filled:
    """Keep the posts, and track them."""
    store = MemoryStore()
    store.keep(posts)
    Tracker(store, StubAnalyst(), CONFIG).run()
    return Filled(store, tuple(posts))


def drawn(seed: int, *, days: int = 70, most: int = 40) -> Filled:
    """Return a store of some matters with posts in the days before UNTIL and a little after it."""
    dice = random.Random(seed)
    posts = []
    for _ in range(dice.randrange(most)):
        terms, topics, text, quote = dice.choice(MATTERS)
        ill = dice.randrange(2, 400)
        more: dict[str, object] = {"likes": dice.choice((None, dice.randrange(10**6)))}
        if quote and dice.random() < 0.7:
            more["harm"] = Harm(ill=ill, symptoms=("腹泻",), vulnerable=("学生",), quotes=(quote.format(n=ill),))
        if "紫菜" in terms and dice.random() < 0.7:
            more["debunk"] = structs.replace(CLAIM, stance=dice.choice(("spreads", "refutes", "asks")))
            more["rumor"] = Score(dice.random())
        if dice.random() < 0.6:
            more["places"] = tuple(dice.sample(PLACES, dice.randrange(1, 3)))
        more["platform"], more["source"] = dice.choice((("weibo", "weibo-hot"), ("zhihu", "zhihu-hot"), ("review", "reviews"), ("news", "")))
        more["score"] = dice.choice((0.9, 0.9, 0.1))
        at = UNTIL - timedelta(seconds=dice.randrange(-86_400, days * 86_400))
        posts.append(written(f"{text.format(n=ill)} {dice.randrange(10**6)}", at=at, terms=terms, topics=topics, **more))
    return track(posts)

"""Posts, events and alerts as the contracts need them, made directly."""

import hashlib
from datetime import UTC, datetime, timedelta

from crawlers.post import Engagement, Post
from nlp.assessment import Assessment, Place, Score
from pipeline.model import Alert, Event, JudgedPost, Member, Step, alert_id
from pipeline.store import Store
from pipeline.store.query import parsed

START = datetime(2024, 3, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """The time so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def ident(number: int) -> str:
    """A post id whose order is not the number's."""
    return hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()


def thought(score: float = 0.9, *, topics=("campus",), rumor: float | None = None, places=None, alarm: float | None = None) -> Assessment:
    """An assessment: relevant from 0.5, uncertain from 0.3."""
    return Assessment(
        relevant=Score(score, "relevant", ("食堂",)),
        threshold=0.5,
        floor=0.3,
        model="test-1",
        topics=tuple(Score(0.8, topic, ("食堂",)) for topic in topics),
        terms=(("食堂", 0.5),),
        rumor=None if rumor is None else Score(rumor),
        places=places,
        alarm=alarm,
    )


def judged(number: int, text: str = "", *, seconds: float | None = None, score: float = 0.9, heat: int | None = None, **fields) -> JudgedPost:
    """Post `number`, decided so many seconds after the start (as many as its number)."""
    assessment = fields.pop("assessment", None) or thought(score)
    post = Post(
        id=fields.pop("id", ident(number)),
        text=text or f"某校食堂第{number}次检查",
        platform=fields.pop("platform", "weibo"),
        source=fields.pop("source", "weibo-hot"),
        collected_at=at(number if seconds is None else seconds),
        engagement=fields.pop("engagement", Engagement(heat=heat)),
        **fields,
    )
    whole = f"{post.title}\n{post.text}".encode("utf-8", "surrogatepass")
    return JudgedPost(post, assessment, hashlib.blake2b(whole, digest_size=16).digest())


def event(name: str, *, seconds: float = 0, posts: int = 1, level: int | None = 3, topics=("campus",)) -> Event:
    """An event last seen so many seconds after the start."""
    return Event(
        id=name,
        title=f"事件{name}",
        first_seen=START,
        last_seen=at(seconds),
        posts=posts,
        stage="萌芽",
        level=level,
        points=40,
        why=("两个平台",),
        topics=tuple(topics),
        platforms={"weibo": posts},
        terms={"食堂": 0.5},
        places=(Place(("吉林省", "吉林市", "舒兰市"), "220283"),),
        alerted=level,
    )


def member(name: str, number: int, *, seconds: float | None = None) -> Member:
    """That post `number` belongs to the event."""
    when = at(number if seconds is None else seconds)
    return Member(name, ident(number), when, "标题", "weibo", "weibo-hot", thought(), reach=7, rank=3, bands=(2**64 - 1, 5))


def alert(name: str, *, level: int = 3, episode: int = 1, seconds: float = 0, title: str = "", topics=("campus",)) -> Alert:
    """The alert that the event rose to the level."""
    return Alert(
        id=alert_id(name, level, episode),
        event=name,
        raised_at=at(seconds),
        first_seen=START,
        level=level,
        title=title or f"事件{name}",
        why=("两个平台",),
        topics=tuple(topics),
        platforms={"weibo": 1},
        posts=1,
        episode=episode,
    )


def ids(posts: list[JudgedPost]) -> list[str]:
    return [one.post.id for one in posts]


def found(store: Store, query: str, **options) -> list[str]:
    return ids(store.search(parsed(query), **options).items)


def done(store: Store) -> None:
    store.commit(Step(cleared=tuple(ids(store.pending(10_000)))))

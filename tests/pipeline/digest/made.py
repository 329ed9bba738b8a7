"""A sender of digests over a store in memory, with boards whose outbox is the real one."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from config.board import Board
from config.schema import DigestSettings
from crawlers.post import Post, identified
from pipeline.digest.content import Digest
from pipeline.digest.gathered import digest
from pipeline.digest.late import Told, late
from pipeline.digest.periods import Period
from pipeline.digest.sending import Parcel, Sender
from pipeline.ingest import digest as digest_of
from pipeline.model import Event, JudgedPost, Member, Step
from pipeline.notify import Message
from pipeline.store import Store
from tests.pipeline.made import assessed

OUT = datetime(2024, 1, 1, 0, 0, tzinfo=UTC)
"""08:00 in Asia/Shanghai."""
DAY = timedelta(days=1)


def board(name: str, **fields: Any) -> Board:
    return Board.model_validate({"name": name, "title": name, "channels": ["console"], "digest": True, **fields})


def arrived(store: Store, number: int, at: datetime, *, matter: int, relevant: bool = True, tracked: bool = True) -> None:
    """A post of a matter comes in, and is placed in the matter's event at once, unless it waits for the tracker."""
    one = identified(Post("", f"第{number}条", native_id=str(number), platform="weibo", published_at=at, collected_at=at))
    store.keep([JudgedPost(one, assessed(0.9 if relevant else 0.0), digest_of(one))])
    if tracked:
        placed(store, one, matter, relevant=relevant)


def placed(store: Store, post: Post, matter: int, *, relevant: bool = True) -> None:
    """The tracker is done with a post."""
    name = f"m{matter}"
    store.pending(1000)
    if not relevant:
        store.commit(Step((post.id,)))
        return
    member = Member(name, post.id, post.at, f"事件{matter}", "weibo", "", assessed(0.9))
    times = sorted([member.at, *(one.at for one in store.members(name))])
    event = Event(name, f"事件{matter}", times[0], times[-1], len(times), "萌芽", None, 0, (), (), {"weibo": len(times)}, {})
    store.commit(Step((post.id,), events=(event,), members=(member,)))


def sending(
    store: Store,
    boards: Sequence[Board],
    put: Callable[[Message, Sequence[Board], datetime], None],
    *,
    max_age: timedelta = DAY,
    meanwhile: Callable[[], object] = lambda: None,
) -> Sender[Board]:
    """`meanwhile` happens after a digest is made and before it is entered."""

    def make(period: Period, history: Sequence[Told]) -> Digest:
        tardy = late(store, history)
        made = digest(store, period.until, since=period.since)
        meanwhile()
        return structs.replace(made, late=tardy, folded=period.folded)

    return Sender(store, boards, put, make=make, write=wrote, settings=DigestSettings(), max_age=max_age, back=DAY * 178)


def wrote(digest: Digest, name: str, readers: Sequence[Board], *, asked: bool = False) -> list[Parcel]:
    to = tuple(reader.name for reader in readers if asked or reader.empty or not digest.is_empty)
    text = f"{digest.kept} {digest.late.kept}"
    return [Parcel(Message(id=name, of="digest", title="摘要", text=text, at=digest.until), to)] if to else []


def chosen(seed: int) -> random.Random:
    return random.Random(seed)

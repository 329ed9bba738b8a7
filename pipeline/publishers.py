"""谣言发布线索: who spread a rumor, by pseudonym, as far as the members of events show; clear names are in bundles of evidence only."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct, structs

from pipeline.batches import batched
from pipeline.model import Event, Member
from pipeline.store import EventFilter, Store

SUSPECTED = 0.5
"""Likeness to a rumor from which a post that matches no known claim, and refutes none, counts as spreading."""
_PAGE = 200


class Spread(Struct, frozen=True):
    """One post that spreads."""

    post: str
    event: str
    at: datetime
    platform: str
    title: str
    claim: str
    """The known claim, empty where there is none."""
    rumor: float | None
    reach: int
    first: bool
    """Whether no member of its event is earlier."""


class Publisher(Struct, frozen=True):
    """What one author spread, oldest first. `refuted_at` is when the same author first refuted the matter afterwards."""

    author: str
    posts: tuple[Spread, ...]
    refuted_at: datetime | None = None

    @property
    def began(self) -> bool:
        """Whether one of the posts is the first of its event."""
        return any(post.first for post in self.posts)

    @property
    def reach(self) -> int:
        """How far all of them went."""
        return sum(post.reach for post in self.posts)


def publishers(store: Store, *, event: str = "", claim: str = "", since: datetime | None = None) -> list[Publisher]:
    """Return those who spread, in one event or all, one claim or all: who began an event first, then the earliest.

    The last has no name, if it is there: all posts whose author is not known. Raises KeyError where there is no such event.
    """
    spread: dict[str, list[Spread]] = {}
    refuted: dict[str, list[tuple[str, datetime]]] = {}
    for one in _events(store, event, since):
        members = store.members(one.id)[::-1]
        for some in batched(members, _PAGE):
            posts = store.posts([member.post for member in some])
            for member in some:
                author = posts[member.post].post.author if member.post in posts else ""
                stance = _stance(member, claim)
                if stance == "spreads" and (since is None or member.at >= since):
                    spread.setdefault(author, []).append(_spread(member, first=member.post == members[0].post))
                elif stance == "refutes":
                    refuted.setdefault(author, []).append((one.id, member.at))
    found = [_publisher(author, posts, refuted.get(author, []) if author else []) for author, posts in spread.items()]
    return sorted(found, key=lambda one: (not one.author, not one.began, one.posts[0].at, one.author))


def _events(store: Store, event: str, since: datetime | None) -> Iterator[Event]:
    if event:
        one = store.event(event)
        if one is None:
            raise KeyError(event)
        yield one
        return
    cursor = ""
    while True:
        page = store.events(EventFilter(since=since), limit=_PAGE, cursor=cursor)
        yield from page.items
        if not (cursor := page.next):
            return


def _stance(member: Member, claim: str) -> str:
    """How a post stands to what is asked about: spreads, refutes, or neither."""
    debunk, rumor = member.assessment.debunk, member.assessment.rumor
    if debunk:
        return debunk.stance if claim in ("", debunk.id) else ""
    return "spreads" if not claim and rumor and rumor.score >= SUSPECTED else ""


def _spread(member: Member, *, first: bool) -> Spread:
    debunk, rumor = member.assessment.debunk, member.assessment.rumor
    return Spread(
        post=member.post,
        event=member.event,
        at=member.at,
        platform=member.platform,
        title=member.title,
        claim=debunk.id if debunk else "",
        rumor=round(float(rumor.score), 4) if rumor else None,
        reach=member.reach,
        first=first,
    )


def _publisher(author: str, posts: list[Spread], refuted: Iterable[tuple[str, datetime]]) -> Publisher:
    ordered = sorted(posts, key=lambda post: (post.at, post.post))
    began = {event: min(post.at for post in ordered if post.event == event) for event in {post.event for post in ordered}}
    later = [at for event, at in refuted if event in began and at > began[event]]
    return Publisher(author, tuple(ordered), min(later, default=None))


def face(one: Publisher, times: Any) -> dict[str, Any]:
    """Return a publisher as JSON; `times` writes a time."""
    return {
        "author": one.author or None,
        "posts": len(one.posts),
        "first_at": times(one.posts[0].at),
        "last_at": times(one.posts[-1].at),
        "reach": one.reach,
        "began": one.began,
        "refuted_at": times(one.refuted_at) if one.refuted_at else None,
        "spread": [{**structs.asdict(post), "at": times(post.at)} for post in one.posts],
    }


def table(found: Iterable[Publisher], times: Any) -> str:
    """Return publishers as CSV with a header; `events`, `claims` and `ids` are lists with a blank between."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("author", "posts", "first_at", "last_at", "reach", "began", "refuted_at", "events", "claims", "ids"))
    for one in found:
        said = face(one, times)
        lists = [
            " ".join(dict.fromkeys(value for value in values if value))
            for values in zip(*((p.event, p.claim, p.post) for p in one.posts), strict=True)
        ]
        writer.writerow(
            (
                said["author"] or "",
                *(said[name] for name in ("posts", "first_at", "last_at", "reach")),
                int(one.began),
                said["refuted_at"] or "",
                *lists,
            )
        )
    return text.getvalue()

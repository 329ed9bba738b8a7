"""Writes a report sentence by sentence: every one is read from evidence as it is written, and one without evidence is refused."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from pipeline.report.content import AlertRow, EventRow, Evidence, Fact, PostRow, Said, Sentence, Tally
from pipeline.report.facts import headline, reach, said
from pipeline.report.kept import Kept
from pipeline.report.period import Period
from pipeline.report.reading import read
from pipeline.report.recount import counted
from pipeline.store.meaning import fold

LONGEST = 2000
"""Characters of a post's text that a list of evidence holds."""
_COUNTED = re.compile(r"[〇零一二两三四五六七八九十百千万亿]+(?=个?(?:人|名|例|条|件|次|起|家|天|日|月|年|周|小时|分钟|地|帖|成|倍|分|级|种))|百分之")


class UnfoundedError(ValueError):
    """A sentence that would say what no evidence says."""


class Read(Struct, frozen=True):
    """What is to be read from a piece of evidence, and how."""

    of: Evidence
    how: str = "is"
    key: str = ""
    than: Tally | None = None


def number(tally: Tally, key: str = "") -> Read:
    """Return the number of a key."""
    return Read(tally, "is", key)


def change(tally: Tally, before: Tally, key: str = "") -> Read:
    """Return how a number differs from the one before."""
    return Read(tally, "change", key, before)


def fact(kind: str, id_: str, field: str, until: datetime | None = None) -> Read:
    """Return a field of a record."""
    return Read(Fact(kind, id_, field, until))


def quote(post: str, words: str) -> Read:
    """Return words that stand in a post."""
    return Read(Fact("post", post, "text"), "quote", words)


def numbered(wording: str) -> bool:
    """Return whether wording holds a number, in figures of any script or Chinese ones before what is counted."""
    return any(unicodedata.category(sign)[0] == "N" for sign in wording) or bool(_COUNTED.search(wording))


def heard(one: Fact | Tally, how: str, key: str, kept: Kept, *, values: dict[str, int] | None = None, than: int | None = None) -> str:
    """Return what evidence says, read so. Raises KeyError or UnfoundedError where it does not say it."""
    if isinstance(one, Tally):
        return read(one, one.values if values is None else values, how=how, key=key, config=kept.config, than=than)
    text = said(one, kept)
    if how == "quote":
        if not fold(key) or fold(key) not in fold(text):
            raise UnfoundedError(f"{key!r} does not stand in post {one.id}")
        return key
    if not text:
        raise KeyError(f"{one.kind} {one.id} says nothing of {one.field}")
    return text


class Draft:
    """The evidence of one report in the making."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.evidence: list[Evidence] = []
        self._places: dict[bytes, int] = {}

    def tally(self, of: str, where: str, this: Period, by: str = "", *, keys: Iterable[str] = ()) -> Tally:
        """Count something."""
        return Tally(of, where, this.since, this.until, by, counted(self.kept, of, where, this, by=by, keys=keys))

    def at(self, one: Evidence) -> int:
        """Return the place of a piece of evidence, each kept once."""
        name = msgspec.json.encode(one)
        if name not in self._places:
            self._places[name] = len(self.evidence)
            self.evidence.append(one)
        return self._places[name]

    def say(self, *parts: str | Read) -> Sentence:
        """Return the sentence. Raises UnfoundedError where it has no evidence, or wording of it holds a number."""
        for part in parts:
            if isinstance(part, str) and numbered(part):
                raise UnfoundedError(f"{part!r} holds a number that no evidence says")
        if not any(isinstance(part, Read) for part in parts):
            raise UnfoundedError(f"{''.join(map(str, parts))!r} has no evidence")
        return Sentence(tuple(part if isinstance(part, str) else self._said(part) for part in parts if part != ""))

    def cell(self, *parts: str | Read) -> Sentence:
        """Return the content of a cell, which may be a plain line or a dash."""
        return self.say(*parts) if any(isinstance(part, Read) for part in parts) else Sentence(("—",))

    def _said(self, one: Read) -> Said:
        than = one.than.values.get(one.key, 0) if one.than else None
        text = heard(one.of, one.how, one.key, self.kept, than=than)
        return Said(text, self.at(one.of), one.key, one.how, self.at(one.than) if one.than else None)

    def cited(self) -> list[str]:
        """Return the ids of the posts that sentences refer to, in order."""
        return list(dict.fromkeys(one.id for one in self.evidence if isinstance(one, Fact) and one.kind == "post"))


def post_rows(kept: Kept, posts: Iterable[str]) -> tuple[PostRow, ...]:
    """Return the list of evidence: posts that are kept, numbered in this order."""
    ids = list(posts)
    kept.fetch(ids)
    return tuple(_post_row(kept, number, id_) for number, id_ in enumerate((one for one in ids if kept.post(one)), start=1))


def _post_row(kept: Kept, number_: int, id_: str) -> PostRow:
    judged = kept.post(id_)
    assert judged
    post = judged.post
    return PostRow(
        number_,
        post.id,
        post.at,
        post.published_at,
        post.platform,
        post.source,
        headline(judged),
        post.text[:LONGEST],
        post.url,
        reach(judged),
    )


def event_row(kept: Kept, event: str, this: Period) -> EventRow:
    """Return the line of an event in a report of this time, with the level that it is known by in it."""
    then = kept.as_of(event, this.until)
    alert = kept.leading(event, this)
    return EventRow(
        id=event,
        title=then.title,
        first_seen=then.first_seen,
        last_seen=then.last_seen,
        posts=then.posts,
        gained=len(kept.members_in(event, this.since, this.until)),
        level=alert.level if alert else None,
        topics=then.topics,
        places=tuple("".join(place.path) for place in then.places or ()),
        platforms=dict(then.platforms),
    )


def alert_rows(kept: Kept, this: Period, *, event: str = "") -> tuple[AlertRow, ...]:
    """Return the alerts of a time, or those of one event before its end, oldest first."""
    found = kept.alerts_of(event, this.until) if event else kept.alerts(this)
    return tuple(AlertRow(one.id, one.event, one.raised_at, one.level, one.title, one.why, one.posts) for one in found)

"""What a query means: `fold` is the law of search, and `matches` says what every query finds.

Every store answers as `matches` does. A change here needs a new `LAW`, by which stores know that their index is stale.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from pipeline.model import JudgedPost

LAW = f"1/{unicodedata.unidata_version}"
"""Names how texts are folded and tagged."""
TAG_LENGTH = 120
"""Characters of a source, author or platform that a filter compares."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_WIDE = tuple((sign, unicodedata.normalize("NFKC", sign)) for sign in "，！？：；（）…～％")
"""Signs of ordinary Chinese text that NFKC changes: with these written out it mostly has nothing left to do."""


def fold(text: str) -> str:
    """Return the text as search compares it: NFKC, case-folded, blanks and control characters one blank; folding twice changes nothing."""
    if not text:
        return ""
    plain = " ".join(text.split())
    if not unicodedata.is_normalized("NFKC", plain):
        for wide, narrow in _WIDE:
            plain = plain.replace(wide, narrow)
    # What is printable has no control character and no half of a surrogate pair.
    if plain.isprintable() and unicodedata.is_normalized("NFKC", plain):
        small = plain.casefold()
        if small == plain or (unicodedata.is_normalized("NFKC", small) and small.casefold() == small):
            return small
    return _folded(text)


def _folded(text: str) -> str:
    """The law itself, for any text."""
    folded = _SURROGATES.sub("\ufffd", text)
    while (again := unicodedata.normalize("NFKC", folded).casefold()) != folded:
        folded = again
    return _BLANKS.sub(" ", folded).strip()


class Term(Struct, frozen=True):
    """These folded characters stand in the title, or in the text."""

    text: str


class Tag(Struct, frozen=True):
    """The post has this property, one of `tags`."""

    name: str
    value: str


class Named(Struct, frozen=True):
    """These folded characters stand in the name of one of the post's places."""

    text: str


class Scored(Struct, frozen=True):
    """A score in hundredths is judged, at least `low` and at most `high`."""

    name: str
    low: int
    high: int


class All(Struct, frozen=True):
    """Every part holds."""

    parts: "tuple[Node, ...]"


class Any(Struct, frozen=True):
    """At least one part holds."""

    parts: "tuple[Node, ...]"


class Not(Struct, frozen=True):
    """The part does not hold."""

    part: "Node"


Node: TypeAlias = Term | Tag | Named | Scored | All | Any | Not


def parted(parts: Iterable[Node]) -> tuple[list[Node], list[Node]]:
    """Return what must hold and what must not, of parts that all hold; two denials are none."""
    wanted: list[Node] = []
    unwanted: list[Node] = []
    for part in parts:
        while isinstance(part, Not) and isinstance(part.part, Not):
            part = part.part.part
        if isinstance(part, Not):
            unwanted.append(part.part)
        else:
            wanted.append(part)
    return wanted, unwanted


class Query(Struct, frozen=True):
    """What is searched for; `where` None is everything. Times are compared in whole seconds: since <= decision time < until."""

    where: Node | None = None
    since: datetime | None = None
    until: datetime | None = None


class Leaf(Struct, frozen=True):
    """A post as search sees it."""

    title: str
    text: str
    tags: frozenset[str]
    names: tuple[str, ...]
    scores: dict[str, int]
    second: int


def second(at: datetime) -> int:
    """Return the whole seconds since 1970 of an aware time."""
    since = at - _EPOCH
    return since.days * 86_400 + since.seconds


def tag(name: str, value: str) -> str:
    """Return the property as `tags` writes it."""
    return f"{name}:{fold(value)[:TAG_LENGTH].strip()}"


@lru_cache(4096)
def _known_tag(name: str, value: str) -> str:
    return tag(name, value)


def leaf(judged: JudgedPost) -> Leaf:
    """Return what search sees of a post."""
    post, thought = judged.post, judged.assessment
    tags = {_known_tag(name, value) for name, value in (("platform", post.platform), ("source", post.source)) if value}
    if post.author:
        tags.add(tag("author", post.author))
    tags.update(_known_tag("topic", topic.name) for topic in thought.topics)
    tags.add("is:relevant" if thought.is_relevant else "is:irrelevant")
    if thought.is_uncertain:
        tags.add("is:uncertain")
    names = []
    for place in thought.places or ():
        names.append(fold("/".join(place.path)))
        tags.update(f"place:{code}" for code in areas(place.code or ""))
    measured = (("rumor", thought.rumor.score if thought.rumor else None), ("alarm", thought.alarm))
    scores = {name: hundredths(score) for name, score in measured if score is not None}
    return Leaf(fold(post.title), fold(post.text), frozenset(tags), tuple(names), scores, second(post.at))


def hundredths(score: float) -> int:
    """Return the score in whole hundredths, rounded down, 0 to 100."""
    return max(0, min(100, int(round(score * 100, 6))))


def areas(code: str) -> Iterator[str]:
    """The province, prefecture and county codes that a code lies in, each without the zeros that end it."""
    whole = code
    while whole.endswith("00"):
        whole = whole[:-2]
    yield from (whole[:end] for end in range(2, len(whole) + 1, 2))


def matches(query: Query, judged: JudgedPost) -> bool:
    """Return whether the post answers the query: the reference for every store."""
    return answers(query, leaf(judged))


def answers(query: Query, seen: Leaf) -> bool:
    """Return whether what is seen of a post answers the query."""
    if query.since is not None and seen.second < second(query.since):
        return False
    if query.until is not None and seen.second >= second(query.until):
        return False
    return query.where is None or _holds(query.where, seen)


def _holds(node: Node, seen: Leaf) -> bool:
    match node:
        case Term(text):
            return text in seen.title or text in seen.text
        case Tag(name, value):
            return f"{name}:{value}" in seen.tags
        case Named(text):
            return any(text in name for name in seen.names)
        case Scored(name, low, high):
            return name in seen.scores and low <= seen.scores[name] <= high
        case All(parts):
            return all(_holds(part, seen) for part in parts)
        case Any(parts):
            return any(_holds(part, seen) for part in parts)
        case Not(part):
            return not _holds(part, seen)

"""One record, a table of names and values as some program wrote it, turned into a post, or refused with the reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from config.export import Export
from crawlers.dates import parsed
from crawlers.post import Engagement, Post, identified, pseudonym
from crawlers.sealing import Sealer

COUNTS = ("reposts", "comments", "likes", "heat", "rank")
FIELDS = ("id", "text", "title", "url", "platform", "source", "author", "author_id", "published_at", "collected_at", *COUNTS)
"""The names that a record's values go by; a count may also stand in a table called engagement."""

ZONE = ZoneInfo("Asia/Shanghai")


class Refused(ValueError):  # noqa: N818 - a refusal is an answer
    """The record is no post; the message says why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How records are read: what posts have that say nothing themselves, and which column holds which field."""

    now: datetime
    columns: Mapping[str, str] = field(default_factory=dict)
    """Field: the column's name, or its number from 1."""
    platform: str = ""
    source: str = ""
    author_key: bytes = b""
    """Without it, authors are not kept at all."""
    sealer: Sealer | None = None
    """Seals each record as evidence; without it none is kept."""
    exports: Mapping[str, Export] = field(default_factory=dict)
    """The known exports of other programs, by name; the first that fits a file is what it is."""
    export: str = ""
    """The name of the one that files are, where a person says so."""
    platforms: Mapping[str, str] = field(default_factory=dict)
    """The platform of each declared source."""
    told: Callable[[str], None] = lambda _: None
    """Is told what a file was recognised as."""


def post_of(record: Mapping[str, Any], reading: Reading) -> Post:
    """Return the post that the record tells; a post without any time was collected now. Raises Refused."""
    if record.get("text") is None:
        raise Refused("text is missing")
    counts = record.get("engagement") or {}
    if not isinstance(counts, Mapping):
        raise Refused("engagement is no table")
    published_at = _time(record, "published_at", reading.now)
    collected_at = _time(record, "collected_at", reading.now)
    if published_at is None and collected_at is None:
        collected_at = reading.now
    native_id = _text(record, "id")
    return identified(
        Post(
            id="",
            native_id="" if native_id == record.get("key") else native_id,
            text=_text(record, "text"),
            title=_text(record, "title"),
            url=_text(record, "url"),
            platform=_text(record, "platform") or reading.platform,
            source=reading.source or _text(record, "source"),
            author=_author(_text(record, "author"), reading.author_key),
            published_at=published_at,
            collected_at=collected_at,
            engagement=Engagement(**{name: _count(name, counts.get(name, record.get(name))) for name in COUNTS}),
        )
    )


def _author(name: str, key: bytes) -> str:
    return pseudonym(name, key) if key else ""


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, bool | list | dict) or (name == "text" and not isinstance(value, str)):
        raise Refused(f"{name} is no text")
    text = str(value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused(f"{name} holds bytes that are no text in this encoding")
    return text if name == "text" else text.strip()


def _count(name: str, value: object) -> int | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        count = int(float(value[:-1]) * 10_000) if isinstance(value, str) and value[-1:] in "万w" else int(float(value))
    except (ValueError, OverflowError):
        raise Refused(f"{name} {value!r:.40} is no number") from None
    return count if -(2**53) < count < 2**53 else None


def _time(record: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    value = record.get(name)
    if value is None or value == "":
        return None
    at = moment(str(value), now)
    if at is None:
        raise Refused(f"{name} {value!r:.40} is no time")
    return at


@lru_cache(maxsize=4096)
def moment(text: str, now: datetime) -> datetime | None:
    """Return the time that the text says, ISO or as Chinese sites write it, without an offset in Asia/Shanghai; None if it says none."""
    try:
        at = datetime.fromisoformat(text.strip())
        at = at.replace(tzinfo=ZONE) if at.tzinfo is None else at
        return at.astimezone(UTC) if 1990 <= at.year <= 2200 else None
    except (ValueError, OverflowError):
        return parsed(text, now)

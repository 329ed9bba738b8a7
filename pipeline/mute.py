"""静默: what somebody wants to hear no more of for a while, with who, why, until when, and what wakes it; what it covers, and when it wakes.

Pure: a mute and the facts of an event come in. A muted event's alerts are kept and shown, with the reason, but neither sent nor escalated.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from msgspec import Struct, structs

from config.errors import QueryError
from pipeline.model import LEVELS, Alert, Event, JudgedPost, Member
from pipeline.store.query import Query, fold, matches, parsed

WAKES = {"level": "级别上升", "death": "出现死亡", "place": "出现新地点"}


class Mute(Struct, frozen=True, omit_defaults=True):
    """One mute: of an `event`; or of all of a `topic` at a `place` (GB/T 2260; empty for any), whose titles have a `word`, whose posts are all of
    a `source`, or whose newest relevant posts all answer a `query` (what is given must all fit). It wakes when the level is more severe than
    `level`, more than `dead` people died, or a place is not one of `places`, as far as `wakes` says so."""

    id: str
    by: str
    why: str
    at: datetime
    until: datetime
    event: str = ""
    topic: str = ""
    place: str = ""
    word: str = ""
    source: str = ""
    wakes: tuple[str, ...] = tuple(WAKES)
    level: int = 4
    dead: int = 0
    places: tuple[str, ...] = ()
    title: str = ""
    """What the event was called."""
    ended: datetime | None = None
    ended_by: str = ""
    """Who ended it early; empty where it woke."""
    ended_why: str = ""
    query: str = ""
    moved: str = ""
    """The event that its own was merged into, which ended it."""

    def is_on(self, now: datetime) -> bool:
        """Return whether it holds at a time."""
        return self.at <= now < self.end

    @property
    def end(self) -> datetime:
        """Return when it ends or ended."""
        return min(self.until, self.ended or self.until)

    @property
    def reason(self) -> str:
        """Return in one line why something is muted."""
        of = f"，查询“{self.query}”" if self.query else ""
        return f"已静默：{self.why}（{self.by}{of}）"


class Facts(Struct, frozen=True):
    """What mutes ask about: an event with the level that it reached, and what its posts add up to. Places are GB/T 2260 codes; `newest` are its
    newest relevant posts, where a mute asks for them."""

    event: str
    level: int
    topics: tuple[str, ...]
    places: tuple[str, ...]
    titles: tuple[str, ...]
    sources: frozenset[str]
    dead: int
    newest: tuple[JudgedPost, ...] = ()


def facts_of(event: Event, members: Sequence[Member], alert: Alert | None = None, *, newest: Iterable[JudgedPost] = ()) -> Facts:
    """Return the facts of an event, the more severe level of it and the alert's."""
    harmed = (member.assessment.harm for member in members)
    return Facts(
        event=event.id,
        level=min(event.level or 5, event.alerted or 5, alert.level if alert else 5),
        topics=event.topics,
        places=tuple(place.code for place in event.places or () if place.code),
        titles=(event.title, *((alert.title,) if alert else ())),
        sources=frozenset(member.source for member in members),
        dead=max((harm.dead or 0 for harm in harmed if harm), default=0),
        newest=tuple(newest),
    )


def covers(mute: Mute, facts: Facts) -> bool:
    """Return whether the event is what the mute is of."""
    if mute.event:
        return mute.event == facts.event
    given = (*_plain(mute, facts), (mute.source, facts.sources == {mute.source}), (mute.query, _answer(facts.newest, mute.query)))
    return any(value for value, _ in given) and all(fits for value, fits in given if value)


def may_cover(mute: Mute, event: Event, alert: Alert | None = None) -> bool:
    """Return whether a mute covers an event for all that can be said without its members and posts."""
    facts = facts_of(event, (), alert)
    return mute.event == facts.event if mute.event else all(fits for value, fits in _plain(mute, facts) if value)


def held(mute: Mute, facts: Facts, alert: Alert) -> bool:
    """Return whether a mute that is over was of the event of an alert, also if that was merged into another since."""
    return covers(mute, facts) or mute.event == alert.event


def woken(mute: Mute, facts: Facts) -> str:
    """Return why an event that the mute covers wakes it; empty where it sleeps on."""
    if "level" in mute.wakes and facts.level < mute.level:
        return f"升为 {LEVELS[facts.level]}"
    if "death" in mute.wakes and facts.dead > mute.dead:
        return f"死亡 {facts.dead} 人"
    fresh = [code for code in facts.places if not _is_known(code, mute.places)] if mute.places and "place" in mute.wakes else []
    return f"新地点 {'、'.join(fresh)}" if fresh else ""


def muted_by(facts: Facts, mutes: Iterable[Mute], now: datetime) -> Mute | None:
    """Return the mute that holds for these facts, the one that ends last; None where none does, or what there is wakes."""
    holding = [mute for mute in mutes if mute.is_on(now) and covers(mute, facts) and not woken(mute, facts)]
    return max(holding, key=lambda mute: (mute.until, mute.id), default=None)


def baseline(mute: Mute, found: Sequence[Facts]) -> Mute:
    """Return the mute as it knows what it covers today: only what is worse than that wakes it."""
    known = [facts for facts in found if covers(mute, facts)]
    places = dict.fromkeys(code for facts in known for code in facts.places)
    return structs.replace(
        mute,
        level=min((facts.level for facts in known), default=4),
        dead=max((facts.dead for facts in known), default=0),
        places=tuple(dict.fromkeys((*((mute.place,) if mute.place else ()), *places))),
    )


def _plain(mute: Mute, facts: Facts) -> tuple[tuple[str, bool], ...]:
    """What a mute of many is of that an event tells itself, each with whether that fits."""
    return (
        (mute.topic, mute.topic in facts.topics),
        (mute.place, any(_within(code, mute.place) for code in facts.places)),
        (mute.word, any(fold(mute.word) in fold(title) for title in facts.titles)),
    )


def _answer(posts: Sequence[JudgedPost], text: str) -> bool:
    """Whether there are posts, and all of them answer a query; one that is understood no more silences nothing."""
    query = _read(text)
    return query is not None and bool(posts) and all(matches(query, post) for post in posts)


@lru_cache(256)
def _read(text: str) -> Query | None:
    try:
        return parsed(text)
    except QueryError:
        return None


def _stem(code: str) -> str:
    """A code without the pairs of zeros that stand for all of a province or city."""
    while code.endswith("00") and len(code) > 2:
        code = code[:-2]
    return code


def _within(code: str, place: str) -> bool:
    return code.startswith(_stem(place))


def _is_known(code: str, places: Iterable[str]) -> bool:
    """Whether a place lies in one that is known, or one that is known lies in it: neither is news."""
    return any(_within(code, known) or _within(known, code) for known in places)

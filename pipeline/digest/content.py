"""What a digest holds: plain records, and what follows from them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, structs

from nlp.summary import Brief
from pipeline.model import LEVELS, Alert, Event
from pipeline.route import Route

PERIOD = timedelta(days=1)
RUMOR = 0.7
"""Likeness to a rumor from which an event that no known claim fits is told as unverified."""
GRAVE = 2
"""The mildest level that a leader must know: Ⅰ红 and Ⅱ橙."""


class Entry(Struct, frozen=True):
    """One event in a digest; `grown` are the posts that it gained in the period, `brief` is what it is about."""

    event: Event
    grown: int
    brief: Brief
    before: int = 0
    """Posts that it gained in as long a span before the period."""
    late: int = 0
    """Posts of periods told before that nobody had been told of."""
    route: Route | None = None


class Totals(Struct, frozen=True):
    """Counts of one span."""

    kept: int = 0
    relevant: int = 0
    alerts: int = 0
    new: int = 0


class Sick(Struct, frozen=True):
    """信源异常: a source that failed or fell silent, since when, with the word of its health, or `silent`."""

    source: str
    title: str
    health: str
    since: datetime | None = None
    why: str = ""


class Late(Struct, frozen=True):
    """补报: what belongs to periods told before, and was not there yet. `counts` are kept and relevant, by the start of each period."""

    counts: Mapping[str, tuple[int, int]] = {}
    events: tuple[Entry, ...] = ()
    alerts: tuple[Alert, ...] = ()
    more: int = 0
    """Events that are not in `events`."""
    told: Mapping[str, int] = {}
    """The posts of each of these events, as told with this."""

    @property
    def kept(self) -> int:
        """Posts that came after their period was told."""
        return sum(max(kept, 0) for kept, _ in self.counts.values())

    @property
    def relevant(self) -> int:
        """Relevant posts more than were told, whether they came late or were judged anew."""
        return sum(max(relevant, 0) for _, relevant in self.counts.values())

    def __bool__(self) -> bool:
        return bool(self.kept or self.relevant or self.events or self.alerts)


class Digest(Struct, frozen=True):
    """每日摘要 of the events of one period. Numbers are counts of posts unless said otherwise."""

    since: datetime
    until: datetime
    kept: int
    relevant: int
    alerts: tuple[Alert, ...]
    new: tuple[Entry, ...]
    grew: tuple[Entry, ...]
    fell: tuple[Entry, ...]
    topics: Mapping[str, int]
    """Events of the period by topic."""
    places: Mapping[str, int] = {}
    """Events of the period by place; one at several places counts at each."""
    before: Totals = Totals()
    """The span of the same length before the period."""
    open: tuple[Event, ...] = ()
    """Events of a level whose case nobody has ended, the gravest and oldest first."""
    omitted: Mapping[str, int] = {}
    """How many of a part (new, grew, fell, open, alerts) are counted and not held."""
    sick: tuple[Sick, ...] = ()
    sources: int = 0
    """Sources whose health was looked at."""
    late: Late = Late()
    folded: int = 0
    """Digests that should have been sent within the period and were not."""
    told: Mapping[str, int] = {}
    """The posts until the end of the period, of each event of the period."""
    settled: bool = True
    """Whether nothing waited for the tracker when it was made."""
    narrow: bool = False
    """Whether it is only the part of it that some are to read."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say: nothing relevant happened, nothing grave is open, and no source is sick."""
        grave = any(event.level and event.level <= GRAVE for event in self.open)
        told = bool(self.alerts or self.new or self.grew or self.fell or self.late or grave)
        return not (told or (not self.narrow and (self.relevant or self.sick or self.folded)))

    @property
    def rising(self) -> tuple[Entry, ...]:
        """Events of before that gained as many posts as in the span before, or more."""
        return tuple(entry for entry in self.grew if entry.grown >= entry.before)

    @property
    def easing(self) -> tuple[Entry, ...]:
        """Events that gained fewer posts than in the span before, or none."""
        return tuple(entry for entry in self.grew if entry.grown < entry.before) + self.fell

    @property
    def grave(self) -> tuple[Entry, ...]:
        """What the leader must know first: red and orange, the gravest first."""
        found = [entry for entry in (*self.new, *self.grew, *self.late.events) if entry.event.level and entry.event.level <= GRAVE]
        once = {entry.event.id: entry for entry in reversed(found)}
        return tuple(sorted(once.values(), key=lambda entry: (entry.event.level or 5, -entry.grown, entry.event.id)))

    @property
    def levels(self) -> Mapping[int, int]:
        """Alerts of the period by level; of every level, if only none."""
        counts = Counter(alert.level for alert in self.alerts)
        return {level: counts[level] for level in LEVELS}

    def count(self, part: str) -> int:
        """Return how many there are of a part, held or not."""
        held: Sequence[object] = getattr(self, part)
        return len(held) + self.omitted.get(part, 0)

    def claims(self, stance: str) -> tuple[Entry, ...]:
        """Return the events that speak of a known claim, as a stance says."""
        return tuple(entry for entry in (*self.new, *self.grew) if entry.event.debunk and entry.event.debunk.stance == stance)

    @property
    def unverified(self) -> tuple[Entry, ...]:
        """Events that look like a rumor, and of which no known claim says what was found."""
        return tuple(entry for entry in (*self.new, *self.grew) if not entry.event.debunk and (entry.event.rumor or 0) >= RUMOR)

    def narrowed(self, wanted: Callable[[Event, Route | None], bool], routes: Mapping[str, Route]) -> "Digest":
        """Return the part of it that some are to read: its events, what is open and what is late, as wanted; and nothing of sources.

        `routes` are those of open events. Totals stay those of the whole; events that are only counted stay counted.
        """

        def some(entries: Sequence[Entry]) -> tuple[Entry, ...]:
            """The events that are wanted."""
            return tuple(entry for entry in entries if wanted(entry.event, entry.route))

        new, grew, fell, late = map(some, (self.new, self.grew, self.fell, self.late.events))
        known = {entry.event.id for entry in (*new, *grew, *fell, *late)}
        return structs.replace(
            self,
            new=new,
            grew=grew,
            fell=fell,
            alerts=tuple(alert for alert in self.alerts if alert.event in known),
            open=tuple(event for event in self.open if wanted(event, routes.get(event.id))),
            late=Late(events=late, alerts=tuple(alert for alert in self.late.alerts if alert.event in known)),
            topics=dict(Counter(topic for entry in (*new, *grew) for topic in entry.event.topics).most_common()),
            places=dict(Counter(place for entry in (*new, *grew) for place in sorted(places_of(entry.event))).most_common()),
            sick=(),
            sources=0,
            narrow=True,
        )


def places_of(event: Event) -> set[str]:
    """Return where an event is, as digests count: province and city, 境外, or 地点不明."""
    return {"境外" if place.foreign else "".join(place.path[:2]) for place in event.places or ()} or {"地点不明"}

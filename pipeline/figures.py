"""What the members of an event add up to, kept up as they come, so that an event of thousands of posts costs no more a post than a small one.

Figures are never saved and never drift: they are made of the members, and are in every order of coming what the same members give anew.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from msgspec import structs

from nlp.assessment import Assessment, Debunk, Place
from pipeline.model import Member
from pipeline.told import Told

K = TypeVar("K", bound=Hashable)

TERMS = 24
"""Terms that an event keeps."""
PLACES = 3
"""Places that an event keeps."""
_HARM = ("ill", "hospitalised", "dead")
_DAY = timedelta(days=1)
_WHOLE = 1_000_000
"""Weights are added up in whole millionths: sums of fractions would depend on their order."""


class Sums(Generic[K]):
    """Sums by key that only grow, and the `most` greatest; the one of the least tie comes first among equals."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sums: dict[K, int] = {}
        self._ties: dict[K, Any] = {}
        self.best: list[K] = []

    def __getitem__(self, key: K) -> int:
        return self._sums[key]

    def add(self, amounts: Iterable[tuple[K, int, Any]]) -> None:
        """Add amounts, none below zero, to keys, each with its tie."""
        touched = set(self.best)
        for key, amount, tie in amounts:
            touched.add(key)
            if key in self._sums:
                self._sums[key] += amount
                self._ties[key] = min(tie, self._ties[key])
            else:
                self._sums[key], self._ties[key] = amount, tie
        # What was not among the best and did not grow is not among them now.
        self.best = sorted(touched, key=lambda key: (-self._sums[key], self._ties[key]))[: self._most]


class Figures:
    """The members of one event, and what they add up to. A silence of `revive` between two posts ends an episode."""

    def __init__(self, members: Iterable[Member] = (), *, revive: timedelta) -> None:
        self._revive = revive
        self._count(members)

    def _count(self, members: Iterable[Member]) -> None:
        """Begin anew."""
        self.members: dict[str, Member] = {}
        self._order: list[tuple[datetime, str]] = []
        self.episode = 1
        self.terms = Sums[str](TERMS)
        self.topics: Counter[str] = Counter()
        self.topical = 0
        self.platforms: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.relevance = self.alarm = 0.0
        self.rumor: float | None = None
        self.reach = 0
        self.harm = dict.fromkeys(_HARM, 0)
        self.told = Told()
        self._places: Sums[Place] | None = None
        self._debunk: tuple[tuple[bool, tuple[datetime, str]], Debunk] | None = None
        for member in members:
            self.put(member)

    def put(self, member: Member) -> None:
        """Take in a member, or what it now is."""
        was = self.members.get(member.post)
        if was is not None and _only_spread(was, member):
            self.members[member.post] = member
            self.reach = max(self.reach, member.reach)
        elif was is not None:
            self._count({**self.members, member.post: member}.values())
        else:
            self.members[member.post] = member
            self._stand(member.at, member.post)
            self.platforms[member.platform] += 1
            self.sources[member.source] += 1
            self.reach = max(self.reach, member.reach)
            self._think(member.assessment, (member.at, member.post))
            self.told.put(member)

    def _stand(self, at: datetime, post: str) -> None:
        """Put a post in its place in time; it may break a silence, or make one."""
        place = bisect_left(self._order, (at, post))
        before = self._order[place - 1][0] if place else None
        after = self._order[place][0] if place < len(self._order) else None
        self._order.insert(place, (at, post))
        if before and after:
            self.episode -= after - before >= self._revive
        self.episode += before is not None and at - before >= self._revive
        self.episode += after is not None and after - at >= self._revive

    def _think(self, thought: Assessment, when: tuple[datetime, str]) -> None:
        """Add what was thought of a post."""
        self.terms.add((term, round(weight * _WHOLE), term) for term, weight in thought.terms)
        self.topics.update(topic.name for topic in thought.topics)
        self.topical += bool(thought.topics)
        # What the user's own model says is a decision, and no guess of ours.
        self.relevance = max(self.relevance, 1.0 if thought.second else thought.relevant.score)
        self.alarm = max(self.alarm, thought.alarm or 0)
        if thought.rumor:
            self.rumor = max(thought.rumor.score, self.rumor or 0.0)
        if thought.debunk:
            rank = (thought.debunk.stance != "spreads", when)
            if self._debunk is None or rank < self._debunk[0]:
                self._debunk = (rank, thought.debunk)
        if thought.places is not None:
            self._places = self._places or Sums[Place](PLACES)
            self._places.add((place, 1, (when, number)) for number, place in enumerate(thought.places))
        if thought.harm:
            for name in _HARM:
                self.harm[name] = max(self.harm[name], getattr(thought.harm, name) or 0)

    @property
    def first(self) -> Member:
        """The earliest member."""
        return self.members[self._order[0][1]]

    @property
    def last(self) -> Member:
        """The latest member."""
        return self.members[self._order[-1][1]]

    @property
    def debunk(self) -> Debunk | None:
        """The known claim of the earliest that spreads one, else of the earliest that speaks of one."""
        return self._debunk[1] if self._debunk else None

    @property
    def places(self) -> tuple[Place, ...] | None:
        """The places named most, the first named first among equals; None where no member's were judged."""
        return None if self._places is None else tuple(self._places.best)

    def lately(self, span: timedelta) -> int:
        """Return how many posts came within a span before the latest."""
        return len(self._order) - self._until(span)

    def since(self, at: datetime) -> list[Member]:
        """Return the members from a time on, oldest first."""
        return [self.members[post] for _, post in self._order[bisect_left(self._order, (at, "")) :]]

    def days(self) -> Counter[int]:
        """Return how many posts came on each day that had some, days counted back from the latest post."""
        return self._days(timedelta.max)

    def rise(self) -> Counter[int]:
        """Return the same for the posts since the last silence."""
        return self._days(self._revive)

    def _days(self, silence: timedelta) -> Counter[int]:
        """Posts by days counted back from the latest, back to a silence of so long between two days that had some."""
        counts: Counter[int] = Counter()
        last, end = self.last.at, len(self._order)
        after = last
        while end and after - self._order[end - 1][0] < silence:
            day = (last - self._order[end - 1][0]) // _DAY
            start = self._until((day + 1) * _DAY)
            counts[day] = end - start
            after, end = self._order[start][0], start
        return counts

    def _until(self, span: timedelta) -> int:
        """How many posts came as long before the latest as a span, or longer."""
        last = self.last.at
        return bisect_right(self._order, -span, key=lambda one: one[0] - last)


def _only_spread(was: Member, member: Member) -> bool:
    """Whether a member is the same as before but for having gone further, as most that are seen again are."""
    return member.reach >= was.reach and structs.replace(was, reach=member.reach, rank=member.rank) == member

"""Joins posts into events: candidates from an inverted index of terms, then likeness with time decay. Pure but for the index it keeps.

A post joins the live event that it is most like, or begins one. Its likeness to an event is what their terms have in common, as a share of
what the one of them that says less says at all; a word or two of little weight are never enough.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from nlp.assessment import Place
from pipeline.dedup import NearIndex
from pipeline.model import Event, Member

CORE = 5
"""Terms that stand for an event when it is compared."""
KEPT = 24
"""Terms that an event keeps."""


class Placement(Struct, frozen=True):
    """Where a post belongs: an event's id, empty for a new one; the post that it repeats; how alike it is, 0..1."""

    event: str = ""
    near: str = ""
    likeness: float = 0.0


class Live:
    """The events that posts may still join, with their members."""

    def __init__(self, *, window: timedelta, join: float) -> None:
        self._window = window
        self._join = join
        self.events: dict[str, Event] = {}
        self.members: dict[str, dict[str, Member]] = {}
        self._of: dict[str, str] = {}
        self._by_term: defaultdict[str, set[str]] = defaultdict(set)
        self._near = NearIndex()

    def put(self, event: Event, members: Iterable[Member]) -> None:
        """Take in an event as it now is; `members` are those that are new."""
        before = self.events.get(event.id)
        self.events[event.id] = event
        kept = self.members.setdefault(event.id, {})
        for member in members:
            if member.post not in kept:
                self._near.add(member)
            kept[member.post] = member
            self._of[member.post] = event.id
        for term in set(before.terms if before else ()) - set(event.terms):
            self._by_term[term].discard(event.id)
        for term in event.terms:
            self._by_term[term].add(event.id)

    def placed(self, post: str) -> str:
        """Return the event that the post is in already, else an empty string."""
        return self._of.get(post, "")

    def place(self, terms: Sequence[tuple[str, float]], bands: Sequence[int], at: datetime) -> Placement:
        """Return where a post with these terms and bands, decided at `at`, belongs."""
        for near in self._near.near(bands):
            if self._gap(self.events[self._of[near]], at) <= self._window:
                return Placement(self._of[near], near, 1.0)
        found = {event for term, _ in terms for event in self._by_term.get(term, ())}
        # Ties go to the older event, then to the smaller id, so that every run decides alike.
        ranked = sorted(
            ((self._likeness(terms, event, at), self.events[event]) for event in found), key=lambda pair: (-pair[0], pair[1].first_seen, pair[1].id)
        )
        if ranked and ranked[0][0] >= self._join:
            return Placement(ranked[0][1].id, "", ranked[0][0])
        return Placement()

    @staticmethod
    def _gap(event: Event, at: datetime) -> timedelta:
        """How long before or after the event `at` is; nothing within it."""
        return max(event.first_seen - at, at - event.last_seen, timedelta(0))

    def _likeness(self, terms: Sequence[tuple[str, float]], event_id: str, at: datetime) -> float:
        event = self.events[event_id]
        gap = self._gap(event, at)
        if gap > self._window:
            return 0.0
        shared = sum(weight * event.terms[term] for term, weight in terms if term in event.terms)
        whole = min(_strength(weight for _, weight in terms), _strength(event.terms.values()))
        return float(shared / max(whole, 1.0) * (1 - 0.5 * (gap / self._window)))

    def forget(self, before: datetime) -> None:
        """Drop the events last seen before a time."""
        for event in [event for event in self.events.values() if event.last_seen < before]:
            members = self.members.pop(event.id, {})
            self._near.forget(members.values())
            for post in members:
                self._of.pop(post, None)
            for term in event.terms:
                self._by_term[term].discard(event.id)
                if not self._by_term[term]:
                    del self._by_term[term]
            del self.events[event.id]


def _strength(weights: Iterable[float]) -> float:
    """How much the heaviest terms say together: the sum of their squares."""
    return sum(weight * weight for weight in sorted(weights, reverse=True)[:CORE])


def drawn(before: Event | None, members: Sequence[Member], revive: timedelta) -> Event:
    """Return the event that its members make; what people and the alerts wrote of it is kept from `before`.

    A post after a silence of `revive` begins a new episode (复燃).
    """
    ordered = sorted(members, key=lambda member: (member.at, member.post))
    first, last = ordered[0], ordered[-1]
    terms: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    for member in ordered:
        for term, weight in member.assessment.terms:
            terms[term] += weight  # type: ignore[assignment]  # a Counter of floats
        topics.update(topic.name for topic in member.assessment.topics)
    strongest = terms.most_common(1)[0][1] if terms else 1.0
    episode = 1 + sum(later.at - earlier.at >= revive for earlier, later in pairwise(ordered))
    return Event(
        id=before.id if before else first.post,
        title=before.title if before else first.title,
        first_seen=first.at,
        last_seen=last.at,
        posts=len(ordered),
        stage=_stage([member.at for member in ordered], episode),
        level=before.level if before else None,
        points=before.points if before else 0,
        why=before.why if before else (),
        topics=tuple(sorted((topic for topic, count in topics.items() if 3 * count >= len(ordered)), key=lambda topic: (-topics[topic], topic))),
        platforms=dict(sorted(Counter(member.platform for member in ordered).items())),
        terms={term: round((weight / strongest) ** 0.5, 4) for term, weight in sorted(terms.items(), key=lambda item: (-item[1], item[0]))[:KEPT]},
        places=_places(ordered),
        rumor=max((member.assessment.rumor.score for member in ordered if member.assessment.rumor), default=None),
        debunk=next((member.assessment.debunk for member in ordered if member.assessment.debunk), None),
        episode=episode,
        alerted=before.alerted if before and before.episode == episode else None,
    )


def _stage(times: Sequence[datetime], episode: int) -> str:
    """萌芽 while it is small, 发酵 while its last day outgrows the one before, 高峰 at its fullest day, else 回落; 复燃 in a later episode."""
    days = Counter((times[-1] - at) // timedelta(days=1) for at in times)
    if episode > 1 and days[0] >= days[1]:
        return "复燃"
    if len(times) < 3:
        return "萌芽"
    if days[0] >= max(days.values()):
        return "高峰" if len(days) > 1 and days[0] < 2 * days[1] else "发酵"
    return "回落"


def _places(members: Sequence[Member]) -> tuple[Place, ...] | None:
    judged = [member.assessment.places for member in members if member.assessment.places is not None]
    if not judged:
        return None
    counts = Counter(place for places in judged for place in places)
    return tuple(place for place, _ in counts.most_common(3))

"""Joins posts into events: candidates from an inverted index of terms, then likeness with time decay. Pure but for the index it keeps.

A post joins the live event that it is most like, or begins one. Its likeness to an event is what their terms have in common, as a share of
what the one of them that says less says at all; a word or two of little weight are never enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from pipeline.dedup import NearIndex
from pipeline.figures import Figures
from pipeline.model import Event, Member

CORE = 5
"""Terms that stand for an event when it is compared."""
_MANY = 4
"""A post and an event that both have so many terms must share two."""
_NOTHING: Mapping[str, float] = {}


class Placement(Struct, frozen=True):
    """Where a post belongs: an event's id, empty for a new one; the post that it repeats; how alike it is, 0..1."""

    event: str = ""
    near: str = ""
    likeness: float = 0.0


class Live:
    """The events that posts may still join, with what their members add up to."""

    def __init__(self, *, window: timedelta, join: float, revive: timedelta) -> None:
        self._window = window
        self._join = join
        self._revive = revive
        self.events: dict[str, Event] = {}
        self.figures: dict[str, Figures] = {}
        self._of: dict[str, str] = {}
        self._by_term: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._strengths: dict[str, float] = {}
        self._near = NearIndex()

    def join(self, event: str, member: Member) -> Figures:
        """Take in a member of an event, or what it now is; return what the members add up to."""
        figures = self.figures.get(event)
        if figures is None:
            figures = self.figures[event] = Figures(revive=self._revive)
        if member.post not in figures.members:
            self._near.add(member)
        figures.put(member)
        self._of[member.post] = event
        return figures

    def put(self, event: Event) -> None:
        """Take in an event as it now is; its members are taken in by `join`."""
        before = self.events.get(event.id)
        self.events[event.id] = event
        self._strengths[event.id] = _strength(event.terms.values())
        if before:
            self._drop_terms(event.id, before.terms.keys() - event.terms.keys())
        for term, weight in event.terms.items():
            self._by_term[term][event.id] = weight

    def placed(self, post: str) -> str:
        """Return the event that the post is in already, else an empty string."""
        return self._of.get(post, "")

    def place(self, terms: Sequence[tuple[str, float]], bands: Sequence[int], at: datetime) -> Placement:
        """Return where a post with these terms and bands, decided at `at`, belongs."""
        for near in self._near.near(bands):
            if self._gap(self.events[self._of[near]], at) <= self._window:
                return Placement(self._of[near], near, 1.0)
        # Ties go to the older event, then to the smaller id, so that every run decides alike.
        ranked = [(-likeness, self.events[event].first_seen, event) for event, likeness in self._alike(terms, at) if likeness >= self._join]
        if ranked:
            likeness, _, event = min(ranked)
            return Placement(event, "", -likeness)
        return Placement()

    @staticmethod
    def _gap(event: Event, at: datetime) -> timedelta:
        """How long before or after the event `at` is; nothing within it."""
        return max(event.first_seen - at, at - event.last_seen, timedelta(0))

    def _alike(self, terms: Sequence[tuple[str, float]], at: datetime) -> Iterator[tuple[str, float]]:
        """The events that share enough with these terms, each with its likeness."""
        shared: dict[str, float] = {}
        times: dict[str, int] = {}
        for term, weight in terms:
            for event, own in self._by_term.get(term, _NOTHING).items():
                shared[event] = shared.get(event, 0.0) + weight * own
                times[event] = times.get(event, 0) + 1
        strength = _strength(weight for _, weight in terms)
        for event, common in shared.items():
            if common < self._join:
                continue  # what is divided by is one at least
            if times[event] == 1 and min(len(terms), len(self.events[event].terms)) >= _MANY:
                continue  # who has much to say of the same matter says more than one word of it
            gap = self._gap(self.events[event], at)
            if gap <= self._window:
                whole = max(min(strength, self._strengths[event]), 1.0)
                yield event, float(common / whole * (1 - 0.5 * (gap / self._window)))

    def _drop_terms(self, event: str, terms: Iterable[str]) -> None:
        for term in terms:
            del self._by_term[term][event]
            if not self._by_term[term]:
                del self._by_term[term]


def _strength(weights: Iterable[float]) -> float:
    """How much the heaviest terms say together: the sum of their squares."""
    return sum(weight * weight for weight in sorted(weights, reverse=True)[:CORE])


def drawn(before: Event | None, figures: Figures) -> Event:
    """Return the event that its members make; what people and the alerts wrote of it is kept from `before`.

    A post after a silence begins a new episode (复燃).
    """
    first, posts = figures.first, len(figures.members)
    strongest = figures.terms[figures.terms.best[0]] if figures.terms.best else 1
    episode = figures.episode
    return Event(
        id=before.id if before else first.post,
        title=before.title if before else first.title,
        first_seen=first.at,
        last_seen=figures.last.at,
        posts=posts,
        stage=_stage(figures),
        level=before.level if before else None,
        points=before.points if before else 0,
        why=before.why if before else (),
        topics=tuple(topic for topic, count in sorted(figures.topics.items(), key=lambda item: (-item[1], item[0])) if 3 * count >= posts),
        platforms=dict(sorted(figures.platforms.items())),
        terms={term: round((figures.terms[term] / (strongest or 1)) ** 0.5, 4) for term in figures.terms.best},
        places=figures.places,
        rumor=figures.rumor,
        debunk=figures.debunk,
        episode=episode,
        alerted=before.alerted if before and before.episode == episode else None,
    )


def _stage(figures: Figures) -> str:
    """萌芽 while it is small, 发酵 while its last day outgrows the one before, 高峰 at its fullest day, else 回落; 复燃 in a later episode."""
    days = figures.days()
    if figures.episode > 1 and days[0] >= days[1]:
        return "复燃"
    if len(figures.members) < 3:
        return "萌芽"
    if days[0] >= max(days.values()):
        return "高峰" if len(days) > 1 and days[0] < 2 * days[1] else "发酵"
    return "回落"

"""Joins posts into events: candidates from an inverted index of words and their parts, then likeness. Pure but for the index it keeps.

A post joins the live event that it is most like, or begins one. How alike they must be is `pipeline.likeness`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from nlp.assessment import Assessment
from pipeline.dedup import NearIndex
from pipeline.figures import Figures
from pipeline.likeness import CORE, FRESH, Said, Words, alike, life, nearness, strength, tells
from pipeline.model import Event, Member

FOLLOWED = 3
"""Posts of an event from which it tells what a post is about that says little by itself."""
_FOLLOWS = 0.4
"""Likeness from which such a post is about it, if they share a word that tells, and is, so much."""
_FOLLOWED_BY = 0.6

_ABOUT = 0.5
"""A post that is half as alike to an event of more posts as to another joins that of more posts: matters do not stay in pieces."""

_SEVERAL = 2
"""Words in common with an event of what says much, from which it is measured by the one that says less."""

_LITTLE, _SPOKEN = 0.55, 5
"""A post of so little strength may mean the one event of so many posts that all speak of."""
_ANYTHING = "other"
"""The topic that says nothing about what a matter is."""


class Placement(Struct, frozen=True):
    """Where a post belongs: an event's id, empty for a new one; the post that it repeats; how alike it is, 0 and more; by which words."""

    event: str = ""
    near: str = ""
    likeness: float = 0.0
    words: tuple[str, ...] = ()


class Live:
    """The events that posts may still join, with what their members add up to."""

    def __init__(self, *, window: timedelta, join: float, revive: timedelta, aftermath: timedelta) -> None:
        self.window = window
        self._join = join
        self._revive = revive
        self._aftermath = aftermath
        self.events: dict[str, Event] = {}
        self.figures: dict[str, Figures] = {}
        self._of: dict[str, str] = {}
        self._words = Words()
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
        if before is None or before.terms != event.terms:
            self._strengths[event.id] = strength(event.terms.values())
            self._words.put(event.id, event.terms)

    def placed(self, post: str) -> str:
        """Return the event that the post is in already, else an empty string."""
        return self._of.get(post, "")

    def place(self, thought: Assessment, bands: Sequence[int], at: datetime) -> Placement:
        """Return where a relevant post with these bands, decided at `at`, belongs."""
        for near in self._near.near(bands):
            if self.gap(self.events[self._of[near]], at) <= self.window:
                return Placement(self._of[near], near, 1.0)
        return self._best(one for one in self._alike(thought, at) if one.likeness >= self._join) or self._around(thought, at)

    def followed(self, thought: Assessment, at: datetime) -> Placement:
        """Return the event of the last days that a post which is not relevant by itself names; none unless it says what that is called by."""
        found = []
        for one in self._alike(thought, at):
            event = self.events[one.event]
            if one.words and one.likeness >= max(_FOLLOWS, self._join) and event.posts >= FOLLOWED and self.gap(event, at) <= FRESH:
                found.append(one)
        return self._best(found) or Placement()

    def said(self, thought: Assessment) -> dict[str, list[Said]]:
        """Return what each event has in common with what was thought of a post, by its id."""
        return self._words.said(thought.terms)

    def common(self, thought: Assessment, event: Event) -> list[Said]:
        """Return what one event has in common with what was thought of a post."""
        return self._words.common(thought.terms, event.id)

    def belongs(self, thought: Assessment, event: Event, at: datetime, *, least: int) -> bool:
        """Return whether a post decided at `at` is enough like an event by now, and has so many words in common with it."""
        said, own = self.common(thought, event), strength(weight for _, weight in thought.terms)
        return self._likeness(thought, said, event, at, own=own, least=least) >= self._join

    def lives(self, event: Event, at: datetime) -> bool:
        """Whether an event may be joined at a time."""
        return self.gap(event, at) <= life(event, self.window, self._aftermath)

    def _best(self, found: Iterable[Placement]) -> Placement | None:
        """The one of most posts among those about as alike as the most alike. Ties go to the older, then the smaller id: every run decides alike."""
        likely = list(found)
        most = max((one.likeness for one in likely), default=0.0)
        able = (one for one in likely if one.likeness >= _ABOUT * most)
        return min(able, key=lambda one: (-self.events[one.event].posts, -one.likeness, self.events[one.event].first_seen, one.event), default=None)

    def _around(self, thought: Assessment, at: datetime) -> Placement:
        """The one event of its topics that many speak of in these hours, for a post that says too little by itself to begin another."""
        topics = {topic.name for topic in thought.topics} - {_ANYTHING}
        if not topics or strength(weight for _, weight in thought.terms) >= _LITTLE:
            return Placement()
        spoken = [
            event for event in self.events.values() if event.posts >= _SPOKEN and self.gap(event, at) <= FRESH / 2 and topics & set(event.topics)
        ]
        if len(spoken) != 1 or nearness(thought.places or (), spoken[0].places or ()) < 0:
            return Placement()
        return Placement(spoken[0].id)

    @staticmethod
    def gap(event: Event, at: datetime) -> timedelta:
        """How long before or after the event `at` is; nothing within it."""
        return max(event.first_seen - at, at - event.last_seen, timedelta(0))

    def _alike(self, thought: Assessment, at: datetime) -> Iterator[Placement]:
        """The events that share enough with what was thought of a post, each with its likeness and the words that both are about."""
        own = strength(weight for _, weight in thought.terms)
        for name, said in self._words.said(thought.terms).items():
            event = self.events[name]
            if self.lives(event, at) and (likeness := self._likeness(thought, said, event, at, own=own)):
                yield Placement(name, "", likeness, tuple(one.word for one in said if _tells(one)))

    def _likeness(self, thought: Assessment, said: Sequence[Said], event: Event, at: datetime, *, own: float, least: int = 1) -> float:
        """How alike what was thought of a post, of strength `own`, is to an event that says this too."""
        lasts, gap = life(event, self.window, self._aftermath), self.gap(event, at)
        says_much = len(thought.terms) > CORE or (event.posts == 1 and self._words.count(event.id) > CORE)
        # One word of many is soon the same (下锅 of a rumor, and of a complaint about meat): then it is measured by the one that says more.
        heavier = says_much and sum(map(tells, said)) < _SEVERAL
        whole = (max if heavier else min)(own, self._strengths[event.id])
        return alike(said, event, whole, places=thought.places or (), gap=gap, window=self.window, life=lasts, least=least)


def _tells(one: Said) -> bool:
    """Whether a word shared with an event says by itself that the event is meant."""
    return one.weight >= _FOLLOWED_BY and one.share >= _FOLLOWED_BY


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
        topics=tuple(topic for topic, count in sorted(figures.topics.items(), key=lambda item: (-item[1], item[0])) if 3 * count >= figures.topical),
        platforms=dict(sorted(figures.platforms.items())),
        terms={term: round((figures.terms[term] / (strongest or 1)) ** 0.5, 4) for term in figures.terms.best},
        places=figures.places,
        rumor=figures.rumor,
        debunk=figures.debunk,
        episode=episode,
        alerted=before.alerted if before and before.episode == episode else None,
    )


def _stage(figures: Figures) -> str:
    """Return the stage that an event was in at its latest post, by the posts of each day of its episode, days counted back from that post.

    萌芽 while there are fewer than 3; 高峰 on its fullest day, unless that has just doubled: that is 发酵, as is a first day; 回落 after it.
    A later episode is 复燃 for its first day. tests/pipeline/test_stage.py has the table.
    """
    days = figures.rise()
    if figures.episode > 1 and len(days) == 1:
        return "复燃"
    if days.total() < 3:
        return "萌芽"
    today, before = days[0], max((count for day, count in days.items() if day), default=0)
    if today < before:
        return "回落"
    return "发酵" if today >= 2 * before else "高峰"

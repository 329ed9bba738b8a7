"""What happens to every post that matters or might, in decision-time order: second opinion, recall, place in an event, raise alerts.

One tracker works at a time, under a lease. All that it knows it can read again from the store, and a step done twice changes nothing,
so a crash anywhere is a step done again, by the same tracker or by another.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from msgspec import structs

from config.load import Config
from nlp.assessment import Analyst, Assessment, Score
from nlp.text import first_sentence
from pipeline.alert import raised
from pipeline.bursts import Bursts, kept, span
from pipeline.cluster import Live, drawn
from pipeline.measures import Known
from pipeline.model import Alert, Event, JudgedPost, Lease, Member, Step
from pipeline.recall import Memory
from pipeline.second.hearing import Hearing
from pipeline.store import EventFilter, Store
from pipeline.store.meaning import second
from pipeline.twinning import note
from pipeline.twins import Twin, twins

log = logging.getLogger(__name__)

BATCH = 256
"""Pending posts decided and committed at once."""
_EARLIER = timedelta(hours=1)
"""Crawls overlap: posts that are so much older than the first one are no step back."""
_PAGE = 500
"""Events read at once."""
_BROKEN_OFF = -1
"""The fence of a run that did not end: what it decided last may not be in the store."""


@dataclass(slots=True)
class _Round:
    """What one batch has decided so far."""

    cleared: list[str]
    reassessed: list[JudgedPost]
    events: dict[str, Event]
    members: list[Member]
    alerts: list[Alert]


class Tracker:
    """Takes pending posts to events and alerts."""

    def __init__(self, store: Store, analyst: Analyst, config: Config, *, second: Hearing | None = None) -> None:
        self._second = second
        self._store = store
        self._analyst = analyst
        self._config = config
        self._fence: int | None = None
        self.forget()

    def run(self, seen: Callable[[int, Sequence[Alert]], None] = lambda posts, alerts: None, *, lease: Lease | None = None) -> list[Alert]:
        """Work until nothing is pending; return the new alerts. `seen` is told after each batch how many posts it held and what rose.

        Raises LeaseLost where somebody else tracks by now. What is known from the last run counts in the next only if that ended well, and
        if the lease has not changed hands since.
        """
        fence = lease.fence if lease else None
        if fence != self._fence:
            self.forget()
        self._fence = _BROKEN_OFF
        fresh: list[Alert] = []
        while batch := self._store.pending(BATCH):
            step, found = self._decided(batch)
            alerts = self._store.commit(step, lease=lease)
            note(self._store, found)
            fresh.extend(alerts)
            seen(len(step.cleared), alerts)
        self._fence = fence
        return fresh

    def forget(self) -> None:
        """Know nothing any more: what is needed is read from the store again."""
        track = self._config.settings.track
        self._live = self._empty()
        self._twins: set[tuple[str, str]] = set()
        self._memory = Memory(track.memory)
        self._bursts = Bursts(self._config.rules, self._config.settings.province)
        self._low = self._until = datetime.max.replace(tzinfo=UTC)

    def _decided(self, batch: Sequence[JudgedPost]) -> tuple[Step, list[tuple[Twin, datetime]]]:
        """What is to be written of a batch, and which events turn out to be one matter by it, with when."""
        now = _Round([], [], {}, [], [])
        found: list[tuple[Twin, datetime]] = []
        heard = self._heard(self._known_of(batch), now)
        likely = [judged for judged in heard if judged.assessment.is_relevant]
        bands = dict(zip((judged.post.id for judged in likely), self._analyst.fingerprints([judged.post.writing for judged in likely]), strict=True))
        for judged in heard:
            judged = self._understood(judged, now)
            if judged.assessment.is_relevant or self._live.placed(judged.post.id):
                fingerprint = bands.get(judged.post.id) or self._analyst.fingerprints([judged.post.writing])[0]
                self._placed(judged, fingerprint.bands, now)
                found += [(twin, judged.post.at) for twin in twins(self._live, judged.post.id) if twin[:2] not in self._twins]
                self._twins.update(twin[:2] for twin, _ in found)
        return Step(tuple(now.cleared), tuple(now.reassessed), tuple(now.events.values()), tuple(now.members), tuple(now.alerts)), found

    def _known_of(self, batch: Sequence[JudgedPost]) -> Sequence[JudgedPost]:
        """The beginning of the batch of which all that must be known is at hand, read from the store if need be."""
        if not self._knows(batch[0].post.at):
            self._warm(batch[0].post.at)
        # Before anything is read again, what is decided of the others must be in the store.
        return list(takewhile(lambda judged: self._knows(judged.post.at), batch))

    def _heard(self, batch: Sequence[JudgedPost], now: _Round) -> Sequence[JudgedPost]:
        """0. What is uncertain is put to the user's own model, if there is one; what cannot be asked about in one go waits for the next."""
        if not self._second:
            return batch
        heard = self._second.heard(batch)
        now.reassessed.extend(after for after, before in zip(heard, batch[: len(heard)], strict=True) if after is not before)
        return heard

    def _understood(self, judged: JudgedPost, now: _Round) -> JudgedPost:
        """1. What says little by itself is judged with what the stream lately spoke of, or by the event it names, once; it teaches what follows."""
        post, before = judged.post, judged.assessment
        if not (before.is_relevant or before.recalled):
            assessment = self._analyst.recalled(before, self._memory.at(post.at, post.id))
            if not (assessment.is_relevant or self._live.placed(post.id)):
                assessment = followed(assessment, self._live.followed(assessment, post.at).words)
            if assessment != before:
                judged = structs.replace(judged, assessment=assessment)
                now.reassessed.append(judged)
        self._memory.learn(post.id, judged.assessment, post.at)
        self._bursts.learn(judged)
        now.cleared.append(post.id)
        return judged

    def _placed(self, judged: JudgedPost, bands: tuple[int, ...], now: _Round) -> None:
        """2. A relevant post joins the event it belongs to, or begins one; 3. the event may rise, and be alerted."""
        post, assessment = judged.post, judged.assessment
        event_id, near = self._live.placed(post.id), ""
        if event_id:
            near = self._live.figures[event_id].members[post.id].near
        else:
            placement = self._live.place(assessment, bands, post.at)
            event_id, near = placement.event or post.id, placement.near
        member = Member(
            event=event_id,
            post=post.id,
            at=post.at,
            title=title_of(judged),
            platform=post.platform,
            source=post.source,
            assessment=assessment,
            reach=reach_of(judged),
            rank=post.engagement.rank,
            near=near,
            bands=bands,
        )
        figures = self._live.join(event_id, member)
        before = self._live.events.get(event_id)
        event = kept(before, drawn(before, figures), self._bursts.set_off(judged))
        event, alert = raised(Known.of(event, figures, self._config), self._config.rules.values(), self._config.settings.alert.levels, post.at)
        self._live.put(event)
        now.events[event_id] = event
        now.members.append(member)
        if alert:
            now.alerts.append(alert)
            log.info("alert %s level=%s event=%s title=%s", alert.id, alert.level, event.id, alert.title)

    def _empty(self) -> Live:
        track = self._config.settings.track
        return Live(window=track.window, join=track.join, revive=track.revive, aftermath=track.aftermath)

    def _knows(self, at: datetime) -> bool:
        """Whether what must be known at `at` is at hand."""
        return self._low <= at < self._until

    def _warm(self, at: datetime) -> None:
        """Read from the store what must be known for one window from `at` on: the events that may be joined, and what memory may tell.

        Where it begins changes nothing: a tracker that begins here decides as one that has run for ever.
        """
        track = self._config.settings.track
        low, until = self._low, self._until
        self._low, self._until = at - _EARLIER, at - _EARLIER + track.window
        self._live = self._empty()
        members: list[Member] = []
        for event, some in (*self._store.live(self._low - track.window), *self._silent()):
            if self._live.lives(event, max(self._low, min(event.last_seen, self._until))):
                self._live.put(event)
                members += some
        for member in sorted(members, key=lambda one: (second(one.at), one.post)):
            self._live.join(member.event, member)
        self._memory = Memory(track.memory)
        remembered = self._low - track.memory
        counted = self._low - span(self._config.rules.values())
        if low <= self._low and remembered <= until:  # what was counted before that is still known
            self._bursts.fade(counted)
            counted = remembered
        else:
            self._bursts = Bursts(self._config.rules, self._config.settings.province)
        for judged in self._store.recent(min(remembered, counted), self._until):
            if judged.post.at >= remembered:
                self._memory.learn(judged.post.id, judged.assessment, judged.post.at)
            self._bursts.learn(judged)

    def _silent(self) -> Iterator[tuple[Event, list[Member]]]:
        """The events that have been silent for longer than the window, and may be joined again; few, for only such of many posts are."""
        track = self._config.settings.track
        which = EventFilter(since=self._low - track.aftermath, until=self._low - track.window)
        cursor = ""
        while True:
            page = self._store.events(which, limit=_PAGE, cursor=cursor)
            for event in page.items:
                if event.last_seen < self._low - track.window and self._live.lives(event, self._low):
                    yield event, self._store.members(event.id)
            if not (cursor := page.next):
                return


def followed(thought: Assessment, words: Sequence[str]) -> Assessment:
    """Return what is thought of a post that speaks of an event by these words: that it is relevant. Without words nothing changes."""
    if not words:
        return thought
    because = (f"事件相关: {' '.join(words[:3])}", *thought.relevant.because)
    return structs.replace(thought, relevant=Score(thought.threshold, "relevant", because), recalled=True)


def title_of(judged: JudgedPost) -> str:
    """Return the title of a post, else its first sentence, word for word."""
    if judged.post.title:
        return judged.post.title
    text = judged.post.text.strip()
    first = next((line for line in text.splitlines() if line.strip()), text)
    return first_sentence(first) or first


def reach_of(judged: JudgedPost) -> int:
    """Return how far a post has gone: its heat, or what people did with it, whichever is more."""
    counts = judged.post.engagement
    return max(counts.heat or 0, (counts.reposts or 0) + (counts.comments or 0) + (counts.likes or 0))

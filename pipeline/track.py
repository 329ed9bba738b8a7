"""What happens to every post that matters or might, in decision-time order: second opinion, recall, place in an event, raise alerts.

One tracker works at a time, under a lease. All that it knows it can read again from the store, and a step done twice changes nothing,
so a crash anywhere is a step done again, by the same tracker or by another.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from config.load import Config
from config.source import Source
from nlp.assessment import Analyst
from nlp.text import first_sentence
from pipeline.alert import Known, raised
from pipeline.cluster import Live, drawn
from pipeline.figures import Figures
from pipeline.model import Alert, Event, JudgedPost, Lease, Member, Step
from pipeline.recall import Memory
from pipeline.second.hearing import Hearing
from pipeline.store import Store

log = logging.getLogger(__name__)

BATCH = 256
"""Pending posts decided and committed at once."""
_GAP = timedelta(hours=1)
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
        self._know_nothing()

    def run(self, seen: Callable[[int, Sequence[Alert]], None] = lambda posts, alerts: None, *, lease: Lease | None = None) -> list[Alert]:
        """Work until nothing is pending; return the new alerts. `seen` is told after each batch how many posts it held and what rose.

        Raises LeaseLost where somebody else tracks by now. What is known from the last run counts in the next only if that ended well, and
        if the lease has not changed hands since.
        """
        fence = lease.fence if lease else None
        if fence != self._fence:
            self._know_nothing()
        self._fence = _BROKEN_OFF
        fresh: list[Alert] = []
        while batch := self._store.pending(BATCH):
            step = self._decided(batch)
            alerts = self._store.commit(step, lease=lease)
            fresh.extend(alerts)
            seen(len(step.cleared), alerts)
        self._fence = fence
        return fresh

    def _know_nothing(self) -> None:
        track = self._config.settings.track
        self._live = self._empty()
        self._memory = Memory(track.memory)
        self._low: datetime | None = None
        self._high: datetime | None = None
        self._whole = False

    def _decided(self, batch: Sequence[JudgedPost]) -> Step:
        now = _Round([], [], {}, [], [])
        batch = self._heard(batch, now)
        fingerprints = self._analyst.fingerprints([judged.post.writing for judged in batch])
        for judged, fingerprint in zip(batch, fingerprints, strict=True):
            if self._knows(judged.post.at):
                self._moved(judged.post.at)
            elif now.cleared:
                break  # what is decided so far must be in the store before anything is read from it again
            else:
                self._warm(judged.post.at)
            now.cleared.append(judged.post.id)
            judged = self._recalled(judged, now)
            if judged.assessment.is_relevant or self._live.placed(judged.post.id):
                self._placed(judged, fingerprint.bands, now)
        return Step(tuple(now.cleared), tuple(now.reassessed), tuple(now.events.values()), tuple(now.members), tuple(now.alerts))

    def _heard(self, batch: Sequence[JudgedPost], now: _Round) -> Sequence[JudgedPost]:
        """0. What is uncertain is put to the user's own model, if there is one; what cannot be asked about in one go waits for the next."""
        if not self._second:
            return batch
        heard = self._second.heard(batch)
        now.reassessed.extend(after for after, before in zip(heard, batch[: len(heard)], strict=True) if after is not before)
        return heard

    def _recalled(self, judged: JudgedPost, now: _Round) -> JudgedPost:
        """1. What says little by itself is judged with what the stream lately spoke of."""
        memory = self._memory.at(judged.post.at)
        if judged.assessment.is_uncertain and memory:
            assessment = self._analyst.recalled(judged.assessment, memory)
            if assessment != judged.assessment:
                judged = structs.replace(judged, assessment=assessment)
                now.reassessed.append(judged)
        if not self._live.placed(judged.post.id):  # else it is here again because people did more with it, and was learned from before
            memory.learn(judged.assessment, judged.post.at)
        return judged

    def _placed(self, judged: JudgedPost, bands: tuple[int, ...], now: _Round) -> None:
        """2. A relevant post joins the event it belongs to, or begins one; 3. the event may rise, and be alerted."""
        post, assessment = judged.post, judged.assessment
        event_id, near = self._live.placed(post.id), ""
        if event_id:
            near = self._live.figures[event_id].members[post.id].near
        else:
            placement = self._live.place(assessment.terms, bands, post.at)
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
        event = drawn(self._live.events.get(event_id), figures)
        event, alert = raised(self._known(event, figures), self._config.rules.values(), self._config.settings.alert.levels, post.at)
        self._live.put(event)
        now.events[event_id] = event
        now.members.append(member)
        if alert:
            now.alerts.append(alert)
            log.info("alert %s level=%s event=%s title=%s", alert.id, alert.level, event.id, alert.title)

    def _known(self, event: Event, figures: Figures) -> Known:
        sources: Mapping[str, Source] = self._config.sources
        return Known(event, figures, sources, self._config.topics, self._config.settings.province)

    def _empty(self) -> Live:
        track = self._config.settings.track
        return Live(window=track.window, join=track.join, revive=track.revive)

    def _knows(self, at: datetime) -> bool:
        """Whether what must be known at `at` is at hand."""
        if self._low is None or self._high is None or at < self._low:
            return False
        return self._whole or at - self._high <= _GAP

    def _warm(self, at: datetime) -> None:
        """Read from the store what must be known at `at`: the events that may be joined, and the words of the days before."""
        track = self._config.settings.track
        back = self._high is not None and at < self._high
        self._live = self._empty()
        for event, members in self._store.live(at - 2 * track.window):
            if event.first_seen <= at + track.window:
                self._live.put(event)
                for member in members:
                    self._live.join(event.id, member)
        self._memory = Memory(track.memory)
        for judged in self._store.recent(at - track.memory):
            if judged.post.at <= at:
                self._memory.learn(judged.assessment, judged.post.at)
        # After a step back in time, later events are not at hand; the next step forward reads them again.
        self._low, self._high, self._whole = at, at, not back

    def _moved(self, at: datetime) -> None:
        """Forget what is over, now and then."""
        assert self._low
        assert self._high
        self._high = max(at, self._high)
        window = self._config.settings.track.window
        if self._high - self._low > 4 * window:
            self._low = self._high - 2 * window
            self._live.forget(self._low)


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

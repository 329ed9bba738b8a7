"""Finds what belongs to periods told before and was not there yet: each period is counted again, and events are compared with what was told.

While nothing is late this takes eight counts, however long the past is. Periods are looked back at as long as nothing of them is purged.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct, structs

from config.load import Config
from pipeline.digest.content import Digest, Late
from pipeline.digest.gathered import counted, entered, everything, so_far
from pipeline.model import Entry, Event
from pipeline.regroup import REDIRECTS
from pipeline.store import EntryFilter, EventFilter, Store

_MERGES = 5000
"""Merges by hand that are looked at, the oldest."""
_SINGLE = 3
"""The newest periods, counted one by one: what was judged anew in one must not outweigh another."""


class Told(Struct, frozen=True):
    """What one digest told: of an event its posts until the end of the period, of earlier periods what came late (kept, relevant)."""

    since: datetime
    until: datetime
    kept: int
    relevant: int
    events: Mapping[str, int] = {}
    alerts: tuple[str, ...] = ()
    late: Mapping[str, tuple[int, int]] = {}
    settled: bool = True

    @property
    def stamp(self) -> str:
        """What names its period: its start, for two periods never begin together."""
        return stamp(self.since)


def stamp(at: datetime) -> str:
    """Return a whole second as digests are called by: 20240905T000000Z."""
    return f"{at:%Y%m%dT%H%M%SZ}"


def told(digest: Digest) -> Told:
    """Return what a digest tells."""
    return Told(
        since=digest.since,
        until=digest.until,
        kept=digest.kept,
        relevant=digest.relevant,
        events={**digest.late.told, **digest.told},
        alerts=tuple(alert.id for alert in (*digest.alerts, *digest.late.alerts)),
        late=digest.late.counts,
        settled=digest.settled,
    )


def late(store: Store, history: Sequence[Told], *, config: Config | None = None) -> Late:
    """Return what is late for the digest that follows on `history`, what was told of periods that join one another, the oldest first."""
    if not history:
        return Late()
    expected = _expected(history)
    counts: dict[str, tuple[int, int]] = {}
    for some in (history[:-_SINGLE], *([one] for one in history[-_SINGLE:])):
        counts |= _changed(store, some, expected)
    doubtful = [one.since for one in history if one.stamp in counts or not one.settled]
    if not doubtful:
        return Late()
    since, until = min(doubtful), history[-1].until
    known = {alert for one in history for alert in one.alerts}
    alerts = [alert for alert in everything(store.alerts, EventFilter(since=since, until=until)) if alert.id not in known]
    missed = _missed(store, history, since, until)
    entries = entered(store, [event for event, _, _ in missed], until, until, config=config)
    grown = {event.id: posts for event, _, posts in missed}
    events = tuple(structs.replace(entry, late=grown[entry.event.id], grown=0) for entry in entries)
    return Late(counts, events, tuple(alerts), len(missed) - len(events), {event.id: whole for event, whole, _ in missed})


def _expected(history: Sequence[Told]) -> Mapping[str, tuple[int, int]]:
    """Kept and relevant posts of each period as told, by its digest and by later ones."""
    found = {one.stamp: (one.kept, one.relevant) for one in history}
    for one in history:
        for period, (kept, relevant) in one.late.items():
            if period in found:
                found[period] = (found[period][0] + kept, found[period][1] + relevant)
    return found


def _changed(store: Store, some: Sequence[Told], expected: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The periods that hold more or fewer posts than told, and by how many: found by halves."""
    if not some:
        return {}
    kept, relevant = counted(store, some[0].since, some[-1].until)
    gone = kept - sum(expected[one.stamp][0] for one in some), relevant - sum(expected[one.stamp][1] for one in some)
    if gone == (0, 0):
        return {}
    if len(some) == 1:
        return {some[0].stamp: gone}
    half = len(some) // 2
    return _changed(store, some[:half], expected) | _changed(store, some[half:], expected)


def _missed(store: Store, history: Sequence[Told], since: datetime, until: datetime) -> list[tuple[Event, int, int]]:
    """Events with posts before `until` that were not told: all their posts until then, and how many of these are new."""
    seen = _seen(store, history)
    origin = history[0].since
    found = []
    for event in everything(store.events, EventFilter(since=since)):
        if event.first_seen >= until:
            continue
        posts = so_far(store, event, until)
        before = seen[event.id] if event.id in seen else _older(store, event, origin)
        if posts > before:
            found.append((event, posts, posts - before))
    return found


def _seen(store: Store, history: Sequence[Told]) -> dict[str, int]:
    """The posts that were told of each event; those of one that people merged into another count for that."""
    merged = deque(store.ledger.page(REDIRECTS, EntryFilter(since=history[0].since), limit=_MERGES).items)
    seen: dict[str, int] = {}
    for one in history:
        while merged and merged[0].at < one.until:
            _join(seen, merged.popleft())
        seen.update(one.events)
    for entry in merged:
        _join(seen, entry)
    return seen


def _join(seen: dict[str, int], redirect: Entry) -> None:
    if posts := seen.pop(redirect.id, 0):
        into = msgspec.json.decode(redirect.body, type=str)
        seen[into] = seen.get(into, 0) + posts


def _older(store: Store, event: Event, origin: datetime) -> int:
    """The posts of an event that nobody was told of, from before there were digests."""
    return 0 if event.first_seen >= origin else sum(member.at < origin for member in store.members(event.id))

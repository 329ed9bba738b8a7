"""交接班单: what the next shift must know: open cases, clocks, mutes that end, what could not be sent, sick sources, and what changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from config.load import Config
from config.roster import Person, Roster
from pipeline.clocks import Clock, feedback_clocks
from pipeline.delivery import BOOK as DELIVERIES
from pipeline.delivery import PARKED
from pipeline.duty import on_duty, watches
from pipeline.escalate import BOOK as ESCALATIONS
from pipeline.escalate import Escalation
from pipeline.model import Alert, Event, Note
from pipeline.mute import Mute
from pipeline.muting import mutes
from pipeline.store import EntryFilter, EventFilter, Store
from pipeline.timed import clocks_of, raised

_SHIFT = timedelta(hours=12)
_SOON = timedelta(hours=24)
"""Mutes that end within this are shown."""
_UNSEEN = timedelta(days=30)
"""How long after its last post an alert that nobody answered is still an open case, and what was closed is still looked at."""
_PAGE = 200


class Open(Struct, frozen=True):
    """An open case: its level (by hand, else as it was alerted), the clock of its alert, and those of departments."""

    event: Event
    level: int
    clock: Clock | None
    waiting: tuple[Clock, ...] = ()


class Change(Struct, frozen=True):
    """A line that somebody wrote into a handling log."""

    event: str
    title: str
    note: Note


class Sheet(Struct, frozen=True):
    """What one shift hands to the next, as of `now`; `next` are those on duty after those who are."""

    since: datetime
    now: datetime
    on_duty: tuple[Person, ...]
    next: tuple[Person, ...]
    open: tuple[Open, ...]
    clocks: tuple[Clock, ...]
    """Running and broken, the one that is due first at the top."""
    escalations: tuple[tuple[Escalation, str], ...]
    mutes: tuple[Mute, ...]
    parked: int
    sick: tuple[tuple[str, str], ...]
    alerts: tuple[tuple[Alert, Event | None], ...]
    changes: tuple[Change, ...]


def begun(roster: Roster, now: datetime) -> datetime:
    """Return when the shift began that is on duty; twelve hours ago where there is no roster."""
    return now - _SHIFT if roster.is_empty else watches(roster, now - 2 * _SHIFT, now + timedelta(seconds=1))[-1].since


def sheet(store: Store, config: Config, *, since: datetime, now: datetime, sick: Sequence[tuple[str, str]] = ()) -> Sheet:
    """Return the sheet of what there is now and of what changed since; `sick` are sources with what ails them."""
    events = [*_events(store, "acknowledged", None), *(event for event in _events(store, "new", now - _UNSEEN) if event.alerted)]
    cases = _open(store, events, config, now)
    clocks = [clock for one in cases for clock in (one.clock, *one.waiting) if clock and clock.state(now) in ("running", "broken")]
    ahead = watches(config.roster, now, now + _SOON)
    return Sheet(
        since=since,
        now=now,
        on_duty=on_duty(config.roster, now),
        next=ahead[1].people if len(ahead) > 1 else (),
        open=tuple(cases),
        clocks=tuple(sorted(clocks, key=lambda clock: (clock.due, clock.event))),
        escalations=tuple(_escalations(store, since)),
        mutes=tuple(mute for mute in mutes(store, now, ended=False) if mute.until <= now + _SOON),
        parked=sum(count for state, count in store.ledger.tally(DELIVERIES).items() if state.partition("/")[0] == PARKED),
        sick=tuple(sick),
        alerts=tuple(raised(store, since)),
        changes=tuple(_changes([*events, *_over(store, since)], since)),
    )


def _open(store: Store, events: Sequence[Event], config: Config, now: datetime) -> list[Open]:
    """Open cases, the most severe first, then the one that is due first."""
    handling = config.settings.handling
    clocks = clocks_of(store, events, handling.clocks, now)
    found = []
    for event in events:
        level = event.case.rated.level if event.case.rated else event.alerted or event.level or 4
        waiting = tuple(clock for clock in feedback_clocks(event, handling.feedback) if clock.stopped is None)
        found.append(Open(event, level, clocks.get(event.id), waiting))
    return sorted(found, key=lambda one: (one.level, one.clock.due if one.clock else one.event.last_seen, one.event.id))


def _changes(events: Sequence[Event], since: datetime) -> list[Change]:
    """What was written since, newest first."""
    found = [Change(event.id, event.title, note) for event in events for note in reversed(event.case.notes) if note.at >= since]
    return sorted(found, key=lambda change: change.note.at, reverse=True)


def _over(store: Store, since: datetime) -> Iterator[Event]:
    for status in ("closed", "dismissed"):
        yield from _events(store, status, since - _UNSEEN)


def _events(store: Store, status: str, since: datetime | None) -> Iterator[Event]:
    cursor = ""
    while True:
        page = store.events(EventFilter(since=since, status=status), limit=_PAGE, cursor=cursor)
        yield from page.items
        if not (cursor := page.next):
            return


def _escalations(store: Store, since: datetime) -> Iterator[tuple[Escalation, str]]:
    cursor = ""
    while True:
        page = store.ledger.page(ESCALATIONS, EntryFilter(since=since, newest_first=True), limit=_PAGE, cursor=cursor)
        yield from ((msgspec.json.decode(entry.body, type=Escalation), entry.state) for entry in page.items)
        if not (cursor := page.next):
            return

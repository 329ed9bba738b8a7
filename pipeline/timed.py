"""Reads what clocks need: alerts with their events, and the mutes that hold or held."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from pipeline.clocks import Clock, clock_of
from pipeline.model import Alert, Event, alert_id
from pipeline.mute import facts_of
from pipeline.muting import hush, mutes
from pipeline.store import EventFilter, Store

_PAGE = 200


def timed(store: Store, rows: Iterable[tuple[Alert, Event | None]], limits: Mapping[int, timedelta], now: datetime) -> dict[str, Clock]:
    """Return the clock of each alert, by its id; `limits` are times by level."""
    known = mutes(store, now)
    found = {}
    for alert, event in rows:
        mute, resumed = None, None
        if known and event:
            # Members are read only where there is a mute that may ask for them.
            mute, resumed = hush(facts_of(event, store.members(event.id), alert), alert, known, now)
        clock = clock_of(alert, event.case if event else None, limits, hush=mute.reason if mute else "", resumed=resumed)
        found[alert.id] = structs.replace(clock, mute=mute.id) if mute else clock
    return found


def raised(store: Store, since: datetime, until: datetime | None = None) -> list[tuple[Alert, Event | None]]:
    """Return alerts raised since a time with their events, newest first, also those that a later one has overtaken."""
    found: list[tuple[Alert, Event | None]] = []
    events: dict[str, Event | None] = {}
    cursor = ""
    while True:
        page = store.alerts(EventFilter(since=since, until=until), limit=_PAGE, cursor=cursor)
        for alert in page.items:
            if alert.event not in events:
                events[alert.event] = store.event(alert.event)
            found.append((alert, events[alert.event]))
        if not (cursor := page.next):
            return found


def standing(alert: Alert, event: Event | None) -> bool:
    """Return whether no later alert of its event says more."""
    return event is None or event.alerted is None or alert.id == alert_id(event.id, event.alerted, event.episode)


def current(store: Store, events: Sequence[Event], limits: Mapping[int, timedelta], now: datetime) -> dict[str, Clock]:
    """Return the clock of the alert that stands for each event, by the event's id; none for an event that raised none."""
    wanted = {alert_id(event.id, event.alerted, event.episode): event for event in events if event.alerted}
    if not wanted:
        return {}
    first = min(event.first_seen for event in wanted.values())
    rows: list[tuple[Alert, Event | None]] = []
    cursor = ""
    while len(rows) < len(wanted):
        page = store.alerts(EventFilter(since=first), limit=_PAGE, cursor=cursor)
        rows += [(alert, wanted[alert.id]) for alert in page.items if alert.id in wanted]
        if not (cursor := page.next):
            break
    return {clock.event: clock for clock in timed(store, rows, limits, now).values()}

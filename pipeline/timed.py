"""Reads what clocks need: alerts with their events, and the mutes that hold or held."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from pipeline.clocks import Clock, clock_of
from pipeline.model import Alert, Event, alert_id
from pipeline.mute import may_cover
from pipeline.muting import facts, hush, mutes
from pipeline.regroup import current
from pipeline.store import EventFilter, Store

_PAGE = 200


def timed(store: Store, rows: Iterable[tuple[Alert, Event | None]], limits: Mapping[int, timedelta], now: datetime) -> dict[str, Clock]:
    """Return the clock of each alert, by its id; `limits` are times by level."""
    known = mutes(store, now)
    found = {}
    for alert, event in rows:
        mute, resumed = None, None
        if event and (mine := [one for one in known if one.end > alert.raised_at and (may_cover(one, event, alert) or one.event == alert.event)]):
            # Members are read only where there is a mute that asks for them: the board asks every two seconds.
            mute, resumed = hush(facts(store, event, mine, alert), alert, mine, now)
        clock = clock_of(alert, event.case if event else None, limits, hush=mute.reason if mute else "", resumed=resumed)
        found[alert.id] = structs.replace(clock, mute=mute.id) if mute else clock
    return found


def raised(store: Store, since: datetime, until: datetime | None = None) -> list[tuple[Alert, Event | None]]:
    """Return alerts raised since a time, newest first, also those that a later one has overtaken, each with its event: the one that it is by now."""
    found: list[tuple[Alert, Event | None]] = []
    events: dict[str, Event | None] = {}
    cursor = ""
    while True:
        page = store.alerts(EventFilter(since=since, until=until), limit=_PAGE, cursor=cursor)
        for alert in page.items:
            if alert.event not in events:
                events[alert.event] = current(store, alert.event)
            found.append((alert, events[alert.event]))
        if not (cursor := page.next):
            return found


def standing(rows: Iterable[tuple[Alert, Event | None]]) -> list[tuple[Alert, Event]]:
    """Return for each event the alert that stands: that of its level and episode; where a merge left none, the most severe."""
    by_event: dict[str, list[tuple[Alert, Event]]] = {}
    for alert, event in rows:
        if event:
            by_event.setdefault(event.id, []).append((alert, event))
    return [min(of_one, key=_rank) for of_one in by_event.values()]


def _rank(row: tuple[Alert, Event]) -> tuple[bool, int, datetime]:
    alert, event = row
    own = event.alerted is not None and alert.id == alert_id(event.id, event.alerted, event.episode)
    return not own, alert.level, alert.raised_at


def clocks_of(store: Store, events: Sequence[Event], limits: Mapping[int, timedelta], now: datetime) -> dict[str, Clock]:
    """Return the clock of the alert that stands for each event, by the event's id; none for an event that raised none."""
    wanted = {event.id: event for event in events if event.alerted}
    if not wanted:
        return {}
    own = {alert_id(event.id, event.alerted, event.episode) for event in wanted.values() if event.alerted}
    first = min(event.first_seen for event in wanted.values())
    rows: list[tuple[Alert, Event]] = []
    cursor = ""
    while own:
        page = store.alerts(EventFilter(since=first), limit=_PAGE, cursor=cursor)
        rows += [(alert, wanted[alert.event]) for alert in page.items if alert.event in wanted]
        own -= {alert.id for alert in page.items}
        if not (cursor := page.next):
            break
    if own:  # some were merged, and what was told of them was told under another name
        rows = [(alert, wanted[event.id]) for alert, event in raised(store, first) if event and event.id in wanted]
    stand = {alert.id: event.id for alert, event in standing(rows)}
    clocks = timed(store, [row for row in rows if row[0].id in stand], limits, now)
    return {stand[alert]: clock for alert, clock in clocks.items()}

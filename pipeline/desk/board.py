"""The alert board: each alert beside the case of its event as it is now, once for each rise that still stands."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from pipeline.clocks import Clock
from pipeline.model import Alert, Event
from pipeline.regroup import current
from pipeline.store import EventFilter, Page, Store
from pipeline.timed import timed


class Row(Struct, frozen=True):
    """One line of the board."""

    alert: Alert
    event: Event | None
    clock: Clock | None = None

    @property
    def is_overtaken(self) -> bool:
        """Whether its event has since risen to a worse level or begun a new episode: then a later alert says more."""
        event = self.event
        if event is None or event.alerted is None:
            return False
        return event.episode > self.alert.episode or (event.episode == self.alert.episode and event.alerted < self.alert.level)


def board(store: Store, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Row]:
    """Return a page of alerts with their events, newest first."""
    page = store.alerts(which, limit=limit, cursor=cursor)
    events: dict[str, Event | None] = {}
    for alert in page.items:
        if alert.event not in events:
            events[alert.event] = current(store, alert.event)
    return Page([Row(alert, events[alert.event]) for alert in page.items], page.next)


def standing(rows: Iterable[Row]) -> list[Row]:
    """Leave out what a later alert of the same event has overtaken, or one of the event that it was merged into: nothing is shown twice."""
    left = [row for row in rows if not row.is_overtaken]
    own = {row.alert.event for row in left}
    return [row for row in left if row.event is None or row.event.id == row.alert.event or row.event.id not in own]


def clocked(store: Store, rows: Iterable[Row], limits: Mapping[int, timedelta], now: datetime) -> list[Row]:
    """Return the rows with their clocks; `limits` are times by level."""
    rows = list(rows)
    clocks = timed(store, [(row.alert, row.event) for row in rows], limits, now)
    return [Row(row.alert, row.event, clocks[row.alert.id]) for row in rows]


def alerts_of(store: Store, event: Event) -> list[Alert]:
    """Return every alert that the event raised, newest first."""
    found: list[Alert] = []
    cursor = ""
    while True:
        page = store.alerts(EventFilter(since=event.first_seen), limit=200, cursor=cursor)
        found.extend(alert for alert in page.items if alert.event == event.id)
        cursor = page.next
        if not cursor:
            return found

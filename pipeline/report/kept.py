"""What a report is made from and checked against: the store, the configuration, and the reports of crawls, each record read once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec import structs

from config.errors import InputError
from config.load import Config
from pipeline.alert import raised
from pipeline.bursts import kept
from pipeline.cluster import drawn
from pipeline.figures import Figures
from pipeline.measures import Known
from pipeline.model import Alert, Event, JudgedPost, Member
from pipeline.regroup import current
from pipeline.report.lost import Crawls, Lost, lost
from pipeline.report.period import Period
from pipeline.report.shown import shown_alert, shown_event, shown_member, shown_post
from pipeline.route import Route, routed
from pipeline.routes import texts_of
from pipeline.store import EventFilter, Store

_PAGE = 200
_INSTANT = timedelta(milliseconds=1)
"""Stores compare the times of alerts in whole milliseconds."""


class Kept:
    """Reads evidence, and remembers what it read: make a new one to read anew.

    What it gives out has no numbers of persons in its texts, so no report has any, and what is checked is what was written. Levels and routes are
    worked out from the texts as they are kept.
    """

    def __init__(self, store: Store, config: Config, crawls: Crawls = lambda source: ()) -> None:
        self.store = store
        self.config = config
        self._crawls = crawls
        self._posts: dict[str, JudgedPost | None] = {}
        self._before: dict[datetime, tuple[datetime, dict[str, list[Alert]]]] = {}
        """By time: since when alerts before it are read, and those by event."""
        self._whole = lru_cache(None)(self._whole_members)
        self.members = lru_cache(None)(self._members)
        self.moved = lru_cache(None)(self._moved)
        self.alerts = lru_cache(None)(self._alerts)
        self.alerts_of = lru_cache(None)(self._alerts_of)
        self.home = lru_cache(None)(self._home)
        self.as_of = lru_cache(None)(self._as_of)
        self.route = lru_cache(None)(self._route)
        self.lost = lru_cache(None)(self._lost)

    def event(self, event: str) -> Event:
        """Return an event, or the one that it was merged into. Raises InputError where there is none."""
        return shown_event(self._event(event))

    def _event(self, event: str) -> Event:
        found = current(self.store, event)
        if found is None:
            raise InputError(f"{event}: there is no such event")
        return found

    def post(self, post: str) -> JudgedPost | None:
        """Return a post, None where it is not kept."""
        if post not in self._posts:
            self.fetch([post])
        return self._posts[post]

    def fetch(self, posts: list[str]) -> None:
        """Read posts at once that will be asked for."""
        wanted = [post for post in dict.fromkeys(posts) if post not in self._posts]
        for start in range(0, len(wanted), _PAGE):
            part = wanted[start : start + _PAGE]
            found = self.store.posts(part)
            self._posts.update({post: shown_post(found[post]) if post in found else None for post in part})

    def _whole_members(self, event: str) -> tuple[Member, ...]:
        """The members as they are kept, oldest first."""
        return tuple(self.store.members(event)[::-1])

    def _members(self, event: str) -> tuple[Member, ...]:
        return tuple(map(shown_member, self._whole(event)))

    def members_in(self, event: str, since: datetime | None, until: datetime) -> list[Member]:
        """Return the members since <= decision time < until, oldest first."""
        return _within(self.members(event), since, until)

    def _moved(self, this: Period) -> Mapping[str, tuple[Event, int]]:
        """The events that gained posts in a period, each with how many, by id."""
        found = {}
        for event in self._all(self.store.events, EventFilter(since=this.since)):
            if event.first_seen >= this.until:
                continue
            whole = event.first_seen >= this.since and event.last_seen < this.until
            gained = event.posts if whole else len(self.members_in(event.id, this.since, this.until))
            if gained:
                found[event.id] = (shown_event(event), gained)
        return dict(sorted(found.items()))

    def _alerts(self, this: Period) -> tuple[Alert, ...]:
        """The alerts of a period, oldest first."""
        return tuple(map(shown_alert, self._all(self.store.alerts, EventFilter(since=this.since, until=this.until))))[::-1]

    def _alerts_of(self, event: str, until: datetime) -> tuple[Alert, ...]:
        """The alerts that an event, and what was merged into it, raised before a time, oldest first."""
        since = self.event(event).first_seen
        begin, known = self._before.get(until, (until, {}))
        if since < begin:
            # Read once, as far back as anybody has asked.
            for one in reversed(self.alerts(Period(since, begin))):
                known.setdefault(self.home(one.event), []).insert(0, one)
            self._before[until] = since, known
        return tuple(known.get(event, ()))

    def _home(self, event: str) -> str:
        """The id of an event as it is now, after merges; empty where it is no more."""
        found = current(self.store, event)
        return found.id if found else ""

    def alert(self, event: str, alert: str, raised_at: datetime) -> Alert:
        """Return an alert. Raises KeyError where it is not kept."""
        for one in self.alerts(Period(raised_at, raised_at + _INSTANT)):
            if (one.event, one.id) == (event, alert):
                return one
        raise KeyError(f"alert {alert} is not kept")

    def leading(self, event: str, this: Period) -> Alert | None:
        """Return the alert that an event is known by in a period: the most severe of it, else the last before."""
        known = self.alerts_of(event, this.until)
        within = [one for one in known if this.since <= one.raised_at]
        return min(within, key=lambda one: (one.level, -one.raised_at.timestamp(), one.id)) if within else (known[-1] if known else None)

    @staticmethod
    def _all(listed: Any, which: EventFilter) -> Iterator[Any]:
        cursor = ""
        while True:
            page = listed(which, limit=_PAGE, cursor=cursor)
            yield from page.items
            if not (cursor := page.next):
                return

    def _as_of(self, event: str, until: datetime) -> Event:
        return shown_event(self._as_kept(event, until))

    def _as_kept(self, event: str, until: datetime) -> Event:
        """The event as its members before a time made it, with the level that its rules gave."""
        now, members = self._event(event), _within(self._whole(event), None, until)
        if not members:
            raise InputError(f"{event}: nothing of this event is kept from before {until.isoformat()}")
        if len(members) == len(self._whole(event)):
            return now
        config, figures = self.config, Figures(members, revive=self.config.settings.track.revive)
        then = kept(None, drawn(now, figures), [burst for burst in now.bursts if burst.posts[-1] in figures.members])
        known = Known.of(then, figures, config)
        rated, _ = raised(known, config.rules.values(), config.settings.alert.levels, until)
        return structs.replace(rated, alerted=then.alerted)

    def _route(self, event: str, until: datetime) -> Route:
        """Who answers for the event as of a time."""
        then, first = self._as_kept(event, until), self.store.posts([event]).get(event)
        return routed(then, texts_of(then, first, _within(self._whole(event), None, until)[::-1]), self.config)

    def _lost(self, since: datetime, until: datetime) -> tuple[Lost, ...]:
        """When sources were lost."""
        return tuple(lost(self.config.sources.values(), self._crawls, since, until))

    def crawl_health(self, source: str, started: str) -> tuple[str, str]:
        """Return the health and the reason of one crawl. Raises KeyError where its report is not kept."""
        for crawl in self._crawls(source):
            if crawl.started.isoformat() == started:
                return crawl.health, crawl.why
        raise KeyError(f"{source}: no crawl of {started}")


def _within(members: Iterable[Member], since: datetime | None, until: datetime) -> list[Member]:
    return [one for one in members if (since is None or since <= one.at) and one.at < until]

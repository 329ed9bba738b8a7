"""How a source is by the reports of its crawls, and until when a sick one is left alone. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from msgspec import Struct

from config.source import Source
from crawlers.health import SILENT, TODO, said
from crawlers.report import CrawlReport
from pipeline.hours import ZONE

CEILING = timedelta(hours=6)
"""No source is left alone for longer by itself, unless its own interval is longer."""
_FACTORS = (1, 2, 4)
"""Intervals that pass after the first crawl that failed, the second in a row, and each one after."""
_RESTED = frozenset({"blocked", "login", "suspended", "denied", "timeout", "unreachable", "wrong", "changed"})
"""What asking less often spares a site, or us. Where a list was read, it is asked at its own times: what is new may stand on it."""
_MISSED = 3
"""Crawls that may fail to come before a source counts as silent."""
_SLACK = timedelta(hours=1)


class State(Struct, frozen=True):
    """How a source is: the word for it, since when and why; empty before the first crawl.

    `missed` counts the crawls that failed one after another, `again` is the time before which it is not asked again.
    """

    word: str = ""
    why: str = ""
    since: datetime | None = None
    missed: int = 0
    again: datetime | None = None

    @property
    def is_sick(self) -> bool:
        """Whether its last crawl found it ill, or there was none for long."""
        return self.word not in ("", "ok")

    @property
    def said(self) -> str:
        """The word as people read it."""
        return said(self.word) if self.word else "还没有采集"

    @property
    def todo(self) -> str:
        """What to do about it; empty where it is well."""
        return TODO.get(self.word, "")


def state(source: Source, known: Sequence[CrawlReport], now: datetime) -> State:
    """Return how a source is by its reports, the oldest first; those that end after `now` are not known yet."""
    known = [one for one in known if one.ended <= now]
    if not known:
        return State()
    last, missed = known[-1], _missed(known)
    if missed:
        return State(last.health, last.why, known[-missed].ended, missed, resting(source, known, now))
    if now - last.ended > _allowed(source, last.ended):
        return State(SILENT, "没有按时采集", last.ended)
    return State("ok")


def resting(source: Source, known: Sequence[CrawlReport], now: datetime) -> datetime | None:
    """Return until when a source is left alone; None where it may be asked at its next time.

    What the site asked for is kept to. Else one interval passes, then two, then four, six hours at most; a good crawl ends it.
    """
    missed = _missed(known)
    if not missed:
        return None
    last = known[-1]
    asked = last.again if last.again and last.again > now else None
    factor = _FACTORS[min(missed, len(_FACTORS)) - 1] if last.health in _RESTED else 1
    usual = interval(source, last.started)
    # A little sooner than the time at which it is due, for no job comes to the second.
    own = last.started + max(usual, min(usual * factor, CEILING)) - usual / 4 if factor > 1 else None
    return max((at for at in (asked, own) if at and at > now), default=None)


def interval(source: Source, after: datetime) -> timedelta:
    """Return the time between two crawls of a source, as declared; by cron that between the next two."""
    if source.every:
        return source.every
    trigger = CronTrigger.from_crontab(source.cron, timezone=ZONE)
    first = trigger.get_next_fire_time(None, after)
    second = trigger.get_next_fire_time(first, first + timedelta(seconds=1)) if first else None
    return second - first if first and second else timedelta(days=1)


def _missed(known: Sequence[CrawlReport]) -> int:
    """How many crawls failed one after another up to the last."""
    return next((count for count, one in enumerate(reversed(known)) if one.health == "ok"), len(known))


def _allowed(source: Source, last: datetime) -> timedelta:
    """How long after its last crawl a source may be silent."""
    if source.every:
        return source.every * _MISSED + _SLACK
    trigger, fire = CronTrigger.from_crontab(source.cron, timezone=ZONE), last
    for _ in range(_MISSED):
        fire = trigger.get_next_fire_time(fire, fire + timedelta(seconds=1)) or fire
    return fire - last + _SLACK

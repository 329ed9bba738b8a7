"""The periods of reports: half open, by the calendar of Asia/Shanghai, which has no summer time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
PERIODS = ("daily", "weekly", "monthly")
TIMED = ("hour", "day")
"""What times are counted by."""


class Period(Struct, frozen=True):
    """Since (included) to until (excluded)."""

    since: datetime
    until: datetime


def period(kind: str, at: datetime | None, *, now: datetime, clock: str = "08:00") -> Period:
    """Return the 24 hours before `at`, or the last whole week (Monday to Monday) or month (first to first) that had ended by then.

    Without `at` it is now, and a day ends at the last `clock`.
    """
    if kind == "daily":
        until = (at or _last(clock, now)).astimezone(ZONE)
        return Period(until - DAY, until)
    day = (at or now).astimezone(ZONE).date()
    until_day = day - DAY * day.weekday() if kind == "weekly" else day.replace(day=1)
    since_day = until_day - 7 * DAY if kind == "weekly" else (until_day - DAY).replace(day=1)
    return Period(_midnight(since_day), _midnight(until_day))


def before(kind: str, this: Period) -> Period:
    """Return the period before, which ends where this one begins."""
    if kind == "monthly":
        first = (this.since.astimezone(ZONE).date() - DAY).replace(day=1)
        return Period(_midnight(first), this.since)
    return Period(this.since - (DAY if kind == "daily" else 7 * DAY), this.since)


def _last(clock: str, now: datetime) -> datetime:
    local = now.astimezone(ZONE)
    today = datetime.combine(local.date(), time.fromisoformat(clock), ZONE)
    return today if today <= now else today - DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def steps(since: datetime, until: datetime, by: str) -> list[datetime]:
    """Return the beginnings of the hours or days (of Asia/Shanghai) that touch [since, until)."""
    local = since.astimezone(ZONE)
    at = local.replace(minute=0, second=0, microsecond=0) if by == "hour" else local.replace(hour=0, minute=0, second=0, microsecond=0)
    step = timedelta(hours=1) if by == "hour" else DAY
    found = []
    while at < until:
        found.append(at)
        at += step
    return found


def key_of(at: datetime, by: str) -> str:
    """Return the key of the hour (2024-09-05T08) or day (2024-09-05) that a time lies in."""
    local = at.astimezone(ZONE)
    return f"{local:%Y-%m-%dT%H}" if by == "hour" else f"{local:%Y-%m-%d}"


def spoken(at: datetime) -> str:
    """Return a time as reports say it, such as 2024年9月5日8时05分."""
    local = at.astimezone(ZONE)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02}分"


def named(kind: str, this: Period) -> str:
    """Return what a period is called in a title: its day, its week's first and last day, its month."""
    since = this.since.astimezone(ZONE)
    last = (this.until - timedelta(microseconds=1)).astimezone(ZONE)
    if kind == "monthly":
        return f"{since.year}年{since.month}月"
    if kind == "weekly":
        return f"{since.year}年{since.month}月{since.day}日—{last.month}月{last.day}日"
    until = this.until.astimezone(ZONE)
    return f"{until.year}年{until.month}月{until.day}日"

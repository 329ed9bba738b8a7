"""Which periods are to be told at a moment: pure. Each begins where the last one that was told ended, so that they tile."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from pipeline.digest.content import PERIOD

_ZONE = ZoneInfo("Asia/Shanghai")


class Period(Struct, frozen=True):
    """A half-open span; `folded` are the digests within it that were missed for so long that this one tells what they would have."""

    since: datetime
    until: datetime
    folded: int = 0


def due(last: datetime | None, now: datetime, *, at: str, max_age: timedelta) -> list[Period]:
    """Return the periods to tell now, the oldest first; `last` is where the last one ended, `at` the time of day.

    A digest that was missed and is not older than `max_age` is made up for; what older ones would have told, the first of these tells. Where
    even the newest is older, all waits for the next.
    """
    latest = newest(now, at)
    ends = list(_ends(last, latest)) if last else [latest]
    young = [end for end in ends if now - end <= max_age]
    found: list[Period] = []
    since = last or latest - PERIOD
    for end in young:
        found.append(Period(since, end, 0 if found else len(ends) - len(young)))
        since = end
    return found


def newest(now: datetime, at: str) -> datetime:
    """Return the last time of a digest that is not after now."""
    local = now.astimezone(_ZONE)
    today = datetime.combine(local.date(), time.fromisoformat(at), _ZONE)
    return (today if today <= local else today - PERIOD).astimezone(UTC)


def _ends(last: datetime, latest: datetime) -> Iterator[datetime]:
    """The times of digests after `last`. The zone has no summer time, so a day is always as long."""
    count = max(0, -((last - latest) // PERIOD))
    yield from (latest - PERIOD * number for number in reversed(range(count)))

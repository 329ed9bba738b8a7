"""How an event grew: its posts counted by hour or day, laid out as the bars of a small picture."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from pipeline.faces import ZONE

STEPS = (
    (timedelta(hours=1), "时"),
    (timedelta(hours=6), "6 小时"),
    (timedelta(days=1), "日"),
    (timedelta(days=7), "周"),
    (timedelta(days=30), "30 天"),
)
WIDTH, HEIGHT, FEWEST, MOST = 640, 120, 24, 64


class Bar(Struct, frozen=True):
    """One step of time: where its bar stands in the picture (pixels), and what it counts."""

    x: float
    y: float
    width: float
    height: float
    at: datetime
    posts: int


class Tick(Struct, frozen=True):
    """An alert on the picture's time line."""

    x: float
    level: int
    at: datetime


class Growth(Struct, frozen=True):
    """The picture: bars, alerts, and the words around them. `step` is the time that a bar counts, `end` where the last bar's time ends."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    step: str
    most: int
    since: datetime
    until: datetime
    end: float
    width: int = WIDTH
    height: int = HEIGHT


def growth(times: Sequence[datetime], alerts: Iterable[tuple[datetime, int]] = ()) -> Growth | None:
    """Lay out the posts' decision times, with alerts as (time, level); None where there are no posts.

    The step is the shortest of hour, six hours, day, week and thirty days (in Asia/Shanghai) that gives at most 64 bars.
    """
    if not times:
        return None
    first, last = min(times), max(times)
    step, word = next((one for one in STEPS if (last - first) / one[0] < MOST - 1), STEPS[-1])
    origin = _floor(first, step)
    count = int((last - origin) / step) + 1
    slot = WIDTH / max(count, FEWEST)
    counted = Counter(int((at - origin) / step) for at in times)
    most = max(counted.values())
    bars = tuple(
        Bar(
            x=round(index * slot + slot * 0.1, 2),
            y=round(HEIGHT - HEIGHT * posts / most, 2),
            width=round(slot * 0.8, 2),
            height=round(HEIGHT * posts / most, 2),
            at=origin + index * step,
            posts=posts,
        )
        for index, posts in sorted(counted.items())
    )
    ticks = tuple(Tick(round(min(max((at - origin) / step, 0), count) * slot, 2), level, at) for at, level in alerts)
    return Growth(bars, ticks, word, most, origin, origin + count * step, round(count * slot, 2))


def _floor(at: datetime, step: timedelta) -> datetime:
    local = at.astimezone(ZONE)
    hour = local.replace(minute=0, second=0, microsecond=0)
    if step < timedelta(hours=2):
        return hour
    return hour.replace(hour=hour.hour // 6 * 6 if step < timedelta(days=1) else 0)

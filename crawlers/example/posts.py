"""The example posts, and when each of them was published.

They were written for the project: firms, schools, people and what happens are invented, only places are real.
There is one file for each face of the site (hot list, feed, listing, complaints).
"""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import yaml
from msgspec import Struct

SHANGHAI = ZoneInfo("Asia/Shanghai")
Face = Literal["hot", "feed", "listing", "complaint"]
FACES: tuple[Face, ...] = ("hot", "feed", "listing", "complaint")
DAYS = (1, 2, 3)
_FOLDER = Path(__file__).parent


class Written(Struct, frozen=True, forbid_unknown_fields=True):
    """An example post as its file has it; `at` is a time of day in Asia/Shanghai on example day 1, 2 or 3.

    `about` and `matter` are what it was written to be, for tests; the site never shows them.
    """

    day: Literal[1, 2, 3]
    at: str
    title: str
    about: Literal["relevant", "trap", "rumor", "debunk"]
    text: str = ""
    matter: str = ""
    company: str = ""
    author: str = ""
    votes: int = 0
    heat: tuple[int, ...] = ()


class ExamplePost(Struct, frozen=True):
    """An example post at a moment: `number` is its place in its file from 1, `text` has real dates, `heat` is the shown day's."""

    face: Face
    number: int
    written: Written
    published_at: datetime
    text: str
    heat: int = 0

    @property
    def key(self) -> str:
        """What the site calls it: its date and number, so that another week's showing makes other posts."""
        return f"{self.published_at:%Y%m%d}{self.number:03d}"


@cache
def written(face: Face) -> tuple[Written, ...]:
    """Return what was written for one face, in the order of its file."""
    with (_FOLDER / f"{face}.yaml").open(encoding="utf-8") as file:
        return msgspec.convert(yaml.safe_load(file), tuple[Written, ...])


def shown(face: Face, day: int, now: datetime) -> list[ExamplePost]:
    """Return the posts that the face shows on example day `day`, newest first, the hot list hottest first; none is later than `now`.

    Example day 3 is today, or yesterday while its last post would still be to come: whole days, so that the hours named in texts stay true.
    """
    first = _first_day(now)
    posts = [_dated(item, number, face=face, first=first, day=day) for number, item in zip(count(1), written(face), strict=False) if item.day <= day]
    return sorted(posts, key=lambda post: (post.heat, post.published_at, post.number), reverse=True)


def clock(day: int, now: datetime) -> datetime:
    """Return when example day `day` is looked at: now on the last one, else that day's last minute. Nothing shown is later."""
    return now.astimezone(SHANGHAI) if day == DAYS[-1] else _first_day(now) + timedelta(days=day, minutes=-1)


def _first_day(now: datetime) -> datetime:
    """Midnight of example day 1."""
    here = now.astimezone(SHANGHAI)
    midnight = datetime.combine(here.date(), time(), SHANGHAI)
    last = max(_clock(item.at) for face in FACES for item in written(face) if item.day == DAYS[-1])
    today = midnight if midnight + last <= here else midnight - timedelta(days=1)
    return today - timedelta(days=DAYS[-1] - DAYS[0])


def _dated(item: Written, number: int, *, face: Face, first: datetime, day: int) -> ExamplePost:
    published = first + timedelta(days=item.day - 1) + _clock(item.at)
    return ExamplePost(face, number, item, published, _with_dates(item.text or item.title, first), _heat(item.heat, day - item.day))


def _clock(at: str) -> timedelta:
    hour, minute = at.split(":")
    return timedelta(hours=int(hour), minutes=int(minute))


def _with_dates(text: str, first: datetime) -> str:
    """Write the date of example day n for {n}, as in 11月3日."""

    def date(match: re.Match[str]) -> str:
        """Return the real date of an example day."""
        day = first + timedelta(days=int(match[1]) - 1)
        return f"{day.month}月{day.day}日"

    return re.sub(r"\{([0-3])\}", date, text)


def _heat(heat: Sequence[int], age: int) -> int:
    """Return the heat `age` days after the first; past what was written it halves each day."""
    if not heat:
        return 0
    return heat[age] if age < len(heat) else heat[-1] >> (age - len(heat) + 1)

"""What a reader asked for: level, topic, status and time, read from an address and written back to one."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from msgspec import Struct

from config.load import Config
from config.schema import duration
from pipeline.faces import ZONE
from pipeline.model import LEVELS, STATUSES
from pipeline.store import EventFilter

SPANS = {"24h": "最近 24 小时", "3d": "最近 3 天", "7d": "最近 7 天", "30d": "最近 30 天"}
FIELDS = ("level", "topic", "status", "since", "until")


class WantedError(ValueError):
    """A part of the address that cannot be understood; the message is for the reader."""


class Wanted(Struct, frozen=True):
    """The filters of a list as they were written, and as a store takes them."""

    which: EventFilter
    written: Mapping[str, str]

    @property
    def query(self) -> str:
        """The filters as the query part of an address, without `?`."""
        return urlencode(self.written)


def wanted(asked: Mapping[str, str], config: Config, now: datetime) -> Wanted:
    """Read the filters among the query parameters. Raises WantedError, naming what would have been right."""
    written = {name: asked[name].strip() for name in FIELDS if asked.get(name, "").strip()}
    level, topic, status = written.get("level", ""), written.get("topic", ""), written.get("status", "")
    if level and level not in [str(one) for one in LEVELS]:
        raise WantedError(f"level is {level!r}; it must be 1 (Ⅰ红), 2, 3 or 4 (Ⅳ蓝)")
    if topic and topic not in config.topics:
        raise WantedError(f"no topic is called {topic!r}; there are {', '.join(config.topics) or 'none'}")
    if status and status not in STATUSES:
        raise WantedError(f"status is {status!r}; it must be one of {', '.join(STATUSES)}")
    return Wanted(
        EventFilter(
            since=moment(written.get("since", ""), now),
            until=moment(written.get("until", ""), now),
            level=int(level) if level else None,
            topic=topic,
            status=status,
        ),
        written,
    )


def moment(text: str, now: datetime) -> datetime | None:
    """Read a time: a span before now (24h, 7d), a date, or ISO 8601; without an offset it is Asia/Shanghai. Empty is None."""
    if not text:
        return None
    span: object = None
    with suppress(ValueError, OverflowError):
        span = duration(text)
    try:
        if isinstance(span, timedelta):
            return now - span
        at = datetime.combine(date.fromisoformat(text), datetime.min.time()) if len(text) == 10 else datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WantedError(f"{text!r} is no time; write 24h, 7d, 2024-09-05 or 2024-09-05T08:00") from None

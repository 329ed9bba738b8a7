"""Which sources are sick as a digest tells it: the last crawl failed, or there was none for long; of other workers' sources, no post for long."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from config.source import Source
from crawlers.health import SILENT
from crawlers.report import reports
from pipeline.digest.content import Sick
from pipeline.sickness import state
from pipeline.store import Store

_ZONE = ZoneInfo("Asia/Shanghai")
_LOOK = timedelta(days=60)
"""How far back posts of other workers' sources are looked for."""


def crawled_sick(folder: Path, sources: Sequence[Source], now: datetime) -> Iterator[Sick]:
    """Yield the sick ones of sources that are crawled here, by their reports in a folder; one that was never crawled here has none to go by."""
    for source in sources:
        found = state(source, reports(folder, source.name), now)
        if not found.word:
            yield Sick(source.name, source.title, SILENT, None, "还没有采集过")
        elif found.is_sick:
            yield Sick(source.name, source.title, found.word, found.since, found.why)


def posts_missing(store: Store, sources: Sequence[Source], now: datetime) -> Iterator[Sick]:
    """Yield those sources of other workers that brought posts lately, but none for longer than they say may be."""
    last: dict[str, str] = {}
    for count in store.fates((now - _LOOK).astimezone(_ZONE).date().isoformat()):
        last[count.source] = max(count.day, last.get(count.source, ""))
    for source in sources:
        day = last.get(source.name)
        # The end of that day: more is not known.
        seen = datetime.combine(date.fromisoformat(day), datetime.min.time(), _ZONE) + timedelta(days=1) if day else None
        if seen and now - seen > source.expect.max_age:
            yield Sick(source.name, source.title, SILENT, seen, "没有新帖")


def told_sick(
    store: Store, sources: Mapping[str, Source], now: datetime, *, here: Sequence[str], folder: Path | None
) -> tuple[tuple[Sick, ...], int]:
    """Return the sick sources, and how many were looked at; `here` are the names of those that this worker crawls, with reports in `folder`."""
    crawled = [source for source in sources.values() if source.enabled and source.kind != "import"]
    own = [source for source in crawled if source.name in here]
    found = [*(crawled_sick(folder, own, now) if folder else ()), *posts_missing(store, [one for one in crawled if one not in own], now)]
    return tuple(found), len(crawled)

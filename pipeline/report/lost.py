"""When sources were lost: from a crawl that found one ill until the next that found it well."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from config.source import Source
from crawlers.health import said
from crawlers.report import CrawlReport
from pipeline.report.period import key_of, steps

Crawls = Callable[[str], Sequence[CrawlReport]]
"""Returns the reports of a source's crawls, the oldest first."""


class Lost(Struct, frozen=True):
    """A stretch in which a source brought nothing that can be relied on, within the time asked for; `crawl` is when the ill crawl began."""

    source: str
    since: datetime
    until: datetime
    health: str
    why: str
    crawl: datetime

    @property
    def told(self) -> str:
        """What was wrong, in words."""
        return said(self.health)


def lost(sources: Iterable[Source], crawls: Crawls, since: datetime, until: datetime) -> list[Lost]:
    """Return the stretches in [since, until) in which crawled sources were lost, by source and time."""
    found = []
    for source in sources:
        if not source.enabled or source.kind == "import":
            continue
        ill: CrawlReport | None = None
        for crawl in sorted(crawls(source.name), key=lambda one: one.started):
            if crawl.health != "ok":
                ill = ill or crawl
            elif ill:
                found.append(_stretch(ill, crawl.ended))
                ill = None
        if ill:
            found.append(_stretch(ill, until))
    clipped = (Lost(one.source, max(one.since, since), min(one.until, until), one.health, one.why, one.crawl) for one in found)
    return [one for one in clipped if one.since < one.until]


def _stretch(ill: CrawlReport, until: datetime) -> Lost:
    return Lost(ill.source, ill.started, until, ill.health, ill.why, ill.started)


def lost_keys(stretches: Iterable[Lost], by: str) -> tuple[str, ...]:
    """Return the hours or days that a stretch touches."""
    return tuple(sorted({key_of(at, by) for one in stretches for at in steps(one.since, one.until, by)}))

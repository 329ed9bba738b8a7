"""What came in, and how the sources are: the fates of posts by source and day, and the last crawls."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from config.source import Source
from crawlers.health import HEALTH
from crawlers.report import CrawlReport
from pipeline.store import FateCount


class Cell(Struct, frozen=True):
    """One source on one day: posts by fate, and how many of them were kept or revised."""

    fates: tuple[tuple[str, int], ...]

    @property
    def posts(self) -> int:
        """All posts that came in."""
        return sum(posts for _, posts in self.fates)

    @property
    def kept(self) -> int:
        """Those that were new, or new in what they say."""
        return sum(posts for fate, posts in self.fates if fate in ("kept", "revised"))


class Intake(Struct, frozen=True):
    """The table: days newest first, and one row of cells a source; a source without posts on a day has None there."""

    days: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


def intake(counts: Iterable[FateCount], today: date, *, days: int = 7, sources: Iterable[str] = ()) -> Intake:
    """Lay out the counts of the last `days`; `sources` are shown even without any post, for silence is illness."""
    shown = tuple((today - timedelta(days=back)).isoformat() for back in range(days))
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for name in sources:
        found[name].clear()
    for count in counts:
        if count.day in shown:
            found[count.source][count.day][count.fate] += count.posts
    rows = tuple((name, tuple(_cell(by_day.get(day)) for day in shown)) for name, by_day in sorted(found.items()))
    return Intake(shown, rows)


def _cell(fates: dict[str, int] | None) -> Cell | None:
    return Cell(tuple(sorted(fates.items(), key=lambda item: (-item[1], item[0])))) if fates else None


class Watch(Struct, frozen=True):
    """One source as its last crawls left it; `last` is None before the first."""

    source: Source
    last: CrawlReport | None
    well: datetime | None
    """When it was last found healthy."""

    @property
    def is_sick(self) -> bool:
        """Whether the last crawl found it ill."""
        return self.last is not None and self.last.health != "ok"

    @property
    def health(self) -> str:
        """The last crawl's finding, in words."""
        return HEALTH.get(self.last.health, self.last.health) if self.last else "还没有采集"


def watches(sources: Iterable[Source], crawls: Callable[[str], Sequence[CrawlReport]]) -> list[Watch]:
    """Return one line a source that is crawled: the sick first, then those never crawled, then by name."""
    found = []
    for source in sources:
        told = crawls(source.name)
        well = max((report.ended for report in told if report.health == "ok"), default=None)
        found.append(Watch(source, told[-1] if told else None, well))
    return sorted(found, key=lambda watch: (not watch.is_sick, watch.last is not None, watch.source.name))

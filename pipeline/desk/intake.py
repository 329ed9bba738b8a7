"""What came in, and how the sources are: the fates of posts by source and day, and the last crawls."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from config.source import Source
from crawlers.report import CrawlReport
from pipeline.faces import Face, optional
from pipeline.sickness import State, state
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
    state: State

    @property
    def is_sick(self) -> bool:
        """Whether the last crawl found it ill, or there was none for long."""
        return self.state.is_sick

    @property
    def health(self) -> str:
        """How it is, in words."""
        return self.state.said


def watches(sources: Iterable[Source], crawls: Callable[[str], Sequence[CrawlReport]], now: datetime) -> list[Watch]:
    """Return one line a source that is crawled: the sick first, then those never crawled, then by name."""
    found = []
    for source in sources:
        told = crawls(source.name)
        well = max((report.ended for report in told if report.health == "ok"), default=None)
        found.append(Watch(source, told[-1] if told else None, well, state(source, told, now)))
    return sorted(found, key=lambda watch: (not watch.is_sick, watch.last is not None, watch.source.name))


def watch_face(watch: Watch) -> Face:
    """Return how a source is, for other programs; `health` is null before the first crawl, `again` where it is asked at its usual time."""
    found, last = watch.state, watch.last
    return {
        "source": watch.source.name,
        "title": watch.source.title,
        "health": found.word or None,
        "said": found.said,
        "why": found.why,
        "todo": found.todo,
        "since": optional(found.since),
        "missed": found.missed,
        "again": optional(found.again),
        "last": optional(last.ended if last else None),
        "well": optional(watch.well),
        "snapshot": last.snapshot if last else "",
    }

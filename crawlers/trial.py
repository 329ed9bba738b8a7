"""A dry crawl of one source: asked and read as ever, and held against what its declaration expects; nothing of it is kept."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from config.errors import ConfigError, Fault
from config.load import load
from config.source import Source
from crawlers.post import Broken, Post
from crawlers.report import CrawlReport
from crawlers.run import crawl
from crawlers.spool import chunks, read

_UNFILLED = re.compile(r"\$\{(\w+)\}")


class Bound(Struct, frozen=True):
    """One thing that a healthy crawl does, and what this one did; `ok` is None where there was nothing to judge by."""

    name: str
    expected: str
    found: str
    ok: bool | None


class Trial(Struct, frozen=True):
    """What a dry crawl found: its report, each bound, and its posts, the newest first and those without a time last."""

    source: Source
    report: CrawlReport
    bounds: tuple[Bound, ...]
    posts: tuple[Post, ...]


def tried(name: str, home: Path, environ: Mapping[str, str] = os.environ, now: datetime | None = None, *, keyword: str = "") -> Trial:
    """Crawl the named source, on or off, into a temporary spool and memory; a search for the keyword alone, where one is given.

    Raises ConfigError where there is no such source, it is no search, or the environment lacks what its declaration names.
    """
    config = load(home, environ)
    if name in config.sources:
        _provided(config.sources[name], config.folder)
        if keyword and config.sources[name].keywords is None:
            raise ConfigError([Fault(str(config.folder / "sources" / f"{name}.yaml"), "keywords", "is no search: no word can be asked for")])
    with tempfile.TemporaryDirectory(prefix="shian-try-") as folder:
        spool = Path(folder) / "spool"
        (report,) = crawl([name], home, spool=spool, environ=environ, now=now, seen=Path(folder) / "seen.db", keyword=keyword)
        found = [one for chunk in chunks(spool) for one in read(chunk) if not isinstance(one, Broken)]
    posts = [one if isinstance(one, Post) else one.post for one in found]
    posts.sort(key=lambda post: post.published_at.timestamp() if post.published_at else 0.0, reverse=True)
    source = config.sources[name]
    return Trial(source, report, tuple(bounds(source, report)), tuple(posts))


def bounds(source: Source, report: CrawlReport) -> Iterator[Bound]:
    """Yield what the source's `expect` says, each beside what the report found."""
    expect = source.expect
    yield Bound("min_posts", f"≥ {expect.min_posts} items", f"{report.items} items", report.items >= expect.min_posts)
    age = None if report.newest is None else report.ended - report.newest
    found = f"{spoken(age)}: the newest is of {report.newest:%Y-%m-%d %H:%M}Z" if age is not None else "no item has a time"
    yield Bound("max_age", f"≤ {spoken(expect.max_age)}", found, None if age is None else age <= expect.max_age)
    with_text, judged = report.texts
    share = f"{with_text / judged:.2f}: {with_text} of {judged} items have a text" if judged else "no item was read"
    yield Bound("text_rate", f"≥ {expect.text_rate:.2f}", share, None if not judged else with_text >= expect.text_rate * judged)


def spoken(span: timedelta) -> str:
    """Write a span as declarations do, in its greatest whole unit: 3d, 5h, 12m, 0s."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _provided(source: Source, folder: Path) -> None:
    """A source that is off may name what the environment does not have: nobody needed it yet."""
    names = sorted(set(_UNFILLED.findall(source.model_dump_json())))
    if names:
        why = f"needs {', '.join(names)} ({source.needs}), which the environment does not have: put it into keys.env of the home"
        raise ConfigError([Fault(str(folder / "sources" / f"{source.name}.yaml"), "needs", why)])

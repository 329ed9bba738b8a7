"""Crawls sources in a process of its own, which is ended when it takes too long; every source ends with a report.

Scrapy is loaded by that process only: importing this module stays light.
"""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from config.errors import ConfigError, Fault
from config.load import Config, load
from crawlers.report import CrawlReport, append, reports
from crawlers.spool import recover
from crawlers.station import HOME, KEYWORD, NOW, SEEN, SPOOL, reports_folder

log = logging.getLogger(__name__)

_GRACE = timedelta(seconds=10)
"""For starting and ending the process, beside what its crawls may take."""


def crawl(
    sources: Sequence[str],
    home: Path | None,
    *,
    spool: Path,
    environ: Mapping[str, str] = os.environ,
    now: datetime | None = None,
    seen: Path | None = None,
    keyword: str = "",
) -> list[CrawlReport]:
    """Crawl the named sources at once, those of one host one after another, into the spool; return a report of each, in their order.

    A crawl that takes longer than `crawl.limit` is ended and reported as timeout; what it found is kept. With `now` the crawl's clock
    begins there, for rehearsals; with `seen` what was seen is remembered there, not in the home; with `keyword` searches ask for that only.
    Raises ConfigError where there is no such source.
    """
    config = load(home, environ)
    _check(sources, config)
    begun = now or datetime.now(UTC)
    folder = reports_folder(spool)
    before = {name: reports(folder, name)[-1:] for name in sources}
    own = {HOME: str(home.absolute()) if home else "", SPOOL: str(spool.absolute()), NOW: now.isoformat() if now else ""}
    own |= {SEEN: str(seen.absolute()) if seen else "", KEYWORD: keyword}
    limit = config.settings.crawl.limit * max((len(chain) for chain in chains(sources, config)), default=0) + _GRACE
    code = _run([sys.executable, "-m", "crawlers.run", *sources], {**environ, **own}, limit)
    recover(spool)
    found = []
    for name in sources:
        last = reports(folder, name)[-1:]
        if last and last != before[name]:
            found.append(last[0])
            continue
        # It could not say itself how it went.
        word, why = ("timeout", "ended after crawl.limit") if code is None else ("fault", f"the crawling process ended with {code}")
        report = CrawlReport(name, begun, now or datetime.now(UTC), errors=[(config.sources[name].url, why)], health=word, why=why)
        append(folder, report)
        found.append(report)
    return found


def chains(sources: Iterable[str], config: Config) -> list[list[str]]:
    """Return the sources by host: those of one host are crawled one after another, for a host gets one connection."""
    by_host: dict[str, list[str]] = {}
    for name in sources:
        by_host.setdefault(urlsplit(config.sources[name].url).hostname or "", []).append(name)
    return list(by_host.values())


def _check(sources: Sequence[str], config: Config) -> None:
    faults = []
    for name in sources:
        if name not in config.sources:
            faults.append(Fault(str(config.folder / "sources"), "", f"no source is called {name}"))
        elif config.sources[name].kind == "import":
            faults.append(Fault(str(config.folder / "sources" / f"{name}.yaml"), "kind", "only files bring its posts; it cannot be crawled"))
    if faults:
        raise ConfigError(faults)


def _run(command: Sequence[str], environ: Mapping[str, str], limit: timedelta) -> int | None:
    """Run to the end and return the exit code; None where it had to be ended. Its log goes where ours goes."""
    # A session of its own: whatever it starts ends with it, and Ctrl-C comes to it through us only.
    process = subprocess.Popen(command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(limit.total_seconds())
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(names: Sequence[str]) -> int:
    """Crawl these sources in this process; what `crawl` starts."""
    import asyncio

    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    from crawlers import settings as polite

    settings = Settings()
    settings.setmodule(polite)
    process = AsyncCrawlerProcess(settings)
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)  # our reports say it shorter
    config = process.spider_loader.station.config  # type: ignore[attr-defined]

    async def one_after_another(chain: Sequence[str]) -> None:
        """Crawl the sources of one host in turn."""
        for name in chain:
            task = process.crawl(name)
            await asyncio.wait([task])
            if error := task.exception():
                log.error("crawl failed source=%s", name, exc_info=error)

    async def all_of_them() -> None:
        """Crawl all hosts at once."""
        await asyncio.gather(*(one_after_another(chain) for chain in chains(names, config)))
        import twisted.internet.reactor

        cast("Any", twisted.internet.reactor).stop()

    everything = asyncio.get_event_loop().create_task(all_of_them())
    process.start(stop_after_crawl=False)
    return 0 if everything.done() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Crawls sources in a process of its own, which is ended when it takes too long; every source ends with a report.

Scrapy is loaded by that process only: importing this module stays light.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.errors import ConfigError, Fault
from config.load import Config, load
from config.source import Source
from crawlers.report import CrawlReport, append, reports
from crawlers.spool import recover
from crawlers.station import HOME, KEYWORD, NOW, SEEN, SPOOL, host_of, reports_folder

COMMAND = (sys.executable, "-m", "crawlers.crawling")
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
    own = told(home, spool, now=now, seen=seen) | {KEYWORD: keyword}
    limit = config.settings.crawl.limit * max((len(chain) for chain in chains(sources, config)), default=0) + _GRACE
    code = _run([*COMMAND, *sources], {**environ, **own}, limit)
    recover(spool)
    found = []
    for name in sources:
        last = reports(folder, name)[-1:]
        if last and last != before[name]:
            found.append(last[0])
            continue
        # It could not say itself how it went.
        word, why = ("timeout", "ended after crawl.limit") if code is None else ("fault", f"the crawling process ended with {code}")
        found.append(failed(config.sources[name], folder, (word, why), begun=begun, ended=now or datetime.now(UTC)))
    return found


def told(home: Path | None, spool: Path, *, now: datetime | None = None, seen: Path | None = None) -> dict[str, str]:
    """Return what the environment of a crawling process says of its station."""
    own = {HOME: str(home.absolute()) if home else "", SPOOL: str(spool.absolute()), NOW: now.isoformat() if now else ""}
    return own | {SEEN: str(seen.absolute()) if seen else ""}


def failed(source: Source, folder: Path, health: tuple[str, str], *, begun: datetime, ended: datetime) -> CrawlReport:
    """Write and return the report of a crawl that could not say itself how it went; `health` is the word and the reason."""
    word, why = health
    report = CrawlReport(source.name, begun, ended, errors=[(source.url, why)], health=word, why=why)
    append(folder, report)
    return report


def chains(sources: Iterable[str], config: Config) -> list[list[str]]:
    """Return the sources by host: those of one host are crawled one after another."""
    by_host: dict[str, list[str]] = {}
    for name in sources:
        by_host.setdefault(host_of(config.sources[name]), []).append(name)
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

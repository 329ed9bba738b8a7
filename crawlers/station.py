"""What all crawls of one process share: the settings, the spool, the memory and the key for authors' names."""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from config.errors import ConfigError, Fault
from config.load import Config, load
from config.source import Source
from crawlers.dates import SHANGHAI
from crawlers.encodings import decoded
from crawlers.guard import Guard
from crawlers.report import CrawlReport, append
from crawlers.rotation import due, share, standing
from crawlers.sealing import Sealer
from crawlers.seen import Seen

log = logging.getLogger(__name__)

_SNAPSHOT = 2**18
"""Bytes of a page that are kept."""
HOME, SPOOL, KEY, NOW, SEEN, KEYWORD = "SHIAN_HOME", "SHIAN_SPOOL", "SHIAN_AUTHOR_KEY", "SHIAN_NOW", "SHIAN_SEEN", "SHIAN_KEYWORD"
MARK = "SHIAN_MARK"
"""Number of the open file in which a lasting process notes which source it reads."""


@dataclass(frozen=True)
class Station:
    """采集站. Without a home its files are in .scrapy, as Scrapy's own are."""

    config: Config
    spool: Path
    author_key: bytes = b""
    ahead: timedelta = timedelta()
    """How far the station's clock is ahead of the true one: 0, but for rehearsals."""
    memory: Path | None = None
    """Where what was seen is remembered, where that is not the home."""
    keyword: str = ""
    """The one word that searches ask for, where somebody tries them."""
    mark: int | None = None
    """The file to note in which source is being read, for whoever finds this process held up."""
    hearers: list[Callable[[CrawlReport], None]] = field(default_factory=list)
    """Who is told each report."""

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> "Station":
        """Return the station that the environment names: SHIAN_HOME, SHIAN_SPOOL, SHIAN_AUTHOR_KEY, SHIAN_NOW, SHIAN_SEEN, SHIAN_KEYWORD.

        Raises ConfigError, also where the key is no hexadecimal number or the time none.
        """
        home, spool = environ.get(HOME), environ.get(SPOOL)
        config = load(Path(home) if home else None, environ)
        try:
            key = bytes.fromhex(environ.get(KEY, ""))
        except ValueError:
            raise ConfigError([Fault("environment", KEY, "must be hexadecimal")]) from None
        try:
            ahead = datetime.fromisoformat(environ[NOW]) - datetime.now(UTC) if environ.get(NOW) else timedelta()
        except (ValueError, TypeError):
            raise ConfigError([Fault("environment", NOW, "must be a time with an offset")]) from None
        memory = Path(environ[SEEN]) if environ.get(SEEN) else None
        place, mark = Path(spool) if spool else _base(config) / "spool", environ.get(MARK)
        return cls(config, place, key, ahead, memory, environ.get(KEYWORD, ""), int(mark) if mark else None)

    def now(self) -> datetime:
        """Return the time of this station's clock."""
        return datetime.now(UTC) + self.ahead

    @property
    def lasts(self) -> bool:
        """Whether the process goes on when its crawls are done."""
        return self.mark is not None

    @property
    def patience(self) -> float:
        """Seconds after which a crawl is told to end: what is under way then has its time-out, and still keeps crawl.limit."""
        crawl = self.config.settings.crawl
        limit, timeout = crawl.limit.total_seconds(), crawl.timeout.total_seconds()
        return max(limit - 2 * timeout, limit / 2)

    def reads(self, name: str) -> None:
        """Note that a page of this source is about to be read."""
        if self.mark is not None:
            os.pwrite(self.mark, f"{name:<200}".encode(), 0)

    @cached_property
    def seen(self) -> Seen:
        """The memory, opened at first use."""
        return Seen(self.memory or _base(self.config) / "crawl.db", now=self.now())

    def due(self, source: Source, now: datetime) -> dict[str, float]:
        """Return the words that a crawl which begins now asks for, and where each stands then; one empty word for what is no search."""
        if source.keywords is None or self.keyword:
            return {self.keyword if source.keywords else "": 0.0}
        words = self.config.keywords(source, now.astimezone(SHANGHAI).date())
        stands = standing(words, self.seen.standing(source.name))
        self.seen.keep_standing(source.name, stands)
        return due(words, stands, share(source, last=self.seen.last_crawl(source.name).begun, now=now))

    @cached_property
    def sealer(self) -> Sealer | None:
        """What seals evidence; None where the settings name no key, and then none is kept."""
        key = self.config.settings.evidence.key
        return Sealer(bytes.fromhex(key), self.author_key) if key else None

    @cached_property
    def guard(self) -> Guard:
        """Where crawls may go."""
        return Guard(self.config.settings.crawl.allow_private)

    @property
    def user_agent(self) -> str:
        """Who asks, with the contact for site owners."""
        contact = self.config.settings.crawl.contact
        return f"Shian/{_version()}" + (f" (+{contact})" if contact else "")

    def unread(self, source: str, page: tuple[str, bytes] | None, *, said: str) -> str:
        """Keep the page that came in place of a source's list, or the beginning of it; return its name in the quarantine.

        There is one for each source, of its last crawl, and none where that could be read. It is a text, so that opening it runs nothing.
        """
        path = self.spool.parent / "quarantine" / "pages" / f"{source}.txt"
        try:
            if page is None:
                path.unlink(missing_ok=True)
                return ""
            path.parent.mkdir(parents=True, exist_ok=True)
            head = f"{page[0]}\n{self.now():%Y-%m-%d %H:%M:%S}Z {said}\n\n"
            path.touch(mode=0o600)
            path.write_text(head + decoded(page[1][:_SNAPSHOT])[0], "utf-8", errors="replace")
        except OSError as error:
            log.warning("the page in place of the list is not kept source=%s error=%s", source, error)
            return ""
        return f"pages/{path.name}"

    def report(self, report: CrawlReport) -> None:
        """Write the report beside the spool."""
        append(reports_folder(self.spool), report)
        for hear in self.hearers:
            hear(report)


def host_of(source: Source) -> str:
    """Return the host that a source's list is on."""
    return urlsplit(source.url).hostname or ""


def reports_folder(spool: Path) -> Path:
    """Return where the reports of crawls into this spool are."""
    return spool.parent / "reports"


def _base(config: Config) -> Path:
    return config.home or Path.cwd() / ".scrapy"


def _version() -> str:
    try:
        return version("shian")
    except PackageNotFoundError:
        return "0"

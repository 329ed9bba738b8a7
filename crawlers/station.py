"""What all crawls of one process share: the settings, the spool, the memory and the key for authors' names."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from config.errors import ConfigError, Fault
from config.load import Config
from crawlers.guard import Guard
from crawlers.report import CrawlReport, append
from crawlers.seen import Seen

KEY = "SHIAN_AUTHOR_KEY"


@dataclass(frozen=True)
class Station:
    """采集站. Without a home its files are in .scrapy, as Scrapy's own are."""

    config: Config
    spool: Path
    author_key: bytes = b""
    tells: bool = False
    """Whether reports are also written to stdout, for the process that waits for them."""

    @classmethod
    def of(cls, config: Config, *, spool: Path | None = None, environ: Mapping[str, str] = os.environ, tells: bool = False) -> "Station":
        """Return the station of a configuration. Raises ConfigError where the author key is no hexadecimal number."""
        try:
            key = bytes.fromhex(environ.get(KEY, ""))
        except ValueError:
            raise ConfigError([Fault("environment", KEY, "must be hexadecimal")]) from None
        return cls(config, spool or _base(config) / "spool", key, tells)

    @cached_property
    def seen(self) -> Seen:
        """The memory, opened at first use."""
        return Seen(_base(self.config) / "crawl.db", now=datetime.now(UTC))

    @cached_property
    def guard(self) -> Guard:
        """Where crawls may go."""
        return Guard(self.config.settings.crawl.allow_private)

    @property
    def user_agent(self) -> str:
        """Who asks, with the contact for site owners."""
        contact = self.config.settings.crawl.contact
        return f"Shian/{_version()}" + (f" (+{contact})" if contact else "")

    def report(self, report: CrawlReport) -> None:
        """Write the report beside the spool."""
        append(reports_folder(self.spool), report)
        if self.tells:
            sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
            sys.stdout.flush()


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

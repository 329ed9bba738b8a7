"""What every part of one desk shares, handed to it by the factory instead of being global."""

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import unquote

from msgspec import Struct
from starlette.requests import Request

from config.load import Config
from crawlers.report import CrawlReport
from nlp.assessment import Analyst
from pipeline.desk.triage import ANYBODY
from pipeline.store import Store

COOKIE = "shian_by"


class Here(Struct, frozen=True):
    """The store, configuration and clock of one desk; `crawls` returns the reports of a source's crawls, the oldest first."""

    store: Store
    config: Config
    analyst: Analyst | None
    now: Callable[[], datetime]
    crawls: Callable[[str], Sequence[CrawlReport]]


def signed(request: Request) -> str:
    """Return the name that the reader gave to this browser, which the handling log is signed with."""
    return unquote(request.cookies.get(COOKIE, "")).strip() or ANYBODY

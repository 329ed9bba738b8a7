"""Looks at an installation and its home, and says of each part whether it is well, and what to do where it is not."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from config.errors import ConfigError, ShianError, StoreError
from config.load import Config
from crawlers.report import HEALTH, reports
from crawlers.spool import chunks
from pipeline.app import App, now
from pipeline.delivery import PARKED
from pipeline.escalate import BOOK as ESCALATIONS
from pipeline.escalate import NOBODY
from pipeline.home import Home, author_key
from pipeline.rulebook import failing
from pipeline.store import EntryFilter, EventFilter
from pipeline.tell import deaf

_DISK = 1 << 30
"""Bytes that should be free."""
_WAITING = 100
"""Chunks in the spool beyond which nobody seems to take them in."""


_EVENTS = 200
"""Events that are looked at for rules that failed."""


class Finding(Struct, frozen=True):
    """One thing looked at; `todo` is empty where it is well."""

    what: str
    todo: str = ""


def findings(home: Home | None) -> Iterator[Finding]:
    """Yield what is found, one part after another; a part that is broken does not hide the others."""
    yield _sqlite()
    try:
        app = App(home)
    except ConfigError as error:
        for fault in error.faults:
            yield Finding(f"configuration: {fault}", "mend the file; `shian check` shows this again")
        return
    with app:
        yield Finding(f"configuration: {len(app.config.sources)} sources, {len(app.config.rules)} rules")
        yield _tried("model", lambda: app.analyst.version, "install the package again, or run `shian train`")
        if app.config.settings.second.kind != "none":
            yield _tried("second opinion", lambda: app.second and app.second.name, "see the sentence above")
        if home:
            yield _tried("store", lambda: ", ".join(f"{count} {kind}" for kind, count in app.store.sizes().items()), "see the sentence above")
            yield from _rules(app)
            yield from _outbox(app)
            yield from _duty(app)
            yield from _folders(home, app)


def _tried(what: str, part: Callable[[], object], todo: str) -> Finding:
    try:
        return Finding(f"{what}: {part()}")
    except ShianError as error:
        return Finding(f"{what}: {error}", todo)


def _rules(app: App) -> Iterator[Finding]:
    """Rules that failed while events were tracked; the others were applied all the same."""
    try:
        found = failing(app.store.events(EventFilter(), limit=_EVENTS).items)
    except ShianError:
        return  # said of the store already
    for rule, events in found.items():
        todo = f"mend or remove rules/{rule}.yaml; the log of `shian work` says why, and events are judged anew when a post joins them"
        yield Finding(f"rule {rule}: failed on {events} of the latest {_EVENTS} events", todo)


def _sqlite() -> Finding:
    with sqlite3.connect(":memory:") as db:
        has = any("ENABLE_FTS5" in row[0] for row in db.execute("PRAGMA compile_options"))
    return Finding(f"SQLite {sqlite3.sqlite_version}", "" if has else "this SQLite has no FTS5: use a Python whose SQLite has it")


def _outbox(app: App) -> Iterator[Finding]:
    """How many messages wait for a person; nothing is said where the store is away, for that was."""
    with suppress(StoreError):
        parked = app.outbox.tally().get(PARKED, 0)
        yield Finding(f"outbox: {parked} messages parked", "see why: `shian outbox list --state parked`" if parked else "")


def _duty(app: App) -> Iterator[Finding]:
    """People on the roster who cannot be told, and escalations of the last day that reached nobody."""
    at = now()
    for why in deaf(app.config, at):
        yield Finding(f"duty: {why}", "give this person a board that is on, with channels that take all levels: docs/handling.md")
    with suppress(StoreError):
        lost = app.store.ledger.page(ESCALATIONS, EntryFilter(state=NOBODY, since=at - timedelta(days=1)), limit=_EVENTS).items
        if lost:
            yield Finding(f"escalation: {len(lost)} steps of the last day reached nobody", "see why: `shian handover`")


def _folders(home: Home, app: App) -> Iterator[Finding]:
    free = shutil.disk_usage(home.folder).free
    yield Finding(f"disk: {free >> 20:,} MiB free", "" if free > _DISK else "make room: below 1 GiB, posts may soon not be kept")
    yield Finding("author key", "" if author_key(app.environ) else "set SHIAN_AUTHOR_KEY (hexadecimal): without it no author is kept at all")
    key = app.config.settings.evidence.key
    yield Finding(
        f"evidence: sealed for {key[:16]}…" if key else "evidence: none is sealed",
        "" if key else "make a pair with `shian evidence keys FILE`, and set SHIAN_EVIDENCE_KEY to the public one: docs/evidence.md",
    )
    waiting = len(chunks(home.spool)) if home.spool.is_dir() else 0
    yield Finding(f"spool: {waiting} chunks wait", "" if waiting < _WAITING else "run `shian work` or `shian up`: nobody takes them in")
    broken = _lines(home.folder / "quarantine")
    yield Finding(
        f"quarantine: {broken} records", f"read {home.folder / 'quarantine'}; each line says where and why; remove it when done" if broken else ""
    )
    if _reads_pictures(app.config) and find_spec("rapidocr") is None:
        yield Finding("pictures: are not read", "install the extra: `pip install shian[ocr]`, or set crawl.ocr to false")
    for name, source in app.config.sources.items():
        last = reports(home.reports, name)[-1:] if home.reports.is_dir() else []
        if source.enabled and last and last[0].health != "ok":
            yield Finding(f"source {name}: {last[0].health} ({HEALTH[last[0].health]})", last[0].why or f"try it: `shian crawl {name}`")


def _reads_pictures(config: Config) -> bool:
    """Tell whether any source that is on reads text in pictures."""
    wanted = (config.settings.crawl.ocr if one.ocr is None else one.ocr for one in config.sources.values() if one.enabled and one.detail)
    return any(wanted)


def _lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.jsonl")) if folder.is_dir() else 0

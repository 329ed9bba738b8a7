"""What crawls remember, so that the next one fetches only what is new: items, validators of list pages, and where words of searches stand.

It is a memory, not a record: a file that cannot be read is put aside and begun anew, and sources are read whole once more.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

from config.errors import StoreError

log = logging.getLogger(__name__)

_TRIES, _PAUSE = 50, 0.1
"""How often, and with how many seconds between, a file is opened that somebody else is making."""

_TABLES = """
CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, tag BLOB NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    source TEXT NOT NULL, key BLOB NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crawls (source TEXT PRIMARY KEY, whole INTEGER NOT NULL, newest INTEGER, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS rounds (source TEXT NOT NULL, word TEXT NOT NULL, stands REAL NOT NULL, PRIMARY KEY (source, word)) WITHOUT ROWID;
"""
_TOUCH = 24 * 3600
"""Seconds after which an item that is still listed is remembered anew."""


class Validators(Struct, frozen=True):
    """What a site gave to ask whether a page has changed."""

    etag: str = ""
    modified: str = ""


class LastCrawl(Struct, frozen=True):
    """Whether the last crawl of a source got everything, the newest time that it saw, and when it began."""

    whole: bool = False
    newest: datetime | None = None
    begun: datetime = datetime.fromtimestamp(0, UTC)


class Seen:
    """The memory of all crawls of a home; for several threads and processes at once. Raises StoreError."""

    def __init__(self, path: Path | None, *, now: datetime, keep: timedelta = timedelta(days=120)) -> None:
        """Open the file, made where it is not there; None keeps it in memory. What was not seen for `keep` is forgotten."""
        self._path = path
        self._lock = threading.Lock()
        self._connection = _opened(path)
        with self._writing() as connection:
            before = _seconds(now - keep)
            connection.execute("DELETE FROM items WHERE at < ?", (before,))
            connection.execute("DELETE FROM pages WHERE at < ?", (before,))

    def validators(self, url: str, tag: bytes) -> Validators:
        """Return what to ask a page with, if it was read by the same declaration, whose digest is `tag`."""
        row = self._row("SELECT etag, modified FROM pages WHERE url = ? AND tag = ?", (url, tag))
        return Validators(*row) if row else Validators()

    def keep_validators(self, url: str, tag: bytes, validators: Validators, now: datetime) -> None:
        """Remember them; call it when everything on the page is written down, never before."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?)", (url, tag, validators.etag, validators.modified, _seconds(now)))

    def has(self, source: str, key: bytes, digest: bytes) -> bool:
        """Return whether the item was reported before, saying the same."""
        return self._row("SELECT 1 FROM items WHERE source = ? AND key = ? AND digest = ?", (source, key, digest)) is not None

    def mark(self, source: str, items: Iterable[tuple[bytes, bytes]], now: datetime) -> None:
        """Remember items, each a key and a digest, as reported."""
        at = _seconds(now)
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET digest = excluded.digest, at = excluded.at",
                [(source, key, digest, at) for key, digest in items],
            )

    def touch(self, source: str, keys: Iterable[bytes], now: datetime) -> None:
        """Keep items in memory that are still listed."""
        at = _seconds(now)
        with self._writing() as connection:
            connection.executemany(
                "UPDATE items SET at = ? WHERE source = ? AND key = ? AND at < ?", [(at, source, key, at - _TOUCH) for key in keys]
            )

    def last_crawl(self, source: str) -> LastCrawl:
        """Return how the last crawl of the source ended."""
        row = self._row("SELECT whole, newest, at FROM crawls WHERE source = ?", (source,))
        return LastCrawl(bool(row[0]), _moment(row[1]) if row[1] is not None else None, _moment(row[2])) if row else LastCrawl()

    def end_crawl(self, source: str, crawl: LastCrawl) -> None:
        """Remember how a crawl ended; a newest time of before is kept where this one saw none."""
        newest = _seconds(crawl.newest) if crawl.newest else None
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO crawls VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET whole = excluded.whole, newest = coalesce(excluded.newest, newest), at = excluded.at",
                (source, crawl.whole, newest, _seconds(crawl.begun)),
            )

    def standing(self, source: str) -> dict[str, float]:
        """Return where each word of a search stands in its round."""
        with self._writing() as connection:
            return dict(connection.execute("SELECT word, stands FROM rounds WHERE source = ?", (source,)))

    def keep_standing(self, source: str, stands: Mapping[str, float]) -> None:
        """Remember where the words of a search stand, and no others."""
        with self._writing() as connection:
            connection.execute("DELETE FROM rounds WHERE source = ?", (source,))
            connection.executemany("INSERT INTO rounds VALUES (?, ?, ?)", [(source, word, place) for word, place in stands.items()])

    def asked_for(self, source: str, word: str, stands: float) -> None:
        """Remember that a word was asked for, as soon as it was: a crawl that is ended does not ask for it again first."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?)", (source, word, stands))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _row(self, statement: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        try:
            with self._lock:
                row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
                return row
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error


def _opened(path: Path | None) -> sqlite3.Connection:
    try:
        return _patiently(path)
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        if path is None:
            raise StoreError(str(error)) from error
        aside = path.with_suffix(".broken")
        path.replace(aside)
        log.warning("crawl memory was broken, begun anew file=%s aside=%s error=%s", path, aside, error)
        return _connected(path)


def _patiently(path: Path | None) -> sqlite3.Connection:
    """Connect; while another process makes the file, SQLite answers "locked" at once without waiting its time-out."""
    for _ in range(_TRIES):
        try:
            return _connected(path)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(_PAUSE)
    return _connected(path)


def _connected(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path or ":memory:", timeout=30, check_same_thread=False)
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

"""One SQLite file: its connections, its transactions, its schema, and its errors in plain words."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 30
"""Seconds that a change waits for another program's to end."""
_LOG = logging.getLogger(__name__)
_ADVICE = {
    sqlite3.SQLITE_BUSY: f"another program has kept it locked for {PATIENCE} s; end that program or try again",
    sqlite3.SQLITE_LOCKED: "another part of this program keeps it locked; try again",
    sqlite3.SQLITE_FULL: "the disk is full; make room and try again, nothing is half done",
    sqlite3.SQLITE_READONLY: "it may not be written; give this user the right to write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; its folder must exist, and this user must be allowed to write there",
    sqlite3.SQLITE_IOERR: "the disk does not read or write it; check the disk and the room on it",
    sqlite3.SQLITE_NOTADB: "it is not a database; name another file in store.url or move this one away",
    sqlite3.SQLITE_CORRUPT: "it is damaged; put a backup in its place",
    sqlite3.SQLITE_TOOBIG: "a post is longer than a database can hold",
}


class SqliteFile:
    """A file in WAL mode. May be used from several threads, and the file from several processes; changes take turns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        try:
            with self.writing() as db:
                migrate(db, self.path)
        except StoreError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; all that one statement reads is of one moment."""
        with said(self.path):
            db = self._taken()
            try:
                yield db
            finally:
                self._back(db)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside a transaction: all of it holds, or nothing."""
        with self._turn, self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    with suppress(sqlite3.Error):
                        db.execute("ROLLBACK")

    def close(self) -> None:
        """Close every connection; those lent close when they come back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"the store {self.path} is closed")
        try:
            return self._idle.pop()
        except IndexError:
            return self._connected()

    def _back(self, db: sqlite3.Connection) -> None:
        if self._closed:
            db.close()
        else:
            self._idle.append(db)

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                db.execute("PRAGMA journal_mode = WAL")
            for setting in ("synchronous = FULL", "cache_size = -65536", "temp_store = MEMORY", "wal_autocheckpoint = 16384"):
                db.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            db.close()
            raise
        return db


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Turn the library's errors into sentences about the file."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise StoreError(f"{path}: {_ADVICE.get(code, 'the database refuses')} ({error})") from error


def migrate(db: sqlite3.Connection, path: Path, folder: Path = MIGRATIONS) -> None:
    """Bring the schema up to date inside the open transaction. Raises StoreError for a schema that is newer, or somebody else's."""
    steps = {int(step.name.split("_")[0]): step for step in sorted(folder.glob("*.sql"))}
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "shian" not in tables:
        raise StoreError(f"{path}: it is a database of another program; name another file in store.url")
    if not tables:
        db.execute("CREATE TABLE shian (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    version = int(fact(db, "schema") or 0)
    newest = max(steps)
    if version > newest:
        raise StoreError(f"{path}: it was written by a newer Shian (schema {version}, this one knows {newest}); install that version again")
    for number in range(version + 1, newest + 1):
        _LOG.info("schema of %s: step %d", path, number)
        for statement in _statements(steps[number].read_text("utf-8")):
            db.execute(statement)
        state(db, "schema", str(number))


def fact(db: sqlite3.Connection, name: str) -> str | None:
    """Return what the file says about itself."""
    found = db.execute("SELECT value FROM shian WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else None


def state(db: sqlite3.Connection, name: str, value: str) -> None:
    """Write what the file says about itself."""
    db.execute("INSERT OR REPLACE INTO shian VALUES (?, ?)", (name, value))


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

"""The ledger in SQLite: one table."""

import sqlite3
from collections.abc import Mapping, Sequence

from pipeline.model import Entry
from pipeline.store import EVERY_ENTRY, EntryFilter, Page
from pipeline.store.keeping import milliseconds, moment, stood
from pipeline.store.sqlite_file import SqliteFile

_COLUMNS = "book, id, at, state, body, version"
_AT_ONCE = 500


class SqliteLedger:
    """`pipeline.store.Ledger` in a file."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        """See Ledger. One transaction."""
        if not entries:
            return []
        with self._file.writing() as db:
            return [_written(db, entry) for entry in entries]

    def read(self, book: str, ids: Sequence[str]) -> dict[str, Entry]:
        """See Ledger."""
        found: dict[str, Entry] = {}
        with self._file.reading() as db:
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(some))
                lines = db.execute(f"SELECT {_COLUMNS} FROM ledger WHERE book = ? AND id IN ({marks})", (book, *some))  # noqa: S608 - marks only
                found.update((line[1], _entry(line)) for line in lines)
        return found

    def page(self, book: str, which: EntryFilter = EVERY_ENTRY, *, limit: int = 50, cursor: str = "") -> Page[Entry]:
        """See Ledger."""
        given: list[tuple[str, list[object]]] = [("book = ?", [book])]
        if which.state is not None:
            given.append(("state = ?", [which.state]))
        if which.since is not None:
            given.append(("at >= ?", [milliseconds(which.since)]))
        if which.until is not None:
            given.append(("at < ?", [milliseconds(which.until)]))
        if place := stood(cursor):
            given.append((f"(at, id) {'<' if which.newest_first else '>'} (?, ?)", [*place]))
        where = " AND ".join(term for term, _ in given)
        way = "DESC" if which.newest_first else "ASC"
        values = [value for _, some in given for value in some]
        with self._file.reading() as db:
            lines = db.execute(
                f"SELECT {_COLUMNS} FROM ledger WHERE {where} ORDER BY at {way}, id {way} LIMIT ?",  # noqa: S608 - only our own words
                (*values, limit + 1),
            ).fetchall()
        return Page([_entry(line) for line in lines[:limit]], f"{lines[limit - 1][2]}/{lines[limit - 1][1]}" if len(lines) > limit > 0 else "")

    def tally(self, book: str) -> Mapping[str, int]:
        """See Ledger."""
        with self._file.reading() as db:
            return dict(db.execute("SELECT state, count(*) FROM ledger WHERE book = ? GROUP BY state", (book,)))

    def strike(self, book: str, ids: Sequence[str]) -> None:
        """See Ledger."""
        with self._file.writing() as db:
            db.executemany("DELETE FROM ledger WHERE book = ? AND id = ?", [(book, one) for one in ids])


def _written(db: sqlite3.Connection, entry: Entry) -> bool:
    values = (milliseconds(entry.at), entry.state, entry.version + 1, entry.body, entry.book, entry.id)
    if entry.version == 0:
        statement = "INSERT OR IGNORE INTO ledger (at, state, version, body, book, id) VALUES (?, ?, ?, ?, ?, ?)"
        return db.execute(statement, values).rowcount == 1
    statement = "UPDATE ledger SET at = ?, state = ?, version = ?, body = ? WHERE book = ? AND id = ? AND version = ?"
    return db.execute(statement, (*values, entry.version)).rowcount == 1


def _entry(line: tuple[str, str, int, str, bytes, int]) -> Entry:
    book, one, at, state, body, version = line
    return Entry(book, one, moment(at), state, body, version)


def entries(db: sqlite3.Connection, after: tuple[str, str], limit: int) -> list[Entry]:
    """Return whole entries in the order of book and id."""
    lines = db.execute(f"SELECT {_COLUMNS} FROM ledger WHERE (book, id) > (?, ?) ORDER BY book, id LIMIT ?", (*after, limit))  # noqa: S608
    return [_entry(line) for line in lines]


def put(db: sqlite3.Connection, given: Sequence[Entry]) -> None:
    """Write entries with the versions that they have."""
    db.executemany(
        "INSERT OR REPLACE INTO ledger (book, id, at, state, version, body) VALUES (?, ?, ?, ?, ?, ?)",
        [(one.book, one.id, milliseconds(one.at), one.state, one.version, one.body) for one in given],
    )

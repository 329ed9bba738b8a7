"""Files that other programs wrote: recognised by their columns or keys, and their rows turned into records of post fields.

Only the columns that a map names are looked at: addresses of people and machines, telephones and names are not read.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from config.errors import InputError
from config.export import COLUMNS, Export
from crawlers.items import counted, plain
from crawlers.records import COUNTS, Reading

Row = tuple[int, dict[str, Any]]
MAGIC: Final = b"SQLite format 3\x00"
_TIMES = ("published_at", "collected_at")


class Recognised:
    """What a file was recognised as, once its first row was seen; `export` is None while it is a file of post fields."""

    def __init__(self, path: str, reading: Reading) -> None:
        self.export: Export | None = None
        self._path, self._reading = path, reading

    def look(self, columns: Sequence[str], inner: Sequence[str] = ()) -> Export | None:
        """Say what a file with these columns is, `inner` being the keys of its list's items; tell the person. Raises InputError.

        A file of post fields, and one whose columns were named by hand, is never anything else.
        """
        reading = self._reading
        if reading.columns:
            return None
        if reading.export:
            forced = reading.exports[reading.export]
            if not _fits(forced, columns):
                raise InputError(
                    f"{self._path}: is no {forced.name}, which has {', '.join(forced.around or forced.has)}; it has {', '.join(columns)[:200]}"
                )
            self.export = forced
        elif "text" not in (column.strip().lower() for column in columns):
            self.export = next((one for one in reading.exports.values() if _fits(one, columns)), None)
        if self.export:
            reading.told(f"{self._path}: read as {self.export.name} ({self.export.title})")
        return self.export

    def rows(self, rows: Iterator[Any]) -> Iterator[Any]:
        """Yield JSON rows as they are, or those of an export as records of post fields."""
        is_first = True
        for row in rows:
            if not isinstance(row, tuple):
                yield row
                continue
            if is_first:
                is_first = False
                self.look(list(row[1]))
            if self.export is None:
                yield row
                continue
            number, record = row
            for item, around, position in _items(self.export, record):
                yield number, mapped(self.export, item, self._reading, around=around, position=position)


def _fits(export: Export, columns: Sequence[str]) -> bool:
    """An export in a table around it is told by that table."""
    if export.around:
        there = {column.lower() for column in columns}
        return all(key.lower() in there for key in export.around)
    return export.fits(columns)


def _items(export: Export, record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], int]]:
    if not export.items:
        yield record, {}, 0
        return
    listed = record.get(export.items)
    for position, item in zip(count(1), listed if isinstance(listed, list) else (), strict=False):
        yield (item if isinstance(item, dict) else {}), record, position


def mapped(export: Export, row: Mapping[str, Any], reading: Reading, *, around: Mapping[str, Any] = {}, position: int = 0) -> dict[str, Any]:
    """Return a row as a record of post fields; `around` is the table that its list stands in, `position` its place there from 1."""
    there = {key.strip().lower(): value for key, value in row.items()} | {f"/{key.lower()}": value for key, value in around.items()}
    found: dict[str, Any] = {field: _first(export.at(field), there) for field in export.fields}
    for field in COUNTS:
        if field in found:
            found[field] = counted(found[field])
    for field in _TIMES:
        if found.get(field) == "0":
            found[field] = ""
    if export.ranked:
        found["rank"] = position
    if export.markup:
        found["text"] = plain(found["text"])
    which = _first(export.by, there)
    source = export.sources.get(which, export.source)
    found["source"] = source
    own = reading.platforms.get(source, "") if which in export.sources else which
    found["platform"] = reading.platform or export.platform or own or reading.platforms.get(source, "")
    return found


def _first(columns: Sequence[str], there: Mapping[str, Any]) -> str:
    """The first of the columns that is filled; one with braces, once all that is put in is."""
    for column in columns:
        names = COLUMNS.findall(column)
        values = {name: _written(there.get(name.lower())) for name in names or [column]}
        if all(values.values()):
            for name in names:
                column = column.replace(f"{{{name}}}", values[name])
            return column if names else values[column]
    return ""


def _written(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def needed(export: Export) -> set[str]:
    """Return the columns that a map reads, in lower case."""
    columns = [column for field in export.fields for column in export.at(field)] + list(export.by)
    return {name.lower() for column in columns for name in (COLUMNS.findall(column) or [column])}


def database(path: str, reading: Reading) -> Iterator[tuple[str, Row]]:
    """Yield the rows of every table of an SQLite file that is a known export, each with its place. Raises InputError if there is none."""
    try:
        connection = sqlite3.connect(f"file:{quote(str(Path(path).absolute()))}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise InputError(f"{path}: {error}") from error
    any_known = False
    try:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({_name(table)})")]
            export = _table_export(columns, reading)
            if export is None:
                continue
            any_known = True
            reading.told(f"{path}: its table {table} is read as {export.name} ({export.title})")
            wanted = [column for column in columns if column.lower() in needed(export)]
            rows = connection.execute(f"SELECT {', '.join(map(_name, wanted))} FROM {_name(table)}")  # noqa: S608 - names are quoted
            for number, row in enumerate(rows, 1):
                yield f"{path}:{table}", (number, mapped(export, dict(zip(wanted, row, strict=True)), reading))
    except sqlite3.Error as error:
        raise InputError(f"{path}: {error}") from error
    finally:
        connection.close()
    if not any_known:
        raise InputError(f"{path}: no table of it is a known export")


def _table_export(columns: Sequence[str], reading: Reading) -> Export | None:
    known = [reading.exports[reading.export]] if reading.export else list(reading.exports.values())
    return next((one for one in known if not one.around and one.fits(columns)), None)


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

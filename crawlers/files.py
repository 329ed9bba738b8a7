"""Reads posts from files that people bring: CSV, TSV and JSONL, plain or gzipped, streaming, of any size.

What is broken becomes a `Broken` with its place and reason; all that comes after it is read all the same.
"""

import csv
import gzip
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from config.errors import InputError
from crawlers import documents
from crawlers.documents import begins_list, is_document
from crawlers.exports import MAGIC, Recognised, database, mapped, needed
from crawlers.post import Broken, Collected, Post, pseudonym
from crawlers.records import FIELDS, Reading, Refused, post_of
from crawlers.sealing import Sight

_LONGEST = 16 * 2**20
"""Bytes of a line, beyond which it is broken."""
_RECORD = 1000
"""Lines of a quoted CSV record, beyond which its first quote is taken for a stray one."""
_RAW = 2000
"""Characters of a broken line that are kept."""
_KINDS = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}

Line = tuple[int, str]


def read(path: str, reading: Reading) -> Iterator[Post | Collected | Broken]:
    """Yield the posts of a file, or of standard input for `-`, in their order, with sealed evidence where the reading has a sealer.

    Raises InputError where nothing of it can be read: not there, no gzip, no known columns.
    """
    with ExitStack() as stack:
        stream, kind = _opened(path, stack)
        if path != "-" and reading.exports and stream.peek(16)[:16] == MAGIC:  # type: ignore[attr-defined]
            for place, record in database(path, reading):
                yield _post(record, place, reading, renamed=True)
            return
        lines = _lines(stream, path)
        first = next((line for line in lines if isinstance(line, Broken) or line[1].strip()), None)
        if first is None:
            return
        if isinstance(first, Broken):
            raise InputError(f"{path}: {first.why}")
        kind = kind or (
            "jsonl" if first[1].startswith("{") or (not reading.columns and begins_list(first[1])) else "tsv" if "\t" in first[1] else "csv"
        )
        whole = chain([first], lines)
        numbered = [column for column in reading.columns.values() if column.isdecimal()]
        if kind == "jsonl" and numbered:
            raise InputError(f"{path}: JSON has names, no column numbers: --map text=NAME instead of {numbered[0]}")
        known = Recognised(path, reading)
        rows = known.rows(_objects(whole, path)) if kind == "jsonl" else _table(whole, path, reading, kind=kind, known=known)
        for row in rows:
            if isinstance(row, Broken):
                # What an export has beside the columns that are read may be private.
                yield Broken(row.where, row.why) if known.export else row
            else:
                yield _post(row, path, reading, renamed=kind != "jsonl" or known.export is not None)


def _post(row: tuple[int, dict[str, Any]], path: str, reading: Reading, *, renamed: bool) -> Post | Collected | Broken:
    line, record = row
    if not renamed:
        record = {**record, **{field: record.get(column) for field, column in reading.columns.items()}}
    try:
        post = post_of(record, reading)
    except Refused as refusal:
        record = _unnamed(record, reading.author_key)
        return Broken(f"{path}:{line}", str(refusal), msgspec.json.encode(record).decode()[:_RAW] if _sound(record) else repr(record)[:_RAW])

    if not reading.sealer:
        return post
    names = {name: str(record.get(name) or "") for name in ("author", "author_id")}
    return Collected(post, reading.sealer.sealed(post, seen=Sight(_line_of(record), "application/json"), **names))


def _unnamed(record: dict[str, Any], key: bytes) -> dict[str, Any]:
    """The record without its author in clear: what is broken waits in a file that anybody may read."""
    names = {
        name: pseudonym(str(record[name]).encode(errors="replace").decode(), key) if key else ""
        for name in ("author", "author_id")
        if record.get(name)
    }
    return {**record, **names}


def _line_of(record: dict[str, Any]) -> bytes:
    return msgspec.json.encode(record) if _sound(record) else repr(record).encode(errors="backslashreplace")


def _sound(record: dict[str, Any]) -> bool:
    try:
        msgspec.json.encode(record)
    except (UnicodeEncodeError, TypeError, ValueError):
        return False
    return True


def _opened(path: str, stack: ExitStack) -> tuple[BinaryIO, str]:
    if path == "-":
        return sys.stdin.buffer, ""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    try:
        stream: BinaryIO = stack.enter_context(Path(path).open("rb"))  # noqa: SIM115 - the stack closes it
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    magic = stream.peek(2)[:2]  # type: ignore[attr-defined]
    if magic == b"\x1f\x8b":
        stream = stack.enter_context(gzip.open(stream))  # type: ignore[assignment]  # noqa: SIM115
    elif suffixes[-1:] == [".gz"] and magic:
        raise InputError(f"{path}: is no gzip file")
    plain = suffixes[:-1] if suffixes[-1:] == [".gz"] else suffixes
    return stream, _KINDS.get(plain[-1], "") if plain else ""


def _lines(stream: BinaryIO, path: str) -> Iterator[Line | Broken]:
    """Decoded lines, numbered from 1; bytes that do not decode are kept as lone surrogates."""
    encoding = ""
    number = 0
    while True:
        try:
            line = stream.readline(_LONGEST + 1)
            number += 1
            if len(line) > _LONGEST:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(_LONGEST)
                yield Broken(f"{path}:{number}", f"longer than {_LONGEST // 2**20} MiB")
                continue
        except (OSError, EOFError, zlib.error) as error:
            yield Broken(f"{path}:{number + 1}", f"cannot be read further: {error}")
            return
        if not line:
            return
        if not encoding:
            encoding = _encoding(line, stream)
            line = line.removeprefix(b"\xef\xbb\xbf")
        yield number, line.decode(encoding, "surrogateescape").rstrip("\r\n")


def _encoding(line: bytes, stream: BinaryIO) -> str:
    """UTF-8, unless the first lines are none and are GB18030: what Chinese Excel writes."""
    try:
        sample = line + (stream.peek(65536)[:65536] if hasattr(stream, "peek") else b"")
    except (OSError, EOFError, zlib.error):
        sample = line
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    for encoding in ("utf-8", "gb18030"):
        try:
            sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"


def _objects(lines: Iterable[Line | Broken], path: str) -> Iterator[tuple[int, dict[str, Any]] | Broken]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    lines = iter(lines)
    first = next(lines)
    read: list[Line | Broken] = [first]
    if not isinstance(first, Broken) and is_document(first[1]):
        tables, read = documents.whole(chain([first], lines))
        if tables is not None:
            yield from enumerate(tables, 1)
            return
    for line in chain(read, lines):
        if isinstance(line, Broken):
            yield line
            continue
        number, text = line
        if not text.strip():
            continue
        try:
            yield number, decoder.decode(text.encode())
        except UnicodeEncodeError:
            yield Broken(f"{path}:{number}", "holds bytes that are not UTF-8", text.encode(errors="backslashreplace").decode()[:_RAW])
        except (msgspec.DecodeError, RecursionError) as error:
            yield Broken(f"{path}:{number}", f"is no JSON object: {error}", text[:_RAW])


def _table(
    lines: Iterable[Line | Broken], path: str, reading: Reading, *, kind: str, known: Recognised
) -> Iterator[tuple[int, dict[str, Any]] | Broken]:
    rows = _quoted(lines, path) if kind == "csv" else _unquoted(lines)
    columns: dict[str, int] | None = None
    header: list[str] = []
    width = 0
    for row in rows:
        if isinstance(row, Broken):
            yield row
            continue
        number, cells = row
        if columns is None:
            if export := known.look(cells):
                header, wanted = cells, needed(export)
                columns = {cell: place for place, cell in enumerate(cells) if cell.strip().lower() in wanted}
            else:
                columns, heads = _columns(cells, reading, path)
            width = max(columns.values()) + 1
            if known.export or heads:
                continue
        if cells == header:
            continue  # some programs write it again whenever they run
        if len(cells) < width:
            yield Broken(
                f"{path}:{number}", f"has {len(cells)} columns, needs {width}", "\t".join(cells).encode(errors="backslashreplace").decode()[:_RAW]
            )
            continue
        found = {field: cells[column] for field, column in columns.items()}
        yield number, mapped(known.export, found, reading) if known.export else found


def _columns(cells: list[str], reading: Reading, path: str) -> tuple[dict[str, int], bool]:
    """Which column holds which field, and whether this first row is a header."""
    heads = [cell.strip().lower() for cell in cells]
    named = {field: column for field, column in reading.columns.items() if not column.isdecimal()}
    header = bool(named) or "text" in heads
    found = {field: heads.index(field) for field in FIELDS if field in heads} if header else {}
    for field, column in reading.columns.items():
        if column.isdecimal() and column not in heads:
            if not 1 <= int(column) <= len(cells):
                raise InputError(f"{path}: there is no column {column}; the first row has {len(cells)}")
            found[field] = int(column) - 1
        elif column.lower() in heads:
            found[field] = heads.index(column.lower())
        else:
            raise InputError(f"{path}: no column is called {column}; the first row has {', '.join(heads)[:200]}")
    if "text" not in found:
        raise InputError(f"{path}: no column is called text; say which one is, by name or number: --map text=2")
    return found, header


def _unquoted(lines: Iterable[Line | Broken]) -> Iterator[tuple[int, list[str]] | Broken]:
    for line in lines:
        if isinstance(line, Broken):
            yield line
        elif line[1].strip():
            yield line[0], line[1].split("\t")


def _quoted(lines: Iterable[Line | Broken], path: str) -> Iterator[tuple[int, list[str]] | Broken]:
    """CSV records. What is wrong with quotes breaks its own line only: the lines taken for more of it are read again."""
    waiting: deque[Line | Broken] = deque()
    source = iter(lines)

    def following() -> Line | Broken | None:
        """Return the next line, those put back first."""
        return waiting.popleft() if waiting else next(source, None)

    while (line := following()) is not None:
        if isinstance(line, Broken):
            yield line
            continue
        if not line[1].strip():
            continue
        taken: list[Line] = [line]
        inside = _inside(line[1], inside=False)
        while inside and len(taken) < _RECORD and (more := following()) is not None:
            if isinstance(more, Broken):
                waiting.appendleft(more)
                break
            taken.append(more)
            inside = _inside(more[1], inside=True)
        cells = "a quote is never closed" if inside else _cells("\n".join(text for _, text in taken))
        if isinstance(cells, str):
            waiting.extendleft(reversed(taken[1:]))
            yield Broken(f"{path}:{line[0]}", cells, line[1].encode(errors="backslashreplace").decode()[:_RAW])
        else:
            yield line[0], cells


def _inside(text: str, *, inside: bool) -> bool:
    """Whether a quoted cell is still open at the end of a line; only a quote that begins a cell opens one."""
    at = 0
    while True:
        if not inside:
            if not text.startswith('"', at):
                at = text.find(",", at) + 1
                if not at:
                    return False
                continue
            at += 1
        at = text.find('"', at) + 1
        if not at:
            return True
        inside = text.startswith('"', at)  # a doubled quote is one that is meant
        at += inside
        if not inside:
            at = text.find(",", at) + 1
            if not at:
                return False


def _cells(record: str) -> list[str] | str:
    """The cells of one CSV record, else why it is none."""
    csv.field_size_limit(_RECORD * _LONGEST)
    try:
        return next(csv.reader([record], strict=True))
    except csv.Error as error:
        return str(error)

"""The tables of a spreadsheet, PDF or Word file, of a page that calls itself a spreadsheet, and of what is packed in a zip.

What a file is, its bytes say and not its name. Runs in a process of its own (`crawlers.apart`): none of the readers below is asked to be safe.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from crawlers.apart import Unread
from crawlers.encodings import decoded
from crawlers.grids import COLUMNS, ROWS, Grid, cell, filled, tables_in

_UNPACKED: Final = 96 * 2**20
_ENTRIES: Final = 2000
_SHEETS: Final = 12
_MEMBERS: Final = 10
_PACKED: Final = re.compile(r"\.(?:xlsx?|pdf|docx|html?)$", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def pieces(body: bytes) -> Iterator[Grid]:
    """Yield the tables of a file, as far as they are read. Raises Unread."""
    if body.startswith(b"PK"):
        yield from _of_zip(body)
    elif body.startswith(_OLE):
        yield from _of_ole(body)
    elif b"%PDF-" in body[:1024]:
        from crawlers.ruled import tables

        yield from tables(body)
    elif body.startswith(b"Rar!"):
        raise Unread("is a RAR archive, which is not read")
    elif re.match(rb"[\xef\xbb\xbf\s]*<", body) and re.search(rb"<table", body, re.IGNORECASE):
        from parsel import Selector

        found = tables_in(Selector(_DECLARATION.sub("", decoded(body)[0])))
        if not found:
            raise Unread("calls itself a spreadsheet, and is a page without a table")
        yield from found
    else:
        raise Unread("is no spreadsheet, PDF, Word file or archive" if body else "is empty")


def _of_zip(body: bytes, *, is_inside: bool = False) -> Iterator[Grid]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unread(f"is broken: {error}") from error
    with archive:
        entries = archive.infolist()
        if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > _UNPACKED:
            raise Unread(f"unpacks to more than {_UNPACKED // 2**20} MiB, or to more than {_ENTRIES} parts")
        names = {entry.filename for entry in entries}
        if "word/document.xml" in names:
            yield from _of_docx(body)
        elif any(name.startswith("xl/") for name in names):
            yield from _of_workbook(body)
        elif is_inside:
            raise Unread("holds an archive in an archive, which is not read")
        else:
            yield from _of_archive(archive)


def _of_archive(archive: zipfile.ZipFile) -> Iterator[Grid]:
    members = [entry for entry in archive.infolist() if _PACKED.search(entry.filename)]
    if not members:
        raise Unread("holds no spreadsheet, PDF or Word file")
    for entry in members[:_MEMBERS]:
        if entry.flag_bits & 1:
            raise Unread("is encrypted")
        try:
            with archive.open(entry) as member:
                inner = member.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zipfile.zlib.error, NotImplementedError, OSError, EOFError) as error:  # type: ignore[attr-defined]
            raise Unread(f"is broken: {error}") from error
        yield from _of_zip(inner, is_inside=True) if inner.startswith(b"PK") else pieces(inner)


def _of_ole(body: bytes) -> Iterator[Grid]:
    if "EncryptedPackage".encode("utf-16-le") in body:
        raise Unread("is encrypted")
    if "WordDocument".encode("utf-16-le") in body:
        raise Unread("is a Word file of the old form (.doc), which is not read")
    yield from _of_workbook(body)


def _of_workbook(body: bytes) -> Iterator[Grid]:
    from python_calamine import CalamineError, CalamineSheet, PasswordError, SheetTypeEnum, load_workbook

    try:
        book = load_workbook(io.BytesIO(body))
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        for name in names[:_SHEETS]:
            sheet: CalamineSheet = book.get_sheet_by_name(name)
            spans = sheet.merged_cell_ranges or []
            rows = [[cell(_said(value)) for value in row[:COLUMNS]] for row in sheet.to_python(skip_empty_area=False, nrows=ROWS)]
            yield Grid(name, filled(rows, spans))
    except PasswordError as error:
        raise Unread("is encrypted") from error
    except CalamineError as error:
        raise Unread(f"is broken: {str(error)[:150]}") from error


def _said(value: Any) -> str:
    """What a cell shows: whole numbers without a point, days without an hour."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return "" if value is None or isinstance(value, bool) else str(value)


def _of_docx(body: bytes) -> Iterator[Grid]:
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    try:
        tables = Document(io.BytesIO(body)).tables
    except (OpcError, LxmlError, KeyError, ValueError) as error:
        raise Unread(f"is broken: {str(error)[:150]}") from error
    for number, table in enumerate(tables[:_SHEETS], 1):
        # A merged cell is told by python-docx in each place that it covers.
        yield Grid(f"table {number}", [[cell(one.text) for one in row.cells[:COLUMNS]] for row in table.rows[:ROWS]])

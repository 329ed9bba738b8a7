"""Tables that are drawn with lines on the pages of a PDF."""

import io
import re
from collections.abc import Iterator
from typing import Any, Final

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfminer.psparser import PSException
from pdfplumber.utils.clustering import cluster_objects
from pdfplumber.utils.exceptions import PdfminerException

from crawlers.apart import Unread
from crawlers.grids import COLUMNS, PAGE, ROWS, Grid, cell

_PAGES: Final = 40
_WORD: Final = re.compile(r"[!-~]+|.", re.DOTALL)

Box = tuple[float, float, float, float]


def tables(body: bytes) -> Iterator[Grid]:
    """Yield the tables of a PDF, page by page. Raises Unread."""
    try:
        with pdfplumber.open(io.BytesIO(body)) as book:
            for page in book.pages[:_PAGES]:
                for table in page.find_tables():
                    yield Grid(f"{PAGE}{page.page_number}", _grid(page, table))
                page.close()
    except (PdfminerException, PDFException, PSException) as error:
        if isinstance(error, PDFPasswordIncorrect) or any(isinstance(one, PDFPasswordIncorrect) for one in error.args):
            raise Unread("is encrypted") from error
        raise Unread(f"is broken: {str(error)[:150]}") from error


def _grid(page: Any, table: Any) -> list[list[str]]:
    """The rows, in which a merged cell is told in each place of the grid that it covers."""
    texts: dict[Box, str] = {}
    for row, said in zip(table.rows, table.extract(), strict=True):
        for box, text in zip(row.cells, said, strict=True):
            if box:
                texts[box] = cell(_unwrapped(page, box, text) if "\n" in (text or "") else text or "")
    lefts = sorted({round(box[0], 1) for box in texts})[:COLUMNS]
    tops = sorted({round(box[1], 1) for box in texts})[:ROWS]
    rows = [[""] * len(lefts) for _ in tops]
    for (x0, y0, x1, y1), text in texts.items():
        left, right = (sum(x < edge - 1 for x in lefts) for edge in (x0, x1))
        top, bottom = (sum(y < edge - 1 for y in tops) for edge in (y0, y1))
        for filled in rows[top:bottom]:
            filled[left:right] = [text] * (right - left)
    return rows


def _unwrapped(page: Any, box: Box, text: str) -> str:
    """The text of a cell: where a line ends because it was full, it is joined with the next."""
    lines = text.split("\n")
    chars = [
        char
        for char in page.chars
        if box[0] <= char["x0"] < box[2] and box[1] <= (char["top"] + char["bottom"]) / 2 < box[3] and char["text"].strip()
    ]
    drawn = cluster_objects(chars, "top", 2)
    if len(drawn) != len(lines):
        return text
    whole = lines[0]
    for before, line in zip(drawn, lines[1:], strict=False):
        size = float(before[0]["size"])
        room = (box[2] - box[0]) - (max(char["x1"] for char in before) - min(char["x0"] for char in before))
        word = _WORD.match(line)
        needed = size * (0.6 * len(word[0]) if word and word[0].isascii() else 1)
        between = "\n" if room > needed + 2 * size else " " if whole[-1:].isascii() and line[:1].isascii() else ""
        whole = f"{whole}{between}{line}"
    return whole

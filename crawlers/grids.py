"""Tables as grids of texts, in which a merged cell says the same in each place that it covers."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from parsel import Selector

ROWS, COLUMNS, CELL = 5000, 60, 500
"""The most of a table that is read: rows, columns, characters of a cell."""

PAGE = "page "
"""How the name of a table on a page begins; it may go on on the next."""

Span = tuple[tuple[int, int], tuple[int, int]]
"""Row and column of a merged cell's first place, and of its last."""


class Grid(Struct, frozen=True):
    """One table. `name` says where it stood: a sheet, a page."""

    name: str
    rows: list[list[str]]


def filled(rows: list[list[str]], spans: Iterable[Span]) -> list[list[str]]:
    """Return the rows with what a merged cell says in all its places."""
    for (top, left), (bottom, right) in spans:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        said = rows[top][left]
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = said
    return rows


def cell(text: str) -> str:
    """Return the text of a cell: its lines without blanks around them, and not endless."""
    return "\n".join(line for line in (" ".join(part.split()) for part in text[:CELL].splitlines()) if line)


def tables_in(page: Selector, name: str = "") -> list[Grid]:
    """Return the innermost tables of a page of HTML."""
    found = []
    for table in page.xpath("//table[not(.//table)]")[:20]:
        rows = _rows(table)
        if rows:
            found.append(Grid(name, rows))
    return found


def _rows(table: Selector) -> list[list[str]]:
    rows: list[list[str]] = []
    waiting: dict[int, tuple[int, str]] = {}
    for element in table.xpath(".//tr")[:ROWS]:
        row: list[str] = []
        cells = iter(element.xpath("./td|./th"))
        while len(row) < COLUMNS:
            if (held := waiting.pop(len(row), None)) is not None:
                if held[0] > 1:
                    waiting[len(row)] = (held[0] - 1, held[1])
                row.append(held[1])
                continue
            one = next(cells, None)
            if one is None:
                if not any(place > len(row) for place in waiting):
                    break
                row.append("")
                continue
            said = cell("\n".join(_lines(one)))
            down = _span(one.attrib.get("rowspan", ""), ROWS)
            for _ in range(min(_span(one.attrib.get("colspan", ""), COLUMNS), COLUMNS - len(row))):
                if down > 1:
                    waiting[len(row)] = (down - 1, said)
                row.append(said)
        rows.append(row)
    return rows


def _lines(element: Selector) -> Sequence[str]:
    """The texts of a cell; a line ends where a paragraph or a break does."""
    line, lines = "", []
    for node in element.xpath(".//text() | .//br | .//p | .//div"):
        if isinstance(node.root, str):
            line += node.root.replace("\n", " ")
        else:
            lines.append(line)
            line = ""
    return [*lines, line]


def _span(written: str, most: int) -> int:
    number = written.strip()
    return min(max(int(number), 1), most) if number.isascii() and number.isdigit() and len(number) < 6 else 1

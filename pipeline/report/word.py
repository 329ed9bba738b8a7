"""A report as a Word document in the official style of GB/T 9704: A4, 版心 156 × 225 mm, 小标宋, 仿宋 三号, 28 pt lines, — 1 — at the foot."""

import io
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote

import docx
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.shared import Mm

from config.load import Config
from pipeline.platforms import platform
from pipeline.report.content import Block, Chart, Paragraph, Report, Section, Table, Tally
from pipeline.report.marks import ORDINALS, Marks, ordinal
from pipeline.report.page import printed
from pipeline.report.period import TIMED, ZONE, spoken
from pipeline.report.picture import png
from pipeline.report.word_parts import bookmarked, described, fixed, linked, numbered_pages, sealed, shaped

TEXT_MM = 156
"""The width of the text block."""
_ADDRESS = 60
"""Characters of an address that are printed."""


def word(report: Report, config: Config) -> bytes:
    """Return the document; the same report gives the same bytes on the same machine."""
    return _Word(report, config).written()


class _Word:
    """One document in the making."""

    def __init__(self, report: Report, config: Config) -> None:
        self.report, self.config = report, config
        self.marks = Marks(report)
        self.document: Any = docx.Document()
        self.pictures = 0

    def written(self) -> bytes:
        """Write it all."""
        report = self.report
        shaped(self.document)
        self.line(report.title.text, "Title")
        self.line(report.office, "Byline")
        self.line(spoken(report.until), "Byline")
        if report.is_draft:
            self.line("草稿，未经审定", "Byline")
        for place, section in enumerate(report.sections):
            self.section(section, ordinal(report, place))
        # The office and the date stand on no page alone.
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        for text in ("", report.office):
            self.line(text, "Signature")
        self.line(spoken(report.until), "Signature").paragraph_format.keep_with_next = False
        self.annexes()
        numbered_pages(self.document)
        sealed(self.document, title=report.title.text, author=report.office, at=report.until)
        held = io.BytesIO()
        self.document.save(held)
        return fixed(held.getvalue())

    def line(self, text: str, style: str) -> Any:
        """Add a paragraph of one style."""
        return self.document.add_paragraph(_clean(text), style=style)

    def section(self, section: Section, number: str) -> None:
        """Add a section and the parts below it."""
        self.line(f"{number}{section.title}", "Heading 1")
        self.blocks(section.blocks)
        for place, part in enumerate(section.parts):
            self.line(f"（{ORDINALS[place]}）{part.title}", "Heading 2")
            self.blocks(part.blocks)

    def blocks(self, blocks: Iterable[Block]) -> None:
        """Add paragraphs, tables and charts."""
        for block in blocks:
            if isinstance(block, Paragraph):
                self.paragraph(block)
            elif isinstance(block, Table):
                self.caption(block.caption, self.marks.block(block), keeps=True)
                self.table(block.columns, [[cell.text for cell in row] for row in block.rows], block.widths)
            else:
                self.chart(block)

    def paragraph(self, block: Paragraph) -> None:
        """Add sentences, each with its references."""
        added = self.document.add_paragraph(block.ordinal)
        for sentence in block.sentences:
            added.add_run(_clean(sentence.text))
            for label, anchor in self.marks.sentence(sentence):
                linked(added, label, anchor=anchor)

    def caption(self, text: str, marks: Sequence[tuple[str, str]], *, keeps: bool) -> None:
        """Add the line over a table or under a picture."""
        added = self.line(text, "Caption")
        added.paragraph_format.keep_with_next = keeps
        for label, anchor in marks:
            linked(added, label, anchor=anchor)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> Any:
        """Add a table whose first row is repeated on each page."""
        added = self.document.add_table(1, len(columns), style="Table Grid")
        added.alignment = WD_TABLE_ALIGNMENT.CENTER
        added.autofit = False
        for column, width in zip(added.columns, widths, strict=True):
            column.width = Mm(TEXT_MM * width)
        head, body = (self.document.styles[name].style_id for name in ("Table Head", "Table Text"))
        for row, texts in enumerate((columns, *rows)):
            cells = (added.rows[0] if row == 0 else added.add_row()).cells
            for cell, text, width in zip(cells, texts, widths, strict=True):
                cell.width = Mm(TEXT_MM * width)
                paragraph = cell.paragraphs[0]
                # By its id: python-docx looks through all styles for each name.
                paragraph._p.style = head if row == 0 else body
                paragraph.add_run(_clean(text))
        described(added)
        self.line("", "Gap")
        return added

    def chart(self, chart: Chart) -> None:
        """Add a picture with what it says to who cannot see it."""
        tally = self.report.evidence[chart.by]
        assert isinstance(tally, Tally)
        self.pictures += 1
        added = self.line("", "Picture")
        drawn = png(chart, tally.values, upright=tally.by in TIMED)
        inline = added.add_run().add_picture(io.BytesIO(drawn), width=Mm(TEXT_MM))._inline
        inline.docPr.set("id", str(self.pictures))
        inline.docPr.set("name", f"图{self.pictures}")
        inline.docPr.set("descr", chart.alt.text)
        self.caption(chart.caption + ("（斜纹为有信源失联的时段）" if chart.lost else ""), self.marks.block(chart), keeps=False)

    def annexes(self) -> None:
        """Add the lists of evidence that references lead to."""
        report, sources = self.report, self.config.sources
        number = 0
        if report.posts:
            number += 1
            self.document.add_section(WD_SECTION.NEW_PAGE)
            self.line(f"附件{number}　证据帖文", "Heading 1")
            shown = report.posts[: printed(report)]
            rows = []
            for row in shown:
                source = sources[row.source].title if row.source in sources else row.source
                where = "、".join(filter(None, (platform(row.platform), source)))
                rows.append((f"[{row.number}]", f"{row.at.astimezone(ZONE):%Y-%m-%d %H:%M}", where, row.title))
            added = self.table(("编号", "时间", "平台、来源", "帖文"), rows, (0.09, 0.19, 0.22, 0.5))
            for row, cells in zip(shown, added.rows[1:], strict=True):
                bookmarked(cells.cells[0].paragraphs[0], f"post-{row.number}", row.number)
                if row.url.startswith(("http://", "https://")):
                    linked(cells.cells[3].add_paragraph(style="Table Text"), _clean(address(row.url)), address=row.url)
            if len(report.posts) > len(shown):
                self.line(f"此处列 {len(shown)} 条，清单共 {len(report.posts)} 条，其余见工作簿。", "Table Text")
        if self.marks.bases:
            self.line(f"附件{number + 1}　统计口径与依据", "Heading 1")
            added = self.table(
                ("编号", "内容", "结果", "如何复核"),
                [(f"[A{one.number}]", one.what, one.said, one.again) for one in self.marks.bases],
                (0.1, 0.3, 0.14, 0.46),
            )
            for one, cells in zip(self.marks.bases, added.rows[1:], strict=True):
                bookmarked(cells.cells[0].paragraphs[0], f"basis-{one.number}", len(report.posts) + one.number)


def address(url: str) -> str:
    """Return an address as a reader knows it: decoded, and cut where it is long."""
    plain = unquote(url).partition("://")[2]
    return plain if len(plain) <= _ADDRESS else f"{plain[: _ADDRESS - 1]}…"


def _clean(text: str) -> str:
    """The text without what XML cannot hold: posts hold anything."""
    return "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and sign.isprintable()) or sign in "\u3000\u00a0")

"""A report as an Excel workbook: figures with charts of Excel's own, events, alerts, posts and sources, each a sheet that can be filtered."""

import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from config.load import Config
from pipeline.model import LEVELS
from pipeline.platforms import platform
from pipeline.report.content import Chart, Report, Table, Tally, charts, sentences, walk
from pipeline.report.period import TIMED, ZONE
from pipeline.report.svg import top

_LONGEST = 32_000
"""Characters of a cell; Excel holds 32,767."""
_WIDEST = 60
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "remove_timezone": True}


def workbook(report: Report, config: Config) -> bytes:
    """Return the workbook; the same report gives the same bytes. Whatever people wrote is text in it, never a formula."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, _OPTIONS)
    made = report.until.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": report.title.text[:250], "author": report.office[:250], "created": made})
    _Book(book, report, config).fill()
    book.close()
    return held.getvalue()


class _Book:
    """One workbook in the making."""

    def __init__(self, book: Any, report: Report, config: Config) -> None:
        self.book, self.report, self.config = book, report, config
        font = {"font_name": "宋体", "font_size": 11, "valign": "top"}
        self.plain = book.add_format({**font, "text_wrap": True})
        self.time = book.add_format({**font, "num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        self.head = book.add_format({**font, "font_name": "黑体", "bg_color": "#E8EDF3", "bottom": 1, "valign": "vcenter"})
        self.over = book.add_format({**font, "font_name": "黑体", "bg_color": "#E8EDF3", "bottom": 1, "valign": "vcenter", "align": "right"})
        self.big = book.add_format({"font_name": "黑体", "font_size": 16})
        self.link = book.add_format({**font, "font_color": "#1D4F7C"})

    def fill(self) -> None:
        """Write all sheets."""
        self.overview()
        report, topics, sources = self.report, self.config.topics, self.config.sources
        self.sheet(
            "事件",
            ("级别", "事件", "首见", "最近", "帖文", "本期帖文", "主题", "地点", "平台", "编号"),
            [
                (
                    LEVELS[row.level] if row.level else "未达预警", row.title, row.first_seen, row.last_seen, row.posts, row.gained,
                    "、".join(topics[name].title if name in topics else name for name in row.topics), "、".join(row.places),
                    "、".join(f"{platform(name)} {count}" for name, count in row.platforms.items()), row.id,
                )
                for row in report.events
            ],
        )  # fmt: skip
        self.sheet(
            "预警",
            ("时间", "级别", "事件", "理由", "帖文", "编号", "事件编号"),
            [(row.raised_at, LEVELS[row.level], row.title, "；".join(row.why), row.posts, row.id, row.event) for row in report.alerts],
        )
        self.sheet(
            "帖文",
            ("序号", "采集时间", "发布时间", "平台", "来源", "标题", "正文", "互动量", "链接", "编号"),
            [
                (
                    row.number, row.at, row.published_at, platform(row.platform),
                    sources[row.source].title if row.source in sources else row.source, row.title, row.text, row.reach, row.url, row.id,
                )
                for row in report.posts
            ],
        )  # fmt: skip
        self.sheet(
            "来源",
            ("信源", "名称", "本期帖文", "失联自", "失联至", "原因"),
            [(row.name, row.title, row.posts, row.lost_since, row.lost_until, row.why) for row in report.sources],
        )

    def overview(self) -> None:
        """Write the sentences, then each table and chart one below the other."""
        sheet = self.book.add_worksheet("概览")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 4, 18)
        sheet.write_string(0, 0, self.report.title.text, self.big)
        sheet.write_string(1, 0, self.report.office)
        sheet.write_string(2, 0, f"{self.when(self.report.since):%Y-%m-%d %H:%M} 至 {self.when(self.report.until):%Y-%m-%d %H:%M}（不含）")
        row = 4
        summary = {id(chart.alt) for chart in charts(self.report)}
        for sentence in [one for one in sentences(self.report) if id(one) not in summary][1:8]:
            sheet.merge_range(row, 0, row, 4, "", self.plain)
            sheet.write_string(row, 0, sentence.text[:_LONGEST], self.plain)
            sheet.set_row(row, 16 * (1 + _width(sentence.text) // 100))
            row += 1
        for section in walk(self.report.sections):
            for block in section.blocks:
                if isinstance(block, Table) and block.columns[1] == "本期":
                    row = self.table(sheet, row + 1, block)
                elif isinstance(block, Chart):
                    row = self.chart(sheet, row + 1, block)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def table(self, sheet: Any, row: int, table: Table) -> int:
        """Write figures as numbers; return the row after them."""
        self.heads(sheet, row, table.columns)
        for cells in table.rows:
            row += 1
            for column, cell in enumerate(cells):
                if column in (1, 2) and cell.text.isdecimal():
                    sheet.write_number(row, column, int(cell.text), self.plain)
                else:
                    sheet.write_string(row, column, cell.text, self.plain)
        return row + 1

    def heads(self, sheet: Any, row: int, titles: Sequence[str]) -> None:
        """Write the head of figures: what stands over numbers stands as they do."""
        for column, title in enumerate(titles):
            sheet.write_string(row, column, title, self.over if column in (1, 2) else self.head)

    def chart(self, sheet: Any, row: int, chart: Chart) -> int:
        """Write the figures and a chart of them beside; return the row after both."""
        tally = self.report.evidence[chart.by]
        assert isinstance(tally, Tally)
        upright = tally.by in TIMED
        self.heads(sheet, row, (chart.caption, "帖文数", *(("信源失联",) if chart.lost else ())))
        for place, (key, label) in enumerate(zip(chart.keys, chart.labels, strict=True), start=row + 1):
            sheet.write_string(place, 0, label, self.plain)
            sheet.write_number(place, 1, tally.values.get(key, 0), self.plain)
            if chart.lost:
                sheet.write_number(place, 2, int(key in chart.lost), self.plain)
        last = row + len(chart.keys)
        drawn = self.bars(chart, row + 1, last, end=top(max(tally.values.values(), default=0)), upright=upright)
        sheet.insert_chart(row, 3 if chart.lost else 2, drawn, {"x_offset": 20, "description": chart.alt.text})
        return max(last + 1, row + 15)

    def bars(self, chart: Chart, first: int, last: int, *, end: int, upright: bool) -> Any:
        """Return a chart of the figures in these rows; lost times are hatched from foot to top, behind the bars."""
        drawn = self.book.add_chart({"type": "column" if upright else "bar"})
        names = ["概览", first, 0, last, 0]
        shown = {"min": 0, "max": end, "major_unit": end // 2, "major_gridlines": {"visible": not chart.lost, "line": {"color": "#D5D5D5"}}}
        if chart.lost:
            # What is on the first axis is drawn first: so the figures have the second.
            hatched = {"pattern": "wide_upward_diagonal", "fg_color": "#9A9A9A", "bg_color": "#F4F4F4"}
            drawn.add_series({"categories": names, "values": ["概览", first, 2, last, 2], "pattern": hatched, "gap": 0})
            drawn.set_y_axis({"min": 0, "max": 1, "label_position": "none", "line": {"none": True}, "major_gridlines": {"visible": False}})
            drawn.set_y2_axis(shown)
        drawn.add_series(
            {"categories": names, "values": ["概览", first, 1, last, 1], "fill": {"color": "#2F5D8A"}, "gap": 40, "y2_axis": bool(chart.lost)}
        )
        if not chart.lost:
            drawn.set_y_axis(shown if upright else {"reverse": True})
        if not upright:
            drawn.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#D5D5D5"}}})
        drawn.set_title({"name": chart.caption, "name_font": {"size": 11, "bold": False}})
        drawn.set_legend({"none": True})
        drawn.set_size({"width": 620, "height": 280})
        return drawn

    def sheet(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Write a list with its head frozen, filters on, and columns as wide as what stands in them."""
        sheet = self.book.add_worksheet(name)
        widths = [_width(column) + 4 for column in columns]
        for column, title in enumerate(columns):
            sheet.write_string(0, column, title, self.head)
        for place, cells in enumerate(rows, start=1):
            for column, value in enumerate(cells):
                widths[column] = max(widths[column], min(self.cell(sheet, place, column, value), _WIDEST))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width + 1)
        sheet.set_row(0, 22)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def cell(self, sheet: Any, row: int, column: int, value: Any) -> int:
        """Write one cell by its type; return how wide it is."""
        if isinstance(value, datetime):
            sheet.write_datetime(row, column, self.when(value), self.time)
            return 16
        if isinstance(value, int):
            sheet.write_number(row, column, value, self.plain)
            return len(str(value))
        text = str(value or "")[:_LONGEST]
        if text.startswith(("http://", "https://")) and len(text) < 2000:
            sheet.write_url(row, column, text, self.link, text[:255])
        elif text:
            sheet.write_string(row, column, text, self.plain)
        return max((_width(line) for line in text.split("\n")), default=0)

    def when(self, at: datetime) -> datetime:
        """Return a time as Excel knows it: without a zone, as the clocks of Asia/Shanghai show it."""
        return at.astimezone(ZONE).replace(tzinfo=None, microsecond=0)


def _width(text: str) -> int:
    """How many columns of letters a text takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)

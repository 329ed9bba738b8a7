"""Renderings: the same content in HTML, Word and Excel; references that lead somewhere; nothing that runs; equal bytes."""

import io
import re
import zipfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from pipeline.report import picture
from pipeline.report.content import Report, charts, sentences
from pipeline.report.event import event_report
from pipeline.report.marks import Marks
from pipeline.report.page import page
from pipeline.report.period import period
from pipeline.report.periodic import period_report
from pipeline.report.plain import plain
from pipeline.report.rendered import FORMATS, filename, rendered
from tests.pipeline.report.made import CONFIG, UNTIL, drawn, track, written

EVIL = '=HYPERLINK("http://evil.test","<script>alert(1)</script>") 食堂 腹泻\x0b 😀'


@pytest.fixture(scope="module")
def monthly() -> Report:
    return period_report(drawn(4).kept(), "monthly", period("monthly", UNTIL, now=UNTIL))


@pytest.fixture(scope="module")
def event() -> Report:
    hour = timedelta(hours=1)
    posts = [
        written(f"{EVIL} {n}", at=UNTIL - n * hour, terms="食堂 腹泻", topics="campus", platform=("weibo", "forum")[n % 2], likes=n)
        for n in range(1, 9)
    ]
    return event_report(track(posts).kept(), posts[-1].post.id, UNTIL)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_report_gives_the_same_bytes(monthly: Report, event: Report, format_: str) -> None:
    assert rendered(event, format_, CONFIG) == rendered(event, format_, CONFIG)
    there = UNTIL.astimezone(ZoneInfo("Asia/Shanghai"))
    again = period_report(drawn(4).kept(), "monthly", period("monthly", there, now=there))
    assert rendered(again, format_, CONFIG) == rendered(monthly, format_, CONFIG)


def test_every_rendering_has_every_sentence(monthly: Report, event: Report) -> None:
    for report in (monthly, event):
        document = docx.Document(io.BytesIO(rendered(report, "docx", CONFIG)))
        word = "\n".join(re.sub(r"\[A?\d+(?:–A\d+)?\]", "", paragraph.text) for paragraph in document.paragraphs)
        shown = plain(report)
        alts = {id(chart.alt) for chart in charts(report)}
        for sentence in sentences(report):
            assert sentence.text.strip("。") in re.sub(r"\[\d+\]", "", shown)
            if id(sentence) not in alts:
                assert "".join(sign for sign in sentence.text if sign.isprintable()) in word


def test_the_page_stands_alone_and_runs_nothing(monthly: Report, event: Report) -> None:
    for report in (monthly, event):
        written_ = page(report, CONFIG)
        assert "<script" not in written_
        assert not re.search(r"(?:src|@import|url\()\s*=?\s*[\"']?(?!#)(?:https?:)?//", written_)
        anchors = set(re.findall(r'id="([^"]+)"', written_))
        assert set(re.findall(r'href="#([^"]+)"', written_)) <= anchors
    assert "&lt;script&gt;" in page(event, CONFIG)


def test_the_word_document_has_the_official_form(event: Report) -> None:
    document = docx.Document(io.BytesIO(rendered(event, "docx", CONFIG)))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)
    assert round((section.page_width - section.left_margin - section.right_margin) / Mm(1)) == 156
    assert round((section.page_height - section.top_margin - section.bottom_margin) / Mm(1)) == 225
    styles = document.styles
    shaped = {
        name: (styles[name].element.rPr.rFonts.get(qn("w:eastAsia")), styles[name].font.size)
        for name in ("Title", "Normal", "Heading 1", "Heading 2")
    }
    assert shaped == {
        "Title": ("方正小标宋简体", Pt(22)),
        "Normal": ("仿宋_GB2312", Pt(16)),
        "Heading 1": ("黑体", Pt(16)),
        "Heading 2": ("楷体_GB2312", Pt(16)),
    }
    assert styles["Normal"].paragraph_format.line_spacing == Pt(28)
    assert [paragraph.text for paragraph in section.footer.paragraphs] == ["—  —"]
    assert "PAGE" in section.footer._element.xml
    assert section.even_page_footer.paragraphs[0].alignment != section.footer.paragraphs[0].alignment
    with zipfile.ZipFile(io.BytesIO(rendered(event, "docx", CONFIG))) as parts:
        fonts = parts.read("word/fontTable.xml").decode()
        assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert 'w:name="仿宋_GB2312"><w:altName w:val="仿宋,FangSong"/>' in fonts
    assert document.core_properties.created == UNTIL
    assert document.core_properties.modified == UNTIL


def test_references_in_word_lead_to_the_lists_of_evidence(event: Report) -> None:
    body = docx.Document(io.BytesIO(rendered(event, "docx", CONFIG))).element.body
    anchors = {link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink")) if link.get(qn("w:anchor"))}
    marks = list(body.iter(qn("w:bookmarkStart")))
    assert anchors
    assert anchors <= {mark.get(qn("w:name")) for mark in marks}
    assert len({mark.get(qn("w:id")) for mark in marks}) == len(marks)


def test_pictures_say_what_they_show(event: Report) -> None:
    body = docx.Document(io.BytesIO(rendered(event, "docx", CONFIG))).element.body
    told = [one.get("descr") for one in body.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")]
    assert told == [chart.alt.text for chart in charts(event)]
    assert len(told) == 2


def test_nothing_in_the_workbook_is_a_formula(event: Report, monthly: Report) -> None:
    book = openpyxl.load_workbook(io.BytesIO(rendered(event, "xlsx", CONFIG)))
    assert book.sheetnames == ["概览", "事件", "预警", "帖文", "来源"]
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert book["帖文"]["F2"].value.startswith("=HYPERLINK(")
    assert all(sheet.freeze_panes == "A2" and sheet.auto_filter.ref for sheet in book.worksheets[1:])
    dates = [row[1].value for row in book["帖文"].iter_rows(min_row=2)]
    assert UNTIL.replace(tzinfo=None) + timedelta(hours=8) - timedelta(hours=1) in dates
    assert all(isinstance(one, datetime) for one in dates)
    assert len(book["概览"]._charts) == 2
    whole = openpyxl.load_workbook(io.BytesIO(rendered(monthly, "xlsx", CONFIG)))
    assert len(list(whole["事件"].iter_rows(min_row=2))) == len(monthly.events)


def test_without_a_chinese_font_pictures_have_no_boxes(event: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "family", lambda: "")
    chart = next(one for one in charts(event) if "forum" in one.keys)
    # matplotlib warns of every character that its font has not, and warnings are errors here.
    assert picture.png(chart, {"weibo": 4, "forum": 4}, upright=False).startswith(b"\x89PNG")


def test_files_are_called_by_kind_and_day(monthly: Report, event: Report) -> None:
    assert filename(monthly, "docx") == "monthly-20240301.docx"
    assert filename(event, "html") == f"event-20240301-{event.id[:8]}.html"


def test_every_piece_of_evidence_has_a_number(monthly: Report) -> None:
    marks = Marks(monthly)
    assert [one.number for one in marks.bases] == list(range(1, len(marks.bases) + 1))
    assert {row.number for row in monthly.posts} == set(range(1, len(monthly.posts) + 1))
    again = [one.again for one in marks.bases if one.what.startswith("帖文数")]
    assert "shian search 'is:relevant since:2024-02-01T00:00 until:2024-03-01T00:00' --count" in again

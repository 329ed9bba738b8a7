"""Reports from the desk: files of an event and of a period, and what there is none of."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import docx
import openpyxl
import pytest

from config.load import Config
from crawlers.report import CrawlReport, append
from pipeline.desk import desk
from pipeline.model import Event
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_an_event_leads_to_its_report(visitor: Visitor, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    assert f'href="/events/{event}/report.docx"' in visitor.get(f"/events/{event}").text
    answer = visitor.get(f"/events/{event}/report.docx")
    assert answer.headers["content-type"] == WORD
    assert answer.headers["content-disposition"] == f'attachment; filename="event-20240905-{event[:8]}.docx"'
    assert docx.Document(io.BytesIO(answer.content)).paragraphs[0].text == "关于“舒兰市某小学食堂午餐后多名学生腹泻呕吐”的舆情专报"
    assert "收录相关帖文 5 条" in visitor.get(f"/events/{event}/report.html").text
    assert openpyxl.load_workbook(io.BytesIO(visitor.get(f"/events/{event}/report.xlsx").content))["帖文"].max_row == 6


def test_a_rebuttal_is_offered_where_there_is_a_debunk(visitor: Visitor, matters: dict[str, Event]) -> None:
    seaweed, canteen = matters["seaweed"].id, matters["canteen"].id
    assert f'href="/events/{seaweed}/rebuttal.docx"' in visitor.get(f"/events/{seaweed}").text
    assert "rebuttal.docx" not in visitor.get(f"/events/{canteen}").text
    assert "紫菜不是塑料做的" in visitor.get(f"/events/{seaweed}/rebuttal.html").text
    refused = visitor.get(f"/events/{canteen}/rebuttal.html")
    assert refused.status_code == 404
    assert "不能起草辟谣通报" in refused.text


def test_a_period_is_made_on_its_page(visitor: Visitor, matters: dict[str, Event]) -> None:
    assert 'action="/reports/make"' in visitor.get("/reports").text
    answer = visitor.get("/reports/make?kind=daily&at=2024-09-05T12:00&format=html")
    assert answer.headers["content-disposition"] == 'attachment; filename="daily-20240905.html"'
    assert "食品安全舆情日报（2024年9月5日）" in answer.text
    assert "日报（2024年9月5日）" in visitor.get("/reports/make?format=html").text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/reports/make?kind=yearly", 404),
        ("/reports/make?format=pdf", 404),
        ("/reports/make?at=tomorrow", 400),
        ("/events/nobody/report.docx", 404),
        ("/events/nobody/report.pdf", 404),
    ],
)
def test_what_there_is_none_of_is_said(visitor: Visitor, matters: dict[str, Event], address: str, status: int) -> None:
    assert visitor.get(address).status_code == status


def test_sources_that_a_home_says_were_lost_are_told(store: MemoryStore, config: Config, matters: dict[str, Event], tmp_path: Path) -> None:
    source = next(one for one in config.sources.values() if one.kind != "import")
    sources = {**config.sources, source.name: source.model_copy(update={"enabled": True})}
    append(tmp_path / "reports", CrawlReport(source.name, NOW - timedelta(hours=2), NOW - timedelta(hours=2), health="blocked"))
    at_home = Visitor(desk(store, replace(config, home=tmp_path, sources=sources), now=lambda: NOW))
    try:
        answer = at_home.get("/reports/make?kind=daily&at=2024-09-05T12:00&format=html")
        assert answer.status_code == 200
        assert "异常信源" in answer.text
        assert "斜纹为有信源失联的时段" in answer.text
    finally:
        at_home.leave()

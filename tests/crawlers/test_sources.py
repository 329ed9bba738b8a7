"""Every shipped source reads a page made in its true shape: invented content, the site's own keys and elements."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from config.load import load
from config.source import Source
from crawlers.loader import KINDS

FOLDER = Path(__file__).parent / "sources"
TRUTH: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "truth.yaml").read_text("utf-8"))
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
# Their ${NAME} stand for what only the office has.
COOKIES = {f"SHIAN_{name}_COOKIE": "a=b" for name in ("HEIMAO", "LIUYAN", "WEIBO", "TIEBA", "DOUBAN")}
SOURCES = {name: source for name, source in load(environ=COOKIES).sources.items() if source.kind != "import" and not name.startswith("example-")}


def read(source: Source, text: str):
    kind = type("Reader", (KINDS[source.kind],), {"source": source})
    spider = kind.__new__(kind)
    return spider.items_of(text, source.url.replace("{page}", "1"), now=NOW, first=1)


def test_there_are_forty_and_each_has_its_page() -> None:
    assert len(SOURCES) >= 40
    assert sorted(TRUTH) == sorted(SOURCES)


@pytest.mark.parametrize("name", TRUTH)
def test_the_page_gives_what_stands_on_it(name: str) -> None:
    source, truth = SOURCES[name], TRUTH[name]
    (page,) = FOLDER.glob(f"{name}.*")
    items = read(source, page.read_text("utf-8"))
    first = items[0]
    assert len(items) == truth["items"]
    assert first.title == truth["title"]
    assert first.url == truth.get("url", "")
    assert (first.published_at.astimezone(NOW.tzinfo).isoformat() if first.published_at else None) == truth.get("published_at")
    if "text" in truth:
        assert first.text == truth["text"]
    for count in ("heat", "rank", "likes", "comments", "reposts"):
        if count in truth:
            assert getattr(first.engagement, count) == truth[count]


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_says_how_sure_it_is_and_what_it_needs(name: str) -> None:
    source = SOURCES[name]
    assert source.checked
    assert not (source.enabled and source.needs != "none"), "what needs something is off until it has it"
    supposed = source.checked.startswith(("2021", "about 2018", "old", "≥")) or "supposed" in source.checked.split(";")[0]
    assert not (source.enabled and supposed and name != "jilin-gov-news"), "what nobody has seen lately is off until somebody looked"


def test_the_table_of_the_docs_is_true() -> None:
    table = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in table.partition("## What is declared")[2].splitlines() if line.startswith("| `")}
    assert sorted(rows) == sorted(SOURCES)
    for name, source in SOURCES.items():
        cells = [source.title, source.kind, source.trust, source.needs, "on" if source.enabled else "off", source.checked]
        assert [cell.strip() for cell in rows[name].strip("|").split("|")][1:] == cells
    assert f"There are {len(SOURCES)}, {sum(source.enabled for source in SOURCES.values())} of them on." in table

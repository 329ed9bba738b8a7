"""The mail of a digest: what it says, in both parts, and that it survives what mail programs and strangers do to it."""

import re
import shutil
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from config.load import load
from pipeline.digest.content import Digest
from pipeline.digest.words import plain
from pipeline.digest.written import Mail, written
from pipeline.faces import shown
from tests.pipeline.digest.made import DAY, OUT
from tests.pipeline.digest.rich import HOSTILE, entry, event, long, rich

TOPICS = load(environ={}).topics
EMPTY = Digest(OUT - DAY, OUT, 3, 0, (), (), (), (), {})


def mail(digest: Digest) -> Mail:
    return written(digest, office="某省食安办", topics=TOPICS, times=shown)


class Page(HTMLParser):
    """The tags of a page, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "title")
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.words += "" if self._hidden else data


def said(text: str) -> list[str]:
    """The lines of a text without blanks, and without what only one of the parts has around a level."""
    return [re.sub(r"[\s【】■]", "", line) for line in text.splitlines() if line.strip()]


def test_both_parts_say_the_same() -> None:
    made = mail(rich())
    page = re.sub(r"\s", "", Page(made.html).words)
    for line in said(made.text):
        for part in re.split(r"[（）；。]", line):
            assert part in page, part


@pytest.mark.parametrize(
    "words",
    [
        "食品安全舆情每日摘要 2024-01-01：Ⅰ红 1、Ⅱ橙 1，新事件 4 件",
        "2023-12-30 08:00 至 2024-01-01 08:00（不含）",
        "停机期间有 1 期摘要没有发出，并入本期",
        "收录帖文 1832（前期 1900，↓68）；相关帖文 47（前期 40，↑7）；预警 3（前期 3，持平）",
        "预警按级别：Ⅰ红 1，Ⅱ橙 1，Ⅲ黄 1，Ⅳ蓝 0。",
        "共 12 条，本期 9 条（前期 3，↑6） · 微博、新闻、知乎 · 校园食品、餐饮与网络订餐 · 吉林省吉林市舒兰市",
        "牵头：省教育厅；配合：省市场监管厅、省卫生健康委；属地：吉林市食安办",
        "传播中：转发！学生奶又喝死人了，学校封锁消息",
        "查证：多起此类传言经当地教育、卫健部门调查为不实。",
        "依据：中国互联网联合辟谣平台",
        "未查证：听说某品牌粉丝里有塑料，千万别买",
        "谣言相似度 88%，没有匹配到已知辟谣，未经查证。",
        "已辟谣：官方辟谣：学生奶致人死亡为不实信息",
        "已受理（张三） · 首见至今 4 天",
        "未办结 3 件，最久的已 9 天。",
        "7 条帖文属于已报时段，在该期摘要之后才收到；相关 3 条，涉及 1 件事件、1 次预警。",
        "共 12 条，补报 3 条",
        "微博热搜（weibo-hot）：被拒绝（403、412、418、429 或验证页），自 2023-12-31 18:00；403 of 12 articles",
        "点评（reviews）：无声，自 2023-12-28 08:00；没有新帖",
        "地点：吉林省吉林市 6 件，地点不明 2 件。",
    ],
)
def test_everything_is_said(words: str) -> None:
    made = mail(rich())
    assert words in f"{made.subject}\n{made.text}"


def test_red_and_orange_come_first_and_all_well_is_one_line() -> None:
    made = mail(structs.replace(rich(), sick=()))
    lines = said(made.text)
    first = lines.index("要点")
    assert [line[:2] for line in lines[first + 1 : first + 8]] == ["Ⅰ红", "吉林", "患病", "Ⅱ橙", "吉林", "患病", "谣言"]
    assert "共14个信源，全部正常。" in lines


def test_nothing_to_say_is_one_plain_line() -> None:
    made = mail(EMPTY)
    assert EMPTY.is_empty
    assert made.subject == "食品安全舆情每日摘要 2024-01-01：没有要报的事"
    assert len(said(made.text)) == 5
    assert "本期没有要报的事：收录帖文 3 条" in Page(made.html).words


def test_the_page_needs_nothing_from_outside() -> None:
    made = mail(rich()).html
    page = Page(made)
    assert {tag for tag, _ in page.tags} <= {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "strong"}
    assert not any(name in ("src", "href", "background") or name.startswith("on") for _, given in page.tags for name in given)
    assert "url(" not in made
    assert "@import" not in made
    assert "http" not in made
    # Colours are given as attributes too, and text on one has its own.
    assert all(
        "color:#ffffff" in (given.get("style") or "") for _, given in page.tags if (given.get("bgcolor") or "").startswith(("#b", "#7", "#1", "#5"))
    )
    assert all(given.get("role") == "presentation" for tag, given in page.tags if tag == "table" and "width" in given and given["width"] == "100%")


def test_what_strangers_wrote_is_words_only() -> None:
    made = mail(rich())
    for part in (made.html, made.text, made.subject):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff]", part)
    assert "<script" not in made.html
    assert "<img" not in made.html
    assert "&lt;script&gt;" in made.html
    assert "{{ 7*7 }}" in made.html
    assert plain(HOSTILE, 200) in Page(made.html).words
    assert plain(HOSTILE, 200) in made.text


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=200))
def test_any_title_leaves_the_page_as_it_is(title: str) -> None:
    def tags(one: str) -> list[str]:
        made = structs.replace(rich(), new=(entry(event(1, one, why=(one,))),))
        return [tag for tag, _ in Page(mail(made).html).tags]

    assert tags(title) == tags("普通标题")


def test_no_page_is_so_long_that_it_is_clipped_and_what_is_left_out_is_counted() -> None:
    made = mail(long())
    assert len(made.html.encode()) < 102_000
    shown_now = made.text.split("■ 新事件（400）")[1].split("■")[0]
    assert shown_now.count("【Ⅱ橙】") + int(re.findall(r"另有 (\d+) 件，见值守台", shown_now)[0]) == 400
    more = structs.replace(long(), omitted={"new": 500, "alerts": 7, "open": 1})
    rest = mail(more).text
    assert "■ 新事件（900）" in rest
    assert re.search(r"■ 预警（407）", rest)


@pytest.mark.browser
@pytest.mark.parametrize("width", [640, 360])
@pytest.mark.parametrize("styled", [True, False])
def test_it_fits_the_window_with_and_without_its_style(width: int, styled: bool) -> None:
    from playwright.sync_api import sync_playwright

    page = mail(rich()).html
    if not styled:
        page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            window = browser.new_page(viewport={"width": width, "height": 800})
            window.set_content(page)
            assert window.evaluate("document.documentElement.scrollWidth") <= width
            assert window.evaluate("document.querySelectorAll('strong')[0].getBoundingClientRect().top") < 800
        finally:
            browser.close()

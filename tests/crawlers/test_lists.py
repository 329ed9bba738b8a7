"""Lists that nobody declared: the repeated element is found on pages in the true shape of real sites, and feeds behind a page."""

from copy import deepcopy
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from parsel import Selector

from config.errors import InputError, SourceError
from config.load import load
from crawlers.lists import listed
from crawlers.proposal import proposed

FOLDER = Path(__file__).parent / "sources"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TRUTH = yaml.safe_load((FOLDER / "truth.yaml").read_text("utf-8"))
SOURCES = load(environ={}).sources
PAGE = "<html><head><link rel='alternate' type='application/rss+xml' href='/feed'></head><body><p>无</p></body></html>"
FEED = "<rss version='2.0'><channel><title>通告</title><item><title>三批次</title><link>https://a.cn/1</link></item></channel></rss>"
MENU = "".join(f"<li><a href='/m/{n}'>食品安全栏目第{n}个</a></li>" for n in range(9))


def test_a_dated_list_goes_before_a_menu() -> None:
    rows = "".join(f"<tr><td><a href='/a/{n}'>某地抽检不合格食品{n}批次</a></td><td>2026-11-2{n}</td></tr>" for n in range(5))
    found = listed(f"<body><ul class='menu'>{MENU}</ul><table id='list'><tbody>{rows}</tbody></table></body>", NOW)
    assert found is not None
    assert (found.items, found.link, found.date, found.count, found.dated) == ("table#list > tbody > tr", "a", "td", 5, 5)


def test_a_date_beside_the_link_is_taken_by_its_form() -> None:
    rows = "".join(f"<li><a href='/a/{n}'>某地抽检不合格食品{n}批次</a> [2026-11-2{n}]</li>" for n in range(5))
    proposal = proposed("https://a.cn/", lambda url: (f"<body><ul>{rows}</ul></body>".encode(), "text/html"), NOW)
    assert proposal.declared["fields"]["published_at"]["at"] == "::text"
    assert [item.published_at is not None for item in proposal.items] == [True] * 5


def test_the_feed_of_a_page_is_preferred_and_a_page_of_nothing_is_refused() -> None:
    def fetch(url: str) -> tuple[bytes, str]:
        if url == "https://a.cn/feed":
            return FEED.encode(), "text/xml"
        if url == "https://b.cn/feed":
            raise SourceError("gone")
        return PAGE.encode(), "text/html"

    proposal = proposed("https://a.cn/x/", fetch, NOW)
    assert (proposal.declared["kind"], proposal.declared["url"], proposal.declared["detail"]) == ("feed", "https://a.cn/feed", {})
    with pytest.raises(InputError, match="no list of links"):
        proposed("https://b.cn/", fetch, NOW)


def grown(text: str, items: str) -> str:
    """The page with each of its items five times, and a menu before them: the pages of the tests are short."""
    page = Selector(text)
    for element in page.css(items):
        for number in range(4):
            twin = deepcopy(element.root)
            for link in twin.iter("a"):
                link.set("href", f"{link.get('href')}?{number}")
            element.root.addnext(twin)
    return page.get().replace("<body>", f"<body><ul class='nav'>{MENU}</ul>", 1)


def test_the_lists_of_real_shapes_are_found() -> None:
    wrong = []
    pages = [path for path in FOLDER.glob("*.html") if SOURCES[path.stem].kind == "listing" and not SOURCES[path.stem].inside]
    for path in pages:
        source = SOURCES[path.stem]
        text = grown(path.read_text("utf-8"), source.items)
        try:
            proposal = proposed(source.url.replace("{page}", "1"), lambda _, text=text: (text.encode(), "text/html"), NOW)
        except InputError:
            wrong.append(path.stem)
            continue
        if TRUTH[path.stem]["title"] not in [item.title for item in proposal.items if item.url]:
            wrong.append(path.stem)
    assert len(wrong) <= 2, wrong

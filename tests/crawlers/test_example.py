"""The example site: what was written for it, what its faces say, and what the real spiders find there."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import feedparser
import pytest
import requests
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from parsel import Selector

from config.load import SHIPPED
from crawlers import spool
from crawlers.dates import parsed
from crawlers.example.posts import DAYS, FACES, SHANGHAI, clock, shown, written
from crawlers.example.site import Site
from crawlers.run import crawl

NOW = datetime(2026, 11, 24, 16, 5, tzinfo=SHANGHAI)
EARLY = datetime(2027, 1, 1, 6, 0, tzinfo=SHANGHAI)
SOURCES = {"example-hot": "hot", "example-feed": "feed", "example-news": "listing", "example-complaints": "complaint"}
LENGTHS = {"hot": (6, 20), "feed": (40, 250), "listing": (300, 800), "complaint": (40, 150)}
EVERYTHING = [(face, post) for face in FACES for post in written(face)]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(NOW) as running:
        yield running


def got(site: Site, path: str, **headers: str) -> requests.Response:
    return requests.get(site.url + path, headers=headers, timeout=10)


# --- what was written


def test_there_are_a_hundred_and_fifty_posts_on_four_faces() -> None:
    assert len(EVERYTHING) == 150
    assert min(Counter(face for face, _ in EVERYTHING).values()) >= 25


def test_three_matters_grow_over_the_days_and_across_faces() -> None:
    for matter in ("canteen", "workshop", "formula"):
        about = [(face, post) for face, post in EVERYTHING if post.matter == matter]
        assert {post.about for _, post in about} == {"relevant"}
        assert {face for face, _ in about} == set(FACES)
        assert {post.day for _, post in about} == set(DAYS)


def test_each_rumor_is_refuted_by_an_office_after_it_has_spread() -> None:
    for rumor in ("plastic-rice", "school-milk"):
        spreading = [(post.day, post.at) for _, post in EVERYTHING if post.matter == rumor and post.about == "rumor"]
        refuting = [(post.day, post.at) for face, post in EVERYTHING if post.matter == rumor and post.about == "debunk" and face == "feed"]
        assert len(spreading) >= 3
        assert refuting
        assert max(spreading) < min(refuting)


def test_at_least_sixty_posts_must_stay_quiet() -> None:
    assert sum(post.about == "trap" for _, post in EVERYTHING) >= 60


def test_every_post_is_as_long_as_its_face_has_them() -> None:
    for face, post in EVERYTHING:
        least, most = LENGTHS[face]
        assert least <= len(post.text or post.title) <= most, post.title


def test_no_title_is_given_twice_on_a_face_and_only_complaints_have_authors() -> None:
    for face in FACES:
        titles = [post.title for post in written(face)]
        assert len(titles) == len(set(titles))
    assert all(bool(post.author and post.company) == (face == "complaint") for face, post in EVERYTHING)


# --- when


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 3 * 366 * 24 * 60), st.sampled_from(DAYS))
def test_no_post_is_in_the_future(minutes: int, day: int) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    at = clock(day, now)
    posts = [post for face in FACES for post in shown(face, day, now)]
    assert at <= now
    assert all(post.published_at <= at for post in posts)
    assert now - max(post.published_at for post in posts if post.written.day == day) < timedelta(days=4)


def test_the_third_day_is_today_once_its_posts_are_out_and_yesterday_before() -> None:
    assert max(post.published_at for post in shown("listing", 3, NOW)).date() == NOW.date()
    assert max(post.published_at for post in shown("listing", 3, EARLY)).date() == EARLY.date() - timedelta(days=1)


def test_texts_name_the_days_on_which_they_are_shown() -> None:
    assert any("11月22日" in post.text for post in shown("listing", 3, NOW))
    assert not any("{" in post.text for face in FACES for post in shown(face, 3, NOW))


def test_each_day_shows_more_and_the_hot_list_changes_its_ranks(site: Site) -> None:
    counts, ranks = [], []
    for day in DAYS:
        site.day = day
        counts.append(len(site.posts()))
        ranks.append({line["word"]: line["rank"] for line in got(site, "/hot.json").json()["data"]["realtime"]})
    assert counts == sorted(set(counts))
    assert counts[-1] == 150
    for before, after in pairwise(ranks):
        assert before.items() - after.items()
    assert ranks[0]["磐石一中学多名学生呕吐"] > ranks[1]["磐石一中学多名学生呕吐"]


def test_a_day_that_does_not_exist_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="no example day 4"):
        site.day = 4


# --- the faces


def test_the_hot_list_is_ranked_by_heat(site: Site) -> None:
    lines = got(site, "/hot.json").json()["data"]["realtime"]
    assert [line["rank"] for line in lines] == list(range(1, 49))
    assert [line["num"] for line in lines] == sorted((line["num"] for line in lines), reverse=True)
    assert all(datetime.fromtimestamp(line["onboard_time"], UTC) <= NOW for line in lines)


def test_the_feed_is_a_good_one(site: Site) -> None:
    read = feedparser.parse(got(site, "/feed.xml").content)
    assert not read.bozo
    assert len(read.entries) == len(written("feed"))
    assert {entry.title for entry in read.entries} == {post.title for post in written("feed")}
    assert all(re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:00 \+0800", entry.published) for entry in read.entries)


def test_the_news_list_writes_dates_as_people_say_them(site: Site) -> None:
    rows = Selector(got(site, "/news/").text).css("ul.news-list > li")
    said = {row.css("a::text").get(): row.css(".date::text").get() for row in rows}
    assert len(said) == len(written("listing"))
    assert said["延吉通报过期奶粉案：封存612罐 负责人被控制"] == "7小时前"
    assert said["预制菜概念股走强 机构称行业进入整合期"] == "昨天 07:40"
    assert said["长春迎来今冬初雪 市民雪中打卡"] == "11月22日"
    for post in site.posts("listing"):
        at = parsed(said[post.written.title], NOW)
        assert at is not None
        assert abs(at - post.published_at) < timedelta(days=1)


def test_articles_are_gb18030_and_the_header_does_not_say_so(site: Site) -> None:
    answer = got(site, Selector(got(site, "/news/").text).css("ul.news-list a::attr(href)").get() or "")
    assert answer.headers["Content-Type"] == "text/html"
    page = Selector(answer.content.decode("gb18030"))
    assert page.css("h1::text").get() == site.posts("listing")[0].written.title
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")


def test_complaints_come_in_pages_that_end(site: Site) -> None:
    pages = [got(site, f"/complaints?page={number}").json()["result"]["complaints"] for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [15, 15, 9, 0]
    assert set(pages[0][0]) == {"sn", "title", "company", "summary", "nick", "votes", "timestamp", "url"}
    assert got(site, "/complaints?page=x").content == got(site, "/complaints").content


def test_what_links_name_is_there_and_nothing_else(site: Site) -> None:
    line, complaint = got(site, "/hot.json").json()["data"]["realtime"][0], got(site, "/complaints").json()["result"]["complaints"][0]
    entry = feedparser.parse(got(site, "/feed.xml").content).entries[0]
    for path in (line["link"], complaint["url"], entry.link.removeprefix(site.url)):
        assert got(site, path).status_code == 200
    for path in ("/nothing", "/news/1.html", "/", "/topic?q=无"):
        assert got(site, path).status_code == 404


def test_robots_forbids_one_path(site: Site) -> None:
    assert "Disallow: /private/" in got(site, "/robots.txt").text
    assert got(site, "/private/drafts.html").status_code == 200


@pytest.mark.parametrize("path", ["/hot.json", "/feed.xml", "/news/", "/complaints?page=1"])
def test_an_unchanged_face_is_not_sent_again_until_the_next_day(site: Site, path: str) -> None:
    site.day = 2
    first = got(site, path)
    for headers in ({"If-None-Match": first.headers["ETag"]}, {"If-Modified-Since": first.headers["Last-Modified"]}):
        again = got(site, path, **headers)
        assert (again.status_code, again.content) == (304, b"")
        site.day = 3
        assert got(site, path, **headers).status_code == 200
        site.day = 2


def test_the_port_is_free_again_afterwards() -> None:
    with Site(NOW) as one:
        port = int(one.url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"):
            Site(NOW, port=port)
    one.close()
    with Site(NOW, port=port) as other:
        assert got(other, "/hot.json").ok


# --- the real spiders


def home_of(folder: Path, site: Site) -> Path:
    """A home with the four example sources, at this site's address."""
    for part in ("sources", "topics", "rules", "channels"):
        (folder / part).mkdir(parents=True)
    (folder / "departments.yaml").write_text("{}", "utf-8")
    (folder / "settings.yaml").write_text(f"crawl: {{delay: 0, allow_private: ['{site.url.removeprefix('http://')}']}}", "utf-8")
    for name in SOURCES:
        text = (SHIPPED / "sources" / f"{name}.yaml").read_text("utf-8")
        (folder / "sources" / f"{name}.yaml").write_text(text.replace("http://127.0.0.1:8765", site.url), "utf-8")
    return folder


@pytest.mark.slow
def test_the_real_spiders_find_every_post_with_its_title_time_and_text(site: Site, tmp_path: Path) -> None:
    home, waiting = home_of(tmp_path / "home", site), tmp_path / "spool"
    known: set[str] = set()
    for day in (2, 3):
        site.day = day
        reports = crawl(list(SOURCES), home, spool=waiting, now=site.clock)
        assert {report.source: (report.health, report.why) for report in reports} == dict.fromkeys(SOURCES, ("ok", ""))
        found = {(SOURCES[post.source], post.title or post.text): post for chunk in spool.chunks(waiting) for post in spool.read(chunk)}
        for post in site.posts():
            read = found[post.face, post.written.title]
            assert read.published_at == post.published_at
            assert read.text == post.text
            if post.face == "hot":
                assert read.engagement.heat == post.heat
            known.add(read.id)
        assert len(found) == len(site.posts()) == len(known)
    asked = Counter(path for path, _ in site.requests)
    assert {path for path in asked if path.startswith("/news/2")} == {f"/news/{post.key}.html" for post in site.posts("listing")}
    assert all(times == 1 for path, times in asked.items() if path.startswith("/news/2"))
    site.requests.clear()
    crawl(list(SOURCES), home, spool=waiting, now=site.clock)
    assert {path: status for path, status in site.requests if path != "/robots.txt"} == {
        "/complaints?page=1": 304,
        "/feed.xml": 304,
        "/hot.json": 304,
        "/news/": 304,
    }


@pytest.mark.slow
def test_the_forbidden_path_is_never_asked(site: Site, tmp_path: Path) -> None:
    home = home_of(tmp_path / "home", site)
    path = home / "sources" / "example-news.yaml"
    declared = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**declared, "url": f"{site.url}/private/drafts.html"}), "utf-8")
    (report,) = crawl(["example-news"], home, spool=tmp_path / "spool", now=site.clock)
    assert report.health != "ok"
    assert "/private/drafts.html" not in dict(site.requests)

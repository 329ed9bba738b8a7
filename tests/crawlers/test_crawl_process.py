"""The process of one crawl: how it begins, how it is ended, what it leaves behind."""

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import ConfigError
from crawlers.report import reports
from crawlers.run import crawl
from crawlers.spool import chunks
from tests.crawlers.shapes import ENVIRON, LISTING, article, entry, feed, listing
from tests.crawlers.site import Asked, Reply, home_in


def test_a_crawl_that_hangs_is_ended_and_what_it_found_is_kept(tmp_path: Path) -> None:
    with home_in(tmp_path, timeout="1s", limit="2s") as home:
        home.source("good", "listing", {"/list": Reply(listing("一"))}, **LISTING)
        slow = {f"/a/{number}.html": Reply("x" * 100, slow=0.1) for number in range(1, 9)}
        home.source("slow", "listing", {"/list": Reply(listing(*"一二三四五六七八")), **slow}, **LISTING, detail={"fields": {"text": ".body"}})
        start = time.monotonic()
        found = {report.source: report for report in crawl(["good", "slow"], home.folder, spool=home.spool, environ=ENVIRON)}
        assert time.monotonic() - start < 10
        assert (found["good"].health, found["slow"].health) == ("ok", "timeout")
        assert "一" in {post.text for post in home.taken()}


def test_a_process_that_no_longer_answers_is_ended_and_every_source_has_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawlers.run._GRACE", timedelta(seconds=6))
    with home_in(tmp_path, timeout="1s", limit="1s") as home:
        home.source("good", "listing", {"/list": Reply(listing("一"))}, **LISTING)
        home.source("stuck", "listing", {"/list": Reply(listing("a" * 40 + "!"), slow=0.001)}, **LISTING, skip=["^(a+)+$"])
        found = crawl(["good", "stuck"], home.folder, spool=home.spool, environ=ENVIRON)
        assert [(report.source, report.health) for report in found] == [("good", "ok"), ("stuck", "timeout")]
        assert reports(home.folder / "reports", "stuck") == [found[1]]
        assert [post.text for post in home.taken()] == ["一"]


def test_a_process_that_cannot_begin_is_a_fault(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        home.source("one", "listing", {"/list": Reply(listing("一"))}, **LISTING)
        home.spool.write_text("a file where the folder should be")
        (report,) = crawl(["one"], home.folder, spool=home.spool, environ=ENVIRON)
        assert report.health == "fault"
        assert report.why


def test_a_chunk_is_visible_while_the_crawl_goes_on(tmp_path: Path) -> None:
    with home_in(tmp_path, timeout="8s") as home:
        slow = {"/a/1.html": Reply(article("一")), "/a/2.html": Reply("x" * 28, slow=0.1)}
        home.source(
            "slow",
            "listing",
            {"/list": Reply(listing("一", "二")), **slow},
            **LISTING,
            detail={"fields": {"text": ".body", "title": "h1", "published_at": "p"}},
        )
        running = threading.Thread(target=lambda: crawl(["slow"], home.folder, spool=home.spool, environ=ENVIRON))
        running.start()
        while not any(path == "/a/2.html" for path in home.sites["slow"].paths) and running.is_alive():
            time.sleep(0.01)
        start = time.monotonic()
        while not chunks(home.spool) and running.is_alive():
            time.sleep(0.01)
        assert time.monotonic() - start < 2
        assert running.is_alive()
        running.join()
        assert [post.title for post in home.taken()] == ["一", "二"]


def test_what_failed_is_asked_again_and_pages_are_read_until_nothing_is_new(tmp_path: Path) -> None:
    def page(asked: Asked) -> Reply:
        number = int(json.loads(asked.body)["page"])
        return Reply(json.dumps({"data": {"html": listing(*(f"第{row % 6}条" for row in range(number * 2, number * 2 + 2)))}}))

    with home_in(tmp_path) as home:
        busy = {"/list": Reply(listing("一"), headers={"ETag": '"1"'}), "/a/1.html": Reply("busy", status=500)}
        failing = home.source("failing", "listing", busy, **LISTING, detail={"fields": {"text": ".body"}})
        declared = {"items": "li", "fields": {"title": "a"}, "inside": "data.html", "body": '{"page": {page}}', "first": 0, "pages": 50}
        paged = home.source("paged", "listing", {"/list": page}, **declared)

        report, pages = crawl(["failing", "paged"], home.folder, spool=home.spool, environ=ENVIRON, now=datetime(2024, 3, 5, tzinfo=UTC))
        assert (report.health, report.new) == ("unreachable", 1)
        assert (pages.new, len(paged.paths), pages.started.year) == (6, 4, 2024)
        posts = home.taken()
        assert [post.text for post in posts if post.source == "paged"] == [f"第{row}条" for row in range(6)]

        failing.pages["/a/1.html"] = Reply(article("后来的正文。"))
        report, pages = crawl(["failing", "paged"], home.folder, spool=home.spool, environ=ENVIRON, now=datetime(2024, 3, 6, tzinfo=UTC))
        assert (report.health, report.new, report.not_modified) == ("ok", 1, 0)
        assert (pages.new, len(paged.paths)) == (0, 5)
        (second,) = home.taken()
        (first,) = (post for post in posts if post.source == "failing")
        assert (first.id, first.text) == (second.id, "一")
        assert second.text == "后来的正文。\n第二段。"


def test_a_source_that_nobody_declared_is_said(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        home.source("file", "import", {}, url="")
        with pytest.raises(ConfigError, match="no source is called nobody") as refused:
            crawl(["nobody", "file"], home.folder, spool=home.spool, environ=ENVIRON)
        assert len(refused.value.faults) == 2


def test_scrapy_lists_and_crawls_the_sources_and_without_a_key_keeps_no_author(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        home.source("feed", "feed", {"/list": Reply(feed(entry(1)))})
        environ = {**ENVIRON, "SHIAN_HOME": str(home.folder), "SHIAN_AUTHOR_KEY": ""}
        root = Path(__file__).parents[2]
        listed = subprocess.run([sys.executable, "-m", "scrapy", "list"], cwd=root, env=environ, capture_output=True, text=True, check=True)
        assert listed.stdout.split() == ["feed"]
        subprocess.run([sys.executable, "-m", "scrapy", "crawl", "feed"], cwd=root, env=environ, capture_output=True, check=True)
        assert [(post.title, post.author) for post in home.taken()] == [("第1条", "")]


def test_who_imports_the_runner_does_not_load_scrapy() -> None:
    code = "import sys, crawlers.run, crawlers.report; sys.exit(any(name.split('.')[0] in ('scrapy', 'twisted') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""One lasting process crawls what it is asked to, again and again; what brings it down is found out, and holds up nobody for long."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.load import load
from crawlers.crew import Crew
from crawlers.report import CrawlReport, reports
from tests.crawlers.shapes import ENVIRON, LISTING, article, listing
from tests.crawlers.site import Home, Reply, home_in


def alone(name: str) -> CrawlReport:
    return CrawlReport(name, datetime.now(UTC), datetime.now(UTC))


def crew_of(home: Home, *, by_itself: Callable[[str], CrawlReport] = alone, silent: float = 60.0) -> Crew:
    return Crew(load(home.folder, ENVIRON), spool=home.spool, environ=ENVIRON, alone=by_itself, silent=silent)


def reported(home: Home, name: str, number: int = 1) -> CrawlReport:
    """The report that a source has when it has so many."""
    until = time.monotonic() + 60
    while len(found := reports(home.folder / "reports", name)) < number:
        assert time.monotonic() < until, f"{name} has {len(found)} of {number} reports"
        time.sleep(0.02)
    return found[-1]


def asked(crew: Crew, name: str) -> None:
    """Ask for a source when its last crawl is over: its report comes a moment before."""
    until = time.monotonic() + 60
    while not crew.ask(name):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_source_is_crawled_again_and_again_by_one_process(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        pages = {"/list": Reply(listing("一", "二"), headers={"ETag": '"1"'}), "/a/1.html": Reply(article("甲")), "/a/2.html": Reply(article("乙"))}
        site = home.source("well", "listing", pages, **LISTING, detail={"fields": {"text": ".body"}})
        ill = home.source("ill", "listing", {"/list": Reply(status=500)}, **LISTING)
        slow = home.source("slow", "listing", {"/list": Reply(listing("一"), slow=0.2)}, **LISTING)
        crew = crew_of(home)
        try:
            assert crew.ask("well")
            assert crew.ask("slow")
            assert not crew.ask("slow")
            first = reported(home, "well")
            assert (first.health, first.new, first.requests) == ("ok", 2, 4)
            assert [post.text for post in home.taken()] == ["甲\n第二段。", "乙\n第二段。"]

            asked(crew, "well")
            second = reported(home, "well", 2)
            assert (second.health, second.not_modified, second.requests) == ("ok", 1, 1)
            site.pages |= {"/list": Reply(listing("一", "二", "三"), headers={"ETag": '"2"'}), "/a/3.html": Reply(article("丙"))}
            asked(crew, "well")
            third = reported(home, "well", 3)
            assert (third.health, third.new, third.unchanged) == ("ok", 1, 2)
            assert [one.path for one in site.asked].count("/robots.txt") == 1

            for number in (1, 2):  # what is ill is made anew each time
                asked(crew, "ill")
                assert reported(home, "ill", number).health == "unreachable"
            assert [one.path for one in ill.asked].count("/robots.txt") == 2
            assert reported(home, "slow").health == "timeout"
            asked(crew, "slow")
            until = time.monotonic() + 30
            while len(slow.paths) < 2 and time.monotonic() < until:
                time.sleep(0.02)
        finally:
            begun = time.monotonic()
            crew.close()
        assert time.monotonic() - begun < 9  # whatever is under way


def test_who_holds_up_the_others_is_found_out_and_crawled_alone(tmp_path: Path) -> None:
    by_itself, gone = list[str](), threading.Event()

    def stuck(name: str) -> CrawlReport:
        by_itself.append(name)
        gone.set()
        return alone(name)

    with home_in(tmp_path, timeout="10s") as home:
        home.source("stuck", "listing", {"/list": Reply(listing("a" * 40 + "!"))}, **LISTING, skip=["^(a+)+$"])
        later = home.source("later", "listing", {"/list": Reply(listing("一"), slow=0.005)}, **LISTING)
        crew = crew_of(home, by_itself=stuck, silent=3)
        try:
            crew.ask("later")
            crew.ask("stuck")
            report = reported(home, "stuck")
            assert (report.health, report.why) == ("timeout", "reading it held up all crawls")
            assert reported(home, "later").health == "ok"
            assert later.paths
            asked(crew, "stuck")
            assert gone.wait(10)
            assert by_itself == ["stuck"]
        finally:
            crew.close()


def test_a_process_that_does_not_even_begin_is_reported_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawlers.crew.COMMAND", ("false",))
    monkeypatch.setattr("crawlers.crew._PAUSE", 0)
    with home_in(tmp_path) as home:
        for name in ("one", "other"):
            home.source(name, "listing", {}, **LISTING)
        crew = crew_of(home)
        for number in (1, 2):
            asked(crew, "one")
            asked(crew, "other")
            assert reported(home, "one", number).health == reported(home, "other", number).health == "fault"
        crew.close()
        assert not crew.ask("one")

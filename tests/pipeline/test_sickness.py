"""Sick sources are left alone longer each time and never given up; boards are told once that one fell sick, and once that it is well again."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.load import Config
from config.source import Source
from crawlers.health import HEALTH, TODO
from crawlers.report import CrawlReport, append
from pipeline import schedule
from pipeline.delivery import BOOK as DELIVERIES
from pipeline.delivery import read
from pipeline.notify import Message
from pipeline.outbox import Outbox
from pipeline.sickness import CEILING, interval, resting, state
from pipeline.store.memory import MemoryStore
from pipeline.unwell import APART, BOOK, REST, SourceNotices
from tests.pipeline.outbox.made import NOW, configured
from tests.pipeline.outbox.world import Crash

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BASE = {"kind": "feed", "url": "http://a.cn/", "category": "news", "trust": "media", "platform": "news", "every": "10m"}


def source(name: str = "a", **fields: Any) -> Source:
    return Source.model_validate({**BASE, "name": name, "title": f"某{name}报", **fields})


def crawls(*healths: str, every: timedelta = 10 * MINUTE, end: datetime = NOW, name: str = "a", **last: Any) -> list[CrawlReport]:
    """One crawl after another, the last of them at `end`."""
    found = [
        CrawlReport(name, end - every * back, end - every * back, health=health, why="" if health == "ok" else "原因")
        for back, health in enumerate(reversed(healths))
    ][::-1]
    return [*found[:-1], structs.replace(found[-1], **last)]


# --- Until when it is left alone


def test_a_sick_source_is_asked_less_often_up_to_four_times_and_a_good_crawl_ends_it() -> None:
    waits = [resting(source(), crawls("ok", *["blocked"] * count), NOW) for count in range(7)]
    assert waits == [None, None, *([NOW + 17.5 * MINUTE] + [NOW + 37.5 * MINUTE] * 4)]
    assert resting(source(), crawls("blocked", "blocked", "blocked", "ok"), NOW) is None
    assert resting(source(), crawls("blocked", "blocked", "blocked"), NOW + HOUR) is None


@pytest.mark.parametrize("word", [word for word in HEALTH if word != "ok"])
def test_only_what_could_not_be_read_is_asked_less_often(word: str) -> None:
    read = word in ("few", "stale", "empty", "no-text", "unread", "fault")
    assert (resting(source(), crawls(*[word] * 5), NOW) is None) == read


@pytest.mark.parametrize(
    ("declared", "longest"),
    [
        ({"every": "2h"}, CEILING),
        ({"every": "1d"}, DAY),
        ({"every": None, "cron": "0 8 * * *"}, DAY),
        ({"every": None, "cron": "*/5 * * * *"}, 20 * MINUTE),
    ],
)
def test_no_source_is_given_up(declared: dict[str, Any], longest: timedelta) -> None:
    one = source(**declared)
    for count in range(1, 12):
        until = resting(one, crawls(*["timeout"] * count), NOW)
        assert until is None or NOW < until < NOW + longest
    assert interval(one, NOW) <= longest


def test_how_long_a_site_asks_to_be_left_alone_is_kept_to_even_after_one_crawl() -> None:
    asked = NOW + 3 * HOUR
    assert resting(source(), crawls("ok", "blocked", again=asked), NOW) == asked
    assert resting(source(), crawls("ok", "blocked", again=NOW + MINUTE), NOW + 2 * MINUTE) is None


def test_a_state_says_since_when_how_often_and_what_to_do() -> None:
    found = state(source(), crawls("ok", "timeout", "blocked", "blocked"), NOW)
    assert (found.word, found.missed, found.since, found.todo) == ("blocked", 3, NOW - 20 * MINUTE, TODO["blocked"])
    assert state(source(), crawls("ok"), NOW + 3 * HOUR).said == "无声"
    assert state(source(), [], NOW).said == "还没有采集"


class Crawling:
    """An app as the schedule sees it, and its crew."""

    def __init__(self) -> None:
        self.rests, self.asked = NOW, list[str]()

    @property
    def crew(self) -> "Crawling":
        return self

    def resting(self, _: str) -> datetime | None:
        return self.rests

    def ask(self, name: str) -> bool:
        self.asked.append(name)
        return True


def test_the_schedule_leaves_a_resting_source_alone() -> None:
    app: Any = Crawling()
    schedule.asked(app, "a")
    assert app.asked == []
    app.rests = None
    schedule.asked(app, "a")
    assert app.asked == ["a"]


# --- Boards


class Desk:
    """Sources that are crawled, and what boards are told of them, by as many workers as a test makes."""

    def __init__(self, folder: Path, *names: str, **board: Any) -> None:
        self.folder, self.store, self.names, self.at = folder, MemoryStore(), names or ("a",), NOW
        boards = {"duty": {"channels": ["desk"], "sources": True, **board}, "leader": {"channels": ["desk"]}}
        whole = configured(channels={"desk": {"kind": "console"}}, boards=boards)
        self.config: Config = replace(whole, sources={name: source(name) for name in self.names})

    def worker(self, outbox: Any = None) -> SourceNotices:
        outbox = outbox or Outbox(self.store.ledger, self.config)
        return SourceNotices(self.store.ledger, outbox, self.config, self.folder, started=NOW - DAY)

    def crawl(self, health: str, *names: str, after: timedelta = 10 * MINUTE) -> None:
        """Time passes, with a look every minute by a worker that was just made; then the sources are crawled."""
        for minute in range(int(after / MINUTE)):
            self.worker().run(self.names, self.at + minute * MINUTE)
        self.at += after
        for name in names or self.names:
            append(self.folder, CrawlReport(name, self.at, self.at, health=health, why="" if health == "ok" else "HTTP 403"))
        self.worker().run(self.names, self.at)

    @property
    def told(self) -> list[Message]:
        entries = self.store.ledger.page(DELIVERIES, limit=500).items
        assert {read(entry).delivery.board for entry in entries} <= {"duty"}
        return [read(entry).delivery.message for entry in entries]

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.told]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_complaint_4_a_source_that_stops_is_told_once_and_its_recovery_once_and_it_is_asked_all_the_while(desk: Desk) -> None:
    desk.crawl("ok")
    desk.crawl("blocked")
    assert desk.titles == []
    for _ in range(20):
        desk.crawl("blocked")
    assert desk.titles == ["1 个信源异常：某a报"]
    found = state(desk.config.sources["a"], crawls("ok", *["blocked"] * 21, end=desk.at), desk.at)
    assert (found.word, found.missed) == ("blocked", 21)
    assert found.again is not None
    assert found.again - desk.at < 40 * MINUTE
    for _ in range(5):
        desk.crawl("ok")
    assert desk.titles == ["1 个信源异常：某a报", "1 个信源恢复：某a报"]
    first = desk.told[0]
    assert "某a报（a）：被拒绝（403、412、418、429 或验证页），连续 2 次，自 09-05 12:20；HTTP 403" in first.text
    assert TODO["blocked"] in first.text
    assert "恢复正常（异常自 09-05 12:20）" in desk.told[1].text
    assert (first.of, first.level) == ("notice", None)


def test_a_source_is_told_of_after_as_many_failures_as_it_declares(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.config = replace(desk.config, sources={"a": source(expect={"patience": 4})})
    for count in range(1, 6):
        desk.crawl("timeout")
        assert len(desk.told) == (count >= 4)


def test_sources_that_fall_sick_together_are_told_together(tmp_path: Path) -> None:
    names = tuple("abcdefgh")
    desk = Desk(tmp_path, *names)
    desk.crawl("unreachable")
    desk.crawl("unreachable", after=10 * MINUTE)
    assert desk.titles == ["8 个信源异常：某a报、某b报、某c报 等"]
    for name in names:
        desk.crawl("ok", name, after=MINUTE)
    desk.crawl("ok", after=APART)
    assert desk.titles[1:] == ["8 个信源恢复：某a报、某b报、某c报 等"]
    assert desk.told[1].text.count("恢复正常") == 8


def test_complaint_13_a_source_that_flaps_is_bounded_and_what_is_told_last_is_how_it_is(desk: Desk) -> None:
    for _ in range(48):  # two days of an hour each of: two failures, one success
        for health in ("timeout", "timeout", "ok"):
            desk.crawl(health, after=20 * MINUTE)
    assert 2 <= len(desk.told) <= 2 * (48 * HOUR / REST) + 1
    desk.crawl("timeout", after=20 * MINUTE)
    for _ in range(20):
        desk.crawl("timeout", after=20 * MINUTE)
    assert "异常" in desk.titles[-1]
    desk.crawl("ok", after=20 * MINUTE)
    assert "恢复" in desk.titles[-1]


@pytest.mark.parametrize("moment", ["before the message", "after the message", "before it is marked"])
def test_a_crash_in_between_tells_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    desk.crawl("blocked")
    desk.at += 10 * MINUTE
    append(desk.folder, CrawlReport("a", desk.at, desk.at, health="blocked"))
    outbox = Outbox(desk.store.ledger, desk.config)
    put, calls = outbox.put, list[int]()

    def dying(*given: Any) -> None:
        if moment != "before the message":
            put(*given)
        calls.append(1)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "put", dying)
        with pytest.raises(Crash):
            desk.worker(outbox).run(desk.names, desk.at)
    for minute in range(1, 40):
        desk.worker().run(desk.names, desk.at + minute * MINUTE)
    assert (len(desk.told), calls) == (1, [1])
    assert [entry.state for entry in desk.store.ledger.page(BOOK).items] == ["sick"]


def test_two_workers_at_once_tell_it_once(desk: Desk) -> None:
    desk.crawl("blocked")
    desk.at += 10 * MINUTE
    append(desk.folder, CrawlReport("a", desk.at, desk.at, health="blocked"))
    for one in [desk.worker() for _ in range(3)]:
        one.run(desk.names, desk.at)
    assert len(desk.told) == 1


def test_nothing_is_kept_where_no_board_asks_and_silence_is_told_by_who_was_awake(tmp_path: Path) -> None:
    deaf = Desk(tmp_path / "deaf", sources=False)
    for _ in range(3):
        deaf.crawl("blocked")
    assert (deaf.told, deaf.store.ledger.page(BOOK).items) == ([], [])
    desk = Desk(tmp_path / "hears")
    desk.crawl("ok")
    late = desk.at + 5 * HOUR
    fresh = SourceNotices(desk.store.ledger, Outbox(desk.store.ledger, desk.config), desk.config, desk.folder, started=late - MINUTE)
    assert fresh.run(desk.names, late) == []
    desk.worker().run(desk.names, late)
    assert desk.titles == ["1 个信源异常：某a报"]
    assert "没有按时采集" in desk.told[0].text

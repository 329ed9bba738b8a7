"""Sick sources as a digest tells them: since when they fail, and which fell silent."""

from datetime import timedelta
from pathlib import Path

from config.source import Source
from crawlers.report import CrawlReport, append
from pipeline.digest.content import Sick
from pipeline.digest.health import told_sick
from pipeline.store import FateCount
from pipeline.store.memory import MemoryStore
from tests.pipeline.digest.made import DAY, OUT

HOUR = timedelta(hours=1)


def source(name: str, **fields: object) -> Source:
    base = {
        "name": name,
        "title": name,
        "kind": "feed",
        "url": "http://a.cn/",
        "category": "news",
        "trust": "media",
        "platform": "news",
        "every": "1h",
    }
    return Source.model_validate({**base, **fields})


def crawled(folder: Path, name: str, *healths: str, last: timedelta = timedelta(minutes=10)) -> None:
    """One crawl an hour, the last one so long before the digest."""
    for number, health in enumerate(reversed(healths)):
        append(folder, CrawlReport(name, OUT - last - HOUR * number, OUT - last - HOUR * number, health=health, why="x" if health != "ok" else ""))
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))


def sick(folder: Path, *sources: Source, here: tuple[str, ...] | None = None, store: MemoryStore | None = None) -> list[Sick]:
    names = [one.name for one in sources] if here is None else here
    found, looked = told_sick(store or MemoryStore(), {one.name: one for one in sources}, OUT, here=names, folder=folder)
    assert looked == sum(one.enabled and one.kind != "import" for one in sources)
    return list(found)


def test_a_source_that_is_well_is_not_told(tmp_path: Path) -> None:
    crawled(tmp_path, "a", "blocked", "ok")
    assert sick(tmp_path, source("a"), source("off", enabled=False), source("files", kind="import", every=None, url="")) == []


def test_a_failing_one_is_told_since_its_first_failure_in_a_row(tmp_path: Path) -> None:
    crawled(tmp_path, "a", "blocked", "ok", "timeout", "blocked", "blocked")
    assert sick(tmp_path, source("a")) == [Sick("a", "a", "blocked", OUT - timedelta(minutes=10) - HOUR * 2, "x")]


def test_one_that_is_crawled_no_more_fell_silent(tmp_path: Path) -> None:
    crawled(tmp_path, "a", "ok", last=HOUR * 5)
    crawled(tmp_path, "daily", "ok", last=HOUR * 30)
    assert [(one.source, one.health, one.since) for one in sick(tmp_path, source("a"), source("daily", every=None, cron="0 2 * * *"))] == [
        ("a", "silent", OUT - HOUR * 5)
    ]
    assert sick(tmp_path, source("never"))[0].why == "还没有采集过"


def test_what_came_after_the_period_is_not_known_in_it(tmp_path: Path) -> None:
    crawled(tmp_path, "a", "ok", "blocked", last=-timedelta(minutes=30))
    assert sick(tmp_path, source("a")) == []


def test_of_other_workers_sources_the_posts_tell(tmp_path: Path) -> None:
    store = MemoryStore()
    store.add_fates([FateCount("2023-12-20", "quiet", "kept", 3), FateCount("2023-12-31", "busy", "repeated", 1)])
    one = {"expect": {"max_age": "5d"}}
    found = sick(tmp_path, source("quiet", **one), source("busy", **one), source("unknown"), here=(), store=store)
    assert [(sick.source, sick.since) for sick in found] == [("quiet", OUT - DAY * 12 + HOUR * 16)]

"""Jobs come at their times in Asia/Shanghai, one at a time, and a failing one comes again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.blocking import BlockingScheduler

from config.errors import StoreError
from config.load import load
from config.source import Source
from crawlers.records import ZONE
from pipeline.app import App
from pipeline.home import Home, made
from pipeline.schedule import guarded, planned, trigger_of

BASE = {"name": "x", "title": "x", "kind": "feed", "url": "http://a.cn/", "category": "news", "trust": "media", "platform": "news"}


def test_a_cron_line_is_read_in_shanghai() -> None:
    trigger = trigger_of(Source.model_validate({**BASE, "cron": "0 8 * * *"}))
    fires = trigger.get_next_fire_time(None, datetime(2024, 9, 5, 0, 30, tzinfo=UTC))
    assert fires == datetime(2024, 9, 6, 8, 0, tzinfo=ZONE)


def test_an_interval_is_kept_within_its_spread() -> None:
    trigger = trigger_of(Source.model_validate({**BASE, "every": "10m"}))
    start = datetime(2024, 9, 5, tzinfo=UTC)
    fires = trigger.get_next_fire_time(start, start)
    assert fires is not None
    assert timedelta(minutes=9) <= fires - start <= timedelta(minutes=11)


def test_every_enabled_source_has_its_job_and_imports_have_none() -> None:
    app = App(None, store_url="memory:")
    scheduler = planned(app, BlockingScheduler(timezone=ZONE))
    crawled = {name for name, source in load().sources.items() if source.enabled and source.kind != "import"}
    assert {job.id for job in scheduler.get_jobs()} == {f"crawl/{name}" for name in crawled} | {"purge", "digest", "escalate", "sources"}


def test_the_digest_comes_at_its_time_and_within_minutes_where_it_was_missed() -> None:
    app = App(None, store_url="memory:")
    job = planned(app, BlockingScheduler(timezone=ZONE)).get_job("digest")
    assert job
    before = datetime(2024, 9, 5, 7, 59, 50, tzinfo=ZONE)
    fires = [at for at in (trigger.get_next_fire_time(None, before) for trigger in job.trigger.triggers[:1]) if at]
    assert fires == [datetime(2024, 9, 5, 8, 0, 30, tzinfo=ZONE)]
    assert job.trigger.triggers[1].interval == timedelta(minutes=5)
    job.func()  # nobody gets digests, so nothing is told


def purge_of(place: Home, called: list[str], name: str, *, fails: bool = False) -> Callable[[], None]:
    """The daily purge as one worker's scheduler runs it; it says that it ran instead of removing anything."""
    app = App(place, environ={})

    def purge() -> None:
        called.append(name)
        if fails:
            raise StoreError("away")

    app.purge = purge  # type: ignore[method-assign, assignment]
    job = planned(app, BlockingScheduler(timezone=ZONE)).get_job("purge")
    assert job
    return job.func  # type: ignore[no-any-return]


def test_of_several_workers_one_does_the_daily_job_each_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, called, today = made(tmp_path / "home"), list[str](), datetime(2024, 9, 5, 19, 30, tzinfo=UTC)
    monkeypatch.setattr("pipeline.app.now", lambda: today)
    first, second = purge_of(place, called, "first"), purge_of(place, called, "second")
    first()
    second()
    assert called == ["first"]
    today += timedelta(days=1)
    second()
    first()
    assert called == ["first", "second"]


def test_who_comes_next_does_the_job_that_failed(tmp_path: Path) -> None:
    place, called = made(tmp_path / "home"), list[str]()
    purge_of(place, called, "first", fails=True)()
    purge_of(place, called, "second")()
    purge_of(place, called, "third")()
    assert called == ["first", "second"]


def test_a_scheduler_starts_though_the_store_is_away() -> None:
    app = App(None, store_url="elasticsearch+http://127.0.0.1:9")
    assert planned(app, BlockingScheduler(timezone=ZONE)).get_job("purge")
    assert "store" not in app.__dict__


def test_a_worker_crawls_the_sources_of_its_shard(tmp_path: Path) -> None:
    place = made(tmp_path / "home")
    one = (place.folder / "sources" / "example-feed.yaml").read_text("utf-8").replace("enabled: false", "enabled: true")
    for number in range(20):
        (place.folder / "sources" / f"feed-{number}.yaml").write_text(one, "utf-8")
    crawled = []
    for k in (1, 2, 3):
        app = App(place, environ={"SHIAN_SHARD": f"{k}/3"})
        jobs = {job.id for job in planned(app, BlockingScheduler(timezone=ZONE)).get_jobs()}
        assert jobs == {f"crawl/{name}" for name in app.crawled()} | {"purge", "digest", "escalate", "sources"}
        crawled += app.crawled()
    assert sorted(crawled) == sorted(App(place, environ={}).crawled())
    assert len(crawled) >= 20


def test_a_failing_job_ends_nothing_else(caplog: object) -> None:
    def failing() -> None:
        raise ZeroDivisionError

    guarded(failing, "purge")()
    assert "job purge failed" in getattr(caplog, "text")  # noqa: B009

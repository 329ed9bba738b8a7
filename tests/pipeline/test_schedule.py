"""Jobs come at their times in Asia/Shanghai, one at a time, and a failing one comes again."""

from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.blocking import BlockingScheduler

from config.load import load
from config.source import Source
from crawlers.records import ZONE
from pipeline.app import App
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
    assert {job.id for job in scheduler.get_jobs()} == {f"crawl/{name}" for name in crawled} | {"purge"}


def test_a_failing_job_ends_nothing_else(caplog: object) -> None:
    def failing() -> None:
        raise ZeroDivisionError

    guarded(failing, "purge")()
    assert "job purge failed" in getattr(caplog, "text")  # noqa: B009

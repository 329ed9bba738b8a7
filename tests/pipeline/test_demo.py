"""The demonstration's alerts do not depend on the store: what one crawl brought is taken into SQLite and into Elasticsearch."""

import shutil
from pathlib import Path

import pytest

from crawlers.example.posts import DAYS
from crawlers.example.site import Site
from pipeline import demo
from pipeline.app import App, now
from pipeline.store import EventFilter
from tests.elasticsearch.emptied import emptied


def table(app: App) -> list[str]:
    return [demo._row(alert) for alert in app.all_alerts(EventFilter())]


@pytest.mark.slow
@pytest.mark.elasticsearch
def test_both_stores_raise_the_same_alerts(elasticsearch_url: str, tmp_path: Path) -> None:
    url = f"{elasticsearch_url}/demo"
    emptied(url)
    with Site(now(), day=DAYS[0]) as site:
        here, there = (demo._home(tmp_path / name, site.url) for name in ("here", "there"))
        with App(here, store_url="sqlite:///shian.db") as one, App(there, store_url=url) as other:
            for day in DAYS:
                site.day = day
                one.crawl(demo._SOURCES, collected_at=site.clock)
                shutil.copytree(here.spool, there.spool, dirs_exist_ok=True)
                assert [alert.id for alert in one.drain()] == [alert.id for alert in other.drain()]
            assert len(table(one)) > 5
            assert table(one) == table(other)
            assert one.store.sizes() == other.store.sizes()

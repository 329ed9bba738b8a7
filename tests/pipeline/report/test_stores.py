"""The same posts give the same report on every store."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.report.checked import unsupported
from pipeline.report.event import event_report
from pipeline.report.kept import Kept
from pipeline.report.period import period
from pipeline.report.periodic import period_report
from pipeline.report.rendered import rendered
from pipeline.store import EventFilter, Store, opened
from pipeline.track import Tracker
from tests.pipeline.made import StubAnalyst
from tests.pipeline.report.made import CONFIG, UNTIL, drawn


def written(store: Store) -> Iterator[bytes]:
    """Every report as JSON, each found sound."""
    made = [period_report(Kept(store, CONFIG), kind, period(kind, UNTIL, now=UNTIL)) for kind in ("daily", "weekly", "monthly")]
    made += [event_report(Kept(store, CONFIG), event.id, UNTIL) for event in store.events(EventFilter()).items if event.first_seen < UNTIL]
    for report in made:
        assert unsupported(report, Kept(store, CONFIG)) == []
        yield rendered(report, "json", CONFIG)


def same_on(store: Store) -> None:
    filled = drawn(11, most=60)
    store.keep(filled.posts)
    Tracker(store, StubAnalyst(), CONFIG).run()
    assert list(written(store)) == list(written(filled.store))


def test_on_sqlite(tmp_path: Path) -> None:
    with closing(opened("sqlite:///s.db", tmp_path, {})) as store:
        same_on(store)


@pytest.mark.slow
def test_on_elasticsearch(elasticsearch_url: str, tmp_path: Path) -> None:
    with closing(opened(f"{elasticsearch_url}/report-{secrets.token_hex(4)}", tmp_path, {})) as store:
        same_on(store)

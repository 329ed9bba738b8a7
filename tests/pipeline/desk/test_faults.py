"""When the store is away or the desk itself is broken, programs get the one form and people get a page."""

from datetime import datetime

import httpx
import pytest

from config.errors import StoreError
from config.load import Config
from pipeline.desk import desk
from pipeline.model import Alert, Edit, Event
from pipeline.store import EventFilter, Page
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW


class AwayStore(MemoryStore):
    """A store whose server cannot be reached."""

    error: Exception = StoreError("the store at example.test:9200 does not answer; is it running?")

    def alerts(self, which: EventFilter, *, limit: int = 50, cursor: str = "") -> Page[Alert]:
        raise self.error

    def sizes(self) -> dict[str, int]:
        raise self.error

    def event(self, event: str) -> Event | None:
        raise self.error

    def triage(self, event: str, edit: Edit, *, version: int, now: datetime) -> Event:
        raise self.error


class BrokenStore(AwayStore):
    """A store with a bug in it."""

    error = RuntimeError("secret detail")


def asked(store: MemoryStore, config: Config, url: str) -> httpx.Response:
    visitor = Visitor(desk(store, config, now=lambda: NOW), raising=False)
    try:
        return visitor.get(url)
    finally:
        visitor.leave()


@pytest.mark.parametrize("url", ["/api/alerts", "/healthz", "/rows.json", "/feed.atom"])
def test_programs_are_told_that_the_store_is_away(url: str, config: Config) -> None:
    answer = asked(AwayStore(), config, url)
    assert (answer.status_code, answer.json()["kind"]) == (503, "store")
    assert "is it running?" in answer.json()["error"]


def test_people_are_told_that_the_store_is_away(config: Config) -> None:
    answer = asked(AwayStore(), config, "/")
    assert answer.status_code == 503
    assert "is it running?" in answer.text
    assert "存储暂时用不了；它一恢复，本页就会自己回来" in answer.text
    assert (answer.headers["refresh"], answer.headers["retry-after"]) == ("5", "5")


def test_who_was_changing_something_is_told_to_look_after_it(config: Config) -> None:
    visitor = Visitor(desk(AwayStore(), config, now=lambda: NOW))
    answer = visitor.post("/events/e/triage", data={"version": 0, "action": "close"})
    visitor.leave()
    assert (answer.status_code, "refresh" in answer.headers) == (503, False)
    assert "刚才的改动可能没有保存" in answer.text


def test_a_bug_is_said_without_its_inside(config: Config) -> None:
    page, told = asked(BrokenStore(), config, "/"), asked(BrokenStore(), config, "/api/alerts")
    assert (page.status_code, told.status_code, told.json()["kind"]) == (500, 500, "bug")
    assert "值守台自身出错" in page.text
    assert "secret" not in page.text + told.text

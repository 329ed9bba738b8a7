"""The Atom feed is valid, keeps its ids, and is sent once."""

from datetime import timedelta

import feedparser
import pytest
from msgspec import structs

from pipeline.desk.feeds import stable
from pipeline.model import Event, Step
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW, alert_of


def test_every_alert_is_an_entry_with_a_stable_id(visitor: Visitor, matters: dict[str, Event]) -> None:
    answer = visitor.get("/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert len(feed.entries) == 5
    assert feed.feed.updated == max(entry.updated for entry in feed.entries)
    entry = next(entry for entry in feed.entries if entry.title.startswith("Ⅰ红"))
    assert entry.link == f"http://127.0.0.1:8000/events/{matters['canteen'].id}"
    assert "12 人发病，3 人住院" in entry.summary
    assert {tag.term for tag in entry.tags} == {"level-1", "campus"}
    assert len({entry.id for entry in feed.entries}) == 5
    assert stable("alert:1") == stable("alert:1") != stable("alert:2")
    assert [entry.id for entry in feedparser.parse(visitor.get("/feed.atom").content).entries] == [entry.id for entry in feed.entries]


def test_filters_make_a_feed_of_their_own(visitor: Visitor, matters: dict[str, Event]) -> None:
    feed = feedparser.parse(visitor.get("/feed.atom?level=2&topic=grain-oil").content)
    assert [entry.title for entry in feed.entries] == [f"Ⅱ橙 {matters['oil'].title}"]
    assert feed.feed.id != feedparser.parse(visitor.get("/feed.atom").content).feed.id
    assert feed.feed.links[0].href == "http://127.0.0.1:8000/feed.atom?level=2&topic=grain-oil"
    assert visitor.get("/feed.atom?level=9").status_code == 400


@pytest.mark.usefixtures("matters")
def test_who_has_the_feed_is_not_sent_it_again(visitor: Visitor) -> None:
    first = visitor.get("/feed.atom")
    assert visitor.get("/feed.atom", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    # A late file may bring an older alert, which a time alone would hide.
    assert visitor.get("/feed.atom", headers={"if-modified-since": first.headers["last-modified"]}).status_code == 200


def test_an_empty_feed_is_valid(visitor: Visitor) -> None:
    feed = feedparser.parse(visitor.get("/feed.atom").content)
    assert (feed.bozo, feed.entries, feed.feed.updated) == (False, [], "1970-01-01T08:00:00+08:00")


def test_characters_that_xml_cannot_say_are_left_out(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    event = structs.replace(matters["oil"], id="odd", title="油\x00罐\x1b & <b>车</b> ]]>", last_seen=NOW)
    store.commit(Step(cleared=(), events=(event,), alerts=(alert_of(event, ("因\ufffe为",), at=NOW + timedelta(minutes=1)),)))
    feed = feedparser.parse(visitor.get("/feed.atom").content)
    assert not feed.bozo
    assert feed.entries[0].summary.startswith("因为")

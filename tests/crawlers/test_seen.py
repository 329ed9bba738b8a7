"""What crawls remember."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import StoreError
from crawlers.seen import LastCrawl, Seen, Validators

NOW = datetime(2024, 3, 5, tzinfo=UTC)
KEY, DIGEST, OTHER, TAG = b"k" * 16, b"d" * 16, b"e" * 16, b"t" * 16


def test_an_item_is_seen_until_it_says_something_else(tmp_path: Path) -> None:
    with Seen(tmp_path / "crawl.db", now=NOW) as seen:
        assert not seen.has("a", KEY, DIGEST)
        seen.mark("a", [(KEY, DIGEST)], NOW)
    with Seen(tmp_path / "crawl.db", now=NOW) as seen:
        assert seen.has("a", KEY, DIGEST)
        assert not seen.has("b", KEY, DIGEST)
        assert not seen.has("a", KEY, OTHER)
        seen.mark("a", [(KEY, OTHER)], NOW)
        assert not seen.has("a", KEY, DIGEST)


def test_what_is_no_longer_listed_is_forgotten_and_what_is_stays(tmp_path: Path) -> None:
    path, later = tmp_path / "crawl.db", NOW + timedelta(days=100)
    with Seen(path, now=NOW) as seen:
        seen.mark("a", [(KEY, DIGEST), (OTHER, DIGEST)], NOW)
        seen.keep_validators("http://example.org/", TAG, Validators("x"), NOW)
        seen.touch("a", [KEY], later)
    with Seen(path, now=later + timedelta(days=60)) as seen:
        assert seen.has("a", KEY, DIGEST)
        assert not seen.has("a", OTHER, DIGEST)
        assert seen.validators("http://example.org/", TAG) == Validators()


def test_validators_hold_for_the_declaration_that_read_the_page() -> None:
    with Seen(None, now=NOW) as seen:
        seen.keep_validators("http://example.org/", TAG, Validators('"1"', "Tue, 05 Mar 2024 00:00:00 GMT"), NOW)
        assert seen.validators("http://example.org/", TAG).etag == '"1"'
        assert seen.validators("http://example.org/", OTHER) == Validators()


def test_the_newest_time_outlives_a_crawl_that_saw_none() -> None:
    with Seen(None, now=NOW) as seen:
        assert seen.last_crawl("a") == LastCrawl()
        seen.end_crawl("a", LastCrawl(True, NOW, NOW))
        seen.end_crawl("a", LastCrawl(False, None, NOW))
        assert seen.last_crawl("a") == LastCrawl(False, NOW, NOW)


def test_a_broken_memory_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "crawl.db"
    path.write_bytes(b"no database" * 1000)
    with Seen(path, now=NOW) as seen:
        seen.mark("a", [(KEY, DIGEST)], NOW)
        assert seen.has("a", KEY, DIGEST)
    assert (tmp_path / "crawl.broken").is_file()


def test_a_memory_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "crawl.db").mkdir()
    with pytest.raises(StoreError, match=r"crawl\.db"):
        Seen(tmp_path / "crawl.db", now=NOW)


def test_several_crawls_remember_at_once(tmp_path: Path) -> None:
    def remember(number: int) -> None:
        with Seen(tmp_path / "crawl.db", now=NOW) as seen:
            for item in range(50):
                seen.mark("a", [(bytes([number, item]), DIGEST)], NOW)

    threads = [threading.Thread(target=remember, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection = sqlite3.connect(tmp_path / "crawl.db")
    assert connection.execute("SELECT count(*) FROM items").fetchone() == (200,)
    connection.close()

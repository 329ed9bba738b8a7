"""Every word of a search is asked for, in proportion, whatever comes between."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.keywords import Keyword, most_at_once
from config.source import Source
from crawlers.addresses import ListPage, list_page
from crawlers.rotation import due, share, standing
from crawlers.seen import Seen
from tests.config.test_keywords import SEARCH, search

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def rounds(words: list[Keyword], crawls: int, most: int, stands: dict[str, float]) -> list[list[str]]:
    """Whom so many crawls ask for, each of them beginning with what was remembered."""
    found = []
    for _ in range(crawls):
        known = standing(words, stands)
        asked = due(words, known, most)
        stands.clear()
        stands |= known | asked
        found.append(list(asked))
    return found


def words(tail: int, watched: int = 0) -> list[Keyword]:
    return [*(Keyword(f"watch{n}", 4) for n in range(watched)), *(Keyword(f"word{n}", 1) for n in range(tail))]


def test_a_watched_word_is_asked_four_times_as_often_and_no_other_starves() -> None:
    counts = Counter(word for crawl in rounds(words(100, 3), 280, 4, {}) for word in crawl)
    assert [counts[f"watch{n}"] for n in range(3)] == pytest.approx([40] * 3, abs=2)
    assert {counts[f"word{n}"] for n in range(100)} <= {9, 10, 11}


def test_a_watched_word_is_spread_over_the_round() -> None:
    asked = [word for crawl in rounds(words(96, 1), 100, 4, {}) for word in crawl]
    met = [place for place, word in enumerate(asked) if word == "watch0"]
    assert met[0] == 0
    assert max(after - before for before, after in pairwise(met)) <= 32


def test_a_word_that_is_new_comes_and_one_that_went_is_forgotten() -> None:
    stands: dict[str, float] = {}
    rounds(words(50), 100, 5, stands)
    assert rounds([Keyword("fresh", 4), *words(50)], 1, 5, dict(stands))[0][0] == "fresh"
    late = rounds([*words(50), Keyword("later", 1)], 21, 5, dict(stands))
    assert sum(crawl.count("later") for crawl in late) in (1, 2)
    assert set(standing(words(20), stands)) == {f"word{n}" for n in range(20)}


def test_where_words_stand_outlives_the_process(tmp_path: Path) -> None:
    with Seen(tmp_path / "crawl.db", now=NOW) as seen:
        seen.keep_standing("search", {"word1": 0.5, "word2": 0.75})
        seen.keep_standing("other", {"word1": 1.0})
        seen.asked_for("search", "word1", 1.5)
    with Seen(tmp_path / "crawl.db", now=NOW) as seen:
        assert seen.standing("search") == {"word1": 1.5, "word2": 0.75}
        seen.keep_standing("search", {"word2": 0.75})
        assert seen.standing("search") == {"word2": 0.75}
        assert seen.standing("other") == {"word1": 1.0}


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 30), st.integers(0, 5), st.integers(1, 12), st.data())
def test_nobody_starves_however_crawls_break_off(tail: int, watched: int, most: int, data: st.DataObject) -> None:
    """A crawl may end after any of its words but the first: the round goes on with those that were left out."""
    everyone, stands, met = words(tail, watched), dict[str, float](), Counter[str]()
    weight = sum(word.weight for word in everyone)
    asked = 0
    while asked < 3 * weight:
        stands = standing(everyone, stands)
        chosen = due(everyone, stands, most)
        assert len(chosen) == min(most, len(everyone))
        done = dict(list(chosen.items())[: data.draw(st.integers(1, len(chosen)))])
        stands |= done
        met.update(done)
        asked += len(done)
    assert set(met) == {word.text for word in everyone}


@pytest.mark.parametrize(("per_day", "minutes"), [(200, 30), (48, 30), (97, 15), (1000, 5), (24, 60)])
def test_the_crawls_of_any_day_make_as_many_searches_as_declared(per_day: int, minutes: int) -> None:
    source = search(searches_per_day=per_day, every=f"{minutes}m")
    at, last, made = NOW, NOW - timedelta(days=400), []
    for _ in range(3 * 24 * 60 // minutes):
        made.append(share(source, last=last, now=at))
        last, at = at, at + timedelta(minutes=minutes)
    day = 24 * 60 // minutes
    for start in range(1, len(made) - day):
        assert sum(made[start : start + day]) == per_day
    assert max(made) <= most_at_once(source)


def test_a_crawl_out_of_turn_asks_for_one_word_and_a_long_pause_is_not_made_up_for() -> None:
    source = search(searches_per_day=200)
    assert share(source, last=NOW, now=NOW + timedelta(seconds=5)) == 1
    assert share(source, last=NOW + timedelta(hours=1), now=NOW) == 1
    assert share(source, last=NOW - timedelta(days=3), now=NOW) <= most_at_once(source)


@pytest.mark.parametrize(
    ("declared", "page", "asked"),
    [
        ({}, 0, ListPage("https://example.org/?q=%E5%90%89%E6%9E%97%20%E8%82%89%26", "", {})),
        (
            {
                "url": "https://example.org/?q={keyword}&p={page}",
                "keywords": {"words": ["食品"], "encoding": "gbk"},
                "pages": 2,
                "first": 0,
                "step": 10,
            },
            1,
            ListPage("https://example.org/?q=%BC%AA%C1%D6%20%C8%E2%26&p=10", "", {}),
        ),
        (
            {"body": '{"key":"{keyword}","page":{page}}', "headers": {"Referer": "https://example.org/{keyword}"}, "url": "https://example.org/"},
            0,
            ListPage(
                "https://example.org/",
                '{"key":"吉林 肉&","page":1}',
                {"Referer": "https://example.org/%E5%90%89%E6%9E%97%20%E8%82%89%26", "Content-Type": "application/json"},
            ),
        ),
        (
            {"body": "q={keyword}", "url": "https://example.org/"},
            0,
            ListPage("https://example.org/", "q=%E5%90%89%E6%9E%97%20%E8%82%89%26", {"Content-Type": "application/x-www-form-urlencoded"}),
        ),
    ],
)
def test_a_word_is_written_as_the_site_wants_it(declared: dict[str, object], page: int, asked: ListPage) -> None:
    assert list_page(search(**declared), page, "吉林 肉&") == asked


def test_a_quote_in_a_word_does_not_end_the_body() -> None:
    assert list_page(Source.model_validate(SEARCH | {"body": '{"key":"{keyword}"}'}), 0, '"肉"').body == '{"key":"\\"肉\\""}'

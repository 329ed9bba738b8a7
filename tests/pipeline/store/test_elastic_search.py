"""Elasticsearch finds exactly what `matches` says, and what SQLite finds: the same hits on the same posts, whatever the characters."""

import gzip
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.store import opened
from pipeline.store.meaning import Not, Query, Term, answers, fold, leaf, matches
from pipeline.store.query import parsed
from tests.contracts.posts import at, ident, judged, thought
from tests.elasticsearch.emptied import empty
from tests.pipeline.store.test_search import filled, posts, trees

pytestmark = pytest.mark.elasticsearch


@pytest.fixture(scope="module")
def cluster(elasticsearch_url, tmp_path_factory):
    with empty(f"{elasticsearch_url}/search", tmp_path_factory.mktemp("store")) as store:
        yield store


@given(data=st.data())
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_elasticsearch_finds_what_the_reference_finds(cluster, data):
    some = data.draw(posts())
    memory = opened("memory:", Path())
    cluster.purge(relevant_before=at(99), irrelevant_before=at(99))  # what it leaves in the index would be found here
    assert cluster.count(Query(Not(Term("nothing")))) == 0
    cluster.keep(some)
    memory.keep(some)
    for _ in range(12):
        bound = st.one_of(st.none(), st.sampled_from([at(0), at(1), at(2), at(9)]))
        query = Query(data.draw(st.one_of(trees(some), st.none())), data.draw(bound), data.draw(bound))
        assert cluster.search(query) == memory.search(query)
        assert cluster.count(query) == memory.count(query)


@pytest.fixture
def store(elasticsearch_url, tmp_path):
    with empty(f"{elasticsearch_url}/search", tmp_path) as one:
        yield one


def test_every_character_is_found_and_only_where_it_is(store):
    """One post for each kind of character: none is dropped, merged or split by the index."""
    characters = [chr(code) for code in (*range(0x500), *range(0x2000, 0x2100), *range(0xFE00, 0xFF00), *range(0x1F600, 0x1F640))]
    characters = [character for character in characters if fold(character)]
    some = [judged(number, f"甲{character}乙") for number, character in enumerate(characters)]
    seen_of = [leaf(one) for one in some]
    store.keep(some)
    for character in random.Random(4).sample(characters, 120):
        query = Query(Term(fold(character)))
        assert store.count(query) == sum(answers(query, seen) for seen in seen_of), hex(ord(character))
        assert store.count(parsed("甲" + '"' + character.replace('"', '""') + '"')) == store.count(query)


def test_the_greatest_queries_are_answered(store):
    some = [judged(1, "食的"), judged(2, "食" * 3000), judged(3, "无")]
    store.keep(some)
    shapes = {
        "deep": "(食 -" * 10 + "的" + ")" * 10,
        "wide": " ".join(f"(食|{number})" for number in range(60)),
        "long": "食" * 2000,
        "denied": "-" * 150 + "食",
    }
    for shape, text in shapes.items():
        query = parsed(text)
        assert store.count(query) == sum(matches(query, one) for one in some), shape


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_both_stores_find_the_same_in_twenty_thousand_real_titles(store, shared, tmp_path):
    """Eight hundred random queries: words, phrases, NOT, OR, filters, Latin and digits in Han text, single characters."""
    with gzip.open(shared / "hot-titles-2020-2024.tsv.gz", "rt", encoding="utf-8") as lines:
        titles = [max(line.rstrip("\n").split("\t"), key=len) for line, _ in zip(lines, range(20_000), strict=False)]
    dice = random.Random(11)
    kinds = [(("campus",), None), (("meat", "rural"), 0.6)]
    thoughts = [thought(score, topics=topics, rumor=rumor) for score in (0.1, 0.4, 0.9) for topics, rumor in kinds]
    some = [
        judged(number, title, seconds=number * 300, assessment=dice.choice(thoughts), id=ident(number), platform=dice.choice(["weibo", "news"]))
        for number, title in enumerate(titles)
        if fold(title)
    ]
    file = opened("sqlite:///one.db", tmp_path)
    for start in range(0, len(some), 2000):
        file.keep(some[start : start + 2000])
        store.keep(some[start : start + 2000])
    latin = [title for title in titles if any(character.isascii() and character.isalnum() for character in title)]

    def piece() -> str:
        title = dice.choice(latin if dice.random() < 0.3 else titles)
        start = dice.randrange(len(title))
        return '"' + (title[start : start + dice.choice([1, 1, 2, 2, 3, 4, 6])].replace('"', '""').strip() or "的") + '"'

    shapes = [
        "{}", "{}", "{} {}", "{} OR {}", "{} -{}", "-{}", "({}|{}) -({} {})", "is:relevant {}", "topic:campus -{} ({} OR is:irrelevant)",
        "platform:weibo {}", "rumor:>0.5 {}", "is:uncertain -{}", "{} since:2024-03-20 until:2024-04-20", "({} OR {}) topic:meat -platform:news",
    ]  # fmt: skip
    for _ in range(800):
        query = parsed(filled(dice.choice(shapes), piece))
        assert store.count(query) == file.count(query), query
        assert store.search(query, limit=20).items == file.search(query, limit=20).items, query
    file.close()

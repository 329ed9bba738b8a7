"""SQLite finds exactly what `matches` says, whatever the characters."""

import gzip
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp.assessment import Place
from pipeline.store import opened
from pipeline.store.meaning import All, Any, Named, Not, Query, Scored, Tag, Term, _folded, answers, fold, leaf, matches
from pipeline.store.query import parsed
from pipeline.store.sqlite_search import _characters, _spaced
from tests.contracts.posts import at, ident, judged, thought

SALAD = (
    "食堂安全中国人的一不AaBb09 ，。！？、；：“”‘’（）【】《》—…·～#@*+-_=/\\|<>[]{}()^$%&'\"`~.,;:!?"
    "ＡＢｃ１２ｱｶﾞ㈱①½ﬁßİıſKÅ\u0301\u0300\u20dd\u0307\u3099\u200b\u200d\u200c\u2060\ufeff\ufe0f\ufe0e"
    "👨👩🏽🇨🇳😀☂️©\ue000\uf8ff\U000f0000\U0010ffff\ufffe\U0001fffe\u0378\u2028\u2029\u00a0\u3000\t\n\r\x00\x01\x1c\x7f\x85\ud800\udfff"
    "АбΣςσאبहि한ᄒ각าำ\u0f71\u1100\u1161\uac00\u13a0\uab70\u10d0\u1c90\ua7c2\U00020000\ufa0e豈\uf900"
)
TEXT = st.text(st.one_of(st.sampled_from(SALAD), st.characters()), max_size=25)
PLACES = [None, (), (Place(("吉林省", "吉林市", "舒兰市"), "220283"),), (Place(("吉林省",), "220000"), Place(("日本", "东京"), foreign=True))]


@st.composite
def posts(draw):
    found = []
    for number in range(draw(st.integers(1, 6))):
        unit = st.one_of(st.none(), st.floats(0, 1))
        assessment = thought(
            draw(st.sampled_from([0.1, 0.4, 0.9])),
            topics=tuple(draw(st.lists(st.sampled_from(["campus", "health-food"]), unique=True))),
            rumor=draw(unit),
            alarm=draw(unit),
            places=draw(st.sampled_from(PLACES)),
        )
        found.append(
            judged(
                number,
                draw(TEXT) or "。",
                title=draw(st.one_of(st.just(""), TEXT)),
                platform=draw(st.sampled_from(["weibo", "微 博", "A|b", ""])),
                author=draw(st.one_of(st.just(""), TEXT)),
                seconds=draw(st.integers(0, 3)) + 0.5,
                assessment=assessment,
            )
        )
    return found


def leaves(some):
    """Conditions, most of them true of one post or another."""
    pieces = [text for one in some for text in (fold(one.post.title), fold(one.post.text), one.post.text, one.post.title) if fold(text)] or ["食"]
    cut = st.builds(lambda text, start, size: fold(text[start : start + size]), st.sampled_from(pieces), st.integers(0, 12), st.integers(1, 6))
    return st.one_of(
        cut.filter(bool).map(Term),
        TEXT.map(fold).filter(bool).map(Term),
        st.sampled_from([Tag("topic", "campus"), Tag("topic", "health"), Tag("is", "relevant"), Tag("is", "uncertain"), Tag("place", "2202")]),
        st.sampled_from([Tag("platform", "微 博"), Tag("platform", "a|b"), Tag("platform", "weibo"), Tag("source", "weibo-hot")]),
        st.sampled_from([one.post.author for one in some]).map(lambda author: Tag("author", fold(author))),
        st.sampled_from(["吉林", "市/舒", "东京", "吉林市舒"]).map(Named),
        st.builds(Scored, st.sampled_from(["rumor", "alarm"]), st.integers(0, 100), st.integers(-1, 100)),
    )


def trees(some):
    some_of = st.lists
    return st.recursive(
        leaves(some),
        lambda node: st.one_of(
            some_of(node, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
            some_of(node, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))),
            node.map(Not),
        ),
        max_leaves=6,
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    store = opened("sqlite:///one.db", tmp_path_factory.mktemp("store"))
    yield store
    store.close()


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_sqlite_finds_what_the_reference_finds(file, data):
    some = data.draw(posts())
    memory = opened("memory:", Path())
    file.purge(relevant_before=at(99), irrelevant_before=at(99))  # what it leaves in the index would be found here
    assert file.count(Query(Not(Term("nothing")))) == 0
    file.keep(some)
    memory.keep(some)
    for _ in range(8):
        bound = st.one_of(st.none(), st.sampled_from([at(0), at(1), at(2), at(9)]))
        query = Query(data.draw(st.one_of(trees(some), st.none())), data.draw(bound), data.draw(bound))
        assert file.search(query) == memory.search(query)
        assert file.count(query) == memory.count(query)


def test_every_character_is_found_and_only_where_it_is(tmp_path):
    """One post for each kind of character: none is dropped, merged or split by the index."""
    characters = [chr(code) for code in (*range(0x500), *range(0x2000, 0x2100), *range(0xFE00, 0xFF00), *range(0x1F600, 0x1F640))]
    characters = [character for character in characters if fold(character)]
    some = [judged(number, f"甲{character}乙") for number, character in enumerate(characters)]
    seen_of = [leaf(one) for one in some]
    store = opened("sqlite:///one.db", tmp_path)
    store.keep(some)
    for character in random.Random(4).sample(characters, 120):
        query = Query(Term(fold(character)))
        assert store.count(query) == sum(answers(query, seen) for seen in seen_of), hex(ord(character))
        assert store.count(parsed("甲" + '"' + character.replace('"', '""') + '"')) == store.count(query)
    store.close()


@pytest.mark.parametrize("shape", ["deep", "wide", "long", "denied"])
def test_the_greatest_queries_are_answered(tmp_path, shape):
    text = {
        "deep": "(食 -" * 10 + "的" + ")" * 10,
        "wide": " ".join(f"(食|{number})" for number in range(60)),
        "long": "食" * 2000,
        "denied": "-" * 150 + "食",
    }[shape]
    query = parsed(text)
    store, some = opened("sqlite:///one.db", tmp_path), [judged(1, "食的"), judged(2, "食" * 3000), judged(3, "无")]
    store.keep(some)
    assert store.count(query) == sum(matches(query, one) for one in some)
    store.close()


@pytest.mark.data
@pytest.mark.slow
def test_real_titles_are_found_as_in_finds_them(shared, tmp_path):
    with gzip.open(shared / "hot-titles-2020-2024.tsv.gz", "rt", encoding="utf-8") as lines:
        titles = [max(line.rstrip("\n").split("\t"), key=len) for line, _ in zip(lines, range(20_000), strict=False)]
    dice = random.Random(7)
    some = [judged(number, title, score=dice.choice([0.1, 0.9]), id=ident(number)) for number, title in enumerate(titles) if fold(title)]
    newest_first = [(one, leaf(one)) for one in reversed(some)]
    store = opened("sqlite:///one.db", tmp_path)
    for start in range(0, len(some), 2000):
        store.keep(some[start : start + 2000])

    def piece() -> str:
        title = dice.choice(titles)
        start = dice.randrange(len(title))
        return '"' + (title[start : start + dice.randint(1, 4)].replace('"', '""').strip() or "的") + '"'

    shapes = ["{}", "{} {}", "{} OR {}", "{} -{}", "-{}", "({}|{}) -({} {})", "is:relevant {}", "topic:campus -{} ({} OR is:irrelevant)"]
    for _ in range(70):
        query = parsed(filled(dice.choice(shapes), piece))
        wanted = [one for one, seen in newest_first if answers(query, seen)]
        assert store.count(query) == len(wanted), query
        assert store.search(query, limit=20).items == wanted[:20], query
    store.close()


def filled(shape: str, piece) -> str:
    while "{}" in shape:
        shape = shape.replace("{}", piece().replace("{}", ""), 1)
    return shape


def test_folding_made_anew_when_the_law_changes(tmp_path, monkeypatch):
    store = opened("sqlite:///one.db", tmp_path)
    store.keep([judged(1, "食堂")])
    store.close()
    monkeypatch.setattr("pipeline.store.sqlite.LAW", "another")
    monkeypatch.setattr("pipeline.store.sqlite_posts.indexed", lambda some: ["is:relevant || 新" for _ in some])
    store = opened("sqlite:///one.db", tmp_path)
    assert (store.count(parsed("新")), store.count(parsed("食堂"))) == (1, 0)
    store.close()


@example("İ，Ａ \u0345ͅ")
@given(st.text() | TEXT)
@settings(deadline=None, max_examples=500)
def test_the_short_way_of_folding_is_the_law(text):
    assert fold(text) == _folded(text)


@example(["", "", "a"])
@given(st.lists(st.text().map(fold), min_size=1))
def test_texts_are_spaced_alike_alone_and_together(texts):
    assert _spaced(texts) == [_characters(text) for text in texts]


@example("\ud800 \x00 ")
@given(st.text())
@settings(deadline=None)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
    assert fold(text) == fold(text).strip()
    assert fold(f" {text}\n") == fold(text)

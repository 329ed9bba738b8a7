"""The language of search: what a query is read as, and where it is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import QueryError
from nlp.assessment import Place
from pipeline.store.meaning import All, Any, Named, Not, Query, Scored, Tag, Term, fold
from pipeline.store.query import FILTERS, matches, parsed
from tests.contracts.posts import judged, thought

A, B, C = Term("a"), Term("b"), Term("c")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", None),
        (" \t\u3000", None),
        ("食堂", Term("食堂")),
        ("a b", All((A, B))),
        ("a AND b", All((A, B))),
        ("a OR b c", Any((A, All((B, C))))),
        ("a|b", Any((A, B))),
        ("(a | b) c", All((Any((A, B)), C))),
        ("-a", Not(A)),
        ("NOT a b", All((Not(A), B))),
        ("-(a b)", Not(All((A, B)))),
        ("a-b - c", All((Term("a-b"), Term("-"), C))),
        ('"a b" c', All((Term("a b"), C))),
        ('"say ""a"""', Term('say "a"')),
        ("“a b”（c）", All((Term("a b"), C))),
        ("or and not", All((Term("or"), Term("and"), Term("not")))),
        ('"OR"', Term("or")),
        ("ＡＢ", Term("ab")),
        ("http://a.cn/x", Term("http://a.cn/x")),
        ("topic:campus", Tag("topic", "campus")),
        ("TOPIC：Campus", Tag("topic", "campus")),
        ('source:"两 字"', Tag("source", "两 字")),
        ("is:relevant", Tag("is", "relevant")),
        ("place:220200", Tag("place", "2202")),
        ("place:22", Tag("place", "22")),
        ("place:舒兰", Named("舒兰")),
        ("rumor:>0.5", Scored("rumor", 50, 100)),
        ("rumor:0.57", Scored("rumor", 57, 100)),
        ("alarm:<0.3", Scored("alarm", 0, 29)),
    ],
)
def test_a_query_is_read(text, where):
    assert parsed(text) == Query(where)


def test_times_bound_the_whole_query_wherever_they_stand():
    since, until = datetime(2023, 12, 31, 16, tzinfo=UTC), datetime(2024, 1, 31, 23, tzinfo=UTC)
    assert parsed("a since:2024-01-01 OR b until:2024-02-01T07:00") == Query(Any((A, B)), since, until)
    assert parsed("since:2023-01-01 (since:2024-01-01) until:2024-02-01T07:00+08:00 until:2025-01-01") == Query(None, since, until)


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("a )", 3, "closes nothing"),
        ("a (b", 3, "never closed"),
        ('a "b', 3, "never closed"),
        ('a ""', 3, "nothing between"),
        ("a OR", 5, "both sides"),
        ("| a", 1, "both sides"),
        ("a NOT", 3, "nothing follows"),
        ("a -()", 3, "nothing follows"),
        ("a tpoic:campus", 3, "no filter is called tpoic"),
        ("topic:", 1, "needs a value"),
        ("is:good", 1, "relevant, irrelevant, uncertain"),
        ("rumor:2", 1, "number from 0 to 1"),
        ("rumor:>0.555", 1, "number from 0 to 1"),
        ("place:2202001", 1, "2, 4 or 6 digits"),
        ("a since:gestern", 3, "takes a date"),
        ("a -until:2024-01-01", 4, "cannot be negated"),
        ("-(a since:2024-01-01)", 2, "cannot be negated"),
        ("(" * 11 + "a" + ")" * 11, 12, "nested more than 10"),
        ("a " * 201, 401, "at most 200"),
        ("a" * 2001, 2001, "at most 2000"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_character(text, at, why):
    with pytest.raises(QueryError, match=why) as refused:
        parsed(text)
    assert str(refused.value).startswith(f"at character {at}:")


@given(st.text(st.sampled_from('ab食 ()（）|-"“”:：ORNT\x00') | st.characters(), max_size=30))
def test_whatever_is_typed_is_read_or_refused_in_words(text):
    try:
        query, refusal = parsed(text), "at character "
    except QueryError as error:
        query, refusal = Query(), str(error)
    assert refusal.startswith("at character ")
    matches(query, judged(1))


@given(st.text(max_size=20))
def test_any_text_between_quotation_marks_is_searched_for(text):
    if fold(text):
        assert parsed('"' + text.replace('"', '""') + '"') == Query(Term(fold(text)))


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("食堂检查", False),  # title and text are two
        ("食堂 检查", True),
        ("place:2202", True),
        ("place:22", True),
        ("place:2201", False),
        ("place:吉林市/舒", True),
        ("rumor:>0.5", True),
        ("rumor:>0.51", False),
        ("alarm:<1", False),  # not judged
        ("-alarm:<1", True),
        ("author:P-1 platform:weibo source:weibo-hot topic:campus", True),
        ("author:p", False),
    ],
)
def test_a_query_means(query, answer):
    assessment = thought(rumor=0.509, places=(Place(("吉林省", "吉林市", "舒兰市"), "220281"),))
    assert matches(parsed(query), judged(1, "检查", title="食堂", author="p-1", assessment=assessment)) is answer


def test_every_filter_is_in_the_manual():
    manual = (Path(__file__).parents[3] / "docs/search.md").read_text("utf-8")
    assert [name for name in FILTERS if f"`{name}:" not in manual] == []

"""Harm counts are a series with who said it; what officials said last holds. A claim is unknown until officials or media speak."""

from itertools import permutations
from typing import Any

import pytest
from msgspec import structs

from nlp.assessment import Debunk, Harm, Score
from pipeline.harms import harm_series
from pipeline.model import Member
from pipeline.told import Told
from tests.pipeline.made import hours
from tests.pipeline.test_rules import MEDIA, OFFICIAL, said, sources

SOURCES = sources()


def trust(source: str) -> str:
    return SOURCES[source].trust if source in SOURCES else ""


def stating(name: str, at: float, source: str, **harm: Any) -> Member:
    return said(name, at=at, source=source, harm=Harm(**harm))


def test_each_number_is_told_with_its_post_source_trust_time_and_words() -> None:
    members = [
        stating("b", 2, OFFICIAL, ill=12, hospitalised=3, quotes=("12名学生不适", "3人住院")),
        stating("a", 1, MEDIA, ill=30, quotes=("三十余人呕吐",)),
        said("c", at=3),
    ]
    ill, hospitalised = harm_series(members, SOURCES)
    assert [(one.value, one.post, one.source, one.trust, one.quote, one.at) for one in ill.stated] == [
        (30, "a", MEDIA, "media", "三十余人呕吐", hours(1)),
        (12, "b", OFFICIAL, "official", "12名学生不适", hours(2)),
    ]
    assert (ill.current.value, ill.current.is_official, ill.conflicts) == (12, True, (30,))
    assert (hospitalised.kind, hospitalised.current.quote) == ("hospitalised", "3人住院")


@pytest.mark.parametrize(
    ("told", "current", "official", "conflicts"),
    [
        ([(MEDIA, 5)], 5, False, ()),
        ([(MEDIA, 5), ("", 9), ("reviews", 7)], 9, False, (7, 5)),
        ([(MEDIA, 5), (MEDIA, 9)], 9, False, ()),
        ([("", 40), (OFFICIAL, 12)], 12, True, (40,)),
        ([(OFFICIAL, 12), (OFFICIAL, 10), ("", 10)], 10, True, ()),
        ([(OFFICIAL, 0), ("", 3)], 0, True, (3,)),
    ],
)
def test_what_holds_is_what_officials_said_last_else_the_most(
    told: list[tuple[str, int]], current: int, official: bool, conflicts: tuple[int, ...]
) -> None:
    (series,) = harm_series([stating(str(n), n, source, ill=value) for n, (source, value) in enumerate(told)], SOURCES)
    assert (series.current.value, series.current.is_official, series.conflicts) == (current, official, conflicts)


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ([], 0),
        ([(MEDIA, 5), ("", 9)], 9),
        ([("", 40), (OFFICIAL, 12)], 12),
        ([("", 40), (OFFICIAL, 12), (MEDIA, 20), ("", 15)], 20),  # more that is said after officials spoke counts until they speak again
        ([(OFFICIAL, 12), (MEDIA, 20), (OFFICIAL, 14)], 14),
        ([(OFFICIAL, 12), (MEDIA, 3)], 12),
    ],
)
def test_levels_count_the_same_in_whatever_order_posts_came(told: list[tuple[str, int]], counts: int) -> None:
    members = [stating(str(n), n, source, ill=value) for n, (source, value) in enumerate(told)]
    for order in permutations(members):
        seen = Told()
        for one in order:
            seen.put(one)
        assert seen.current("ill", trust) == counts


KNOWN = Debunk("plastic", "紫菜是塑料做的", "不是", "某处", "spreads", 0.9)
LIKE = {"rumor": Score(0.8)}


@pytest.mark.parametrize(
    ("members", "state", "since"),
    [
        ([said("a")], "none", None),
        ([said("a", **LIKE)], "unknown", 0),
        ([said("a", debunk=KNOWN)], "unknown", 0),
        ([said("a", **LIKE), said("b", at=1, title="网传系谣言")], "unknown", 0),  # anybody may say so
        ([said("a", **LIKE), said("b", at=1, source=MEDIA, title="网传系谣言")], "debunked", 1),
        ([said("a", **LIKE), said("b", at=2, source=OFFICIAL, debunk=structs.replace(KNOWN, stance="refutes"))], "debunked", 2),
        ([said("a", source=OFFICIAL, title="市场监管局：网传不实")], "debunked", 0),
        ([said("a", **LIKE), said("b", at=1, source=MEDIA)], "unknown", 0),
        ([said("a", **LIKE), said("b", at=1, source=OFFICIAL)], "confirmed", 1),
        ([said("a", source=OFFICIAL), said("b", at=1, **LIKE)], "confirmed", 1),
        ([said("a", **LIKE), said("b", at=1, source=OFFICIAL), said("c", at=2, source=OFFICIAL, title="网传不实")], "debunked", 2),
    ],
)
def test_a_claim_is_unknown_until_officials_or_media_speak(members: list[Member], state: str, since: float | None) -> None:
    for order in (members, members[::-1]):
        seen = Told()
        for one in order:
            seen.put(one)
        assert seen.state(trust) == (state, None if since is None else hours(since))

"""Posts that say the same in other words are found, the likest first; what is forgotten is not."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from pipeline.dedup import MOST, SHARED, NearIndex
from tests.pipeline.made import hours, member


def index(texts: Sequence[Sequence[int]]) -> NearIndex:
    kept = NearIndex()
    for number, bands in enumerate(texts):
        kept.add(structs.replace(member(str(number), at=hours(number)), bands=tuple(bands)))
    return kept


def banded(text: Sequence[int]) -> list[int]:
    """Bands as fingerprints have them: no two of a text are equal."""
    return [100 * place + value for place, value in enumerate(text)]


texts = st.lists(st.integers(0, 1), min_size=12, max_size=12).map(banded)


@settings(deadline=None, max_examples=200)
@given(st.lists(texts | st.just([]), max_size=12), texts)
def test_it_finds_just_those_that_share_enough_most_first(kept: list[list[int]], asked: list[int]) -> None:
    found = index(kept)
    shared = {str(number): len(set(bands) & set(asked)) for number, bands in enumerate(kept)}
    near = list(found.near(asked))
    assert sorted(near) == sorted(post for post, count in shared.items() if count >= SHARED)
    counts = [shared[post] for post in near]
    assert counts == sorted(counts, reverse=True)


def test_among_equals_the_earliest_comes_first() -> None:
    assert list(index([banded([0, 1] * 10), banded([0] * 20), banded([0] * 20)]).near(banded([0] * 20))) == ["1", "2", "0"]


def test_the_order_in_which_they_came_changes_nothing() -> None:
    members = [structs.replace(member(str(number), at=hours(number)), bands=tuple(banded([number % 2] + [0] * 19))) for number in range(6)]
    forward, backward = NearIndex(), NearIndex()
    for one, other in zip(members, reversed(members), strict=True):
        forward.add(one)
        backward.add(other)
    asked = banded([7] + [0] * 19)
    assert list(forward.near(asked)) == list(backward.near(asked)) == ["0", "2", "4", "1", "3", "5"]


def test_what_is_told_in_very_many_ways_is_found_by_the_earliest() -> None:
    ways = [[*range(SHARED), 1000 + number] for number in range(3 * MOST)]
    assert list(index(ways).near(range(SHARED))) == [str(number) for number in range(MOST)]

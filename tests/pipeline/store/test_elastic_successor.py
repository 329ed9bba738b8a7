"""Who takes over from another tracker knows all that the other wrote, also what no search sees yet."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.model import Step
from pipeline.store import Store, opened
from tests.contracts.posts import at, event, ident, ids, judged, member
from tests.elasticsearch.emptied import empty


@pytest.fixture
def two(elasticsearch_url: str, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two programs with one store."""
    url = f"{elasticsearch_url}/successor"
    with empty(url, tmp_path) as one, closing(opened(url, tmp_path)) as other:
        yield one, other


def test_a_successor_knows_the_events_of_a_moment_ago(two: tuple[Store, Store]) -> None:
    one, other = two
    for number in range(8):
        one.commit(Step(cleared=(), events=(event(f"e{number}", seconds=number),), members=(member(f"e{number}", number),)))
        assert [(found.id, [each.post for each in members]) for found, members in other.live(at(number))] == [(f"e{number}", [ident(number)])]


def test_a_successor_remembers_the_posts_of_a_moment_ago(two: tuple[Store, Store]) -> None:
    one, other = two
    for number in range(8):
        one.keep([judged(number)])
        one.commit(Step(cleared=tuple(ids(one.pending(10)))))
        assert ids(other.recent(at(number), at(number + 1))) == [ident(number)]

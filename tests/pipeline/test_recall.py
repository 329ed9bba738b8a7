"""Memory keeps the words of relevant posts for a while, and only of those."""

from datetime import timedelta

import pytest
from msgspec import structs

from pipeline.recall import Memory
from tests.pipeline.made import assessed, hours

WEEK = timedelta(days=7)


def test_words_fade_over_the_window() -> None:
    memory = Memory(WEEK)
    memory.learn(assessed(terms="舒兰"), hours(0))
    assert memory.at(hours(0))["舒兰"] == 1.0
    assert memory.at(hours(84))["舒兰"] == pytest.approx(0.5)
    assert memory.at(hours(24 * 7)).get("舒兰", 0.0) == 0.0


def test_only_what_is_relevant_by_itself_teaches() -> None:
    memory = Memory(WEEK)
    memory.learn(assessed(0.3, terms="a"), hours(0))
    memory.learn(structs.replace(assessed(terms="b"), recalled=True), hours(0))
    assert len(memory) == 0


def test_it_is_bounded_by_its_window() -> None:
    memory = Memory(WEEK)
    for day in range(100):
        memory.at(hours(24 * day)).learn(assessed(terms=f"word{day}"), hours(24 * day))
    assert len(memory.at(hours(24 * 99))) <= 9

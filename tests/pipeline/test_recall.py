"""Memory keeps the words of relevant posts for a while, and only of those."""

from datetime import timedelta

import pytest
from msgspec import structs

from pipeline.recall import Memory
from tests.pipeline.made import assessed, hours

WEEK = timedelta(days=7)


def test_a_word_is_as_sure_as_it_was_heard_often_and_only_in_relevant_posts() -> None:
    memory = Memory(WEEK)
    for _ in range(16):
        memory.learn(assessed(terms="舒兰"), hours(0))
    memory.learn(assessed(terms="长春"), hours(0))
    assert memory.at(hours(0))["舒兰"] == pytest.approx(0.8)
    assert memory["长春"] == pytest.approx(0.2)
    for _ in range(4):
        memory.learn(assessed(0.3, terms="舒兰"), hours(0))
    assert memory["舒兰"] == pytest.approx(16 / 24)


def test_words_fade_over_the_window() -> None:
    memory = Memory(WEEK)
    memory.learn(assessed(terms="舒兰"), hours(0))
    assert memory.at(hours(84))["舒兰"] == pytest.approx(0.5 / 4.5)
    assert memory.at(hours(24 * 7)).get("舒兰", 0.0) == 0.0


def test_only_what_is_relevant_by_itself_teaches() -> None:
    memory = Memory(WEEK)
    memory.learn(assessed(0.3, terms="a"), hours(0))
    memory.learn(structs.replace(assessed(terms="b"), recalled=True), hours(0))
    assert len(memory) == 0
    memory.learn(assessed(terms="c"), hours(0))
    memory.learn(structs.replace(assessed(0.3, terms="c"), second=True), hours(0))
    assert memory["c"] == pytest.approx(0.2)


def test_it_is_bounded_by_its_window() -> None:
    memory = Memory(WEEK)
    for day in range(100):
        memory.at(hours(24 * day)).learn(assessed(terms=f"word{day}"), hours(24 * day))
    assert len(memory.at(hours(24 * 99))) <= 9

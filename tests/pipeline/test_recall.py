"""Memory keeps the words of relevant posts for a while, and only of those, in whatever order they are learned."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random

import pytest
from msgspec import structs

from nlp.assessment import Assessment
from pipeline.recall import Memory
from tests.pipeline.made import assessed, hours

WEEK = timedelta(days=7)


def heard(*posts: tuple[Assessment, float]) -> Memory:
    memory = Memory(WEEK)
    for number, (assessment, hour) in enumerate(posts):
        memory.learn(f"{number:03}", assessment, hours(hour))
    return memory


def test_a_word_is_as_sure_as_it_was_heard_often_and_only_in_relevant_posts() -> None:
    posts = [(assessed(terms="舒兰"), 0.0)] * 16 + [(assessed(terms="长春"), 0.0)]
    sure = heard(*posts).at(hours(0))
    assert (sure["舒兰"], sure["长春"]) == (pytest.approx(0.8), pytest.approx(0.2))
    assert heard(*posts, *[(assessed(0.3, terms="舒兰"), 0.0)] * 4).at(hours(0))["舒兰"] == pytest.approx(16 / 24)


def test_words_fade_over_the_window() -> None:
    memory = heard((assessed(terms="舒兰"), 0))
    assert memory.at(hours(84))["舒兰"] == pytest.approx(0.5 / 4.5)
    assert memory.at(hours(24 * 7)).get("舒兰", 0.0) == 0.0


def test_only_what_is_relevant_by_itself_teaches() -> None:
    recalled = structs.replace(assessed(terms="b"), recalled=True)
    assert len(heard((assessed(0.3, terms="a"), 0), (recalled, 0)).at(hours(0))) == 0
    second = structs.replace(assessed(0.3, terms="c"), second=True)
    assert heard((assessed(terms="c"), 0), (second, 0)).at(hours(0))["c"] == pytest.approx(0.2)


def test_what_memory_raised_teaches_nothing() -> None:
    recalled = structs.replace(assessed(terms="a"), recalled=True)
    assert heard((assessed(terms="a"), 0), (recalled, 0)).at(hours(0))["a"] == pytest.approx(0.2)


def test_a_post_knows_only_what_came_before_it() -> None:
    memory = heard((assessed(terms="a"), 0), (assessed(terms="a"), 0), (assessed(terms="a"), 5))
    assert memory.at(hours(0), "001")["a"] == pytest.approx(0.2)
    assert memory.at(hours(0), "002")["a"] == pytest.approx(2 / 6)


def test_a_post_teaches_once_and_what_it_says_now() -> None:
    memory = Memory(WEEK)
    for terms in ("a b", "a b", "b c"):
        memory.learn("1", assessed(terms=terms), hours(0))
    now: Mapping[str, float] = memory.at(hours(0))
    assert dict(now) == {"b": pytest.approx(0.2), "c": pytest.approx(0.2)}


def test_the_order_of_learning_changes_nothing() -> None:
    posts = [(f"{number:03}", assessed((0.3, 0.9)[number % 2], terms=f"a w{number % 5}"), hours(number * 1.7)) for number in range(60)]
    memories = []
    for seed in range(3):
        memories.append(Memory(WEEK))
        for post, assessment, at in Random(seed).sample(posts, len(posts)):
            memories[-1].learn(post, assessment, at)
    words = [dict(sorted(memory.at(hours(90)).items())) for memory in memories]
    assert words[0] == words[1] == words[2]


def test_what_has_faded_can_be_dropped_and_nothing_changes() -> None:
    memory = heard(*[(assessed(terms=f"word{day} a"), 24.0 * day) for day in range(100)])
    before = memory.at(hours(24 * 99))["a"]
    memory.fade(hours(24 * 99))
    assert len(memory.at(hours(24 * 99))) == 8
    assert memory.at(hours(24 * 99))["a"] == before

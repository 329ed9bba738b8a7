"""Memory's worth is measured day by day: what a day brings up is known to its follow-ups, and to those of the days after."""

from datetime import timedelta
from pathlib import Path

import pytest

from nlp import corpora
from nlp.analyst import analyst
from nlp.corpora import Example, Seen
from pipeline import recalled
from pipeline.recall import Memory, hear
from tests.pipeline.made import StubAnalyst, hours, judged

WEEK = timedelta(days=7)
SICK = [f"舒兰三中食堂午餐后{number}名学生呕吐腹泻送医" for number in range(20, 32)]
FOLLOW_UP = "舒兰三中发布情况说明"


def test_what_is_heard_together_is_judged_together() -> None:
    posts = [judged(text).post for text in ("舒兰 呕吐", "舒兰 三中", "天气")]
    analyst, memory = StubAnalyst({"舒兰 三中": 0.3, "天气": 0.3}), Memory(WEEK)
    hear(posts, [hours(0)] * 3, memory, analyst)
    found = analyst.assess(posts, memory.at(hours(0)))
    assert [one.is_relevant for one in found] == [True, False, False]


def test_a_follow_up_is_found_in_the_stream_with_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = [
        (Example(FOLLOW_UP, True, ("campus",), "2024-09-02", "titles", "follow-up"), 3.0),
        (Example("明天多云", False, (), "2024-09-02", "titles", "rest"), 9.0),
    ]
    stream = [*(Seen(text, "2024-09-01", "titles") for text in SICK), *(Seen(one.text, one.day, "titles") for one, _ in sample)]
    monkeypatch.setattr(recalled, "stream_test", lambda shared, origin: sample)
    monkeypatch.setattr(corpora, "streams", lambda shared: stream)
    alone = analyst().assess([judged(FOLLOW_UP).post])[0]
    found = recalled.recalled(["stream-titles-recalled"], Path(), analyst(), WEEK)["stream-titles-recalled"]
    assert not alone.is_relevant
    assert (found["n"], found["precision"], found["recall"]) == (2, 1.0, 1.0)

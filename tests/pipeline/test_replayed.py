"""The measure of events runs real titles through the whole path."""

from pathlib import Path

import pytest

from config.load import load
from nlp import cases, corpora
from nlp.cases import EventCase
from nlp.corpora import Seen, key
from pipeline import replayed
from tests.pipeline.made import StubAnalyst

EARLY, FIRST, AGAIN, OTHER, DULL = "舒兰 老鼠", "四平 毒粉条", "四平 毒粉条 通报", "白城 注水肉", "天气"


def test_a_stream_is_replayed_and_events_that_began_before_it_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    days = {EARLY: "2024-06-30", FIRST: "2024-07-02", AGAIN: "2024-07-03", OTHER: "2024-07-03", DULL: "2024-07-04"}
    stream = [*(Seen(text, day, "titles") for text, day in days.items()), Seen("不相干的问题", "2024-07-02", "questions")]
    known = [EventCase("held", days[text], event, key(text)) for text, event in ((EARLY, "a"), (FIRST, "b"), (AGAIN, "b"), (OTHER, "c"))]
    monkeypatch.setattr(corpora, "streams", lambda shared: stream)
    monkeypatch.setattr(cases, "of_events", lambda: known)
    found = replayed.replayed("events-2024h2", Path(), StubAnalyst({DULL: 0.1}), load())
    assert (found["n"], found["titles"], found["f1"], found["pieces"]) == (2, 3, 1, 1)
    assert (found["first_day"], found["alerts"], found["alerts_per_day"]) == (1, 2, 0.667)

"""Whom the hearing asks about, when, and what comes of it; failures leave the own judgement."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.errors import OpinionError
from config.load import load
from config.schema import SecondSettings
from nlp.assessment import Assessment
from pipeline.model import JudgedPost
from pipeline.second import Opinion
from pipeline.second.chat import ChatAdviser
from pipeline.second.hearing import PATIENCE, Hearing
from pipeline.second.kept import Kept
from pipeline.store import EventFilter
from pipeline.store.memory import MemoryStore
from pipeline.track import Tracker
from tests.pipeline.made import StubAnalyst, hours, judged
from tests.pipeline.second.endpoint import Clock, served


class Adviser:
    """Says that what holds 呕吐 is relevant, nothing of what holds 沉默, and fails while `broken`."""

    name = "stub"

    def __init__(self) -> None:
        self.broken = False
        self.requests: list[list[str]] = []

    def asked(self, texts: Sequence[str]) -> list[Opinion | None]:
        self.requests.append(list(texts))
        if self.broken:
            raise OpinionError("broken")
        return [None if "沉默" in text else Opinion("呕吐" in text, "说到呕吐" if "呕吐" in text else "") for text in texts]


def hearing(adviser: Adviser, clock: Clock | None = None, kept: Kept | None = None, asks: bool = True, **settings: Any) -> Hearing:
    named = SecondSettings(kind="openai", url="http://x", model="m", **settings)
    return Hearing(adviser, Kept() if kept is None else kept, named, asks=asks, clock=clock or Clock())


def doubtful(*texts: str) -> list[JudgedPost]:
    return [judged(text, at=hours(number), score=0.3, terms=text) for number, text in enumerate(texts)]


def thoughts(heard: Sequence[JudgedPost]) -> list[Assessment]:
    return [one.assessment for one in heard]


def test_only_what_is_uncertain_is_asked_about_and_its_own_score_stays() -> None:
    adviser = Adviser()
    batch = [judged("呕吐 一", score=0.9), judged("呕吐 二", score=0.1), *doubtful("呕吐 三", "酸菜 四")]
    sure, clear, yes, no = thoughts(hearing(adviser).heard(batch))
    assert adviser.requests == [["呕吐 三", "酸菜 四"]]
    assert (sure, clear) == (batch[0].assessment, batch[1].assessment)
    assert (yes.is_relevant, yes.is_uncertain, yes.relevant.score) == (True, False, 0.3)
    assert (no.is_relevant, no.is_uncertain, no.relevant.score) == (False, True, 0.3)
    assert yes.relevant.because == ("第二意见(stub): 相关，说到呕吐",)
    assert no.relevant.because == ("第二意见(stub): 无关",)


def test_nothing_is_asked_twice_and_equal_texts_once() -> None:
    adviser = Adviser()
    one = hearing(adviser)
    assert all(thought.is_relevant for thought in thoughts(one.heard([*doubtful("呕吐"), *doubtful("呕吐")])))
    assert all(thought.is_relevant for thought in thoughts(one.heard(doubtful("呕吐"))))
    assert adviser.requests == [["呕吐"]]


def test_a_batch_ends_before_what_could_not_be_asked_in_one_go() -> None:
    adviser = Adviser()
    one = hearing(adviser, batch=2)
    posts = [*doubtful("一", "二"), judged("清楚"), *doubtful("三")]
    assert len(one.heard(posts)) == 3
    assert len(one.heard(posts)) == 4
    assert adviser.requests == [["一", "二"], ["三"]]


def test_what_the_model_is_silent_about_keeps_its_own_judgement() -> None:
    adviser = Adviser()
    one = hearing(adviser)
    assert [thought.second for thought in thoughts(one.heard(doubtful("沉默", "呕吐")))] == [None, True]
    assert dict(one.counts) == {"asked": 2, "answered": 1, "silent": 1}


def test_the_budget_of_an_hour_is_kept() -> None:
    adviser, clock = Adviser(), Clock()
    one = hearing(adviser, clock, per_hour=3, batch=2)
    assert len(one.heard(doubtful("一", "二", "三", "四"))) == 2
    assert [thought.second for thought in thoughts(one.heard(doubtful("三", "四")))] == [False, None]
    clock.now += 3599
    assert thoughts(one.heard(doubtful("四")))[0].second is None
    clock.now += 2
    assert thoughts(one.heard(doubtful("四")))[0].second is False
    assert adviser.requests == [["一", "二"], ["三"], ["四"]]


def test_failures_leave_the_own_judgement_are_said_and_end_in_patience(caplog: pytest.LogCaptureFixture) -> None:
    adviser, clock = Adviser(), Clock()
    adviser.broken = True
    one = hearing(adviser, clock, batch=1)
    for number in range(PATIENCE):
        assert thoughts(one.heard(doubtful(f"呕吐 {number}")))[0].is_uncertain
    assert thoughts(one.heard(doubtful("呕吐 再", "呕吐 又")))[1].is_uncertain
    assert (len(adviser.requests), one.counts["failed"]) == (PATIENCE, PATIENCE)
    assert caplog.text.count("keep their own judgement: broken") == PATIENCE
    assert "not asked for 60 s" in caplog.text
    clock.now += 61
    one.heard(doubtful("呕吐 一"))
    assert "not asked for 120 s" in caplog.text
    clock.now += 121
    adviser.broken = False
    assert thoughts(one.heard(doubtful("呕吐 一")))[0].is_relevant
    adviser.broken = True
    one.heard(doubtful("呕吐 二"))
    one.heard(doubtful("呕吐 三"))
    assert len(adviser.requests) == PATIENCE + 4


def test_a_replay_knows_the_same_answers_and_asks_nothing() -> None:
    adviser, kept = Adviser(), Kept()
    posts = doubtful("呕吐 一", "酸菜 二")
    before = hearing(adviser, kept=kept).heard(posts)
    again = hearing(adviser, kept=kept, asks=False).heard([*posts, *doubtful("呕吐 新")])
    assert again[:2] == before
    assert again[2].assessment.second is None
    assert len(adviser.requests) == 1


def test_the_tracker_places_what_the_second_opinion_made_relevant_and_keeps_why() -> None:
    store, adviser = MemoryStore(), Adviser()
    store.keep(doubtful("舒兰 三中 呕吐", "酸菜 汤圆", "四平 大桥 医院 腹泻呕吐"))
    seen: list[int] = []
    alerts = Tracker(store, StubAnalyst(), load(), second=hearing(adviser, batch=2)).run(lambda posts, _: seen.append(posts))
    assert sorted(event.title for event in store.events(EventFilter()).items) == ["四平 大桥 医院 腹泻呕吐", "舒兰 三中 呕吐"]
    assert len(alerts) == 2
    assert (seen, store.pending(9)) == ([2, 1], [])
    found = store.posts([post.post.id for post in doubtful("舒兰 三中 呕吐", "酸菜 汤圆")])
    assert sorted((one.post.text, one.assessment.second) for one in found.values()) == [("舒兰 三中 呕吐", True), ("酸菜 汤圆", False)]


def test_what_the_model_cannot_know_memory_still_brings_in() -> None:
    store = MemoryStore()
    store.keep([judged("舒兰 三中 呕吐", terms="舒兰 三中 呕吐"), judged("舒兰 三中", at=hours(1), score=0.3, terms="舒兰 三中")])
    Tracker(store, StubAnalyst(), load(), second=hearing(Adviser())).run()
    followed = store.members(store.events(EventFilter()).items[0].id)[0].assessment
    assert (followed.recalled, followed.second) == (True, False)


def test_what_the_model_made_relevant_teaches_memory_nothing() -> None:
    store = MemoryStore()
    store.keep([*doubtful("舒兰 三中 呕吐"), judged("舒兰 三中", at=hours(1), score=0.3, terms="舒兰 三中")])
    Tracker(store, StubAnalyst(), load(), second=hearing(Adviser())).run()
    assert [event.posts for event in store.events(EventFilter()).items] == [1]


def test_an_assessment_that_was_told_is_not_told_again() -> None:
    one = hearing(Adviser())
    once = one.heard(doubtful("酸菜"))
    assert one.heard(once) == once


@pytest.mark.parametrize("mode", ["fails", "stalls", "works"])
def test_the_tracker_goes_on_whatever_the_endpoint_does(mode: str, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.INFO)
    store = MemoryStore()
    store.keep(doubtful("舒兰 呕吐 @张三丰 13812345678", "酸菜 汤圆"))
    with served() as endpoint:
        endpoint.mode = mode
        named = SecondSettings(kind="openai", url=endpoint.url, model="m").model_copy(update={"timeout": timedelta(seconds=0.3)})
        Tracker(store, StubAnalyst(), load(), second=Hearing(ChatAdviser(named), Kept(tmp_path / "o"), named)).run()
    assert store.pending(9) == []
    assert len(store.events(EventFilter()).items) == (1 if mode == "works" else 0)
    assert endpoint.texts == [["舒兰 呕吐 [号码]", "酸菜 汤圆"]]
    assert ("outcome=failed" in caplog.text) is (mode != "works")

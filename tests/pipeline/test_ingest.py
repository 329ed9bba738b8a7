"""Every post has a fate; what is broken or breaks the analyst waits alone; the rest goes on."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from config.load import load
from crawlers.post import Broken, Post
from nlp.assessment import Assessment, Fingerprint, Writing
from pipeline.ingest import BATCH, Intake, Tally, drop_reason, ingest
from pipeline.model import Fate
from pipeline.store.memory import MemoryStore
from tests.pipeline.made import START, StubAnalyst, hours, post

SOURCES = load().sources


class Kitchen:
    """A memory store, a stub analyst and an open quarantine."""

    def __init__(self, analyst: StubAnalyst | None = None) -> None:
        self.store = MemoryStore()
        self.broken: list[Broken] = []
        self.intake = Intake(self.store, analyst or StubAnalyst(), SOURCES, self.broken.append)

    def took(self, *found: Post | Broken) -> Tally:
        tally = Tally()
        for tally in ingest(found, self.intake, now=hours(1)):  # noqa: B007 - the last one counts
            pass
        return tally


def whole(tally: Tally) -> int:
    return sum(tally.fates.values()) + sum(tally.dropped.values()) + tally.quarantined


def test_the_same_text_again_is_a_repeat() -> None:
    kitchen = Kitchen()
    kitchen.took(post("汤里有虫", native_id="1"))
    tally = kitchen.took(post("汤里有虫", native_id="1"), post("汤里没有虫", native_id="1"), post("别的", native_id="2"))
    assert (tally.fates[Fate.REPEATED], tally.fates[Fate.REVISED], tally.fates[Fate.KEPT]) == (1, 1, 1)
    assert (tally.read, whole(tally)) == (3, 3)


def test_what_is_relevant_or_uncertain_is_pending_and_all_is_kept() -> None:
    kitchen = Kitchen(StubAnalyst({"a": 0.9, "b": 0.3, "c": 0.1}))
    kitchen.took(post("a"), post("b"), post("c"))
    assert [one.post.text for one in kitchen.store.pending(9)] == sorted("ab", key=lambda text: post(text).id)
    assert kitchen.store.sizes()["posts"] == 3


def test_broken_records_are_quarantined_and_counted() -> None:
    kitchen = Kitchen()
    tally = kitchen.took(Broken("f:1", "why"), post("a"))
    assert (tally.quarantined, tally.fates[Fate.KEPT], kitchen.broken) == (1, 1, [Broken("f:1", "why")])


def test_a_post_that_breaks_the_analyst_waits_alone() -> None:
    class Breaking(StubAnalyst):
        def assess(self, writings: Sequence[Writing], memory: Mapping[str, float] | None = None) -> list[Assessment]:
            if any("坏" in writing.text for writing in writings):
                raise ZeroDivisionError
            return super().assess(writings, memory)

    kitchen = Kitchen(Breaking())
    tally = kitchen.took(post("好"), post("坏"), post("也好"))
    assert (tally.fates[Fate.KEPT], tally.quarantined, whole(tally)) == (2, 1, 3)
    assert "ZeroDivisionError" in kitchen.broken[0].why


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (post("  \n "), "no text"),
        (post("a", at=START + timedelta(days=9)), "from the future"),
        (Post("x", "a", collected_at=START + timedelta(days=9)), "from the future"),
        (Post("x", "a", source="weibo-hot", published_at=START - timedelta(days=4000), collected_at=START), "too old for its source"),
        (Post("x", "a", source="weibo-hot", published_at=START - timedelta(days=400)), ""),
        (post("a"), ""),
    ],
)
def test_drop_reasons_are_few(found: Post, reason: str) -> None:
    assert drop_reason(found, SOURCES.get(found.source), hours(1)) == reason


def test_fates_are_counted_by_source_and_day() -> None:
    kitchen = Kitchen()
    kitchen.took(post("a"), post("b"), post(" "))
    counts = {(count.day, count.source, count.fate): count.posts for count in kitchen.store.fates("2024-01-01")}
    assert counts == {("2024-09-05", "weibo-hot", "kept"): 2, ("2024-09-05", "weibo-hot", "dropped: no text"): 1}


def test_batches_are_yielded_as_they_are_done() -> None:
    kitchen = Kitchen()
    reads = [tally.read for tally in ingest([post(str(n), native_id=str(n)) for n in range(BATCH + 5)], kitchen.intake, now=hours(1))]
    assert reads == [BATCH, BATCH + 5]


def test_a_fingerprint_is_asked_of_the_analyst_only_when_tracking() -> None:
    class Counting(StubAnalyst):
        asked = 0

        def fingerprints(self, texts: Sequence[str]) -> list[Fingerprint]:
            Counting.asked += len(texts)
            return super().fingerprints(texts)

    Kitchen(Counting()).took(post("a"))
    assert Counting.asked == 0

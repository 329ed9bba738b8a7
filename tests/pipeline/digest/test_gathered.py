"""The digest: an exact period, what is new, what grew, what fell."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import load
from pipeline.digest import PERIOD, digest, html
from pipeline.faces import digest_face, shown
from pipeline.store.memory import MemoryStore
from pipeline.track import Tracker
from tests.pipeline.made import StubAnalyst, hours, judged

CONFIG = load()


def store_with(*posts: tuple[str, float]) -> MemoryStore:
    store = MemoryStore()
    store.keep([judged(text, at=hours(hour), terms=text) for text, hour in posts])
    Tracker(store, StubAnalyst(), CONFIG).run()
    return store


def test_what_is_new_what_grew_and_what_fell() -> None:
    store = store_with(("旧 事 一", -40), ("长 大 二", -20), ("长 大 二 又", 3), ("新 事 三", 4))
    made = digest(store, hours(24) - timedelta(hours=0))
    assert [entry.event.title for entry in made.new] == ["新 事 三"]
    assert [(entry.event.title, entry.grown) for entry in made.grew] == [("长 大 二", 1)]
    assert [entry.event.title for entry in made.fell] == ["旧 事 一"] or made.fell == ()
    assert (made.kept, made.relevant) == (2, 2)
    assert [alert.title for alert in made.alerts] == ["新 事 三"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-72 * 3600, 72 * 3600), min_size=1, max_size=12, unique=True))
def test_no_post_is_lost_between_two_digests_or_in_both(seconds: list[int]) -> None:
    store = MemoryStore()
    store.keep([judged(f"第{second}条", at=hours(0) + timedelta(seconds=second)) for second in seconds])
    whole = [digest(store, hours(0) + PERIOD * day) for day in range(-3, 5)]
    assert sum(one.kept for one in whole) == len(seconds)
    for earlier, later in pairwise(whole):
        assert earlier.until == later.since


def test_the_page_stands_alone_and_escapes_what_people_wrote() -> None:
    made = digest(store_with(("<script>坏</script> 甲 乙", 3)), hours(24))
    page = html(made, office="某办", topics=CONFIG.topics, times=shown)
    assert "<script>" not in page
    assert "&lt;script&gt;坏" in page
    assert "http" not in page.replace("http-equiv", "")
    assert digest_face(made)["new"][0]["grown"] == 1


def test_an_empty_period_is_said() -> None:
    page = html(digest(MemoryStore(), hours(0)), office="某办", topics=CONFIG.topics, times=shown)
    assert "收录帖文 0 条" in page
    assert "本期没有要报的事" in page


def test_each_event_is_told_in_brief() -> None:
    made = digest(store_with(("食堂 鼠头", 3), ("食堂 鼠头 学校 回应", 4)), hours(24))
    face = digest_face(made)["new"][0]
    assert face["summary"] in ("食堂 鼠头", "食堂 鼠头 学校 回应")
    assert "鼠头" in face["phrases"]
    assert face["summary"] in html(made, office="某办", topics=CONFIG.topics, times=shown)

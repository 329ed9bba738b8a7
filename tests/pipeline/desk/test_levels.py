"""The page and the JSON of an event tell its burst, what would lower it, its harm counts and its rumor state; the health page names failing rules."""

from datetime import timedelta

import msgspec
import pytest
from msgspec import msgpack, structs

from pipeline.desk import shapes
from pipeline.model import Burst, Event, Step
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW
from tests.pipeline.desk.test_pages import read, words

BURST = Burst(
    rule="burst",
    test="负二项上限",
    topic="campus",
    place=("吉林省", "吉林市"),
    since=NOW - timedelta(hours=23),
    until=NOW,
    observed=12,
    expected=0.4,
    baseline=(1, 0, 0, 2, 0, 0, 0, 0),
    p=2e-7,
    alpha=0.05,
    limit=2e-5,
    series=40,
    posts=("a", "b"),
)


@pytest.fixture
def told(store: MemoryStore, matters: dict[str, Event]) -> Event:
    event = structs.replace(
        matters["canteen"],
        bursts=(BURST,),
        lower=("80 分以下降为Ⅱ橙（现 82 分）", "若患病数更正为 0（少 20 分）则降为Ⅱ橙"),
        rumor_state="unknown",
        rumor_since=NOW,
        failed=("reach",),
    )
    store.commit(Step(cleared=(), events=(event,)))
    return event


def test_the_page_tells_it(visitor: Visitor, told: Event) -> None:
    page = read(visitor, f"/events/{told.id}")
    why = words(page.css_first("#why").parent)  # type: ignore[union-attr]
    assert "80 分以下降为Ⅱ橙" in why
    assert "若患病数更正为 0" in why
    assert "规则 reach 出错" in why
    burst = words(page.css_first("#bursts").parent)  # type: ignore[union-attr]
    for part in ("校园食品 × 吉林市", "12 / 0.4 条", "1、0、0、2、0、0、0、0", "p=2e-07", "40 个序列"):
        assert part in burst
    assert "未核实" in words(page.css_first("#judged").parent)  # type: ignore[union-attr]
    harm = words(page.css_first("#harms").parent)  # type: ignore[union-attr]
    assert "患病：12 人（非官方，取最大）" in harm
    assert "住院：3 人" in harm


def test_the_json_of_one_event_has_it_and_lists_have_no_series_of_harm(visitor: Visitor, told: Event) -> None:
    one = visitor.get(f"/api/events/{told.id}")
    shapes.WholeEventShape.model_validate_json(one.content)
    face = one.json()
    assert face["lowers"][0].startswith("80 分以下")
    assert (face["rumor_state"], face["failed_rules"]) == ("unknown", ["reach"])
    assert (face["bursts"][0]["observed"], face["bursts"][0]["place"]) == (12, ["吉林省", "吉林市"])
    assert face["harm_series"]["ill"]["current"] == 12
    assert face["harm_series"]["ill"]["stated"][0]["source"] == "weibo-hot"
    listed = visitor.get("/api/events").json()["events"]
    assert any(event["bursts"] for event in listed)
    assert not any("harm_series" in event for event in listed)


def test_the_health_page_names_a_rule_that_fails(visitor: Visitor, told: Event) -> None:
    assert "reach：最近 200 个事件中有 1 个没有按它计分" in words(read(visitor, "/health"))


def test_an_event_from_before_is_still_read(matters: dict[str, Event]) -> None:
    new = ("lower", "bursts", "rumor_state", "rumor_since", "failed")
    for codec in (msgpack, msgspec.json):
        body = codec.decode(codec.encode(matters["oil"]))
        old = codec.decode(codec.encode({key: value for key, value in body.items() if key not in new}), type=Event)
        assert old == matters["oil"]

"""Levels are additive and explained; an event is alerted when it rises, never twice in one state."""

from datetime import timedelta

import pytest
from msgspec import structs

from config.load import load
from config.schema import Rule
from nlp.assessment import Harm
from pipeline.alert import raised, reasons
from pipeline.cluster import drawn
from pipeline.figures import Figures
from pipeline.lowering import level_of
from pipeline.measures import Known
from pipeline.model import Member
from tests.pipeline.made import hours, member

CONFIG = load()
LEVELS = CONFIG.settings.alert.levels


def known(*members: Member) -> Known:
    figures = Figures(members, revive=timedelta(days=3))
    return Known(drawn(None, figures), figures, CONFIG.sources, CONFIG.topics, "220000")


def test_each_rule_gives_its_highest_step_and_says_why() -> None:
    rule = Rule(name="posts", title="t", measure="posts", steps={2: 5, 3: 9}, because="已有 {value} 条")
    found = reasons(known(member("a"), member("b"), member("c")), [rule])
    assert [(reason.points, reason.text) for reason in found] == [(9, "已有 3 条")]
    assert reasons(known(member("a")), [rule]) == []


def test_a_rule_for_a_topic_leaves_others_alone() -> None:
    rule = Rule(name="posts", title="t", measure="posts", steps={1: 5}, because="x", topics=("campus",))
    assert not reasons(known(member("a", topics="meat")), [rule])
    assert reasons(known(member("a", topics="campus")), [rule])


@pytest.mark.parametrize(("points", "level"), [(0, None), (19, None), (20, 4), (59, 3), (60, 2), (80, 1), (300, 1)])
def test_points_make_a_level(points: int, level: int | None) -> None:
    assert level_of(points, LEVELS) == level


@pytest.mark.parametrize("topic", list(CONFIG.topics))
def test_a_topic_alone_never_raises_an_alert(topic: str) -> None:
    assert raised(known(member("a", topics=topic, source="reviews")), CONFIG.rules.values(), LEVELS, hours(0))[1] is None


def test_a_title_on_a_hot_list_raises_one_with_its_reasons() -> None:
    event, alert = raised(known(member("a", topics="campus", source="weibo-hot")), CONFIG.rules.values(), LEVELS, hours(0))
    assert alert is not None
    assert (alert.level, alert.title, alert.event) == (4, "a", event.id)
    assert any("热榜" in why for why in alert.why)


def test_the_same_state_is_not_alerted_again_but_a_rise_is() -> None:
    asked = known(member("a", source="weibo-hot"))
    event, first = raised(asked, CONFIG.rules.values(), LEVELS, hours(0))
    again = structs.replace(asked, event=event)
    assert raised(again, CONFIG.rules.values(), LEVELS, hours(1))[1] is None
    dead = structs.replace(member("b", source="weibo-hot"), assessment=structs.replace(member("b").assessment, harm=Harm(dead=3)))
    risen = structs.replace(again, figures=Figures([*asked.figures.members.values(), dead], revive=timedelta(days=3)))
    _, second = raised(risen, CONFIG.rules.values(), LEVELS, hours(1))
    assert first is not None
    assert second is not None
    assert second.level < first.level
    assert second.id != first.id

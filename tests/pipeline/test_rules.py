"""Each shipped rule by table: value, points, text; whole events: level and what would lower it. What is wrong with a rule is named."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.errors import ConfigError
from config.load import Config, load
from config.schema import BurstTest, Rule
from nlp.assessment import Debunk, Harm, Place, Score
from pipeline import rulebook
from pipeline.alert import raised, reasons
from pipeline.app import App
from pipeline.bursts import kept
from pipeline.cluster import drawn
from pipeline.figures import Figures
from pipeline.health import findings
from pipeline.home import made
from pipeline.measures import MEASURES, Known
from pipeline.model import Alert, Burst, Event, Member, Step
from tests.pipeline.made import START, hours, member

CONFIG = load()
LEVELS = CONFIG.settings.alert.levels
HOME = Place(("吉林省", "长春市"), "220100")
AWAY = Place(("甘肃省", "天水市"), "620500")
CLAIM = Debunk("plastic", "紫菜是塑料做的", "不是", "某处", "spreads", 0.9)
OFFICIAL, MEDIA, COMPLAINTS = "official-made", "media-made", "complaints-12315"


def sources() -> Mapping[str, Any]:
    """The shipped sources, and one of officials and one of media."""
    model = CONFIG.sources["weibo-hot"]
    return {
        **CONFIG.sources,
        OFFICIAL: model.model_copy(update={"name": OFFICIAL, "trust": "official", "category": "regulator"}),
        MEDIA: model.model_copy(update={"name": MEDIA, "trust": "media", "category": "news"}),
    }


def said(name: str, *, at: float = 0, source: str = "", title: str = "", **thought: Any) -> Member:
    """A post at an hour; `thought` are parts of its assessment."""
    reach, platform = thought.pop("reach", 0), thought.pop("platform", "weibo")
    one = member(name, at=hours(at), source=source, platform=platform, reach=reach)
    return structs.replace(one, title=title or name, assessment=structs.replace(one.assessment, **thought))


def known(*members: Member, bursts: tuple[Burst, ...] = ()) -> Known:
    figures = Figures(members, revive=timedelta(days=3))
    return Known(kept(None, drawn(None, figures), bursts), figures, sources(), CONFIG.topics, "220000")


def burst(observed: int, expected: float) -> Burst:
    since = datetime(2024, 9, 4, 2, tzinfo=UTC)
    return Burst("burst", "负二项上限", "catering", ("吉林省", "长春市"), since, START, observed, expected, (0,) * 8, 2e-7, 0.05, 1e-5, 40, ("a",))


def many(number: int, **fields: Any) -> list[Member]:
    """So many posts, a day apart."""
    return [said(f"{n:03}", at=24 * n, **fields) for n in range(number)]


def quick(number: int) -> list[Member]:
    return [said(f"{n:03}", at=n / 100) for n in range(number)]


def harmed(**numbers: int) -> list[Member]:
    return [said("a", harm=Harm(**numbers))]


def unsure(number: int) -> list[Member]:
    return many(number, rumor=Score(0.8))


def refuted(number: int) -> list[Member]:
    return [*unsure(1), *(said(f"r{n}", at=n, source=MEDIA, title="网传紫菜是塑料做的，系谣言") for n in range(1, number + 1))]


def topic(name: str) -> list[Member]:
    return [said("a", topics=(Score(0.9, name),))]


RULES: list[tuple[str, list[Member], int, str]] = [
    ("at-home", [said("a", places=(AWAY,))], 0, ""),
    ("at-home", [said("a", places=(HOME,))], 8, "发生在本省"),
    ("complaints", many(2, source=COMPLAINTS), 0, ""),
    ("complaints", many(3, source=COMPLAINTS), 10, "投诉 3 件"),
    ("complaints", many(8, source=COMPLAINTS), 16, "投诉 8 件"),
    ("dead", harmed(dead=0), 0, ""),
    ("dead", harmed(dead=1), 40, "提及死亡 1 人"),
    ("dead", harmed(dead=3), 50, "提及死亡 3 人"),
    ("dead", harmed(dead=10), 60, "提及死亡 10 人"),
    ("debunked", unsure(1), 0, ""),
    ("debunked", refuted(1), -12, "官方或媒体辟谣 1 条"),
    ("debunked", refuted(3), -16, "官方或媒体辟谣 3 条"),
    ("hospitalised", harmed(hospitalised=1), 8, "提及住院 1 人"),
    ("hospitalised", harmed(hospitalised=10), 16, "提及住院 10 人"),
    ("hospitalised", harmed(hospitalised=30), 24, "提及住院 30 人"),
    ("hot-list", many(1), 0, ""),
    ("hot-list", many(1, source="weibo-hot"), 20, "上热榜 1 次"),
    ("hot-list", many(3, source="weibo-hot"), 26, "上热榜 3 次"),
    ("hot-list", many(6, source="weibo-hot"), 32, "上热榜 6 次"),
    ("ill", harmed(ill=1), 10, "提及患病 1 人"),
    ("ill", harmed(ill=10), 20, "提及患病 10 人"),
    ("ill", harmed(ill=30), 34, "提及患病 30 人"),
    ("ill", harmed(ill=100), 50, "提及患病 100 人"),
    ("lately", quick(4), 0, ""),
    ("lately", quick(5), 8, "六小时内 5 条"),
    ("lately", quick(15), 14, "六小时内 15 条"),
    ("lately", quick(40), 20, "六小时内 40 条"),
    ("media", many(1, source=MEDIA), 4, "媒体报道 1 条"),
    ("media", many(3, source=MEDIA), 10, "媒体报道 3 条"),
    ("media", many(8, source=MEDIA), 14, "媒体报道 8 条"),
    ("official", many(1, source=OFFICIAL), 6, "官方发布 1 条"),
    ("official", many(3, source=OFFICIAL), 10, "官方发布 3 条"),
    ("platforms", [said(name, platform=name) for name in "a"], 0, ""),
    ("platforms", [said(name, platform=name) for name in "ab"], 8, "出现在 2 个平台"),
    ("platforms", [said(name, platform=name) for name in "abc"], 14, "出现在 3 个平台"),
    ("platforms", [said(name, platform=name) for name in "abcde"], 20, "出现在 5 个平台"),
    ("posts", many(2), 0, ""),
    ("posts", many(3), 10, "已有 3 条帖文"),
    ("posts", many(8), 18, "已有 8 条帖文"),
    ("posts", many(20), 26, "已有 20 条帖文"),
    ("posts", many(50), 34, "已有 50 条帖文"),
    ("quiet", [said("a")], 0, ""),
    ("quiet", [said("a", recalled=True)], -20, "1 条帖文都只是与近日的事相关，无人受害、投诉或传言"),
    ("quiet", [said("a", recalled=True), said("b")], 0, ""),
    ("quiet", [said("a", recalled=True, second=True)], 0, ""),
    ("quiet", [said("a", recalled=True, rumor=Score(0.6))], 0, ""),
    ("quiet", [said("a", recalled=True, debunk=CLAIM)], 0, ""),
    ("quiet", [said("a", recalled=True, harm=Harm(symptoms=("呕吐",)))], 0, ""),
    ("quiet", [said("a", recalled=True, harm=Harm(vulnerable=("老人",)))], -20, "1 条帖文都只是与近日的事相关，无人受害、投诉或传言"),
    ("quiet", [said("a", recalled=True, source=COMPLAINTS)], 0, ""),
    ("reach", [said("a", reach=999)], 0, ""),
    ("reach", [said("a", reach=1000)], 4, "单帖传播量 1000"),
    ("reach", [said("a", reach=10_000)], 10, "单帖传播量 10000"),
    ("reach", [said("a", reach=1_000_000)], 14, "单帖传播量 1000000"),
    ("topic", topic("other"), 0, ""),
    ("topic", topic("catering"), 2, "涉及餐饮与网络订餐"),
    ("topic", topic("meat"), 3, "涉及肉制品"),
    ("topic", topic("residues"), 4, "涉及农兽药残留与添加剂"),
    ("topic", topic("campus"), 8, "涉及校园食品"),
    ("unsure", [said("a", relevant=Score(0.4))], -9, "研判把握仅 0.40"),
    ("unsure", [said("a", relevant=Score(0.69))], -8, "研判把握仅 0.69"),
    ("unsure", [said("a", relevant=Score(0.69)), said("b", relevant=Score(0.7))], 0, ""),
    ("unsure", [said("a", relevant=Score(0.5), second=True)], 0, ""),
    ("unverified", unsure(2), 0, ""),
    ("unverified", unsure(3), 4, "未核实，3 条帖文在传"),
    ("unverified", unsure(10), 8, "未核实，10 条帖文在传"),
    ("vulnerable", [said("a", harm=Harm(vulnerable=("学生",)))], 0, ""),
    ("vulnerable", [said("a", harm=Harm(ill=2, vulnerable=("学生",)))], 4, "受害者中有学生、婴幼儿、老人等弱势人群"),
]


@pytest.mark.parametrize(("name", "members", "points", "text"), RULES, ids=[f"{row[0]}-{row[2]}" for row in RULES])
def test_a_rule_gives_its_points_and_says_why(name: str, members: list[Member], points: int, text: str) -> None:
    event = raised(known(*members), [], LEVELS, START)[0]
    found = reasons(structs.replace(known(*members), event=event), [CONFIG.rules[name]])
    assert [(one.points, one.text) for one in found] == ([(points, text)] if points else [])


BURSTS = [(burst(5, 2.5), 0), (burst(6, 0.4), 20), (burst(20, 1.5), 26), (burst(50, 3), 32)]


@pytest.mark.parametrize(("found", "points"), BURSTS, ids=[str(points) for _, points in BURSTS])
def test_a_burst_gives_points_by_what_is_more_than_expected(found: Burst, points: int) -> None:
    given = reasons(known(said("a"), bursts=(found,)), [CONFIG.rules["burst"]])
    assert [one.points for one in given] == ([points] if points else [])
    if points:
        assert given[0].text == (
            f"餐饮与网络订餐（长春市）24 小时内 {found.observed} 条，同时段预期 {found.expected:.1f} 条"
            "（负二项上限，p=2e-07，日误报率 α=0.05，校正 40 个序列）"
        )


def test_every_step_of_every_rule_is_in_the_tables() -> None:
    told = {(name, points) for name, _, points, _ in RULES if points} | {("burst", points) for _, points in BURSTS if points}
    assert told == {(rule.name, points) for rule in CONFIG.rules.values() for points in rule.steps.values() if points}


EVENTS: list[tuple[str, list[Member], int | None]] = [
    ("a school's canteen is complained of", [said("a", topics=(Score(0.9, "campus"),), places=(HOME,), source=COMPLAINTS)], None),
    ("a title on a hot list", [said("a", source="weibo-hot")], 4),
    ("three complaints of one shop at home", [said(str(n), at=n, source=COMPLAINTS, places=(HOME,)) for n in range(3)], 4),
    ("a dozen pupils ill at home", [said("a", topics=(Score(0.9, "campus"),), places=(HOME,), harm=Harm(ill=12, vulnerable=("学生",)))], 3),
    ("one dead, told by media", [said("a", source=MEDIA, harm=Harm(dead=1))], 3),
    ("one dead and thirty ill at home", [said("a", source=MEDIA, places=(HOME,), harm=Harm(dead=1, ill=30))], 1),
    ("a hundred ill elsewhere, on the hot list", [said("a", source="weibo-hot", places=(AWAY,), harm=Harm(ill=100))], 2),
    (
        "a fair and a fishing festival at home, that share two words with a matter of these days",
        [
            said("a", source=OFFICIAL, platform="gov", places=(HOME,), relevant=Score(0.58), recalled=True),
            said("b", at=1, source=MEDIA, platform="news", places=(HOME,), relevant=Score(0.67), recalled=True),
        ],
        None,
    ),
    (
        "the same on five platforms, by eight in a week",
        [
            said(str(n), at=24 * n, source=(OFFICIAL, MEDIA)[n % 2], platform=str(n % 5), places=(HOME,), relevant=Score(0.6), recalled=True)
            for n in range(8)
        ],
        4,
    ),
    (
        "a batch recalled at home, told by officials and media",
        [
            said("a", source=OFFICIAL, platform="gov", places=(HOME,), relevant=Score(0.6)),
            said("b", at=1, source=MEDIA, platform="news", places=(HOME,), relevant=Score(0.5), recalled=True),
            said("c", at=2, source=MEDIA, platform="app", places=(HOME,), relevant=Score(0.5), recalled=True),
        ],
        4,
    ),
    (
        "pupils with symptoms, each post known only from what was said before",
        [
            said(
                "a", platform="0", places=(HOME,), topics=(Score(0.9, "campus"),), recalled=True, harm=Harm(symptoms=("呕吐",), vulnerable=("学生",))
            ),
            said("b", at=1, platform="1", places=(HOME,), topics=(Score(0.9, "campus"),), recalled=True),
        ],
        4,
    ),
    ("a claim that spreads", [said(str(n), at=n, rumor=Score(0.8), platform=str(n % 2)) for n in range(5)], 4),
    (
        "the same, refuted",
        [
            *(said(str(n), at=n, rumor=Score(0.8), platform=str(n % 2)) for n in range(5)),
            said("r", at=6, source=MEDIA, platform="0", title="网传紫菜是塑料做的，系谣言"),
        ],
        None,
    ),
    (
        "officials correct the number of the ill",
        [said("a", source="weibo-hot", harm=Harm(ill=100)), said("b", at=1, source=OFFICIAL, harm=Harm(ill=2))],
        4,
    ),
]


@pytest.mark.parametrize(("name", "members", "level"), EVENTS, ids=[row[0] for row in EVENTS])
def test_an_event_has_its_level_and_is_told_what_would_lower_it(name: str, members: list[Member], level: int | None) -> None:
    event, alert = raised(known(*members), CONFIG.rules.values(), LEVELS, START)
    assert event.level == level, (event.points, event.why)
    assert (alert is None) == (level is None)
    assert bool(event.lower) == (level is not None)
    if alert and level:
        assert alert.why[0] == f"{event.points} 分达 {['', 'Ⅰ红', 'Ⅱ橙', 'Ⅲ黄', 'Ⅳ蓝'][level]}"
        assert event.lower[0].startswith(f"{LEVELS[level]} 分以下降为")


def test_a_burst_alone_raises_the_mildest_alert() -> None:
    event, alert = raised(known(said("a"), bursts=(burst(12, 0.4),)), CONFIG.rules.values(), LEVELS, START)
    assert alert is not None
    assert event.level == 4
    assert event.lower == (
        "20 分以下降为不预警（现 20 分）",
        "若不计“突增”（少 20 分）则降为不预警",
        "若“已被官方或媒体辟谣”成立（少 16 分）则降为不预警",
    )


def test_what_would_lower_names_the_number_to_be_corrected() -> None:
    event, _ = raised(known(said("a", source=MEDIA, places=(HOME,), harm=Harm(dead=1))), CONFIG.rules.values(), LEVELS, START)
    assert event.lower[0] == "40 分以下降为Ⅳ蓝（现 52 分）"
    assert "若死亡数更正为 0（少 40 分）则降为不预警" in event.lower


@pytest.mark.parametrize("name", list(CONFIG.topics))
def test_a_topic_word_alone_never_raises_an_alert(name: str) -> None:
    told = [(source, ()) for source in (OFFICIAL, MEDIA)] + [
        (source, where) for source in ("", "reviews", COMPLAINTS) for where in ((), (HOME,), (AWAY,))
    ]
    for source, places in told:
        one = known(said("a", topics=(Score(1.0, name),), places=places, source=source))
        assert raised(one, CONFIG.rules.values(), LEVELS, START)[1] is None, (source, places)


def test_all_topics_together_raise_none_either() -> None:
    every = tuple(Score(1.0, name) for name in CONFIG.topics)
    assert raised(known(said("a", topics=every)), CONFIG.rules.values(), LEVELS, START)[1] is None


# --- never twice in one state


def run(states: list[list[Member]]) -> tuple[Event, list[Alert]]:
    """One event that has these members, one after another; return how it ends, and its alerts."""
    event: Event | None = None
    alerts = []
    for state in states:
        now = known(*state)
        now = structs.replace(now, event=kept(event, drawn(event, now.figures), ()))
        event, alert = raised(now, CONFIG.rules.values(), LEVELS, START)
        alerts += [alert] if alert else []
    assert event
    return event, alerts


def test_an_event_that_rises_and_falls_again_and_again_is_alerted_once_a_level() -> None:
    low, high = [said("a", source="weibo-hot")], [said("a", source="weibo-hot", harm=Harm(ill=100))]
    event, alerts = run([low, high] * 20 + [low])
    assert [alert.level for alert in alerts] == [4, 2]
    assert len({alert.id for alert in alerts}) == 2
    assert event.level == 4  # what it shows is the state that it is in


def test_cosmetic_edits_raise_no_second_alert() -> None:
    states = [[said("a", source="weibo-hot", title=title)] for title in ("舒兰三中呕吐", "舒兰 三中呕吐！", "【舒兰三中呕吐】")]
    assert len(run(states * 10)[1]) == 1


# --- rules that are wrong


def changed(**rules: Rule) -> Config:
    return replace(CONFIG, rules={**CONFIG.rules, **rules})


def rule(**fields: Any) -> Rule:
    return Rule(**{"name": "x", "title": "某规则", "measure": "posts", "steps": {1: 5}, "because": "x", **fields})


WRONG = [
    (rule(measure="weather"), r"rules/x\.yaml: measure: nothing measures weather"),
    (rule(measure="burst"), r"rules/x\.yaml: test: the measure burst needs a test"),
    (rule(test=BurstTest()), r"rules/x\.yaml: test: only the measure burst has a test"),
    (rule(because="已有 {count} 条"), r"rules/x\.yaml: because: cannot be said"),
    (rule(because="已有 {value:d} 条"), r"rules/x\.yaml: because: cannot be said"),
    (rule(because="已有 { 条"), r"rules/x\.yaml: because: cannot be said"),
    (rule(because="{expected}"), r"rules/x\.yaml: because: cannot be said"),
    (rule(steps={1: 25}), r"topics/\w[\w-]*\.yaml: weight: a post of this topic alone would be alerted as Ⅳ蓝"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG, ids=[told[8:50] for _, told in WRONG])
def test_a_wrong_rule_is_named_with_its_file(wrong: Rule, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        rulebook.checked(changed(x=wrong))


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ({1: 5, 2: 3}, "points must not fall"),
        ({1: -5, 2: -3, 3: -4}, "those below zero go one way only"),
        ({1: -5, 2: 3}, "either raises or lowers"),
        ({float("nan"): 3}, "a step begins at a number"),
        ({}, "at least 1"),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps: dict[float, int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        rule(steps=steps)


@pytest.mark.parametrize("window", ["90m", "5h", "25h", "30m"])
def test_a_window_must_be_whole_hours_that_divide_a_week(window: str) -> None:
    with pytest.raises(ValueError, match="whole hours that divide a week"):
        BurstTest(window=window)  # type: ignore[arg-type]


def test_the_shipped_rules_have_no_fault() -> None:
    rulebook.checked(CONFIG)


def test_a_rule_that_fails_is_seen_and_the_others_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: Known) -> float:
        raise ZeroDivisionError

    monkeypatch.setitem(MEASURES, "reach", failing)
    event, alert = raised(known(said("a", source="weibo-hot")), CONFIG.rules.values(), LEVELS, START)
    assert alert is not None
    assert event.level == 4
    assert event.failed == ("reach",)
    assert "规则“传播量”出错，未计分" in alert.why
    assert rulebook.failing([event, event]) == {"reach": 2}
    with pytest.raises(ConfigError, match=r"rules/reach\.yaml.*cannot be applied: ZeroDivisionError"):
        rulebook.checked(CONFIG)


def test_doctor_names_a_rule_that_fails_and_what_to_do(tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    with App(home, environ={}) as app:
        app.store.commit(Step((), events=(structs.replace(raised(known(said("a")), [], LEVELS, START)[0], failed=("reach",)),)))
    (found,) = [finding for finding in findings(home) if finding.what.startswith("rule ")]
    assert found.what == "rule reach: failed on 1 of the latest 200 events"
    assert "rules/reach.yaml" in found.todo

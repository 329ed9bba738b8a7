"""What reports say: of periods, events and rebuttals; what they refuse; and when sources were lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec import structs

from config.errors import InputError
from config.source import Source
from crawlers.report import CrawlReport
from nlp.assessment import Harm
from pipeline.report.checked import unsupported
from pipeline.report.content import Chart, Paragraph, Report, Table, Tally, charts, sentences, walk
from pipeline.report.event import event_report
from pipeline.report.kept import Kept
from pipeline.report.lost import lost, lost_keys
from pipeline.report.period import Period, period
from pipeline.report.periodic import period_report
from pipeline.report.plain import plain
from pipeline.report.rebuttal import outgoing, rebuttal
from tests.pipeline.report.made import CLAIM, CONFIG, PLACES, UNTIL, Filled, drawn, track, written

HOUR = timedelta(hours=1)
DAY = Period(UNTIL - 24 * HOUR, UNTIL)


def said(report: Report) -> str:
    return "\n".join(sentence.text for sentence in sentences(report))


def blocks(report: Report, kind: type) -> Iterator[object]:
    yield from (block for section in walk(report.sections) for block in section.blocks if isinstance(block, kind))


def canteen() -> Filled:
    harm = Harm(ill=12, quotes=("12名学生腹泻",), symptoms=("腹泻",), vulnerable=("学生",))
    return track(
        [
            written("舒兰一小学食堂 12名学生腹泻", at=UNTIL - 5 * HOUR, terms="食堂 腹泻", topics="campus", harm=harm, places=PLACES[:1], likes=9000),
            written("食堂出事 家长要说法", at=UNTIL - 3 * HOUR, terms="食堂 腹泻", topics="campus", platform="zhihu", source="zhihu-hot"),
            written("官方通报食堂腹泻", at=UNTIL + 2 * HOUR, terms="食堂 腹泻", topics="campus", platform="news", source="news-export"),
        ]
    )


def seaweed() -> Filled:
    return track(
        [
            written("网传紫菜是塑料做的", at=UNTIL - 5 * HOUR, terms="紫菜 塑料", topics="other", debunk=CLAIM),
            written("塑料紫菜是谣言", at=UNTIL - 2 * HOUR, terms="紫菜 塑料", topics="other", debunk=structs.replace(CLAIM, stance="refutes")),
        ]
    )


def test_an_event_is_told_as_of_a_time() -> None:
    filled = canteen()
    event = filled.posts[0].post.id
    early, late = (event_report(filled.kept(), event, at) for at in (UNTIL, UNTIL + 3 * HOUR))
    assert "收录相关帖文 2 条，见于 2 个平台" in said(early)
    assert "收录相关帖文 3 条，见于 3 个平台" in said(late)
    assert [row.id for row in early.posts] == [one.post.id for one in filled.posts[:2]]
    assert "的帖文称“12名学生腹泻”。" in said(early)
    assert [section.title for section in early.sections] == ["摘要", "基本情况", "研判", "建议"]
    assert unsupported(early, filled.kept()) == []


def test_what_is_advised_names_its_rule() -> None:
    made = event_report(canteen().kept(), canteen().posts[0].post.id, UNTIL)
    advised = [sentence.text for block in made.sections[-1].blocks if isinstance(block, Paragraph) for sentence in block.sentences]
    assert advised[0].startswith("由省教育厅牵头办理，")
    assert "（十三、" in advised[0]
    assert any(line.startswith("由吉林市食安办落实属地责任。") for line in advised)
    assert any("内受理。依据：预警分级时限，" in line for line in advised)
    assert all("依据：" in line for line in advised)


def test_a_quote_that_does_not_stand_in_the_post_is_left_out() -> None:
    harm = Harm(ill=30, quotes=("三十名学生腹泻",))
    filled = track([written("食堂 12名学生腹泻", at=UNTIL - HOUR, terms="食堂", topics="campus", harm=harm)])
    made = event_report(filled.kept(), filled.posts[0].post.id, UNTIL)
    assert "三十" not in said(made)
    assert "均未写明受害人数" in said(made)


def test_an_event_that_is_not_kept_has_no_report() -> None:
    filled = canteen()
    for event, at in (("nobody", UNTIL), (filled.posts[0].post.id, UNTIL - timedelta(days=9))):
        with pytest.raises(InputError, match=event):
            event_report(filled.kept(), event, at)


def test_a_period_is_told_against_the_one_before() -> None:
    filled = track(
        [
            written("面包店 过期奶油", at=UNTIL - 30 * HOUR, terms="面包店 奶油", topics="catering"),
            *(written(f"食堂 腹泻 {n}", at=UNTIL - n * HOUR, terms="食堂 腹泻", topics="campus") for n in range(1, 4)),
        ]
    )
    made = period_report(filled.kept(), "daily", DAY)
    totals = next(block for block in blocks(made, Table))
    assert isinstance(totals, Table)
    assert [[cell.text for cell in row] for row in totals.rows][:2] == [
        ["收录帖文", "3", "1", "增加 2 条"],
        ["涉及食品安全的帖文", "3", "1", "增加 2 条"],
    ]
    assert "新出现的事件共 1 件。" in said(made)
    assert made.title.text == "食品安全舆情日报（2024年3月1日）"
    assert unsupported(made, filled.kept()) == []


def test_an_empty_period_is_one_sentence() -> None:
    for kind in ("daily", "weekly", "monthly"):
        made = period_report(track([]).kept(), kind, period(kind, UNTIL, now=UNTIL))
        assert len(made.sections) == 1
        assert len(list(sentences(made))) == 2
        assert said(made).endswith("收录帖文 0 条，事件 0 件，预警 0 次。")
        assert not made.posts
        assert not list(charts(made))


@pytest.mark.parametrize("seed", range(5))
def test_no_post_is_lost_between_two_reports_or_in_both(seed: int) -> None:
    filled = drawn(seed, days=6)
    days = [Period(UNTIL + 24 * HOUR * n, UNTIL + 24 * HOUR * (n + 1)) for n in range(-7, 2)]
    made = [period_report(filled.kept(), "daily", one) for one in days]
    counts = [
        one.values[""] for report in made for one in report.evidence if isinstance(one, Tally) and (one.of, one.where, one.by) == ("posts", "", "")
    ]
    firsts = [
        next(one.values[""] for one in report.evidence if isinstance(one, Tally) and one.of == "posts" and one.since == report.since)
        for report in made
    ]
    assert sum(firsts) == len(filled.posts)
    assert counts
    assert all(earlier.until == later.since for earlier, later in pairwise(made))


def test_a_rebuttal_says_claim_finding_and_who_says_so() -> None:
    filled = seaweed()
    made = rebuttal(filled.kept(), filled.posts[0].post.id, UNTIL)
    assert made.title.text == f"关于“{CLAIM.claim}”的辟谣通报"
    assert CLAIM.finding in said(made)
    assert CLAIM.citation in said(made)
    assert "对该说法：辟谣 1 条、传播 1 条。" in said(made)
    assert made.is_draft
    assert unsupported(made, filled.kept()) == []
    assert "草稿" in plain(made)


def test_without_a_known_debunk_there_is_no_rebuttal() -> None:
    filled = canteen()
    with pytest.raises(InputError, match="none of its posts was matched"):
        rebuttal(filled.kept(), filled.posts[0].post.id, UNTIL)
    early = seaweed()
    with pytest.raises(InputError):
        rebuttal(early.kept(), early.posts[0].post.id, UNTIL - timedelta(days=2))


def test_the_same_rebuttal_is_the_same_message() -> None:
    filled = seaweed()
    now, later = (outgoing(rebuttal(filled.kept(), filled.posts[0].post.id, at), "<p>") for at in (UNTIL, UNTIL + HOUR))
    assert now.id == later.id
    assert now.of == "rebuttal"
    assert CLAIM.citation in now.text


def crawl(hour: float, health: str = "ok") -> CrawlReport:
    at = DAY.since + timedelta(hours=hour)
    return CrawlReport("s", at, at + timedelta(minutes=5), health=health, why="HTTP 403" if health != "ok" else "")


def declared() -> Source:
    return next(one for one in CONFIG.sources.values() if one.kind != "import").model_copy(update={"name": "s", "enabled": True})


@pytest.mark.parametrize(
    ("crawls", "hours"),
    [
        ([crawl(1), crawl(2)], []),
        ([crawl(1), crawl(2, "blocked"), crawl(4, "blocked"), crawl(6)], [(2, 6 + 5 / 60)]),
        ([crawl(-3, "timeout"), crawl(1)], [(0, 1 + 5 / 60)]),
        ([crawl(23, "empty")], [(23, 24)]),
        ([crawl(-3, "timeout"), crawl(-1)], []),
    ],
)
def test_a_source_is_lost_from_an_ill_crawl_to_the_next_well_one(crawls: list[CrawlReport], hours: list[tuple[float, float]]) -> None:
    found = lost([declared()], lambda source: crawls, DAY.since, DAY.until)
    assert [((one.since - DAY.since) / HOUR, (one.until - DAY.since) / HOUR) for one in found] == [pytest.approx(pair) for pair in hours]


def test_lost_hours_are_marked_in_charts_and_the_source_is_named() -> None:
    crawls = [crawl(2, "blocked"), crawl(4)]
    filled = canteen()
    source = next(one for one in CONFIG.sources.values() if one.kind != "import")
    sources = {**CONFIG.sources, source.name: source.model_copy(update={"enabled": True})}
    config = replace(CONFIG, sources=sources)

    def kept() -> Kept:
        return Kept(filled.store, config, lambda name: [structs.replace(one, source=name) for one in crawls] if name == source.name else [])

    made = period_report(kept(), "daily", DAY)
    chart = next(one for one in charts(made) if len(one.keys) == 24)
    assert isinstance(chart, Chart)
    assert chart.lost == ("2024-02-29T10", "2024-02-29T11", "2024-02-29T12")
    assert lost_keys(kept().lost(DAY.since, DAY.until), "day") == ("2024-02-29",)
    table = [
        [cell.text for cell in row] for block in blocks(made, Table) if isinstance(block, Table) and block.caption == "异常信源" for row in block.rows
    ]
    assert table == [[source.title, "2024年2月29日10时00分", "被拒绝（403、412、418、429 或验证页）", "HTTP 403"]]
    assert [row for row in made.sources if row.lost_since]
    assert unsupported(made, kept()) == []

"""Every sentence of a report is borne by what is kept; what is not borne is refused when it is written, and found afterwards."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from msgspec import structs

from pipeline import regroup
from pipeline.regroup import RegroupError
from pipeline.regrouper import Regrouper
from pipeline.report.checked import unsupported
from pipeline.report.content import Fact, Report, Said, Sentence, Tally, sentences
from pipeline.report.draft import Draft, UnfoundedError, fact, number, numbered, quote
from pipeline.report.event import event_report
from pipeline.report.facts import said
from pipeline.report.period import ZONE, Period, period
from pipeline.report.periodic import period_report
from pipeline.report.rebuttal import rebuttal
from pipeline.store import EventFilter
from tests.pipeline.report.made import CONFIG, UNTIL, Filled, drawn, track, written

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
KINDS = ("daily", "weekly", "monthly")


def of_periods(filled: Filled) -> Iterator[Report]:
    for kind in KINDS:
        yield period_report(filled.kept(), kind, period(kind, UNTIL, now=UNTIL))


def of_events(filled: Filled) -> Iterator[Report]:
    for event in filled.store.events(EventFilter(), limit=5).items:
        if event.first_seen < UNTIL:
            yield event_report(filled.kept(), event.id, UNTIL)
            if any(one.assessment.debunk and one.at < UNTIL for one in filled.store.members(event.id)):
                yield rebuttal(filled.kept(), event.id, UNTIL)


@pytest.mark.parametrize("seed", range(20))
def test_every_sentence_of_drawn_reports_is_borne_by_what_is_kept(seed: int) -> None:
    filled = drawn(seed)
    for made in (*of_periods(filled), *of_events(filled)):
        assert unsupported(made, filled.kept()) == []
        for sentence in sentences(made):
            assert sentence.evidence, sentence.text


@pytest.mark.parametrize("seed", range(4))
def test_reports_stand_through_merges_and_splits(seed: int) -> None:
    dice, filled = random.Random(seed), drawn(seed + 100, most=60)
    store, firsts = filled.store, {event.id for event in filled.store.events(EventFilter(), limit=200).items}
    for step in range(6):
        events = store.events(EventFilter(), limit=200).items
        now, one = UNTIL + timedelta(minutes=step), dice.choice(events)
        with suppress(RegroupError):
            if len(events) > 1 and dice.random() < 0.6:
                regroup.merge(store, one.id, dice.choice(events).id, by="李", reason="同一件事", now=now)
            else:
                posts = [member.post for member in store.members(one.id)]
                regroup.split(store, one.id, dice.sample(posts, max(1, len(posts) // 2)), by="王", reason="两件事", now=now)
        if step == 4:
            with suppress(RegroupError, IndexError):
                regroup.undo(store, regroup.regroupings(store)[0][1].id, by="赵")
        Regrouper(store, CONFIG).run(None)
        for made in (*of_periods(filled), *of_events(filled)):
            assert unsupported(made, filled.kept()) == []
    for event in firsts:
        # An address that was given out leads to what its event became.
        if (became := regroup.current(store, event)) and became.first_seen < UNTIL:
            assert event_report(filled.kept(), event, UNTIL).id == became.id


def _told(report: Report, place: int, filled: Filled) -> str:
    """What a piece of evidence says in full; counts of posts and members are made by hand, from what was put in."""
    one = report.evidence[place]
    if isinstance(one, Fact):
        return said(one, filled.kept())
    values = dict(one.values)
    within = [judged for judged in filled.posts if one.since <= judged.post.at < one.until]
    if one.of == "members":
        ids = {member.post for member in filled.store.members(one.where)}
        within = [judged for judged in within if judged.post.id in ids]
    if one.of in ("posts", "members") and not one.by:
        values = {"": sum(one.where != "is:relevant" or judged.assessment.is_relevant for judged in within)}
    if one.of in ("posts", "members") and one.by in ("day", "hour"):
        form = "%Y-%m-%d" if one.by == "day" else "%Y-%m-%dT%H"
        values = dict.fromkeys(values, 0)
        for judged in within:
            if one.where != "is:relevant" or judged.assessment.is_relevant:
                values[judged.post.at.astimezone(ZONE).strftime(form)] += 1
    ranked = [f"{int(part)}" for key in values for part in re.findall(r"\d+", key)]
    kinds = sum(1 for count in values.values() if count)
    return " ".join([*map(str, values.values()), *ranked, str(kinds)])


@pytest.mark.parametrize("seed", range(40, 52))
def test_every_number_stands_in_the_evidence_or_is_what_is_counted_by_hand(seed: int) -> None:
    filled = drawn(seed)
    for made in (*of_periods(filled), *of_events(filled)):
        for sentence in sentences(made):
            evidence = " ".join(_told(made, place, filled) for place in sentence.evidence)
            assert set(_NUMBER.findall(sentence.text)) <= set(_NUMBER.findall(evidence)), sentence.text


def _changed(report: Report, change: Callable[[Said], Said]) -> Report:
    """The report with the first number that it says changed."""

    def sentence(one: Sentence) -> Sentence:
        return Sentence(tuple(change(part) if isinstance(part, Said) and part.text.isdecimal() else part for part in one.parts))

    def section(one):  # type: ignore[no-untyped-def]
        blocks = tuple(
            structs.replace(block, sentences=tuple(map(sentence, block.sentences))) if hasattr(block, "sentences") else block for block in one.blocks
        )
        return structs.replace(one, blocks=blocks, parts=tuple(map(section, one.parts)))

    return structs.replace(report, sections=tuple(map(section, report.sections)))


def test_a_number_that_was_changed_is_found() -> None:
    filled = drawn(3)
    made = next(of_periods(filled))
    wrong = _changed(made, lambda part: structs.replace(part, text=str(int(part.text) + 1)))
    assert unsupported(wrong, filled.kept())
    assert not unsupported(made, filled.kept())


def test_a_number_in_wording_is_found() -> None:
    filled = drawn(3)
    made = next(of_periods(filled))
    title = Sentence((*made.title.parts, "共 3 起"))
    assert any("no evidence says" in one.why for one in unsupported(structs.replace(made, title=title), filled.kept()))
    bare = structs.replace(made, title=Sentence(("食品安全舆情日报",)))
    assert any("has no evidence" in one.why for one in unsupported(bare, filled.kept()))


def test_what_changed_in_the_store_since_is_found() -> None:
    filled = track([written("食堂 3名学生腹泻", at=UNTIL - timedelta(hours=2), terms="食堂 腹泻", topics="campus")])
    made = next(of_periods(filled))
    filled.store.keep([written("食堂 又有5名学生腹泻", at=UNTIL - timedelta(hours=1), terms="食堂 腹泻", topics="campus")])
    assert {one.why for one in unsupported(made, filled.kept())} >= {"the evidence says '2', not '1'"}


def test_rows_that_are_not_what_is_kept_are_found() -> None:
    filled = track([written("食堂 3名学生腹泻", at=UNTIL - timedelta(hours=2), terms="食堂 腹泻", topics="campus")])
    made = event_report(filled.kept(), filled.posts[0].post.id, UNTIL)
    post = structs.replace(made.posts[0], title="食堂 9名学生腹泻")
    assert [one.said for one in unsupported(structs.replace(made, posts=(post,)), filled.kept())] == ["附件"]
    event = structs.replace(made.events[0], posts=99)
    assert unsupported(structs.replace(made, events=(event,)), filled.kept())


def test_a_sentence_without_evidence_is_not_written() -> None:
    filled = track([written("食堂 3名学生腹泻", at=UNTIL - timedelta(hours=2), terms="食堂 腹泻", topics="campus")])
    draft, post = Draft(filled.kept()), filled.posts[0].post.id
    count = draft.tally("posts", "", Period(UNTIL - timedelta(days=1), UNTIL))
    assert draft.say("收录 ", number(count), " 条。").text == "收录 1 条。"
    for parts in (
        ("情况总体平稳。",),
        ("共 3 条，", number(count), "。"),
        ("有三名学生，", number(count), "。"),
        ("称", quote(post, "9名学生腹泻"), "。"),
        ("称", quote(post, ""), "。"),
    ):
        with pytest.raises(UnfoundedError):
            draft.say(*parts)
    for one in (fact("post", "nobody", "title"), fact("post", post, "finding"), fact("event", post, "no-such")):
        with pytest.raises(KeyError):
            draft.say("称", one, "。")


@pytest.mark.parametrize(
    ("wording", "is_one"), [("３条", True), ("十二人", True), ("百分之五", True), ("Ⅲ级", True), ("一是", False), ("进一步", False)]
)
def test_numbers_of_every_script_count(wording: str, is_one: bool) -> None:
    assert numbered(wording) is is_one


def test_a_tally_is_what_the_store_gives_and_not_what_it_was_told() -> None:
    filled = drawn(5)
    made = next(of_periods(filled))
    raised = tuple(
        structs.replace(one, values={key: value + 1 for key, value in one.values.items()}) if isinstance(one, Tally) else one for one in made.evidence
    )
    assert unsupported(structs.replace(made, evidence=raised), filled.kept())

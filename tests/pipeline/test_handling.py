"""The handling of a case: every action in every phase, what each needs, and what random walks never break."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from pipeline.handling import ACTION_WORDS, PHASES, TABLE, Assignee, HandlingError, Refused, Wish, allowed, role_of, turned
from pipeline.model import STATUS_OF, Case, Event, Note
from pipeline.store.keeping import edited

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "handling.md"
AT = datetime(2024, 9, 5, 1, 0, tzinfo=UTC)
HEALTH, SCHOOL = Assignee("health", "省卫生健康委", "with", ("十五",)), Assignee("education", "省教育厅", "lead", ("十三", "二十"))
WALKS = {
    "clue": "",
    "event": "acknowledge",
    "rated": "acknowledge rate",
    "assigned": "acknowledge rate assign",
    "feedback": "acknowledge rate assign feedback",
    "reviewed": "acknowledge rate assign feedback review",
    "archived": "acknowledge rate assign feedback review archive",
    "dismissed": "dismiss",
}
LEADS = {
    "clue": {"acknowledge": "event", "dismiss": "dismissed", "close": "archived", "note": "clue"},
    "event": {"acknowledge": "event", "dismiss": "dismissed", "close": "archived", "reopen": "clue", "note": "event", "rate": "rated"},
    "rated": {"acknowledge": "rated", "dismiss": "dismissed", "close": "archived", "note": "rated", "rate": "rated", "assign": "assigned"},
    "assigned": {
        "acknowledge": "assigned",
        "note": "assigned",
        "rate": "assigned",
        "assign": "assigned",
        "receive": "assigned",
        "feedback": "feedback",
        "return": "refused",
        "withdraw": "rated",
    },
    "feedback": {
        "acknowledge": "feedback",
        "dismiss": "dismissed",
        "note": "feedback",
        "rate": "feedback",
        "assign": "assigned",
        "feedback": "feedback",
        "return": "assigned",
        "withdraw": "rated",
        "review": "reviewed",
    },
    "reviewed": {"acknowledge": "reviewed", "close": "archived", "note": "reviewed", "archive": "archived"},
    "archived": {"acknowledge": "event", "reopen": "clue", "note": "archived"},
    "dismissed": {"acknowledge": "event", "reopen": "clue", "note": "dismissed"},
}
"""Written by hand, not derived from the table: what each action leads to in each phase with one department, and nothing else is allowed."""


def wish(action: str, **fields: object) -> Wish:
    given = (SCHOOL,) if action == "assign" else ()
    return structs.replace(Wish(action, "李", "说明", 2, given, "education"), **fields)


def after(case: Case, one: Wish, now: datetime = AT) -> Case:
    event = Event("e", "t", AT, AT, 1, "", 4, 20, (), (), {}, {}, case=case)
    return edited(event, turned(case, one, now), now)


def walked(phase: str) -> Case:
    case = Case()
    for action in WALKS[phase].split():
        case = after(case, wish(action))
    assert case.phase == phase
    return case


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("action", list(ACTION_WORDS))
def test_each_action_in_each_phase_leads_where_it_should_or_is_refused(action: str, phase: str) -> None:
    case = walked(phase)
    one = wish(action, departments=(HEALTH,)) if action == "assign" and phase != "rated" else wish(action)
    expected = LEADS[phase].get(action)
    if expected is None:
        with pytest.raises(Refused) as refused:
            turned(case, one, AT)
        assert refused.value.allowed == tuple(turn.action for turn in allowed(phase))
        assert all(ACTION_WORDS[may] in str(refused.value) for may in LEADS[phase])
        return
    if expected == "refused":
        with pytest.raises(HandlingError, match="还没有反馈"):
            turned(case, one, AT)
        return
    now = after(case, one)
    assert (now.phase, now.status, now.version) == (expected, STATUS_OF[expected], case.version + 1)
    assert (now.notes[-1].action, now.notes[-1].by, now.notes[-1].at) == (action, "李", AT)


def test_the_table_has_every_step_once_and_all_lead_to_phases() -> None:
    steps = [(turn.action, turn.phase) for turn in TABLE]
    assert len(steps) == len(set(steps)) == sum(len(actions) for actions in LEADS.values())
    assert {phase for turn in TABLE for phase in (turn.phase, *turn.to)} == set(PHASES)
    assert {turn.role for turn in TABLE} == {"duty", "assessor"}


@pytest.mark.parametrize("turn", [turn for turn in TABLE if turn.needs], ids=lambda turn: f"{turn.action}-{turn.phase}")
def test_a_step_without_what_it_needs_is_refused(turn) -> None:  # type: ignore[no-untyped-def]
    empty = {"level": None, "departments": (), "department": "", "text": ""}
    for need in turn.needs:
        with pytest.raises(HandlingError, match=r"要有|不能为空"):
            turned(walked(turn.phase), wish(turn.action, **{need: empty[need]}), AT)


def test_what_was_there_before_stays_as_it_was() -> None:
    case = after(Case(), Wish("acknowledge", "李", "已联系舒兰市局"))
    assert (case.status, case.owner, case.notes[0].text) == ("acknowledged", "李", "受理：已联系舒兰市局")
    case = after(case, Wish("close", "王"))
    assert (case.status, case.owner, case.notes[1].text) == ("closed", "李", "办结")
    case = after(case, Wish("reopen", "王"))
    assert (case.status, case.phase, case.owner) == ("new", "clue", "李")
    assert after(case, Wish("dismiss", "王")).status == "dismissed"


def test_closing_while_a_department_has_not_answered_is_refused_and_says_who() -> None:
    case = after(walked("rated"), wish("assign", departments=(SCHOOL, HEALTH)))
    case = after(case, wish("feedback"))
    with pytest.raises(Refused, match="现在是“交办”，省卫生健康委还没有反馈，不能办结；可以：受理、记录、定级、交办、签收、反馈、退回、收回"):
        turned(case, Wish("close", "李"), AT)


def test_all_departments_must_answer_and_a_return_waits_again() -> None:
    case = after(walked("rated"), wish("assign", departments=(SCHOOL, HEALTH)))
    assert case.notes[-1].text == "交办 省教育厅（牵头，十三、二十）、省卫生健康委（配合，十五）：说明"
    case = after(case, wish("receive"))
    assert (case.assignments[0].received, case.notes[-1].text) == (Note(AT, "李", "说明"), "签收 省教育厅：说明")
    case = after(case, wish("feedback", text="已封存留样"))
    assert case.phase == "assigned"
    case = after(case, wish("feedback", department="health", text="采样 12 份"))
    assert case.phase == "feedback"
    case = after(case, wish("return", text="请补送检结果"))
    assert (case.phase, case.assignments[0].answered, case.assignments[1].answered) == ("assigned", False, True)
    case = after(case, wish("feedback", text="送检结果合格"))
    assert (case.phase, [note.text for note in case.assignments[0].feedback]) == ("feedback", ["已封存留样", "送检结果合格"])


def test_taking_back_what_one_does_not_answer_lets_the_others_go_on() -> None:
    case = after(walked("rated"), wish("assign", departments=(SCHOOL, HEALTH)))
    case = after(case, wish("feedback"))
    case = after(case, wish("withdraw", department="health", text="误交"))
    assert (case.phase, [one.department for one in case.current]) == ("feedback", ["education"])
    again = after(case, wish("assign", departments=(HEALTH,)))
    assert [one.department for one in again.current] == ["education", "health"]


@pytest.mark.parametrize(
    ("phase", "one", "why"),
    [
        ("assigned", wish("receive", department="police"), "没有交给“police”；交给了 省教育厅（education）"),
        ("assigned", wish("assign"), "已经交给省教育厅"),
        ("rated", wish("assign", departments=(structs.replace(SCHOOL, part="chief"),)), "没有“chief”这种分工"),
        ("event", wish("rate", level=5), "没有 5 级"),
        ("clue", wish("explode"), "没有“explode”这种处置"),
    ],
)
def test_a_step_that_asks_for_what_there_is_not_says_so(phase: str, one: Wish, why: str) -> None:
    with pytest.raises(HandlingError, match=why):
        turned(walked(phase), one, AT)


def test_a_receipt_is_written_once() -> None:
    case = after(walked("assigned"), wish("receive"))
    with pytest.raises(HandlingError, match="已经签收（李）"):
        turned(case, wish("receive"), AT)


def test_a_case_that_is_opened_again_waits_for_nobody_of_before() -> None:
    case = after(walked("archived"), Wish("reopen", "王"))
    assert (case.current, len(case.assignments), case.round) == ((), 1, 2)
    for action in ("acknowledge", "rate", "assign"):
        case = after(case, wish(action))
    assert (case.phase, len(case.current), len(case.assignments)) == ("assigned", 1, 2)


@pytest.mark.parametrize("seed", range(200))
def test_random_walks_never_break_what_must_hold(seed: int) -> None:
    luck, case, now = random.Random(seed), Case(), AT
    for _ in range(60):
        now += timedelta(minutes=luck.randrange(600))
        given = tuple(luck.sample((SCHOOL, HEALTH), luck.randrange(3)))
        action, text = luck.choice(list(ACTION_WORDS)), luck.choice(("", "说明"))
        one = Wish(action, luck.choice("李王"), text, luck.choice((None, 1, 4, 9)), given, luck.choice(("", "education", "health")))
        before = case
        try:
            case = after(case, one, now)
        except HandlingError:
            continue
        assert case.version == before.version + 1
        assert case.status == STATUS_OF[case.phase]
        assert case.notes[:-1] == before.notes  # every step is told, and none is told anew
        assert len(case.assignments) >= len(before.assignments)
        waiting = [one for one in case.current if not one.answered]
        assert (case.phase == "assigned") == bool(waiting) or case.phase not in ("assigned", "feedback")
        if case.phase in ("feedback", "reviewed"):
            assert case.current
            assert not waiting
        if case.phase == "clue":
            assert not case.current


def test_the_document_lists_every_step_and_no_other() -> None:
    listed = set()
    for row in re.findall(r"^\| \S+ \| `(\w+)` \| ([a-z, ]+) \| ([a-z ]+) \| (\w+) \| ([a-z, –]+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE):
        action, phases, to, role, needs = row
        for phase in phases.split(", "):
            ends = (phase,) if to == "stay" else tuple(to.split(" or "))
            listed.add((action, phase, ends, role, () if needs == "–" else tuple(needs.split(", "))))
    assert listed == {(turn.action, turn.phase, turn.to, turn.role, turn.needs) for turn in TABLE}


@pytest.mark.parametrize("form", [msgspec.msgpack, msgspec.json])
@pytest.mark.parametrize(("status", "phase"), [("new", "clue"), ("acknowledged", "event"), ("dismissed", "dismissed"), ("closed", "archived")])
def test_a_case_that_was_kept_before_there_were_phases_is_read(form: Any, status: str, phase: str) -> None:
    old = {"status": status, "owner": "李", "version": 3, "notes": [{"at": AT, "by": "李", "text": "受理"}]}
    case = form.decode(form.encode(old), type=Case)
    assert (case.phase, case.current, case.notes[0].action) == (phase, (), "")
    assert set(form.decode(form.encode(case))) <= set(old)  # and is written without anything new


def test_the_role_of_a_step_is_that_of_the_table() -> None:
    assert (role_of(Case(), "acknowledge"), role_of(walked("feedback"), "dismiss"), role_of(Case(), "archive")) == ("duty", "assessor", "")

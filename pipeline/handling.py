"""Decides what may be done with a case: the phases of its handling, the one table of steps that lead from phase to phase, and what each needs.

Pure: a case and a wish come in, the edit that a store applies comes out. 线索 clue → 事件 event → 定级 rated → 交办 assigned → 反馈 feedback →
复核 reviewed → 归档 archived; what is no matter is 排除 dismissed. What is not in the table is refused, with what is allowed instead.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct, structs

from pipeline.model import LEVELS, STATUS_OF, Assignment, Case, Edit, Note, Rating

PHASES = tuple(STATUS_OF)
PHASE_WORDS = {
    "clue": "线索",
    "event": "事件",
    "rated": "定级",
    "assigned": "交办",
    "feedback": "反馈",
    "reviewed": "复核",
    "archived": "归档",
    "dismissed": "排除",
}
ACTION_WORDS = {
    "acknowledge": "受理",
    "dismiss": "排除",
    "close": "办结",
    "reopen": "重新打开",
    "note": "记录",
    "rate": "定级",
    "assign": "交办",
    "receive": "签收",
    "feedback": "反馈",
    "return": "退回",
    "withdraw": "收回",
    "review": "复核",
    "archive": "归档",
}
NEED_WORDS = {"level": "级别", "departments": "部门", "department": "部门", "text": "文字说明"}
PART_WORDS = {"lead": "牵头", "with": "配合", "office": "属地"}


class Turn(Struct, frozen=True):
    """One line of the table: the action leads from a phase to one of `to` (which, if there are several, the assignments tell), may be done by
    the role and those above it, and needs the level, departments, department or text that it names."""

    action: str
    phase: str
    to: tuple[str, ...]
    role: str = "duty"
    needs: tuple[str, ...] = ()


def _turns(action: str, phases: str, to: str = "", *, role: str = "duty", needs: str = "") -> Iterator[Turn]:
    """The action's lines for these phases; without `to` the phase stays."""
    for phase in phases.split():
        yield Turn(action, phase, tuple(to.split()) or (phase,), role, tuple(needs.split()))


TABLE: tuple[Turn, ...] = (
    *_turns("acknowledge", "clue archived dismissed", "event"),
    *_turns("acknowledge", "event rated assigned feedback reviewed"),
    *_turns("dismiss", "clue event", "dismissed"),
    *_turns("dismiss", "rated feedback", "dismissed", role="assessor", needs="text"),
    *_turns("close", "clue event rated reviewed", "archived"),
    *_turns("reopen", "event archived dismissed", "clue"),
    *_turns("note", " ".join(PHASES), needs="text"),
    *_turns("rate", "event rated", "rated", role="assessor", needs="level"),
    *_turns("rate", "assigned feedback", role="assessor", needs="level text"),
    *_turns("assign", "rated assigned feedback", "assigned", role="assessor", needs="departments"),
    *_turns("receive", "assigned", needs="department"),
    *_turns("feedback", "assigned feedback", "assigned feedback", needs="department text"),
    *_turns("return", "assigned feedback", "assigned", role="assessor", needs="department text"),
    *_turns("withdraw", "assigned feedback", "rated assigned feedback", role="assessor", needs="department text"),
    *_turns("review", "feedback", "reviewed", role="assessor"),
    *_turns("archive", "reviewed", "archived", role="assessor"),
)
"""Every step that is allowed. There is no other."""
_BY_STEP = {(turn.action, turn.phase): turn for turn in TABLE}


class HandlingError(ValueError):
    """A step that lacks something, or asks for what the case does not have; the message is for the one who wished it."""


class Refused(HandlingError):  # noqa: N818 - it is what the answer is called
    """A step that the table does not have; `allowed` are the actions that it has in that phase."""

    def __init__(self, case: Case, action: str) -> None:
        self.allowed = tuple(turn.action for turn in allowed(case.phase))
        may = "、".join(ACTION_WORDS[one] for one in self.allowed)
        super().__init__(f"{_where(case)}，不能{ACTION_WORDS[action]}；可以：{may}")


class Assignee(Struct, frozen=True):
    """Whom an event is to be given to: a department or office, its part (lead, with or office), and the clauses that say so."""

    name: str
    title: str
    part: str = "with"
    clauses: tuple[str, ...] = ()


class Wish(Struct, frozen=True):
    """What somebody wants done, with what the action needs; `department` is the name of one that the event was given to."""

    action: str
    by: str
    text: str = ""
    level: int | None = None
    departments: tuple[Assignee, ...] = ()
    department: str = ""


def allowed(phase: str) -> list[Turn]:
    """Return the steps that lead on from a phase, in the order of the table."""
    return [turn for turn in TABLE if turn.phase == phase]


def role_of(case: Case, action: str) -> str:
    """Return the least role that may take a step of this case, duty or assessor; empty for a step that nobody may take."""
    turn = _BY_STEP.get((action, case.phase))
    return turn.role if turn else ""


def turned(case: Case, wish: Wish, now: datetime) -> Edit:
    """Return the edit that the wish makes of this version of the case; each step has a line in the handling log.

    Raises Refused for what the table does not have, HandlingError for what lacks something.
    """
    if wish.action not in ACTION_WORDS:
        raise HandlingError(f"没有“{wish.action}”这种处置")
    turn = _BY_STEP.get((wish.action, case.phase))
    if turn is None:
        raise Refused(case, wish.action)
    for need in turn.needs:
        if not getattr(wish, need):
            raise HandlingError("记录不能为空" if wish.action == "note" else f"{ACTION_WORDS[wish.action]}要有{NEED_WORDS[need]}")
    if wish.action == "note":
        return Edit(by=wish.by, note=wish.text, action="note")
    assignments = _assigned(case, wish, now)
    anew = case.phase in ("archived", "dismissed")
    return Edit(
        by=wish.by,
        owner=wish.by if wish.action == "acknowledge" else None,
        note=_line(wish, assignments),
        action=wish.action,
        phase=_next(turn, replaced(case, assignments)),
        rated=Rating(_level(wish), wish.by, now, wish.text) if wish.action == "rate" else None,
        assignments=assignments,
        round=case.round + 1 if anew else None,
    )


def replaced(case: Case, assignments: tuple[Assignment, ...] | None) -> Case:
    """Return the case with these assignments, where there are any."""
    return case if assignments is None else structs.replace(case, assignments=assignments)


def _where(case: Case) -> str:
    waiting = [one.title for one in case.current if not one.answered] if case.phase == "assigned" else []
    return f"现在是“{PHASE_WORDS[case.phase]}”" + (f"，{'、'.join(waiting)}还没有反馈" if waiting else "")


def _next(turn: Turn, case: Case) -> str:
    """The phase after a step: where the table leaves several, what is waited for decides."""
    if len(turn.to) == 1:
        return turn.to[0]
    if not case.current:
        return "rated"
    return "feedback" if all(one.answered for one in case.current) else "assigned"


def _level(wish: Wish) -> int:
    if wish.level not in LEVELS:
        raise HandlingError(f"没有 {wish.level} 级；级别是 1（红）到 4（蓝）")
    return wish.level


def _assigned(case: Case, wish: Wish, now: datetime) -> tuple[Assignment, ...] | None:
    """The case's assignments after the wish; None where it leaves them as they are."""
    if wish.action == "assign":
        return (*case.assignments, *_given(case, wish, now))
    if wish.action not in ("receive", "feedback", "return", "withdraw"):
        return None
    now_ = next((one for one in case.current if one.department == wish.department), None)
    if now_ is None:
        has = "、".join(f"{one.title}（{one.department}）" for one in case.current)
        raise HandlingError(f"这个事件没有交给“{wish.department}”；交给了 {has}")
    said = Note(now, wish.by, wish.text)
    changed = _answered(now_, wish.action, said)
    return tuple(changed if one is now_ else one for one in case.assignments)


def _given(case: Case, wish: Wish, now: datetime) -> Iterator[Assignment]:
    has = {one.department: one.title for one in case.current}
    for one in wish.departments:
        if one.name in has:
            raise HandlingError(f"已经交给{has[one.name]}；要它重办，请退回或先收回")
        if one.part not in PART_WORDS:
            raise HandlingError(f"没有“{one.part}”这种分工")
        has[one.name] = one.title
        yield Assignment(one.name, one.title, now, wish.by, one.part, one.clauses, case.round)


def _answered(one: Assignment, action: str, said: Note) -> Assignment:
    if action == "receive":
        if one.received:
            raise HandlingError(f"{one.title}已经签收（{one.received.by}）")
        return structs.replace(one, received=said)
    if action == "feedback":
        # Who answers has it: a receipt that nobody wrote down is written now.
        return structs.replace(one, feedback=(*one.feedback, said), answered=True, received=one.received or said)
    if action == "return":
        if not one.answered:
            raise HandlingError(f"{one.title}还没有反馈，没有可退回的")
        return structs.replace(one, returned=(*one.returned, said), answered=False)
    return structs.replace(one, withdrawn=said)


def _line(wish: Wish, assignments: Sequence[Assignment] | None) -> str:
    """The line of the handling log."""
    word = ACTION_WORDS[wish.action]
    if wish.action == "rate":
        word = f"{word} {LEVELS[_level(wish)]}"
    elif wish.action == "assign":
        word = f"{word} {'、'.join(_named(one) for one in wish.departments)}"
    elif assignments is not None:
        word = f"{word} {next(one.title for one in reversed(assignments) if one.department == wish.department)}"
    return f"{word}：{wish.text}" if wish.text else word


def _named(one: Assignee) -> str:
    return f"{one.title}（{'，'.join(filter(None, (PART_WORDS.get(one.part, one.part), '、'.join(one.clauses))))}）"

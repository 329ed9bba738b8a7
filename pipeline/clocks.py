"""时限: how long people have to answer an alert, and a department an assignment; what is left, kept, broken.

Pure: alerts, cases and settings come in, clocks come out. A clock starts when its alert was raised (decision time) or its assignment was handed
over, and runs on the wall clock until it is answered. While an event is muted nobody is waited for; the clock begins anew when the mute ends.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from pipeline.model import Alert, Assignment, Case, Event, Note

STATE_WORDS = {"running": "计时中", "broken": "超时", "kept": "按时", "late": "超时后才办", "off": "不计时"}
_ANSWERS = frozenset(("acknowledge", "dismiss", "close", "rate", "assign", "receive", "feedback", "return", "withdraw", "review", "archive"))
_BEFORE_STEPS = ("受理", "排除", "办结")
"""How lines of a log that was kept before lines named their step begin, if somebody answered."""


class Clock(Struct, frozen=True):
    """时限: `stopped` is when it was answered; `why` says why it is off. `department` is empty for an alert's own clock."""

    event: str
    level: int
    started: datetime
    due: datetime
    stopped: datetime | None = None
    alert: str = ""
    department: str = ""
    title: str = ""
    why: str = ""
    mute: str = ""
    """The mute that the alert is silent by, whether or not anybody answered."""

    def state(self, now: datetime) -> str:
        """Return running, broken, kept, late (answered after it was due) or off."""
        if self.why:
            return "off"
        if self.stopped is None:
            return "running" if now <= self.due else "broken"
        return "kept" if self.stopped <= self.due else "late"

    def left(self, now: datetime) -> timedelta:
        """Return the time that is left, or was when it was answered; negative once it is overdue."""
        return self.due - (self.stopped or now)


def clock_of(alert: Alert, case: Case | None, limits: Mapping[int, timedelta], *, hush: str = "", resumed: datetime | None = None) -> Clock:
    """Return the clock of an alert. `hush` says by what it is muted now; `resumed` is when the last mute of its event ended."""
    started = max(alert.raised_at, resumed) if resumed else alert.raised_at
    stopped, why = (None, "事件已清理") if case is None else _answered(case, alert.raised_at)
    if hush and stopped is None:
        why = why or hush
    return Clock(alert.event, alert.level, started, started + limits[alert.level], stopped, alert=alert.id, title=alert.title, why=why)


def feedback_clocks(event: Event, limits: Mapping[int, timedelta]) -> list[Clock]:
    """Return a clock for each department that the event is given to now; a return starts it anew."""
    level = _level(event)
    return [_of_department(event, one, level, limits[level]) for one in event.case.current]


def counted(clocks: Iterable[Clock], now: datetime) -> dict[int, dict[str, int]]:
    """Return how many clocks of each level are in each state."""
    told = Counter((clock.level, clock.state(now)) for clock in clocks)
    return {level: {state: told[level, state] for state in STATE_WORDS} for level in (1, 2, 3, 4)}


def _level(event: Event) -> int:
    return event.case.rated.level if event.case.rated else event.alerted or event.level or 4


def _of_department(event: Event, one: Assignment, level: int, limit: timedelta) -> Clock:
    started = one.returned[-1].at if one.returned else one.at
    answered = next((note.at for note in one.feedback if note.at >= started), started) if one.answered else None
    why = "事件已排除" if answered is None and event.case.status == "dismissed" else ""
    return Clock(event.id, level, started, started + limit, answered, department=one.department, title=one.title, why=why)


def _answered(case: Case, since: datetime) -> tuple[datetime | None, str]:
    """When somebody answered what was raised then; or why nobody need."""
    answers = [note.at for note in case.notes if _is_answer(note)]
    after = [at for at in answers if at >= since]
    if after:
        return after[0], ""
    if case.status == "acknowledged":
        return since, ""  # it rose while somebody had it in hand
    if case.status == "dismissed":
        return None, "事件已排除"
    if case.status == "closed" and not answers:
        return since, ""
    return None, ""  # what was archived and rises again waits for somebody, as what is new


def _is_answer(note: Note) -> bool:
    return note.action in _ANSWERS or (not note.action and note.text.startswith(_BEFORE_STEPS))

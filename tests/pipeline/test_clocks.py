"""Clocks: what is left, kept and broken, around midnight, leap day and mutes."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from config.schema import HandlingSettings
from pipeline.clocks import clock_of, counted, feedback_clocks
from pipeline.handling import Assignee, Wish, turned
from pipeline.model import Alert, Case, Event, Note
from pipeline.store.keeping import edited

LIMITS = HandlingSettings().clocks
EVE = datetime(2024, 2, 28, 15, 45, tzinfo=UTC)  # 23:45 in Shanghai, before 29 February
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def alert(level: int = 1, at: datetime = EVE) -> Alert:
    return Alert("a", "e", at, at, level, "t", (), (), {}, 1)


def case(*steps: tuple[str, datetime]) -> Case:
    """The case after the steps, each at its time."""
    now = Case()
    for action, at in steps:
        event = Event("e", "t", EVE, EVE, 1, "", 1, 80, (), (), {}, {}, case=now)
        wish = Wish(action, "李", "说明", 2, (Assignee("health", "省卫生健康委"),) if action == "assign" else (), "health")
        now = edited(event, turned(now, wish, at), at)
    return now


@pytest.mark.parametrize(("level", "limit"), [(1, 30 * MINUTE), (2, 2 * HOUR), (3, 8 * HOUR), (4, 24 * HOUR)])
@pytest.mark.parametrize("start", [EVE, datetime(2024, 12, 31, 15, 59, 59, 999000, tzinfo=UTC), datetime(2024, 2, 29, 16, 0, tzinfo=UTC)])
def test_a_clock_is_due_by_its_level_also_over_midnight_leap_day_and_new_year(level: int, limit: timedelta, start: datetime) -> None:
    clock = clock_of(alert(level, start), Case(), LIMITS)
    assert clock.due - start == limit
    assert (clock.state(clock.due), clock.left(clock.due)) == ("running", timedelta(0))
    assert clock.state(clock.due + timedelta(microseconds=1)) == "broken"
    kept = clock_of(alert(level, start), case(("acknowledge", clock.due)), LIMITS)
    late = clock_of(alert(level, start), case(("acknowledge", clock.due + MINUTE)), LIMITS)
    assert (kept.state(start + 99 * HOUR), late.state(start + 99 * HOUR), late.left(start + 99 * HOUR)) == ("kept", "late", -MINUTE)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), "broken"),
        ((("note", EVE + MINUTE),), "broken"),
        ((("acknowledge", EVE + MINUTE),), "kept"),
        ((("dismiss", EVE + MINUTE),), "kept"),
        ((("close", EVE + MINUTE),), "kept"),
        ((("acknowledge", EVE + HOUR),), "late"),
        ((("acknowledge", EVE + MINUTE), ("reopen", EVE + 2 * MINUTE)), "kept"),
        ((("acknowledge", EVE - HOUR),), "kept"),  # in hand when it rose
        ((("acknowledge", EVE - HOUR), ("reopen", EVE - MINUTE)), "broken"),
        ((("acknowledge", EVE - HOUR), ("close", EVE - MINUTE)), "broken"),  # archived, and it rises again
        ((("dismiss", EVE - HOUR),), "off"),
        ((("dismiss", EVE - HOUR), ("reopen", EVE - MINUTE)), "broken"),
    ],
)
def test_a_clock_stops_at_the_first_answer_after_the_alert(steps: tuple[tuple[str, datetime], ...], state: str) -> None:
    assert clock_of(alert(), case(*steps), LIMITS).state(EVE + 3 * HOUR) == state


def test_a_log_that_does_not_name_its_steps_is_understood() -> None:
    old = Case("acknowledged", "李", 1, (Note(EVE + 5 * MINUTE, "李", "受理：已联系"),))
    assert clock_of(alert(), old, LIMITS).stopped == EVE + 5 * MINUTE
    said = Case("new", "", 1, (Note(EVE + 5 * MINUTE, "李", "受理不了", "note"),))
    assert clock_of(alert(), said, LIMITS).stopped is None


def test_while_muted_nobody_is_waited_for_and_the_end_of_a_mute_starts_it_anew() -> None:
    assert clock_of(alert(), Case(), LIMITS, hush="已静默：演练（李）").state(EVE + HOUR) == "off"
    woke = clock_of(alert(), Case(), LIMITS, resumed=EVE + 10 * HOUR)
    assert (woke.started, woke.state(EVE + 10 * HOUR + MINUTE)) == (EVE + 10 * HOUR, "running")
    assert clock_of(alert(), None, LIMITS).state(EVE) == "off"


def test_departments_have_a_clock_of_their_own_that_a_return_starts_anew() -> None:
    feedback = HandlingSettings().feedback
    event = Event("e", "t", EVE, EVE, 1, "", 1, 80, (), (), {}, {})
    steps = [("acknowledge", EVE), ("rate", EVE), ("assign", EVE + HOUR)]
    given = structs.replace(event, case=case(*steps))
    (clock,) = feedback_clocks(given, feedback)
    assert (clock.department, clock.level, clock.due) == ("health", 2, EVE + 25 * HOUR)  # rated 2 by hand
    steps += [("feedback", EVE + 3 * HOUR)]
    assert feedback_clocks(structs.replace(event, case=case(*steps)), feedback)[0].state(EVE + 99 * HOUR) == "kept"
    steps += [("return", EVE + 40 * HOUR)]
    (clock,) = feedback_clocks(structs.replace(event, case=case(*steps)), feedback)
    assert (clock.started, clock.state(EVE + 41 * HOUR)) == (EVE + 40 * HOUR, "running")


def test_clocks_are_counted_by_level_and_state() -> None:
    clocks = [clock_of(alert(level), Case(), LIMITS) for level in (1, 1, 4)]
    assert counted(clocks, EVE + HOUR)[1] == {"running": 0, "broken": 2, "kept": 0, "late": 0, "off": 0}
    assert counted(clocks, EVE + HOUR)[4]["running"] == 1

"""Who is on duty: pure, from the roster and a time. Shifts of a date stand in place of the weekly ones and of the calendar while they hold."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from config.roster import DAYS, ZONE, Person, Recurring, Roster, Weekly, span

_DAY = timedelta(days=1)


class Watch(Struct, frozen=True):
    """A stretch of time with the same people on duty, in the order in which they are told; nobody in a gap."""

    since: datetime
    until: datetime
    people: tuple[Person, ...]


def on_duty(roster: Roster, at: datetime) -> tuple[Person, ...]:
    """Return who is on duty at a time, in the order in which they are told."""
    turns = [*_turns(roster, at, at + timedelta(microseconds=1))]
    return _people(roster, turns, at)


def watches(roster: Roster, since: datetime, until: datetime) -> list[Watch]:
    """Return the stretches of a time, one after another and without a hole."""
    turns = [*_turns(roster, since, until)]
    edges = sorted({since, until} | {edge for start, end, _, _ in turns for edge in (start, end) if since < edge < until})
    found: list[Watch] = []
    for start, end in pairwise(edges):
        people = _people(roster, turns, start)
        if found and found[-1].people == people:
            found[-1] = Watch(found[-1].since, end, people)
        else:
            found.append(Watch(start, end, people))
    return found


def gaps(roster: Roster, since: datetime, until: datetime) -> list[Watch]:
    """Return the stretches in which nobody is on duty."""
    return [watch for watch in watches(roster, since, until) if not watch.people]


_Turn = tuple[datetime, datetime, tuple[str, ...], bool]
"""Start, end, people, and whether it is of one date."""


def _people(roster: Roster, turns: list[_Turn], at: datetime) -> tuple[Person, ...]:
    holding = [turn for turn in turns if turn[0] <= at < turn[1]]
    dated = [turn for turn in holding if turn[3]]
    names = dict.fromkeys(name for turn in dated or holding for name in turn[2])
    return tuple(roster.people[name] for name in names)


def _turns(roster: Roster, since: datetime, until: datetime) -> Iterator[_Turn]:
    """All that overlaps the time."""
    for shift in roster.shifts:
        if shift.since < until and shift.until > since:
            yield shift.since, shift.until, shift.people, True
    for weekly in roster.weekly:
        for start, end in _weeks(weekly, since, until):
            yield start, end, weekly.people, False
    for recurring in roster.calendar:
        for start in _starts(recurring, since, until):
            yield start, start + recurring.length, recurring.people, False


def _weeks(weekly: Weekly, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    length = span(weekly.until) - span(weekly.since)
    length += _DAY if length <= timedelta(0) else timedelta(0)
    day = since.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0) - _DAY
    while day < until:
        start = day + span(weekly.since)
        if DAYS[day.weekday()] in weekly.days and start < until and start + length > since:
            yield start, start + length
        day += _DAY


def _starts(recurring: Recurring, since: datetime, until: datetime) -> Iterator[datetime]:
    first = since.astimezone(ZONE) - recurring.length
    if not recurring.rule:
        found = [recurring.start]
    else:
        from dateutil.rrule import rrulestr

        # Shanghai has no summer time, so that local times without an offset come again as people mean it.
        rule = rrulestr(recurring.rule, dtstart=recurring.start.replace(tzinfo=None))
        plain = rule.between(first.replace(tzinfo=None), until.astimezone(ZONE).replace(tzinfo=None), inc=True)
        found = [start.replace(tzinfo=ZONE) for start in plain]
    yield from (start for start in found if first < start < until and start not in recurring.without)

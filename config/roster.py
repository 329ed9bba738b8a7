"""值班表: who is on duty when, declared in roster.yaml, or in a calendar roster.ics beside it; times are Asia/Shanghai, which has no summer time."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.errors import Fault
from config.schema import Declaration, Name, Word

ZONE = ZoneInfo("Asia/Shanghai")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock(value: object) -> object:
    # YAML reads 18:00 as 18 times 60.
    return f"{value // 60:02}:{value % 60:02}" if type(value) is int and 0 <= value <= 1440 else value


def _placed(at: datetime) -> datetime:
    return at.replace(tzinfo=ZONE) if at.tzinfo is None else at.astimezone(ZONE)


Clock = Annotated[str, BeforeValidator(_clock, json_schema_input_type=str), Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Moment = Annotated[datetime, AfterValidator(_placed)]


def span(clock: str) -> timedelta:
    """Return the time from midnight to HH:MM."""
    hours, _, minutes = clock.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


class Person(Declaration):
    """值班员: who may be on duty."""

    name: Name
    title: Word = Field(description="the person's name, as a calendar and the desk have it")
    board: str = Field("", max_length=40, description="the board on which this person is told; without one nothing can be sent")


def _once_each(people: tuple[str, ...]) -> tuple[str, ...]:
    if twice := next((one for one in people if people.count(one) > 1), ""):
        raise ValueError(f"{twice} is given twice")
    return people


People = Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_once_each)]


class Shift(Declaration):
    """A shift of one date. In its time it stands in place of the weekly ones and of the calendar."""

    since: Moment = Field(alias="from", description="when it begins, such as 2026-10-01T08:00")
    until: Moment = Field(alias="to", description="when it ends")
    people: People = Field(description="who is on duty, in the order in which they are told")

    @model_validator(mode="after")
    def _forward(self) -> "Shift":
        if self.since >= self.until:
            raise ValueError("it ends before it begins")
        return self


class Weekly(Declaration):
    """A shift of every week; one that ends at or before the time at which it begins ends the day after."""

    days: tuple[Day, ...] = Field(DAYS, min_length=1, description="days on which it begins; without it every day")
    since: Clock = Field(alias="from", description="when it begins, such as 18:00")
    until: Clock = Field(alias="to", description="when it ends, such as 08:00")
    people: People = Field(description="who is on duty, in the order in which they are told")


@dataclass(frozen=True, slots=True)
class Recurring:
    """One event of the calendar: its first start and length, the RRULE by which it comes again (empty: never) and the starts that fall out."""

    start: datetime
    length: timedelta
    people: tuple[str, ...]
    rule: str = ""
    without: frozenset[datetime] = frozenset()


class Roster(Declaration):
    """Who is on duty when; without shifts nobody is, and nothing is escalated to anybody."""

    people: dict[Name, Person] = Field({}, description="by a short name")
    shifts: tuple[Shift, ...] = ()
    weekly: tuple[Weekly, ...] = ()
    _calendar: tuple[Recurring, ...] = ()

    @property
    def calendar(self) -> tuple[Recurring, ...]:
        """What roster.ics says."""
        return self._calendar

    @property
    def is_empty(self) -> bool:
        """Whether there are no shifts at all."""
        return not (self.shifts or self.weekly or self._calendar)

    def with_calendar(self, calendar: tuple[Recurring, ...]) -> "Roster":
        """Return the roster with the events of a calendar."""
        roster = self.model_copy()
        roster._calendar = calendar  # a private attribute, which pydantic lets be set
        return roster


def named(declared: Any) -> Any:
    """Return what roster.yaml says with each person's key as the name, as everything declared has it."""
    people = declared.get("people")
    if not isinstance(people, dict):
        return declared
    return {**declared, "people": {key: {"name": key, **one} if isinstance(one, dict) else one for key, one in people.items()}}


def unrostered(at: Path, roster: Roster, boards: Container[str]) -> Iterator[Fault]:
    """Yield every person in a shift whom nobody declared, every two who share a name, and every board that there is not."""
    listed = [("shifts", number, shift.people) for number, shift in enumerate(roster.shifts)]
    listed += [("weekly", number, shift.people) for number, shift in enumerate(roster.weekly)]
    for kind, number, people in listed:
        for one in people:
            if one not in roster.people:
                yield Fault(str(at), f"{kind}.{number}.people", f"nobody is called {one}")
    first: dict[str, str] = {}
    for key, person in roster.people.items():
        if person.board and person.board not in boards:
            yield Fault(str(at), f"people.{key}.board", f"no board is called {person.board}")
        if first.setdefault(person.title, key) != key:
            yield Fault(str(at), f"people.{key}.title", f"{person.title} is {first[person.title]}'s already")


def calendar(path: Path, people: Mapping[str, Person], faults: list[Fault]) -> tuple[Recurring, ...]:
    """Return the shifts of an iCalendar file: of each event the time, its RRULE, and in SUMMARY the names, `张三、李四`, after a colon if any."""
    from icalendar import Calendar

    try:
        events = list(Calendar.from_ical(path.read_bytes()).walk("VEVENT"))
    except OSError as error:
        faults.append(Fault(str(path), "", error.strerror or "cannot be read"))
        return ()
    except (ValueError, KeyError, IndexError) as error:
        faults.append(Fault(str(path), "", f"is no iCalendar file: {error}"))
        return ()
    found: list[Recurring] = []
    moved: dict[str, set[datetime]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            moved.setdefault(str(event.get("UID", "")), set()).add(_moment(event.decoded("RECURRENCE-ID")))
    for number, event in enumerate(events, 1):
        summary = str(event.get("SUMMARY", ""))
        try:
            found += _recurring(event, summary, people, frozenset(moved.get(str(event.get("UID", "")), ())))
        except (ValueError, TypeError, KeyError) as error:
            faults.append(Fault(str(path), f"event {number} ({summary})", str(error) or "is no event"))
    return tuple(found)


def _recurring(event: Any, summary: str, people: Mapping[str, Person], moved: frozenset[datetime]) -> Iterator[Recurring]:
    """The shift that an event is; what was cancelled is none, though it takes its place in the series."""
    from dateutil.rrule import rrulestr

    if "DTSTART" not in event:
        raise ValueError("has no DTSTART")
    first = event.decoded("DTSTART")
    start = _moment(first)
    length = _moment(event.decoded("DTEND")) - start if "DTEND" in event else event.decoded("DURATION", None) or timedelta(days=1)
    if length <= timedelta(0):
        raise ValueError("ends before it begins")
    rule = _rule(event["RRULE"]) if "RRULE" in event else ""
    if rule:
        rrulestr(rule, dtstart=start.replace(tzinfo=None))
    without = frozenset(_moment(one.dt) for part in _many(event.get("EXDATE")) for one in part.dts)
    if str(event.get("STATUS", "")) != "CANCELLED":
        known = {person.title: key for key, person in people.items()} | {key: key for key in people}
        names = [name for name in re.split(r"[、,，;；\s]+", re.split(r"[:：]", summary)[-1].strip()) if name]
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"nobody is called {unknown[0]}; people are declared in roster.yaml")
        if not names:
            raise ValueError("SUMMARY names nobody")
        yield Recurring(start, length, tuple(dict.fromkeys(known[name] for name in names)), rule, without | (moved if rule else frozenset()))


def _rule(rule: Any) -> str:
    """The RRULE in Asia/Shanghai without an offset, as dateutil needs it beside a start that has none."""
    if isinstance(rule, list):
        raise ValueError("has more than one RRULE")
    plain = dict(rule)
    ends = [_moment(one).replace(tzinfo=None).strftime("%Y%m%dT%H%M%S") for one in plain.pop("UNTIL", [])]
    text = ";".join(f"{name}={','.join(str(one) for one in values)}" for name, values in plain.items())
    return text + (f";UNTIL={ends[0]}" if ends else "")


def _many(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _moment(value: date | datetime) -> datetime:
    """A time of a calendar; a date is its midnight, and what has no zone is in Shanghai."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=ZONE)
    return _placed(value).astimezone(UTC).astimezone(ZONE)

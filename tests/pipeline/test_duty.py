"""Who is on duty: over midnight, on leap day, in turn and in a calendar; and when nobody is."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config.roster import ZONE, Roster, calendar, named
from pipeline.duty import gaps, on_duty, watches

PEOPLE = {"zhang": {"title": "张三", "board": "duty"}, "li": {"title": "李四"}, "wang": {"title": "王五"}}
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
DAY_AND_NIGHT = [
    {"days": WORKDAYS, "from": "08:00", "to": "18:00", "people": ["zhang", "li"]},
    {"days": WORKDAYS, "from": "18:00", "to": "08:00", "people": ["li"]},
]


def roster(**parts: object) -> Roster:
    return Roster.model_validate(named({"people": PEOPLE, **parts}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def who(plan: Roster, text: str) -> str:
    return " ".join(person.name for person in on_duty(plan, at(text)))


@pytest.mark.parametrize(
    ("moment", "people"),
    [
        ("2024-02-29T07:59", "li"),  # Wednesday's night
        ("2024-02-29T08:00", "zhang li"),
        ("2024-02-29T17:59:59", "zhang li"),
        ("2024-02-29T18:00", "li"),
        ("2024-03-01T00:00", "li"),
        ("2024-03-02T07:59", "li"),  # Friday's night ends on Saturday
        ("2024-03-02T08:00", ""),
        ("2024-03-04T07:59", ""),  # Sunday's night has nobody
        ("2024-03-04T08:00", "zhang li"),
    ],
)
def test_shifts_hold_over_midnight_and_on_leap_day(moment: str, people: str) -> None:
    assert who(roster(weekly=DAY_AND_NIGHT), moment) == people


def test_a_shift_of_a_date_stands_in_place_of_the_weekly_one() -> None:
    plan = roster(weekly=DAY_AND_NIGHT, shifts=[{"from": "2024-02-29T12:00", "to": "2024-02-29T20:00", "people": ["wang"]}])
    assert [who(plan, f"2024-02-29T{hour}") for hour in ("11:59", "12:00", "19:59", "20:00")] == ["zhang li", "wang", "wang", "li"]


def test_a_shift_that_ends_when_it_begins_lasts_a_day() -> None:
    plan = roster(weekly=[{"days": ["thu"], "from": "08:00", "to": "08:00", "people": ["li"]}])
    assert [who(plan, text) for text in ("2024-02-29T08:00", "2024-03-01T07:59", "2024-03-01T08:00")] == ["li", "li", ""]


def test_gaps_are_found_to_the_minute() -> None:
    found = gaps(roster(weekly=DAY_AND_NIGHT), at("2024-02-26T00:00"), at("2024-03-11T00:00"))
    assert [(gap.since.isoformat()[:16], gap.until.isoformat()[:16]) for gap in found] == [
        ("2024-02-26T00:00", "2024-02-26T08:00"),
        ("2024-03-02T08:00", "2024-03-04T08:00"),
        ("2024-03-09T08:00", "2024-03-11T00:00"),
    ]
    assert gaps(Roster(), at("2024-02-26T00:00"), at("2024-02-27T00:00"))[0].people == ()


def test_watches_follow_each_other_and_say_what_on_duty_says() -> None:
    plan = roster(weekly=DAY_AND_NIGHT, shifts=[{"from": "2024-02-29T12:30", "to": "2024-02-29T20:00", "people": ["wang"]}])
    since, until = at("2024-02-26T00:00"), at("2024-03-11T00:00")
    found = watches(plan, since, until)
    assert [found[0].since, *[watch.until for watch in found]] == [*[watch.since for watch in found], until]
    for minutes in range(0, int((until - since) / timedelta(minutes=1)), 30):
        moment = since + timedelta(minutes=minutes)
        (watch,) = [watch for watch in found if watch.since <= moment < watch.until]
        assert watch.people == on_duty(plan, moment)


def events(tmp_path: Path, *bodies: str) -> Roster:
    path = tmp_path / "roster.ics"
    whole = "".join(f"BEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\n" for body in bodies)
    path.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{whole}END:VCALENDAR\r\n", "utf-8", newline="")
    plan, faults = roster(), []
    found = calendar(path, plan.people, faults)
    assert faults == []
    return plan.with_calendar(found)


def test_a_calendar_repeats_leaves_out_and_moves(tmp_path: Path) -> None:
    plan = events(
        tmp_path,
        "UID:n\r\nSUMMARY:值班：张三、李四\r\nDTSTART;TZID=Asia/Shanghai:20240226T180000\r\nDTEND;TZID=Asia/Shanghai:20240227T080000\r\n"
        "RRULE:FREQ=DAILY;UNTIL=20240303T100000Z\r\nEXDATE;TZID=Asia/Shanghai:20240229T180000",
        "UID:n\r\nSUMMARY:王五\r\nRECURRENCE-ID;TZID=Asia/Shanghai:20240301T180000\r\nDTSTART:20240301T110000Z\r\nDURATION:PT2H",
    )
    moments = {
        "2024-02-26T17:59": "",
        "2024-02-26T18:00": "zhang li",
        "2024-02-29T07:59": "zhang li",
        "2024-02-29T20:00": "",  # left out
        "2024-03-01T18:30": "",  # moved
        "2024-03-01T19:00": "wang",
        "2024-03-01T21:00": "",
        "2024-03-04T07:00": "zhang li",
        "2024-03-04T18:00": "",  # after its end
    }
    assert {moment: who(plan, moment) for moment in moments} == moments


def test_a_whole_day_of_a_calendar_is_a_day_in_shanghai(tmp_path: Path) -> None:
    plan = events(tmp_path, "SUMMARY:王五\r\nDTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY")
    moments = ("2024-02-28T23:59", "2024-02-29T00:00", "2024-02-29T23:59", "2024-03-01T00:00", "2028-02-29T12:00", "2025-03-01T12:00")
    assert [who(plan, moment) for moment in moments] == ["", "wang", "wang", "", "wang", ""]

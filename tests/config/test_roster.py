"""The roster: what may be declared, what a calendar may say, and every fault with its place."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.load import Config, load
from config.roster import Roster, calendar
from pipeline.home import made

PEOPLE = "people:\n  zhang: {title: 张三, board: duty}\n  li: {title: 李四}\n"
EVENT = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Asia/Shanghai:20240229T180000\r\nDTEND;TZID=Asia/Shanghai:20240301T080000\r\n{}\r\nEND:VEVENT\r\n"


def home(tmp_path: Path, roster: str, events: str = "") -> Config:
    folder = made(tmp_path / "home").folder
    (folder / "roster.yaml").write_text(roster, "utf-8")
    if events:
        text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n{events}END:VCALENDAR\r\n"
        (folder / "roster.ics").write_text(text, "utf-8", newline="")
    return load(folder, environ={})


def test_the_shipped_roster_is_empty_and_so_is_a_missing_one(tmp_path: Path) -> None:
    assert load(environ={}).roster.is_empty
    folder = made(tmp_path / "home").folder
    (folder / "roster.yaml").unlink()
    assert load(folder, environ={}).roster.is_empty


def test_times_are_those_of_shanghai_and_yaml_may_read_them_as_numbers(tmp_path: Path) -> None:
    week = f"{PEOPLE}weekly:\n  - {{from: 18:00, to: 08:00, people: [zhang]}}\n"
    roster = home(
        tmp_path,
        f"{week}shifts:\n  - {{from: 2024-02-29T08:00, to: 2024-03-01T08:00, people: [li]}}\n",
    ).roster
    assert (roster.weekly[0].since, roster.weekly[0].until, len(roster.weekly[0].days)) == ("18:00", "08:00", 7)
    assert roster.shifts[0].since.isoformat() == "2024-02-29T08:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("- zhang", "", "must be a table of keys"),
        ("people: {zhang: {}}", "people.zhang.title", "Field required"),
        (f"{PEOPLE}weekly: [{{from: '25:00', to: '08:00', people: [zhang]}}]", "weekly.0.from", "should match pattern"),
        (f"{PEOPLE}weekly: [{{from: '18:00', to: '08:00', people: []}}]", "weekly.0.people", "at least 1 item"),
        (f"{PEOPLE}weekly: [{{from: '18:00', to: '08:00', people: [zhang, zhang]}}]", "weekly.0.people", "zhang is given twice"),
        (f"{PEOPLE}weekly: [{{from: '18:00', to: '08:00', people: [wang]}}]", "weekly.0.people", "nobody is called wang"),
        (f"{PEOPLE}weekly: [{{days: [someday], from: '18:00', to: '08:00', people: [li]}}]", "weekly.0.days.0", "Input should be"),
        (f"{PEOPLE}shifts: [{{from: 2024-03-01T08:00, to: 2024-03-01T08:00, people: [li]}}]", "shifts.0", "ends before it begins"),
        ("people: {zhang: {title: 张三}, zhao: {title: 张三}}", "people.zhao.title", "张三 is zhang's already"),
        ("people: {zhang: {title: 张三, board: pigeons}}", "people.zhang.board", "no board is called pigeons"),
        (f"{PEOPLE}holidays: []", "holidays", "Extra inputs are not permitted"),
    ],
)
def test_every_fault_has_its_place(tmp_path: Path, text: str, key: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        home(tmp_path, text)
    faults = [(Path(fault.file).name, fault.key, fault.why) for fault in refused.value.faults]
    assert faults[0][:2] == ("roster.yaml", key)
    assert why in faults[0][2]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("SUMMARY:值班：王五", "nobody is called 王五"),
        ("SUMMARY:", "SUMMARY names nobody"),
        ("SUMMARY:张三\r\nRRULE:FREQ=DAILY\r\nRRULE:FREQ=WEEKLY", "more than one RRULE"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_a_fault(tmp_path: Path, lines: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        home(tmp_path, PEOPLE, EVENT.format(lines))
    (fault,) = refused.value.faults
    assert Path(fault.file).name == "roster.ics"
    assert fault.key.startswith("event 1")
    assert why in fault.why


def test_what_is_no_calendar_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "roster.ics"
    path.write_text("hello", "utf-8")
    faults: list = []
    assert calendar(path, {}, faults) == ()
    assert "is no iCalendar file" in faults[0].why


def test_names_stand_after_a_colon_or_alone_by_name_or_key(tmp_path: Path) -> None:
    config = home(tmp_path, PEOPLE, EVENT.format("SUMMARY:夜班值班：李四、zhang") + EVENT.format("SUMMARY:李四\r\nSTATUS:CANCELLED"))
    assert [one.people for one in config.roster.calendar] == [("li", "zhang")]
    assert isinstance(config.roster, Roster)

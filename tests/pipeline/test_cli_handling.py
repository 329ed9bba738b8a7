"""The commands of the handling of events: what they print, and what they refuse."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import app
from pipeline.home import made
from pipeline.model import Edit
from pipeline.store import opened
from tests.pipeline.commands import Shian, runner
from tests.pipeline.desk.matters import NOW, fill

ROSTER = "people:\n  zhang: {title: 张三}\nweekly:\n  - {days: [mon, tue, wed, thu, fri], from: '08:00', to: '08:00', people: [zhang]}\n"


@pytest.fixture
def shian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Shian:
    """Runs a command at noon on the day of the matters, in a home in which they happened."""
    folder = made(tmp_path / "home").folder
    (folder / "roster.yaml").write_text(ROSTER, "utf-8")
    store = opened("sqlite:///shian.db", folder)
    events = fill(store)
    store.triage(events["canteen"].id, Edit("李", phase="event", owner="李", note="受理", action="acknowledge"), version=0, now=NOW)
    store.close()
    monkeypatch.setattr(app, "now", lambda: NOW)
    return runner(monkeypatch, capfd, folder)


def test_clocks_are_reported_and_counted(shian: Shian) -> None:
    *clocks, summary = shian("clocks", "--json", "--since", "2024-09-04").lines
    assert [(one["level"], one["state"]) for one in clocks] == [(1, "late"), (4, "kept"), (2, "broken"), (3, "broken"), (4, "broken")]
    assert clocks[0]["left"] == -(2 * 3600 + 10 * 60)
    assert summary["summary"]
    assert summary["levels"]["4"] == {"running": 0, "broken": 1, "kept": 1, "late": 0, "off": 0}
    ran = shian("clocks", "--state", "broken")
    assert ran.out.splitlines()[0] == "Ⅱ橙\t超时\t超 6 小时 10 分\t罐车卸完煤制油直接装食用大豆油"
    assert "Ⅰ红\t计时中 0\t超时 0\t按时 0\t超时后才办 1\t不计时 0" in ran.err


def test_duty_says_who_and_where_nobody_is(shian: Shian) -> None:
    ran = shian("duty", "--from", "2024-09-06", "--to", "2024-09-10")
    assert ran.out.splitlines() == [
        "2024-09-06 00:00\t2024-09-07 08:00\t张三",
        "2024-09-07 08:00\t2024-09-09 08:00\t无人值班",
        "2024-09-09 08:00\t2024-09-10 00:00\t张三",
    ]
    assert "nobody is on duty 1 times, for 2 天" in ran.err
    assert [line["people"] for line in shian("duty", "--json", "--from", "2024-09-06", "--to", "2024-09-10").lines] == [["张三"], [], ["张三"]]
    assert shian("duty", "--from", "2024-09-06", "--to", "2024-09-05").code == 2
    told = shian("check").err
    assert "nobody is on duty from 2024-09-07 08:00 to 2024-09-09 08:00" in told
    assert "roster.yaml: 张三没有接收方" in told


def test_mutes_are_added_listed_and_ended(shian: Shian) -> None:
    (mute,) = shian("mute", "add", "--topic", "campus", "--place", "2202", "--why", "演练", "--by", "李", "--for", "8h", "--json").lines
    assert (mute["level"], mute["until"], mute["on"]) == (1, "2024-09-05T20:00:00+08:00", True)
    assert shian("mute", "list").out == f"{mute['id']}\t2024-09-05 20:00\tcampus 2202\t演练（李）\n"
    assert shian("mute", "end", mute["id"], "--by", "王", "--why", "演练结束").code == 0
    assert shian("mute", "list").out == ""
    assert shian("mute", "list", "--all").out.endswith("已结束：演练结束\n")
    ran = shian("mute", "end", mute["id"], "--by", "王")
    assert (ran.code, ran.err) == (1, f"no mute that holds is called {mute['id']}\n")


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--event", "none", "--for", "8h"), 1, "没有事件 none"),
        (("--word", "食堂", "--for", "30d"), 1, "7 天之内"),
        (("--for", "8h"), 1, "静默什么"),
        (("--word", "食堂", "--for", "soon"), 2, "is no duration"),
        (("--word", "食堂"), 2, "--for"),
    ],
)
def test_a_mute_that_lacks_something_is_refused(shian: Shian, words: tuple[str, ...], code: int, why: str) -> None:
    ran = shian("mute", "add", "--why", "演练", "--by", "李", *words)
    assert ran.code == code
    assert why in ran.err


def test_the_sheet_is_printed(shian: Shian) -> None:
    (sheet,) = shian("handover", "--json").lines
    assert (sheet["since"], sheet["on_duty"], len(sheet["open"])) == ("2024-09-04T12:00:00+08:00", ["张三"], 4)  # on duty for longer than a day
    assert [change["text"] for change in sheet["changes"]] == ["受理"]
    text = shian("handover", "--since", "2024-09-04").out
    assert "值班：张三" in text
    assert "在办 4" in text
    assert "计时 3，超时 3" in text
    assert "新预警 5" in text


def test_lists_have_the_clock(shian: Shian) -> None:
    assert {one["clock"]["state"] for one in shian("alerts", "--json").lines} == {"late", "kept", "broken"}
    assert [one["clock"]["level"] for one in shian("events", "--json").lines] == [1, 2, 3, 4]
    assert datetime.fromisoformat(shian("events", "--json").lines[0]["clock"]["due"]) == NOW.astimezone(UTC) - timedelta(hours=2, minutes=10)

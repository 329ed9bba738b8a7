"""Escalation: the next on duty is told once of what nobody answered, by however many workers, through crashes, and never of what is muted."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from config.load import Config
from config.roster import Roster, named
from pipeline.app import App
from pipeline.delivery import BOOK as DELIVERIES
from pipeline.delivery import Delivery, read
from pipeline.escalate import BOOK, Escalator, hand_over, steps_of
from pipeline.handling import Assignee, Wish, turned
from pipeline.health import findings
from pipeline.home import made
from pipeline.model import Alert, Entry, Event, Step, alert_id
from pipeline.mute import Mute
from pipeline.muting import laid
from pipeline.outbox import Outbox
from pipeline.regroup import REDIRECTS
from pipeline.store.memory import MemoryStore
from pipeline.tell import deaf
from pipeline.timed import clocks_of
from tests.pipeline.outbox.made import NOW, configured
from tests.pipeline.outbox.world import Crash

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PEOPLE = {"zhang": {"title": "张三", "board": "first"}, "li": {"title": "李四", "board": "second"}, "wang": {"title": "王五"}}


def config(*people: str, **boards: dict[str, Any]) -> Config:
    """People on duty, around the clock, in this order; `boards` are changed ones."""
    whole = configured(
        channels={"desk": {"kind": "console"}, "red": {"kind": "console", "floor": 1}, "off": {"kind": "console", "enabled": False}},
        boards={
            **{name: {"channels": ["desk"]} for name in ("first", "second")},
            "school": {"channels": ["desk"], "departments": ["education"]},
            **boards,
        },
    )
    weekly = [{"from": "08:00", "to": "08:00", "people": list(people)}] if people else []
    return replace(whole, roster=Roster.model_validate(named({"people": PEOPLE, "weekly": weekly})))


def happen(store: MemoryStore, level: int = 1, at: datetime = NOW, name: str = "e") -> Alert:
    event = Event(name, f"某校学生呕吐 {name}", at, at, 3, "", level, 80, ("30 人发病",), ("campus",), {"weibo": 3}, {}, alerted=level)
    alert = Alert(alert_id(name, level, 1), name, at, at, level, event.title, event.why, event.topics, {}, 3)
    store.commit(Step(cleared=(), events=(event,), alerts=(alert,)))
    return alert


def escalator(store: MemoryStore, whole: Config, outbox: Any = None) -> Escalator:
    return Escalator(store, outbox or Outbox(store.ledger, whole), whole)


def entered(store: MemoryStore) -> list[Delivery]:
    """What the outbox has, oldest first."""
    return [read(entry).delivery for entry in store.ledger.page(DELIVERIES, limit=100).items]


def sent(store: MemoryStore) -> list[tuple[str, str]]:
    """Whom the outbox has something for, and the id of the message."""
    return sorted((one.board, one.message.id) for one in entered(store))


def act(store: MemoryStore, *actions: str, at: datetime = NOW) -> Event:
    for action in actions:
        event = store.event("e")
        assert event
        wish = Wish(action, "李", "说明", 1, (Assignee("education", "省教育厅", "lead", ("十三",)),) if action == "assign" else (), "education")
        store.triage("e", turned(event.case, wish, at), version=event.case.version, now=at)
    event = store.event("e")
    assert event
    return event


def test_steps_come_one_after_another_each_once_and_end() -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    alert = happen(store)
    taken = []
    for minute in range(300):
        taken += [(minute, step.step, step.person) for step in escalator(store, whole).run(NOW + minute * MINUTE)]
    assert taken == [(31, 1, "李四"), (61, 2, "张三"), (91, 3, "李四")]
    assert sent(store) == [("first", f"{alert.id}-2"), ("second", f"{alert.id}-1"), ("second", f"{alert.id}-3")]
    assert "时限 30 分钟，已过 31 分钟，无人受理；第 1 次升级。" in entered(store)[0].message.text


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_the_first_step_waits_for_the_clock_of_its_level(level: int) -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    happen(store, level)
    due = NOW + whole.settings.handling.clocks[level]
    assert escalator(store, whole).run(due) == []
    assert [step.due for step in escalator(store, whole).run(due + MINUTE)] == [due]


def test_after_an_outage_steps_do_not_come_in_a_burst() -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    happen(store)
    late = NOW + 10 * HOUR
    runs = [[step.step for step in escalator(store, whole).run(late + minute * MINUTE)] for minute in range(31)]
    assert [(number, steps) for number, steps in enumerate(runs) if steps] == [(0, [1]), (30, [2])]


@pytest.mark.parametrize("action", ["acknowledge", "dismiss", "close"])
def test_what_is_answered_in_time_or_late_goes_no_further(action: str) -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    happen(store)
    assert len(escalator(store, whole).run(NOW + 31 * MINUTE)) == 1
    act(store, action, at=NOW + 40 * MINUTE)
    assert [escalator(store, whole).run(NOW + minute * MINUTE) for minute in (61, 91, 300)] == [[], [], []]


def test_what_is_muted_waits_and_what_wakes_is_waited_for_anew() -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    happen(store)
    laid(store, Mute("", "李", "演练", NOW, NOW + 5 * HOUR, event="e"), longest=timedelta(days=1))
    assert [escalator(store, whole).run(NOW + hours * HOUR) for hours in (1, 4)] == [[], []]
    assert escalator(store, whole).run(NOW + 5 * HOUR + 30 * MINUTE) == []
    assert [step.due for step in escalator(store, whole).run(NOW + 5 * HOUR + 31 * MINUTE)] == [NOW + 5 * HOUR + 30 * MINUTE]


def test_what_was_imported_from_long_ago_escalates_to_nobody() -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    happen(store, at=NOW - timedelta(days=2))
    happen(store, at=NOW - timedelta(days=900), name="f")
    assert escalator(store, whole).run(NOW) == []


def test_an_alert_that_a_worse_one_overtook_is_left_to_that() -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    happen(store, 4)
    worse = happen(store, 1, NOW + HOUR)
    assert [step.alert for step in escalator(store, whole).run(NOW + 30 * HOUR)] == []  # a day too old
    assert [step.alert for step in escalator(store, whole).run(NOW + 2 * HOUR)] == [worse.id]


@pytest.mark.parametrize(
    ("people", "boards", "person", "state", "why"),
    [
        ((), {}, "", "nobody", "当时无人值班"),
        (("wang",), {}, "王五", "nobody", "王五没有接收方"),
        (("zhang",), {}, "张三", "told", ""),
        (("zhang",), {"first": {"channels": ["red"]}}, "张三", "nobody", "张三的渠道：red 不收Ⅱ橙"),
        (("zhang",), {"first": {"channels": ["red", "off"]}}, "张三", "nobody", "张三的渠道：red 不收Ⅱ橙，off 停用"),
        (("zhang",), {"first": {"channels": ["red", "desk"]}}, "张三", "told", ""),
        (("zhang",), {"first": {"channels": ["desk"], "enabled": False}}, "张三", "nobody", "张三的接收方 first 停用"),
        (("zhang", "li"), {"second": {"channels": ["red"]}}, "张三", "told", "李四的渠道：red 不收Ⅱ橙"),  # the next on duty
        (("zhang", "wang", "li"), {}, "李四", "told", "王五没有接收方"),
        (
            ("wang", "li"),
            {"second": {"channels": ["off"]}},
            "李四",
            "nobody",
            "李四的渠道：off 停用；王五没有接收方",
        ),
    ],
)
def test_who_cannot_be_told_is_recorded_with_why_and_the_next_is(
    people: tuple[str, ...], boards: dict[str, Any], person: str, state: str, why: str
) -> None:
    store, whole = MemoryStore(), config(*people, **boards)
    alert = happen(store, 2)
    (step,) = escalator(store, whole).run(NOW + 121 * MINUTE)
    assert [(kept, entry.state) for kept, entry in steps_of(store, [alert.id])[alert.id]] == [(step, state)]
    assert (step.person, step.why) == (person, why)
    assert len(entered(store)) == (1 if state == "told" else 0)
    assert escalator(store, whole).run(NOW + 122 * MINUTE) == []


def test_a_step_half_done_says_that_its_board_is_off_by_now() -> None:
    store, whole = MemoryStore(), config("zhang")
    alert = happen(store)
    with pytest.raises(Crash):
        escalator(store, whole, Dying(store, whole, after=False)).run(NOW + 31 * MINUTE)
    escalator(store, config("zhang", first={"channels": ["off"]})).run(NOW + 32 * MINUTE)
    ((step, entry),) = steps_of(store, [alert.id])[alert.id]
    assert (step.why, entry.state, entered(store)) == ("张三的渠道：off 停用", "nobody", [])


def test_the_roster_names_who_cannot_be_told_of_every_level() -> None:
    assert deaf(config("zhang"), NOW) == ["王五没有接收方"]
    floor = {"first": {"channels": ["red"]}, "second": {"channels": ["red", "desk"]}}
    assert deaf(config("zhang", **floor), NOW) == ["张三的渠道：red 不收Ⅳ蓝", "王五没有接收方"]


def test_doctor_names_who_cannot_be_told_and_what_reached_nobody(tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    (home.folder / "roster.yaml").write_text("people:\n  wang: {title: 王五}\n", "utf-8")
    with App(home, environ={}) as app:
        app.store.ledger.write([Entry(BOOK, f"a/{day}", datetime.now(UTC) - timedelta(days=day), "nobody") for day in (0, 2)])
    found = {finding.what: finding.todo for finding in findings(home)}
    assert "channels that take all levels" in found["duty: 王五没有接收方"]
    assert "shian handover" in found["escalation: 1 steps of the last day reached nobody"]


class Dying(Outbox):
    """An outbox whose process dies before or after a message is entered."""

    def __init__(self, store: MemoryStore, whole: Config, *, after: bool) -> None:
        super().__init__(store.ledger, whole)
        self.after = after

    def put(self, message: Any, boards: Any, at: datetime) -> None:
        if self.after:
            super().put(message, boards, at)
        raise Crash


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_half_way_leaves_it_to_the_next_who_tells_the_same_person_once(after: bool) -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    alert = happen(store)
    with pytest.raises(Crash):
        escalator(store, whole, Dying(store, whole, after=after)).run(NOW + 31 * MINUTE)
    other = config("li", "zhang")  # the shift has changed meanwhile
    assert [step.person for step in escalator(store, other).run(NOW + 40 * MINUTE)] == ["李四"]
    assert sent(store) == [("second", f"{alert.id}-1")]
    assert escalator(store, other).run(NOW + 41 * MINUTE) == []
    assert store.ledger.tally(BOOK) == {"told": 1}


def test_of_many_workers_at_once_one_escalates() -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    alerts = [happen(store, name=f"e{number}") for number in range(20)]
    ready, taken = threading.Barrier(4), []

    def work() -> None:
        ready.wait()
        taken.extend(escalator(store, whole).run(NOW + 31 * MINUTE))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent(store)) == sorted(("second", f"{alert.id}-1") for alert in alerts)
    assert {step.id for step in taken} == {f"{alert.id}/1" for alert in alerts}
    assert store.ledger.tally(BOOK) == {"told": 20}


def test_departments_are_told_of_what_they_were_given_once_and_again_when_it_is_returned() -> None:
    store, whole = MemoryStore(), config("zhang")
    happen(store)
    given = act(store, "acknowledge", "rate", "assign")
    for _ in range(2):
        hand_over(Outbox(store.ledger, whole), given, whole, NOW + MINUTE)
    escalator(store, whole).run(NOW + 2 * MINUTE)  # makes up for a desk that died before it told
    (kept,) = entered(store)
    message = kept.message
    assert (kept.board, message.of, message.title, message.level) == ("school", "assignment", "交办：某校学生呕吐 e", 1)
    assert message.text.splitlines() == ["省教育厅牵头，依据 十三", "交办人：李", "理由：30 人发病", "传播：3 帖", "请在 4 小时内反馈。"]
    act(store, "feedback", "return", at=NOW + 2 * HOUR)
    escalator(store, whole).run(NOW + 2 * HOUR + MINUTE)
    assert sorted(one.message.title for one in entered(store)) == ["交办：某校学生呕吐 e", "退回重办：某校学生呕吐 e"]


def test_what_was_merged_is_waited_for_under_its_new_name() -> None:
    store, whole = MemoryStore(), config("zhang", "li")
    red, blue = happen(store), happen(store, 4, name="f")
    into = store.event("f")
    assert into
    # As a merge leaves it: the level that one of them had told is told, by an alert of another name.
    store.commit(Step(cleared=(), events=(structs.replace(into, level=1, alerted=1),), removed=("e",)))
    store.ledger.write([Entry(REDIRECTS, "e", NOW, body=msgspec.json.encode("f"))])
    assert [(step.alert, step.step) for step in escalator(store, whole).run(NOW + 31 * MINUTE)] == [(red.id, 1)]
    (clock,) = clocks_of(store, [structs.replace(into, alerted=1)], whole.settings.handling.clocks, NOW).values()
    assert (clock.alert, clock.event) == (red.id, "e")
    assert blue.id != red.id

"""The handling of events over every store: mutes, escalation in two workers, departments, and the sheet of the shift."""

import threading
from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request

from config.load import load
from config.roster import Roster, named
from pipeline.delivery import BOOK as DELIVERIES
from pipeline.delivery import read
from pipeline.desk.casework import change
from pipeline.desk.here import Here, Visit
from pipeline.escalate import BOOK, Escalator
from pipeline.handling import Assignee, Wish
from pipeline.handover import sheet
from pipeline.model import Alert, Edit, Event, Step, alert_id
from pipeline.mute import Mute
from pipeline.muting import ended, laid, mutes, suppressed
from pipeline.outbox import Outbox
from pipeline.store import Store
from tests.contracts.posts import START, event
from tests.pipeline.outbox.made import configured

HOUR = timedelta(hours=1)
PEOPLE = {"zhang": {"title": "张三", "board": "first"}, "li": {"title": "李四", "board": "second"}}


def happen(store: Store, name: str, level: int) -> Alert:
    one = event(name, level=level)
    one = Event(**{field: getattr(one, field) for field in one.__struct_fields__} | {"alerted": level})
    alert = Alert(alert_id(name, level, 1), name, one.last_seen, one.first_seen, level, one.title, one.why, one.topics, {}, 1)
    store.commit(Step(cleared=(), events=(one,), alerts=(alert,)))
    return alert


def test_what_is_handled_muted_and_escalated_is_the_same_on_every_store(store: Store) -> None:
    boards = {"first": {"channels": ["desk"]}, "second": {"channels": ["desk"]}, "school": {"channels": ["desk"], "departments": ["education"]}}
    weekly = [{"from": "08:00", "to": "08:00", "people": ["zhang", "li"]}]
    plan = Roster.model_validate(named({"people": PEOPLE, "weekly": weekly}))
    config = replace(configured(channels={"desk": {"kind": "console"}}, boards=boards), roster=plan, departments=load(environ={}).departments)
    outbox = Outbox(store.ledger, config)
    loud, quiet, mine = (happen(store, name, level) for name, level in (("loud", 1), ("quiet", 1), ("mine", 2)))

    mute = laid(store, Mute("", "李", "演练", START, START + 5 * HOUR, event="quiet"), longest=timedelta(days=7))
    assert suppressed(store, quiet, store.event("quiet"), START + HOUR) == mute
    here = Here(store, config, None, lambda: START + HOUR, lambda source: ())
    request = Request({"type": "http"})
    request.state.visit = Visit(is_open=True)
    given = (Assignee("education", "省教育厅", "lead", ("十三",)),)
    for version, wish in enumerate((Wish("acknowledge", "李"), Wish("rate", "李", level=2), Wish("assign", "李", departments=given))):
        case = change(here, request, "mine", wish, version=version).case
    assert (case.phase, case.version) == ("assigned", 3)

    workers = [Escalator(store, outbox, config) for _ in range(2)]
    taken = [step for worker in workers for step in worker.run(START + HOUR)]
    assert [(step.alert, step.step, step.person) for step in taken] == [(loud.id, 1, "李四")]
    assert store.ledger.tally(BOOK) == {"told": 1}
    sent = [read(entry).delivery for entry in store.ledger.page(DELIVERIES).items]
    assert sorted((one.board, one.message.of) for one in sent) == [("school", "assignment"), ("second", "escalation")]

    made = sheet(store, config, since=START, now=START + HOUR)
    assert [one.event.id for one in made.open] == ["loud", "quiet", "mine"]
    assert [(clock.event, clock.department, clock.state(made.now)) for clock in made.clocks] == [
        ("loud", "", "broken"),
        ("mine", "education", "running"),
    ]
    assert [(step.alert, state) for step, state in made.escalations] == [(loud.id, "told")]
    assert [one.id for one in made.mutes] == [mute.id]
    assert mine.id in [alert.id for alert, _ in made.alerts]

    assert ended(store, mute.id, by="王", why="演练结束", now=START + 2 * HOUR)
    assert ended(store, mute.id, by="王", why="演练结束", now=START + 2 * HOUR) is None
    assert [(one.ended_by, one.ended_why) for one in mutes(store, START + 2 * HOUR)] == [("王", "演练结束")]
    store.triage("loud", Edit("李", phase="event", note="受理", action="acknowledge"), version=0, now=START + 2 * HOUR)
    assert [step.alert for worker in workers for step in worker.run(START + 3 * HOUR)] == [quiet.id]


def test_of_workers_at_once_one_takes_each_step_on_every_store(store: Store) -> None:
    plan = Roster.model_validate(named({"people": PEOPLE, "weekly": [{"from": "08:00", "to": "08:00", "people": ["zhang", "li"]}]}))
    config = replace(configured(channels={"desk": {"kind": "console"}}, boards={"second": {"channels": ["desk"]}}), roster=plan)
    alerts = [happen(store, f"e{number}", 1) for number in range(6)]
    ready = threading.Barrier(3)

    def work() -> None:
        ready.wait()
        Escalator(store, Outbox(store.ledger, config), config).run(START + HOUR)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Who met a step half done told it again; the outbox has it once all the same.
    assert store.ledger.tally(BOOK) == {"told": 6}
    sent = [read(entry).delivery for entry in store.ledger.page(DELIVERIES).items]
    assert sorted(one.message.id for one in sent) == sorted(f"{alert.id}-1" for alert in alerts)

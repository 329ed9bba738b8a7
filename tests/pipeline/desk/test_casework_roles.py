"""Who may take which step on a desk with users: the table's roles, and no button for what one may not."""

import pytest

from config.load import Config
from pipeline import audit
from pipeline.desk import desk
from pipeline.model import Event
from pipeline.store.memory import MemoryStore
from pipeline.users import ROLES
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.peopled import csrf_of, enter
from tests.pipeline.people import Clock, add, passwords


@pytest.fixture
def peopled(store: MemoryStore, matters: dict[str, Event]) -> MemoryStore:
    for role, title in ROLES.items():
        add(store, role, role, title=f"{title}甲")
    return store


def entered(store: MemoryStore, config: Config, role: str) -> tuple[Visitor, dict[str, str]]:
    visitor = Visitor(desk(store, config, now=Clock(), passwords=passwords()))
    enter(visitor, role)
    return visitor, {"x-csrf": csrf_of(visitor, "/search")}


def test_steps_need_the_role_of_the_table_and_are_in_the_audit(peopled: MemoryStore, config: Config, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    address = f"/api/events/{event}/triage"
    duty, proof = entered(peopled, config, "duty")
    assert duty.post(address, json={"version": 0, "action": "acknowledge"}, headers=proof).status_code == 200
    refused = duty.post(address, json={"version": 1, "action": "rate", "level": 1}, headers=proof)
    assert (refused.status_code, refused.json()["kind"], refused.json()["needs"]) == (403, "role", "assessor")
    assert duty.post(address, json={"version": 1, "action": "archive"}, headers=proof).json()["kind"] == "forbidden"
    assert ">定级</button>" not in duty.get(f"/events/{event}").text
    duty.leave()
    assessor, proof = entered(peopled, config, "assessor")
    assert ">定级</button>" in assessor.get(f"/events/{event}").text
    whole = assessor.post(address, json={"version": 1, "action": "rate", "level": 1}, headers=proof).json()
    assert (whole["rated"]["by"], whole["notes"][-1]["by"]) == ("研判甲", "研判甲")
    assessor.leave()
    assert ("assessor", f"event {event}", "rate") in [(line.by, line.of, line.detail) for line in audit.lines(peopled)]


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("duty", 200)])
def test_a_mute_is_laid_by_who_is_on_duty_and_signed_by_him(peopled: MemoryStore, config: Config, role: str, status: int) -> None:
    visitor, proof = entered(peopled, config, role)
    answer = visitor.post("/api/mutes", json={"topic": "campus", "why": "演练", "hours": 8}, headers=proof)
    assert answer.status_code == status
    assert ("静默一类预警" in visitor.get("/mutes").text) is (status == 200)
    if status == 200:
        assert answer.json()["by"] == "值班甲"
        assert visitor.post(f"/api/mutes/{answer.json()['id']}/end", json={"why": "演练结束"}, headers=proof).json()["ended_by"] == "值班甲"
        assert {"mute end", "mute"} <= {line.action for line in audit.lines(peopled)}
    visitor.leave()

"""What each role may read of the numbers of persons: every route that is read, by every role, in every format."""

import io
import zipfile
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from msgspec import structs

from config.load import Config
from nlp.assessment import Harm, Score
from pipeline.desk.safety import READING
from pipeline.escalate import Escalator
from pipeline.model import Event, JudgedPost, Step
from pipeline.mute import Mute
from pipeline.muting import laid
from pipeline.outbox import Outbox
from pipeline.store.memory import MemoryStore
from pipeline.users import ROLES, may
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import CLAIM, NOW, alert_of, grown, judged, member
from tests.pipeline.desk.peopled import clock, csrf_of, enter, leaves, peopled, site, stranger
from tests.pipeline.outbox.made import message

__all__ = ["clock", "peopled", "site", "stranger"]

NUMBER, HIDDEN = "13812345678", "138****5678"
TOLD = f"某小学 3 名学生腹泻，请联系{NUMBER}"
EXACT = {
    "/api/alerts": "/api/alerts",
    "/api/events": "/api/events",
    "/api/events/{event}": "/api/events/{event}",
    "/api/search": "/api/search?q=腹泻",
    "/api/posts/{post}": "/api/posts/{event}",
    "/api/clocks": "/api/clocks",
    "/api/mutes": "/api/mutes",
    "/api/handover": "/api/handover",
}
"""What shows the number to who has the right `exact`."""
MASKED = {
    "/": "/",
    "/rows.json": "/rows.json",
    "/events/{event}": "/events/{event}",
    "/search": "/search?q=腹泻",
    "/handover": "/handover",
    "/mutes": "/mutes",
    "/outbox": "/outbox?state=waiting",
    "/feed.atom": "/feed.atom",
    "/api/search.jsonl": "/api/search.jsonl?q=腹泻",
    "/api/search.csv": "/api/search.csv?q=腹泻",
    "/events/{event}/report.{format}": "/events/{event}/report.",
    "/events/{event}/rebuttal.{format}": "/events/{event}/rebuttal.",
    "/reports/make": "/reports/make?at=2024-09-05T12:00&format=",
}
"""What shows it to nobody; an address that ends so takes each format."""
WITHOUT = {
    "/account",
    "/health",
    "/healthz",
    "/api",
    "/api/health",
    "/api/events/{event}/regroupings",
    "/api/events/{event}/twins",
    "/audit",
    "/login",
    "/reports",
    "/openapi.json",
    "/static/",
}
"""What shows no text of a post."""
FORMATS = ("html", "docx", "xlsx", "json")


@pytest.fixture
def event(peopled: MemoryStore, config: Config) -> Event:
    """A matter with a number wherever a text may have one, muted once and escalated, with a message on its way."""
    posts = [_told(number) for number in range(2)]
    peopled.keep(posts)
    made = structs.replace(grown("canteen", posts), title=TOLD, why=(TOLD,), debunk=CLAIM)
    members = tuple(structs.replace(member(made, one), title=TOLD) for one in posts)
    peopled.commit(Step(cleared=(), events=(made,), members=members, alerts=(alert_of(made, (TOLD,), level=1),)))
    Escalator(peopled, Outbox(peopled.ledger, config), config).run(NOW)
    laid(peopled, Mute("", "李", "演练", NOW - timedelta(minutes=1), NOW + timedelta(hours=8), made.id), longest=timedelta(days=7))
    Outbox(peopled.ledger, config).put(message("m1", title=TOLD), list(config.boards.values()), NOW)
    return made


def _told(number: int) -> JudgedPost:
    one = judged("canteen", number, NOW - timedelta(hours=3 - number))
    post = structs.replace(one.post, text=f"{TOLD}。情况属实", title=TOLD)
    harm = Harm(ill=3, hospitalised=None, dead=None, quotes=(TOLD,))
    thought = structs.replace(one.assessment, summary=TOLD, harm=harm, debunk=CLAIM, rumor=Score(0.9))
    return structs.replace(one, post=post, assessment=thought)


def read(answer: httpx.Response) -> str:
    """All that an answer says; of a Word or Excel file, its parts."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def test_the_table_has_every_route_that_is_read(site: FastAPI) -> None:
    known = {path for path, route in leaves(site.routes) if READING & set(getattr(route, "methods", None) or READING)}
    assert known == set(EXACT) | set(MASKED) | WITHOUT


@pytest.mark.parametrize("role", list(ROLES))
def test_numbers_of_persons_are_read_by_who_has_the_right_and_in_no_file(role: str, stranger: Visitor, event: Event) -> None:
    enter(stranger, role)
    found, meant = {}, {}
    for path, address in (EXACT | MASKED).items():
        # What nobody's role makes a difference to is made in all formats once, for who has every right.
        for format_ in FORMATS[: None if role == "admin" else 1] if address.endswith((".", "=")) else ("",):
            answer = stranger.get(address.replace("{event}", event.id) + format_)
            assert answer.status_code == 200, address
            text = read(answer)
            found[address + format_] = (NUMBER in text, HIDDEN in text)
            meant[address + format_] = (True, False) if path in EXACT and may(role, "exact") else (False, True)
    assert found == meant


@pytest.mark.parametrize("role", ["duty", "assessor"])
def test_what_a_change_is_answered_with_is_hidden_alike(role: str, stranger: Visitor, event: Event) -> None:
    enter(stranger, role)
    headers, address = {"x-csrf": csrf_of(stranger)}, f"/api/events/{event.id}/triage"
    wish = {"version": 0, "action": "note", "note": f"已回电 {NUMBER}"}
    changed = stranger.post(address, json=wish, headers=headers).json()
    assert (NUMBER in changed["title"]) is may(role, "exact")
    # What people of the desk write themselves is for the next shift to read.
    assert changed["notes"][-1]["text"] == f"已回电 {NUMBER}"
    stale = stranger.post(address, json=wish, headers=headers)
    assert (stale.status_code, NUMBER in stale.json()["event"]["title"]) == (409, may(role, "exact"))
    mute = stranger.post("/api/mutes", json={"event": event.id, "why": f"致电 {NUMBER}", "hours": 1}, headers=headers).json()
    assert (NUMBER in mute["title"], mute["why"]) == (may(role, "exact"), f"致电 {NUMBER}")


def test_ids_and_addresses_stay_whatever_they_look_like(stranger: Visitor, event: Event) -> None:
    enter(stranger, "reader")
    post = stranger.get(f"/api/posts/{event.id}").json()
    assert (post["key"], post["id"], post["url"]) == (event.id, "canteen-0", "https://example.test/canteen/0")


def test_a_desk_without_users_is_read_exactly(visitor: Visitor, store: MemoryStore) -> None:
    store.keep([_told(0)])
    assert NUMBER in visitor.get("/api/search").text

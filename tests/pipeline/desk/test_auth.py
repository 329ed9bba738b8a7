"""A desk with users: nothing is read without a login, nothing changed without its right and its proof, and all of it is in the audit."""

import re

import pytest
from fastapi import FastAPI

from pipeline import audit
from pipeline.desk.auth import PUBLIC
from pipeline.desk.render import proving
from pipeline.desk.rights import right_of
from pipeline.desk.safety import READING
from pipeline.model import Event
from pipeline.store.memory import MemoryStore
from pipeline.users import RIGHTS, ROLES, Users, may
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW
from tests.pipeline.desk.peopled import clock, csrf_of, enter, leaves, peopled, site, stranger
from tests.pipeline.people import PASSWORD

__all__ = ["clock", "peopled", "site", "stranger"]


# ---- every route


def test_every_route_that_changes_something_names_its_right(site: FastAPI) -> None:
    changing = {
        f"{method} {path}": right_of(route.endpoint, method)
        for path, route in leaves(site.routes)
        for method in getattr(route, "methods", None) or ()
        if method not in READING
    }
    assert "POST /api/events/{event}/triage" in changing
    assert [name for name, right in changing.items() if right not in RIGHTS] == []


def test_every_right_is_some_routes(site: FastAPI) -> None:
    named = {right_of(route.endpoint, method) for _, route in leaves(site.routes) for method in getattr(route, "methods", None) or ()}
    # What `exact` is good for is the table in test_exact.py.
    assert named | {"exact"} == set(RIGHTS)


def test_no_page_is_read_without_a_login(site: FastAPI, stranger: Visitor, matters: dict[str, Event]) -> None:
    paths = {path for path, _ in leaves(site.routes)}
    assert {"/", "/openapi.json", "/feed.atom", "/api/alerts", "/audit", "/static/"} <= paths
    for path in paths - PUBLIC - {"/static/"}:
        asked = re.sub(r"\{\w+\}", "x", path.replace("{event}", matters["oil"].id))
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
            answer = stranger.runner.run(stranger.client.request(method, asked))
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/login")
                assert method in READING
            else:
                assert answer.status_code == 401
            assert matters["oil"].title not in answer.text
            assert answer.headers["content-security-policy"]
    assert stranger.get("/static/desk.css").status_code == 200
    assert stranger.get("/healthz").json() == {"status": "ok"}
    assert stranger.get("/nowhere").status_code == 303


def test_a_route_without_a_right_is_nobodys(site: FastAPI, stranger: Visitor) -> None:
    @site.post("/careless")
    def careless() -> dict[str, str]:
        return {"done": "yes"}

    enter(stranger, "admin")
    answer = stranger.post("/careless", data={"csrf": csrf_of(stranger)})
    assert answer.status_code == 403
    assert "没有开放给任何角色" in answer.text


def test_programs_are_told_in_json_and_readers_led_to_the_login(stranger: Visitor) -> None:
    answer = stranger.get("/api/alerts")
    assert (answer.status_code, answer.json()["kind"], answer.headers["www-authenticate"]) == (401, "login", "Bearer")
    assert stranger.get("/search?q=食堂").headers["location"] == "/login?back=%2Fsearch%3Fq%3D%25E9%25A3%259F%25E5%25A0%2582"
    assert "刚才的改动没有保存" in stranger.post("/events/x/triage", data={"version": "0", "action": "close"}).text


# ---- who may what


def test_a_reader_may_read_and_is_told_whose_the_rest_is(stranger: Visitor, matters: dict[str, Event], peopled: MemoryStore) -> None:
    enter(stranger, "reader")
    csrf, event = csrf_of(stranger), matters["oil"].id
    assert stranger.get(f"/api/events/{event}").status_code == 200
    answer = stranger.post(f"/api/events/{event}/triage", json={"version": 0, "action": "close"}, headers={"x-csrf": csrf})
    assert answer.status_code == 403
    assert answer.json() == {"error": "这一步需要“值班”（duty）或以上的角色", "kind": "role", "needs": "duty"}
    page = stranger.post(f"/events/{event}/triage", data={"version": "0", "action": "close", "csrf": csrf})
    assert page.status_code == 403
    assert "这一步需要“值班”（duty）或以上的角色" in page.text
    assert peopled.event(event).case.version == 0  # type: ignore[union-attr]
    assert '<button name="action"' not in stranger.get("/").text


@pytest.mark.parametrize("role", list(ROLES))
def test_the_audit_is_the_admins(role: str, stranger: Visitor) -> None:
    enter(stranger, role)
    page = stranger.get("/audit")
    assert page.status_code == (200 if may(role, "audit") else 403)
    assert ('href="/audit"' in stranger.get("/").text) is may(role, "audit")


def test_changes_are_signed_by_the_user_and_nobody_else(stranger: Visitor, matters: dict[str, Event], peopled: MemoryStore) -> None:
    enter(stranger, "duty")
    stranger.client.cookies.set("shian_by", "%E5%88%AB%E4%BA%BA")
    headers, event = {"x-csrf": csrf_of(stranger)}, matters["oil"].id
    answer = stranger.post(f"/api/events/{event}/triage", json={"version": 0, "action": "close", "by": "别人"}, headers=headers)
    assert (answer.status_code, answer.json()["kind"]) == (403, "role")
    assert "值班甲" in answer.json()["error"]
    for version, by in enumerate(("", "duty", "值班甲")):
        wish = {"version": version, "action": "note", "note": "x", "by": by}
        assert stranger.post(f"/api/events/{event}/triage", json=wish, headers=headers).status_code == 200
    assert {note.by for note in peopled.event(event).case.notes} == {"值班甲"}  # type: ignore[union-attr]
    assert [(line.by, line.of, line.detail) for line in audit.lines(peopled) if line.action == "triage"] == [("duty", f"event {event}", "note")] * 3


def test_disabled_means_out_at_once(stranger: Visitor, peopled: MemoryStore) -> None:
    enter(stranger, "duty")
    assert stranger.get("/").status_code == 200
    Users(peopled.ledger).change("duty", now=NOW, ends=True, disabled=True)
    assert stranger.get("/").status_code == 303
    assert enter(stranger, "duty").status_code == 401


# ---- proof that a change is the desk's own


def test_a_change_without_the_token_of_its_session_is_refused(
    site: FastAPI, stranger: Visitor, matters: dict[str, Event], peopled: MemoryStore
) -> None:
    enter(stranger, "duty")
    other = Visitor(site)
    enter(other, "duty")
    event, theirs = matters["oil"].id, csrf_of(other)
    other.leave()
    for csrf in ("", "x", theirs, stranger.client.cookies["shian"], "é"):
        answer = stranger.post(f"/events/{event}/triage", data={"version": "0", "action": "close", "csrf": csrf})
        assert answer.status_code == 403
        assert "请重新载入页面" in answer.text
        answer = stranger.post(f"/api/events/{event}/triage", json={"version": 0, "action": "close"}, headers={"x-csrf": csrf.encode()})
        assert (answer.status_code, answer.json()["kind"]) == (403, "csrf")
    # In the address, in JSON or in parts it does not count: none of these is how the desk's own pages send it.
    mine = csrf_of(stranger)
    for more in ({"data": {"version": "0", "action": "close"}}, {"files": {"csrf": (None, mine)}}, {"json": {"csrf": mine}}):
        assert stranger.post(f"/events/{event}/triage?csrf={mine}", **more).status_code == 403
    assert stranger.post("/logout").status_code == 403
    assert peopled.event(event).case.version == 0  # type: ignore[union-attr]
    answer = stranger.post(f"/events/{event}/triage", data={"version": "0", "action": "close", "csrf": mine, "note": "字" * 1500})
    assert answer.status_code == 303


def test_every_form_that_changes_something_carries_the_proof(stranger: Visitor, matters: dict[str, Event]) -> None:
    enter(stranger, "admin")
    csrf = csrf_of(stranger)
    for path in ("/", f"/events/{matters['canteen'].id}", "/search?q=食堂", "/health", "/audit", "/api", "/nope"):
        page = stranger.get(path).text
        forms = re.findall(r"<form[^>]*method=\"post\"[^>]*>(.*?)</form>", page, re.DOTALL)
        assert forms
        assert all(form.count(f'name="csrf" value="{csrf}"') == 1 for form in forms)
    rows = stranger.get("/rows.json").json()["rows"]
    assert all(csrf in row["html"] for row in rows)


def test_text_that_looks_like_a_form_gets_no_token(stranger: Visitor) -> None:
    enter(stranger, "duty")
    page = stranger.get('/search?q="<form method=%22post%22 action=%22//evil%22>"').text
    assert page.count('name="csrf"') == 1
    assert proving("<p>&lt;form method=&quot;post&quot;&gt;</p>", "0") == "<p>&lt;form method=&quot;post&quot;&gt;</p>"


def test_a_foreign_page_is_refused_even_with_the_token(stranger: Visitor, matters: dict[str, Event]) -> None:
    enter(stranger, "duty")
    data = {"version": "0", "action": "close", "csrf": csrf_of(stranger)}
    answer = stranger.post(f"/events/{matters['oil'].id}/triage", data=data, headers={"origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["kind"]) == (403, "origin")
    answer = stranger.post("/login", data={"name": "admin", "password": PASSWORD}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


# ---- audit


def test_whatever_is_changed_is_in_the_audit_and_shown_to_admins(
    site: FastAPI, stranger: Visitor, matters: dict[str, Event], peopled: MemoryStore
) -> None:
    enter(stranger, "duty", "wrong password")
    enter(stranger, "duty")
    csrf, event = csrf_of(stranger), matters["oil"].id
    stranger.post(f"/events/{event}/triage", data={"version": "0", "action": "acknowledge", "csrf": csrf})
    stranger.post(f"/events/{event}/triage", data={"version": "0", "action": "close", "csrf": csrf})  # stale, and so nothing
    stranger.post("/logout", data={"csrf": csrf})
    assert sorted(line.action for line in audit.lines(peopled)) == ["login", "login.failed", "logout", "triage"]
    admin = Visitor(site)
    enter(admin, "admin")
    page = admin.get("/audit?by=duty").text
    for said in ("登录失败", "处置", "受理", f"/events/{event}", "退出"):
        assert said in page
    assert admin.get("/audit?since=x").status_code == 400
    assert "没有这样的记录" in admin.get("/audit?by=nobody").text
    admin.leave()


def test_a_route_that_says_nothing_is_in_the_audit_by_its_right_and_address(site: FastAPI, stranger: Visitor, peopled: MemoryStore) -> None:
    from pipeline.desk.rights import needs

    @site.post("/resend/7")
    @needs("resend")
    def resend() -> dict[str, str]:
        return {"done": "yes"}

    enter(stranger, "admin")
    assert stranger.post("/resend/7", data={"csrf": csrf_of(stranger)}).status_code == 200
    assert [(line.by, line.of) for line in audit.lines(peopled) if line.action == "resend"] == [("admin", "/resend/7")]

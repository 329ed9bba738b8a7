"""A desk with users: nothing is read without a login, nothing changed without its right and its proof, and all of it is in the audit."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount

from config.errors import ConfigError, StoreError
from config.load import Config
from config.schema import DeskSettings
from pipeline import audit
from pipeline.desk import desk
from pipeline.desk.auth import PUBLIC
from pipeline.desk.render import proving
from pipeline.desk.rights import right_of
from pipeline.desk.safety import READING
from pipeline.model import Event
from pipeline.sessions import FEED, Tokens
from pipeline.store.memory import MemoryStore
from pipeline.users import RIGHTS, ROLES, Users, may
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW
from tests.pipeline.people import PASSWORD, add, passwords
from tests.pipeline.test_users import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def peopled(store: MemoryStore) -> MemoryStore:
    """The store with a user of each role, called as the role."""
    for role, title in ROLES.items():
        add(store, role, role, title=f"{title}甲")
    return store


@pytest.fixture
def site(peopled: MemoryStore, config: Config, clock: Clock) -> FastAPI:
    return desk(peopled, config, now=clock, passwords=passwords())


@pytest.fixture
def stranger(site: FastAPI) -> Iterator[Visitor]:
    visitor = Visitor(site)
    yield visitor
    visitor.leave()


def enter(visitor: Visitor, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return visitor.post("/login", data={"name": name, "password": password, **more})


def csrf_of(visitor: Visitor, url: str = "/") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', visitor.get(url).text)
    assert found
    return found[1]


def leaves(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of an application by its path, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from leaves(inner.routes, prefix)
        elif isinstance(route, Mount):
            yield f"{route.path}/", route
        else:
            yield getattr(route, "path", ""), route


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


# ---- logging in and out


def test_login_leads_back_sets_one_cookie_and_logout_ends_it(stranger: Visitor, peopled: MemoryStore) -> None:
    page = stranger.get("/login?back=/health").text
    assert 'name="back" value="/health"' in page
    assert "检索帖文" not in page
    answer = enter(stranger, "duty", back="/health")
    assert (answer.status_code, answer.headers["location"]) == (303, "/health")
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"shian=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie)
    page = stranger.get("/").text
    assert "值班甲" in page
    assert 'action="/me"' not in page
    assert stranger.get("/login").headers["location"] == "/"
    answer = stranger.post("/logout", data={"csrf": csrf_of(stranger)})
    assert answer.headers["location"] == "/login"
    assert peopled.ledger.tally("sessions") == {}
    stranger.client.cookies.set("shian", cookie[6:49])
    assert stranger.get("/").status_code == 303


def test_a_login_never_takes_over_a_session_that_was_planted(stranger: Visitor, peopled: MemoryStore) -> None:
    stranger.client.cookies.set("shian", "planted")
    first = enter(stranger, "duty").cookies["shian"]
    second = enter(stranger, "admin").cookies["shian"]
    assert len({"planted", first, second}) == 3
    assert peopled.ledger.tally("sessions") == {"admin": 1}


def test_a_wrong_login_says_the_same_of_all_and_leads_nowhere_else(stranger: Visitor) -> None:
    pages = [enter(stranger, name, "wrong password", back="//evil.example") for name in ("duty", "nobody")]
    assert {page.status_code for page in pages} == {401}
    assert pages[0].text.replace('"duty"', '"nobody"') == pages[1].text
    assert "用户名或密码不对" in pages[0].text
    assert "evil" not in pages[0].text
    assert "wrong password" not in pages[0].text
    for _ in range(2):
        enter(stranger, "duty", "wrong password")
    page = enter(stranger, "duty")
    assert (page.status_code, page.headers["retry-after"]) == (429, "2")
    assert "请过 2 秒再试" in page.text


def test_the_session_ends_by_the_clock_and_an_open_page_does_not_hold_it(stranger: Visitor, clock: Clock, config: Config) -> None:
    enter(stranger, "duty")
    idle = config.settings.people.idle
    clock.at += idle - timedelta(minutes=1)
    assert stranger.get("/").status_code == 200
    clock.at += idle - timedelta(minutes=1)
    assert stranger.get("/rows.json").status_code == 200
    clock.at += timedelta(minutes=1)
    assert (stranger.get("/rows.json").status_code, stranger.get("/").status_code) == (401, 303)


def test_over_https_the_cookie_is_bound_to_this_host(peopled: MemoryStore, config: Config) -> None:
    settings = config.settings.model_copy(update={"desk": DeskSettings(https=True, hosts=("desk.example",))})
    visitor = Visitor(desk(peopled, replace(config, settings=settings), now=lambda: NOW, passwords=passwords()))
    visitor.client.base_url = httpx.URL("https://desk.example")
    answer = visitor.post("/login", data={"name": "duty", "password": PASSWORD}, headers={"origin": "https://desk.example"})
    assert re.fullmatch(r"__Host-shian=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"])
    assert visitor.get("/").status_code == 200
    assert visitor.get("/", headers={"host": "other.example"}).status_code == 421
    visitor.leave()


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


# ---- programs


def test_a_program_shows_a_token_and_needs_no_proof(stranger: Visitor, matters: dict[str, Event], peopled: MemoryStore) -> None:
    users, tokens = Users(peopled.ledger), Tokens(peopled.ledger)
    secret, _ = tokens.make(users.get("duty"), now=NOW)  # type: ignore[arg-type]
    headers = {"authorization": f"Bearer {secret}"}
    url = f"/api/events/{matters['oil'].id}/triage"
    assert stranger.get("/api/alerts", headers=headers).status_code == 200
    answer = stranger.post(url, json={"version": 0, "action": "acknowledge"}, headers=headers)
    assert (answer.status_code, answer.json()["owner"]) == (200, "值班甲")
    assert stranger.get("/api/alerts", headers={"authorization": "Bearer shian_wrong"}).status_code == 401
    reader, _ = tokens.make(users.get("reader"), now=NOW)  # type: ignore[arg-type]
    answer = stranger.post(url, json={"version": 1, "action": "close"}, headers={"authorization": f"bearer {reader}"})
    assert (answer.status_code, answer.json()["needs"]) == (403, "duty")
    tokens.end_all("duty")
    assert stranger.get("/api/alerts", headers=headers).status_code == 401


def test_a_reader_of_feeds_logs_in_with_a_token_that_reads_nothing_else(stranger: Visitor, peopled: MemoryStore) -> None:
    secret, _ = Tokens(peopled.ledger).make(Users(peopled.ledger).get("reader"), now=NOW, kind=FEED)  # type: ignore[arg-type]

    def basic(password: str) -> dict[str, str]:
        return {"authorization": "Basic " + b64encode(f"reader:{password}".encode()).decode()}

    answer = stranger.get("/feed.atom")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="shian", charset="UTF-8"')
    assert stranger.get("/feed.atom?level=2", headers=basic(secret)).status_code == 200
    assert stranger.get("/feed.atom", headers={"authorization": f"Bearer {secret}"}).status_code == 200
    # Not by the user's own password, which would then be in the settings of a program; nor anything but the feed.
    assert stranger.get("/feed.atom", headers=basic(PASSWORD)).status_code == 401
    assert stranger.get("/feed.atom", headers={"authorization": "Basic %"}).status_code == 401
    assert stranger.get(f"/feed.atom?token={secret}").status_code == 401
    for headers in (basic(secret), {"authorization": f"Bearer {secret}"}):
        assert stranger.get("/api/alerts", headers=headers).status_code == 401
        assert stranger.get("/", headers=headers).status_code == 303
        assert stranger.post("/feed.atom", headers=headers).status_code == 401


# ---- without users, and while the store is away


def test_the_first_user_closes_an_open_desk_and_removing_all_does_not_open_it(
    store: MemoryStore, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(desk(store, config, now=lambda: NOW, passwords=passwords()))
    assert visitor.get("/").status_code == 200
    assert visitor.get("/login").headers["location"] == "/"
    assert visitor.get("/audit").status_code == 200
    add(store)
    monkeypatch.setattr("pipeline.desk.auth.time.monotonic", lambda: 1e9)
    assert visitor.get("/").status_code == 303
    Users(store.ledger).remove("limin")
    assert visitor.get("/").status_code == 303
    visitor.leave()


@pytest.mark.parametrize("settings", [DeskSettings(host="0.0.0.0"), DeskSettings(hosts=("desk.example",))])
def test_a_desk_for_others_is_not_made_without_users(settings: DeskSettings, store: MemoryStore, config: Config) -> None:
    whole = replace(config, settings=config.settings.model_copy(update={"desk": settings}))
    with pytest.raises(ConfigError, match="shian user add NAME --role admin"):
        desk(store, whole, now=lambda: NOW)
    add(store)
    visitor = Visitor(desk(store, whole, now=lambda: NOW, passwords=passwords()))
    Users(store.ledger).remove("limin")
    assert visitor.get("/").status_code == 303
    visitor.leave()


def test_the_address_that_is_listened_on_is_answered_and_no_other(peopled: MemoryStore, config: Config) -> None:
    whole = replace(config, settings=config.settings.model_copy(update={"desk": DeskSettings(host="0.0.0.0")}))
    app = desk(peopled, whole, now=lambda: NOW)

    async def here(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "server": ("10.1.2.3", 8000)}, receive, send)

    visitor = Visitor(here)  # type: ignore[arg-type]
    said = [visitor.get("/login", headers={"host": host}).status_code for host in ("10.1.2.3:8000", "[::ffff:10.1.2.3]", "10.1.2.4", "desk.example")]
    visitor.leave()
    assert said == [200, 421, 421, 421]


def test_while_the_store_is_away_nobody_is_let_in(site: FastAPI, stranger: Visitor, peopled: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(stranger, "duty")

    def away(*given: object, **more: object) -> None:
        raise StoreError("the store is away")

    monkeypatch.setattr(peopled.ledger, "read", away)
    page = stranger.get("/")
    assert (page.status_code, page.headers["retry-after"], page.headers["refresh"]) == (503, "5", "5")
    assert stranger.get("/api/alerts").json()["kind"] == "store"
    assert enter(stranger, "duty").status_code == 503


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

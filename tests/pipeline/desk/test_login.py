"""Logging in and out of the desk, by people and by programs; a desk without users, and one whose store is away."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from config.errors import ConfigError, StoreError
from config.load import Config
from config.schema import DeskSettings
from pipeline.desk import desk
from pipeline.model import Event
from pipeline.sessions import FEED, Tokens
from pipeline.store.memory import MemoryStore
from pipeline.users import Users
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW
from tests.pipeline.desk.peopled import clock, csrf_of, enter, peopled, site, stranger
from tests.pipeline.people import PASSWORD, Clock, add, passwords

__all__ = ["clock", "peopled", "site", "stranger"]


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

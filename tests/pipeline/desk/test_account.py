"""One's own account: a new password ends all else, and sessions and tokens are ended by whose they are."""

import pytest
from fastapi import FastAPI

from pipeline import audit
from pipeline.passwords import LONGEST
from pipeline.sessions import FEED, Tokens, hashed
from pipeline.store import EntryFilter
from pipeline.store.memory import MemoryStore
from pipeline.throttle import NAMES
from pipeline.users import Users
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW
from tests.pipeline.desk.peopled import clock, csrf_of, enter, peopled, site, stranger
from tests.pipeline.people import PASSWORD, Clock

__all__ = ["clock", "peopled", "site", "stranger"]
NEW = "another four plain words"


def change(visitor: Visitor, old: str = PASSWORD, new: str = NEW, again: str | None = None, csrf: str | None = None):  # type: ignore[no-untyped-def]
    data = {"old": old, "new": new, "again": new if again is None else again, "csrf": csrf_of(visitor) if csrf is None else csrf}
    return visitor.post("/account/password", data=data)


def actions(store: MemoryStore) -> list[str]:
    return sorted(line.action for line in audit.lines(store) if line.action != "login")


def test_it_is_linked_for_whoever_is_logged_in_and_says_who_that_is(stranger: Visitor) -> None:
    assert stranger.get("/account").headers["location"] == "/login?back=%2Faccount"
    enter(stranger, "duty")
    assert 'href="/account"' in stranger.get("/").text
    page = stranger.get("/account").text
    for said in ("我的账户", "值班甲", "<b>值班</b>", "另可处置事件", "127.0.0.1", "本次", "没有令牌"):
        assert said in page
    assert "另可看审计" not in page


def test_a_new_password_ends_every_other_session_and_token_and_is_in_the_audit(site: FastAPI, stranger: Visitor, peopled: MemoryStore) -> None:
    other = Visitor(site)
    enter(other, "duty")
    enter(stranger, "duty")
    token, _ = Tokens(peopled.ledger).make(Users(peopled.ledger).get("duty"), now=NOW)  # type: ignore[arg-type]
    before = stranger.client.cookies["shian"]
    answer = change(stranger)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=password")
    assert stranger.client.cookies["shian"] != before
    assert "密码已改" in stranger.get("/account?done=password").text
    assert other.get("/").status_code == 303
    assert other.get("/api/alerts", headers={"authorization": f"Bearer {token}"}).status_code == 401
    assert (enter(other, "duty").status_code, enter(other, "duty", NEW).status_code) == (401, 303)
    assert actions(peopled) == ["login.failed", "user.password"]
    (line,) = (line for line in audit.lines(peopled) if line.action == "user.password")
    assert (line.by, line.of) == ("duty", "duty")
    other.leave()


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("short", "密码要有 10 到 200 个字"),
        ("长" * (LONGEST + 1), "密码要有 10 到 200 个字"),
        ("1234567890", "这个密码太常见"),
        ("duty1234567890", "密码不能是用户名或署名"),
        (PASSWORD, "新密码和旧密码一样"),
    ],
)
def test_a_password_that_cannot_be_taken_is_said_in_the_words_of_the_page(new: str, why: str, stranger: Visitor, peopled: MemoryStore) -> None:
    enter(stranger, "duty")
    answer = change(stranger, new=new)
    assert (answer.status_code, why in answer.text, new in answer.text) == (400, True, False)
    assert actions(peopled) == []
    assert stranger.get("/account").status_code == 200


def test_guesses_of_the_old_password_are_slowed_and_a_slip_changes_nothing(stranger: Visitor, clock: Clock, peopled: MemoryStore) -> None:
    enter(stranger, "duty")
    assert "两次输入的新密码不一样" in change(stranger, again="something else").text
    answers = [change(stranger, old="wrong password") for _ in range(4)]
    assert [(answer.status_code, "旧密码不对" in answer.text) for answer in answers] == [(400, True)] * 3 + [(429, False)]
    assert (answers[3].headers["retry-after"], "请过 2 秒再试" in answers[3].text) == ("2", True)
    assert change(stranger).status_code == 429
    assert actions(peopled) == ["password.failed"] * 3
    clock.at += NAMES.longest
    assert change(stranger).status_code == 303


def test_each_change_needs_the_proof_of_its_session(stranger: Visitor, peopled: MemoryStore) -> None:
    enter(stranger, "duty")
    assert change(stranger, csrf="").status_code == 403
    assert [stranger.post(path).status_code for path in ("/account/sessions/x/end", "/account/tokens/x/revoke")] == [403, 403]
    assert enter(stranger, "duty").status_code == 303


def test_one_ends_ones_own_sessions_and_nobody_elses(site: FastAPI, stranger: Visitor, peopled: MemoryStore) -> None:
    other, admin = Visitor(site), Visitor(site)
    for visitor, name in ((stranger, "duty"), (other, "duty"), (admin, "admin")):
        enter(visitor, name)
    ids = {state: [entry.id[:12] for entry in peopled.ledger.page("sessions", EntryFilter(state=state)).items] for state in ("duty", "admin")}
    csrf, mine = csrf_of(stranger), hashed(stranger.client.cookies["shian"])[:12]
    (theirs,) = set(ids["duty"]) - {mine}
    assert ids["admin"][0] not in stranger.get("/account").text
    assert stranger.post(f"/account/sessions/{ids['admin'][0]}/end", data={"csrf": csrf}).status_code == 303
    assert admin.get("/").status_code == 200
    assert stranger.post(f"/account/sessions/{theirs}/end", data={"csrf": csrf}).headers["location"] == "/account?done=session"
    assert (other.get("/").status_code, stranger.get("/").status_code) == (303, 200)
    assert stranger.post(f"/account/sessions/{mine}/end", data={"csrf": csrf}).headers["location"] == "/login"
    assert stranger.get("/").status_code == 303
    assert actions(peopled) == ["session.end", "session.end"]
    for visitor in (other, admin):
        visitor.leave()


def test_one_revokes_ones_own_tokens_and_nobody_elses(stranger: Visitor, peopled: MemoryStore) -> None:
    users, tokens = Users(peopled.ledger), Tokens(peopled.ledger)
    _, mine = tokens.make(users.get("duty"), now=NOW, kind=FEED, days=2)  # type: ignore[arg-type]
    _, theirs = tokens.make(users.get("admin"), now=NOW)  # type: ignore[arg-type]
    enter(stranger, "duty")
    page, csrf = stranger.get("/account").text, csrf_of(stranger)
    assert (mine.id[:12] in page, "订阅（只读 Atom）" in page, theirs.id[:12] in page) == (True, True, False)
    for token in (theirs, mine):
        assert stranger.post(f"/account/tokens/{token.id[:12]}/revoke", data={"csrf": csrf}).status_code == 303
    assert tokens.all() == [theirs]
    assert actions(peopled) == ["token.revoke"]


def test_a_program_has_no_account(stranger: Visitor, peopled: MemoryStore) -> None:
    secret, _ = Tokens(peopled.ledger).make(Users(peopled.ledger).get("admin"), now=NOW)  # type: ignore[arg-type]
    headers = {"authorization": f"Bearer {secret}"}
    assert stranger.get("/account", headers=headers).status_code == 403
    data = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert stranger.post("/account/password", data=data, headers=headers).status_code == 403


def test_a_desk_without_users_has_none(visitor: Visitor) -> None:
    assert visitor.get("/account").status_code == 403
    assert 'href="/account"' not in visitor.get("/").text

"""Users, sessions, tokens, throttle and audit, on every store."""

from datetime import timedelta

from config.schema import PeopleSettings
from pipeline import audit
from pipeline.logins import Logins, tidy
from pipeline.sessions import API, Tokens
from pipeline.users import Users
from tests.pipeline.desk.matters import NOW
from tests.pipeline.people import PASSWORD, add, passwords


def test_people_come_in_and_are_kept_out_on_every_store(store):
    users = Users(store.ledger)
    assert not users.any()
    limin, other = add(store), add(store, "root", role="admin", title="")
    assert users.any()
    assert [user.name for user in users.all()] == ["limin", "root"]
    at = [NOW]
    logins = Logins(store, PeopleSettings(), now=lambda: at[0], passwords=passwords())
    secret = logins.enter("limin", PASSWORD, address="10.0.0.1").secret
    token, kept = Tokens(store.ledger).make(limin, now=NOW)
    assert logins.of_session(secret) == logins.of_token(token, API) == limin
    at[0] += timedelta(hours=1)
    assert logins.of_session(secret) == limin
    at[0] += timedelta(hours=11, minutes=30)
    assert logins.of_session(secret) == limin
    for _ in range(3):
        assert logins.enter("limin", "wrong password", address="10.0.0.1").wait is None
    assert logins.enter("limin", PASSWORD, address="10.0.0.1").wait == timedelta(seconds=1)
    users.change("limin", now=at[0], ends=True, role="reader")
    assert logins.of_session(secret) is None
    assert logins.of_token(token, API) is None
    assert Tokens(store.ledger).revoke(kept.id[:8]) == kept
    assert [line.action for line in audit.lines(store, by="limin", since=NOW + timedelta(minutes=1))] == ["login.failed"] * 3
    tidy(store, PeopleSettings(), at[0] + timedelta(days=800))
    assert [store.ledger.tally(book) for book in ("sessions", "throttle", "audit")] == [{}, {}, {}]
    users.remove("limin")
    assert users.all() == [other]

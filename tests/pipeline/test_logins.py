"""Logging in, sessions, tokens, the pace of guesses and the audit, on every promise that the desk builds on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UserError
from config.schema import PeopleSettings
from pipeline import audit
from pipeline.logins import Logins, tidy
from pipeline.passwords import Passwords
from pipeline.sessions import API, FEED, Sessions, Tokens
from pipeline.store.memory import MemoryStore
from pipeline.throttle import ADDRESSES, BOOK, NAMES, Throttle
from pipeline.users import Users
from tests.pipeline.desk.matters import NOW
from tests.pipeline.people import CHEAP, PASSWORD, Clock, add, passwords

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(store: MemoryStore, clock: Clock) -> Logins:
    return Logins(store, PeopleSettings(), now=clock, passwords=passwords())


# ---- logging in


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_login(store: MemoryStore, clock: Clock) -> None:
    old = add(store)
    other = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert Logins(store, PeopleSettings(), now=clock, passwords=other).enter("limin", PASSWORD, address="10.0.0.1").secret
    new = Users(store.ledger).get("limin")
    assert new is not None
    assert (new.hash != old.hash, new.epoch) == (True, old.epoch)
    assert other.fit(new.hash, PASSWORD)
    assert not CHEAP.check_needs_rehash(old.hash)


def test_a_login_is_a_new_session_of_which_only_a_hash_is_kept(logins: Logins, store: MemoryStore) -> None:
    user = add(store)
    first, second = (logins.enter(" LiMin ", PASSWORD, address="10.0.0.1").secret for _ in range(2))
    assert first != second
    assert len(first) >= 43
    assert logins.of_session(first) == user
    assert logins.of_session(first + "x") is None
    assert first not in str(store.ledger.page("sessions").items)
    logins.leave(first, user)
    assert logins.of_session(first) is None
    assert logins.of_session(second) == user
    assert sorted(line.action for line in audit.lines(store)) == ["login", "login", "logout"]


def test_whoever_cannot_log_in_is_told_nothing_apart(logins: Logins, store: MemoryStore) -> None:
    add(store)
    add(store, "gone", title="")
    Users(store.ledger).change("gone", now=NOW, ends=True, disabled=True)
    refused = [logins.enter(*given, address="10.0.0.1") for given in (("limin", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("", ""))]
    assert len({(one.secret, one.wait) for one in refused}) == 1
    # Neither a name that nobody has nor what was typed is kept: it may be a password in the wrong field.
    assert sorted(line.by for line in audit.lines(store)) == ["", "", "gone", "limin"]
    assert "nobody" not in str([entry for book in ("audit", BOOK) for entry in store.ledger.page(book).items])


def test_a_session_ends_when_idle_and_after_its_longest_time(store: MemoryStore, clock: Clock) -> None:
    add(store)
    settings = PeopleSettings(idle="30m", longest="2h")  # type: ignore[arg-type]
    logins = Logins(store, settings, now=clock, passwords=passwords())
    secret = logins.enter("limin", PASSWORD, address="10.0.0.1").secret
    for _ in range(5):
        clock.at += 20 * MINUTE
        assert logins.of_session(secret)
    clock.at = NOW + timedelta(hours=2)
    assert logins.of_session(secret) is None
    secret = logins.enter("limin", PASSWORD, address="10.0.0.1").secret
    clock.at += 29 * MINUTE
    assert logins.of_session(secret, used=False)
    clock.at += MINUTE
    assert logins.of_session(secret, used=False) is None
    assert store.ledger.tally("sessions") == {}


@pytest.mark.parametrize("change", [{"ends": True, "hash": "x"}, {"ends": True, "disabled": True}])
def test_a_new_password_or_being_disabled_ends_sessions_and_tokens(change: dict[str, object], logins: Logins, store: MemoryStore) -> None:
    user, other = add(store), add(store, "other", title="")
    mine, others = (logins.enter(name, PASSWORD, address="10.0.0.1").secret for name in ("limin", "other"))
    token, _ = Tokens(store.ledger).make(user, now=NOW)
    assert logins.of_token(token, API) == user
    users = Users(store.ledger)
    users.change("limin", now=NOW, **change)  # type: ignore[arg-type]
    assert (logins.of_session(mine), logins.of_token(token, API)) == (None, None)
    users.change("limin", now=NOW, disabled=False)
    assert (logins.of_session(mine), logins.of_token(token, API)) == (None, None)
    assert logins.of_session(others) == other


def test_a_removed_user_is_not_let_in_by_a_namesake(logins: Logins, store: MemoryStore) -> None:
    add(store)
    secret = logins.enter("limin", PASSWORD, address="10.0.0.1").secret
    Users(store.ledger).remove("limin")
    assert logins.of_session(secret) is None
    add(store)
    assert logins.of_session(secret) is None


def test_a_change_of_role_holds_at_once(logins: Logins, store: MemoryStore) -> None:
    add(store)
    secret = logins.enter("limin", PASSWORD, address="10.0.0.1").secret
    Users(store.ledger).change("limin", now=NOW, role="reader")
    assert logins.of_session(secret).role == "reader"  # type: ignore[union-attr]


# ---- tokens


def test_tokens_are_listed_run_out_and_are_revoked(logins: Logins, store: MemoryStore, clock: Clock) -> None:
    user = add(store)
    tokens = Tokens(store.ledger)
    days, _ = tokens.make(user, now=NOW, days=2)
    feed, kept = tokens.make(user, now=NOW, kind=FEED)
    assert logins.of_token(days, API) == user
    assert (logins.of_token(feed, API), logins.of_token(feed, FEED)) == (None, user)
    assert {token.kind for token in tokens.all("limin")} == {API, FEED}
    assert feed not in str(store.ledger.page("tokens").items)
    clock.at += timedelta(days=2)
    assert logins.of_token(days, API) is None
    with pytest.raises(UserError, match="no tokens have an id"):
        tokens.revoke("0000nothing")
    with pytest.raises(UserError, match="tokens have an id that begins with ''"):
        tokens.revoke("")
    assert tokens.revoke(kept.id[:12]) == kept
    assert logins.of_token(feed, FEED) is None


# ---- the pace of guesses


def test_guesses_wait_longer_and_longer_but_never_for_ever(store: MemoryStore, clock: Clock, logins: Logins) -> None:
    add(store)
    waited, tries = timedelta(0), 0
    waits = []
    while tries < 12:
        found = logins.enter("limin", "wrong", address=f"10.0.0.{tries}")
        if found.wait:
            clock.at += found.wait
            waited += found.wait
            waits.append(found.wait.total_seconds())
        else:
            tries += 1
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    # The right password waits as well, and is then taken; after it all is forgotten.
    assert logins.enter("limin", PASSWORD, address="10.1.0.1").wait == NAMES.longest
    clock.at += NAMES.longest
    assert logins.enter("limin", PASSWORD, address="10.1.0.1").secret
    assert logins.enter("limin", PASSWORD, address="10.1.0.1").secret


def test_an_address_that_tries_many_names_waits_too(store: MemoryStore, clock: Clock, logins: Logins) -> None:
    add(store)
    for number in range(ADDRESSES.free):
        assert logins.enter(f"name{number}", "wrong", address="2001:db8::1").wait is None
    assert logins.enter("limin", PASSWORD, address="2001:db8::ffff").wait
    assert logins.enter("limin", PASSWORD, address="2001:db8:0:1::1").secret
    clock.at += timedelta(hours=1)
    assert logins.enter("limin", PASSWORD, address="2001:db8::1").secret


def test_those_who_succeed_do_not_slow_their_office_down(store: MemoryStore, logins: Logins) -> None:
    add(store)
    for _ in range(3 * ADDRESSES.free):
        assert logins.enter("limin", PASSWORD, address="10.0.0.1").secret


def test_many_at_once_gain_nothing(store: MemoryStore) -> None:
    """Two who read the same count: only one of them has it counted, and may look at the password."""
    throttle, late = Throttle(store.ledger), Throttle(store.ledger)
    read = store.ledger.read
    beaten: list[object] = []

    def read_then_beaten(book: str, ids: list[str]) -> object:
        found = read(book, ids)
        store.ledger.read = read  # type: ignore[method-assign]
        beaten.append(late.tried("limin", "10.0.0.2", NOW))
        return found

    store.ledger.read = read_then_beaten  # type: ignore[method-assign, assignment]
    first = throttle.tried("limin", "10.0.0.1", NOW)
    assert (beaten, first) == ([None], timedelta(seconds=1))


@given(st.integers(0, 10**6))
def test_the_wait_grows_and_is_bounded(tries: int) -> None:
    for pace in (NAMES, ADDRESSES):
        assert timedelta(0) <= pace.wait(tries) <= pace.wait(tries + 1) <= pace.longest


# ---- audit and tidying


def test_the_audit_is_listed_newest_first_by_whom_and_since(store: MemoryStore) -> None:
    for minute, by in enumerate(("limin", "wang", "limin")):
        audit.note(store, by=by, action="triage", of=f"event {minute}", now=NOW + minute * MINUTE)
    assert [line.of for line in audit.lines(store)] == ["event 2", "event 1", "event 0"]
    assert [line.of for line in audit.lines(store, by="limin")] == ["event 2", "event 0"]
    assert [line.of for line in audit.lines(store, since=NOW + MINUTE)] == ["event 2", "event 1"]
    first = audit.page(store, limit=2)
    assert [line.of for line in audit.page(store, limit=2, cursor=first.next).items] == ["event 0"]


def test_two_lines_of_one_moment_are_two(store: MemoryStore) -> None:
    for _ in range(2):
        audit.note(store, by="limin", action="triage", of="x", now=NOW)
    assert [line.of for line in audit.lines(store)] == ["x", "x"]


def test_what_is_over_is_tidied_away(store: MemoryStore, logins: Logins) -> None:
    user = add(store)
    logins.enter("limin", PASSWORD, address="10.0.0.1")
    logins.enter("limin", "wrong", address="10.0.0.1")
    Tokens(store.ledger).make(user, now=NOW)
    settings = PeopleSettings()
    tidy(store, settings, NOW + timedelta(minutes=5))
    assert [sum(store.ledger.tally(book).values()) for book in ("sessions", BOOK, "audit", "tokens")] == [1, 2, 2, 1]
    tidy(store, settings, NOW + timedelta(days=8))
    assert [sum(store.ledger.tally(book).values()) for book in ("sessions", BOOK, "audit", "tokens")] == [0, 0, 2, 1]
    tidy(store, settings, NOW + settings.audit + MINUTE)
    assert store.ledger.tally("audit") == {}
    assert Users(store.ledger).get("limin") == user


def test_a_session_ends_with_its_user_also_in_bulk(store: MemoryStore) -> None:
    user, other = add(store), add(store, "other", title="")
    sessions = Sessions(store.ledger, idle=timedelta(hours=1), longest=timedelta(hours=1))
    mine = [sessions.begin(user, NOW) for _ in range(3)]
    kept = sessions.begin(other, NOW)
    sessions.end_all("limin")
    assert [sessions.found(secret, NOW) for secret in mine] == [None] * 3
    assert sessions.found(kept, NOW)

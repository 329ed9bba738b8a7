"""Users, their roles and passwords, sessions, tokens, and the pace of guesses, on every promise that the desk builds on."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UserError
from config.schema import PeopleSettings
from pipeline import audit
from pipeline.logins import Logins, tidy
from pipeline.passwords import LONGEST, Passwords
from pipeline.sessions import API, FEED, Sessions, Tokens
from pipeline.store.memory import MemoryStore
from pipeline.throttle import ADDRESSES, BOOK, NAMES, Throttle
from pipeline.users import ADMIN, RIGHTS, ROLES, Users, may, role_named
from tests.pipeline.desk.matters import NOW
from tests.pipeline.people import CHEAP, PASSWORD, add, passwords

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(store: MemoryStore, clock: Clock) -> Logins:
    return Logins(store, PeopleSettings(), now=clock, passwords=passwords())


# ---- roles and rights


def test_each_role_may_what_the_lesser_may_and_unknown_words_nothing() -> None:
    for right in RIGHTS:
        allowed = [may(role, right) for role in ROLES]
        assert allowed == sorted(allowed)
        assert allowed[-1]
        assert not may("boss", right)
    assert not may(ADMIN, "fly")


@pytest.mark.parametrize(
    ("right", "least"),
    [
        ("read", "reader"),
        ("triage", "duty"),
        ("mute", "duty"),
        ("rate", "assessor"),
        ("merge", "assessor"),
        ("evidence", "admin"),
        ("audit", "admin"),
    ],
)
def test_the_table_says_who_may_what(right: str, least: str) -> None:
    assert next(role for role in ROLES if may(role, right)) == least


def test_roles_are_named_in_both_tongues() -> None:
    assert [role_named(word) for word in ("duty", "值班", "管理员")] == ["duty", "duty", "admin"]
    with pytest.raises(UserError, match="'boss' is no role; there are reader"):
        role_named("boss")


# ---- users


@pytest.mark.parametrize("name", ["", "Li", "李敏", "a b", "-a", "a" * 41, "a/b", "a\n"])
def test_a_name_that_cannot_be_is_refused(name: str, store: MemoryStore) -> None:
    with pytest.raises(UserError, match="cannot be a user's name"):
        add(store, name)


def test_a_user_is_kept_once_and_signs_like_nobody_else(store: MemoryStore) -> None:
    users = Users(store.ledger)
    assert not users.any()
    user = add(store)
    assert users.any()
    assert users.get("limin") == user
    assert "argon2" not in str(user.face)
    with pytest.raises(UserError, match="there is a user limin already"):
        add(store, title="别人")
    for title in ("李敏", " 李敏 ", "limin"):
        with pytest.raises(UserError, match="is what limin signs with"):
            add(store, "other", title=title)
    add(store, "wang", title="")
    with pytest.raises(UserError, match="signs with"):
        users.change("limin", now=NOW, title="wang")
    assert [one.title for one in users.all()] == ["李敏", "wang"]


def test_the_last_admin_stays(store: MemoryStore) -> None:
    users = Users(store.ledger)
    add(store, "root", role="admin", title="")
    for change in (
        lambda: users.remove("root"),
        lambda: users.change("root", now=NOW, disabled=True),
        lambda: users.change("root", now=NOW, role="duty"),
    ):
        with pytest.raises(UserError, match="root is the last admin"):
            change()
    users.change("root", now=NOW, title="根", hash="x")
    add(store, "second", role="管理员", title="")
    users.change("root", now=NOW, disabled=True)
    with pytest.raises(UserError, match="second is the last admin"):
        users.remove("second")
    with pytest.raises(UserError, match="no user is called none"):
        users.remove("none")
    with pytest.raises(UserError, match="no user is called none"):
        users.change("none", now=NOW, title="x")


# ---- passwords


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "10 to 200"),
        ("x" * (LONGEST + 1), "10 to 200"),
        ("longusername", "name of its user"),
        ("LongUserName", "name of its user"),
        ("emanresugnol", "name of its user"),
        ("longusername2024!", "name of its user"),
        ("1234567890", "first that anybody tries"),
        ("１２３４５６７８９０", "first that anybody tries"),
        ("Woaini1314520", "first that anybody tries"),
        ("aaaaaaaaaaaa", "first that anybody tries"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        passwords().kept(password, name="longusername")


def test_a_password_fits_however_its_width_was_typed() -> None:
    kept = passwords().kept("abcd-１２３４-wxyz")
    assert kept.startswith("$argon2id$")
    assert passwords().fit(kept, "abcd-1234-wxyz")
    for wrong in ("", "abcd-1234-wxy", "ABCD-1234-WXYZ", "x" * 100_000):
        assert not passwords().fit(kept, wrong)
    assert not passwords().fit("no hash", "abcd-1234-wxyz")


def test_nobody_takes_as_much_work_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, given: str) -> bool:
        worked.append(kept.split("$")[3])
        return bool(verify(self, kept, given))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    secrets = passwords()
    assert not secrets.fit(secrets.kept(PASSWORD), "wrong password")
    assert not secrets.fit(None, "wrong password")
    assert not secrets.fit(None, "nobody has this password")
    assert len(worked) == 3
    assert len(set(worked)) == 1


def test_without_a_hasher_the_parameters_are_the_librarys() -> None:
    defaults = PasswordHasher()
    kept = Passwords().kept(PASSWORD)
    assert f"m={defaults.memory_cost},t={defaults.time_cost},p={defaults.parallelism}" in kept
    assert Passwords().anew(kept, PASSWORD) is None


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_login(store: MemoryStore, clock: Clock) -> None:
    old = add(store)
    other = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert Logins(store, PeopleSettings(), now=clock, passwords=other).enter("limin", PASSWORD, address="10.0.0.1").secret
    new = Users(store.ledger).get("limin")
    assert new is not None
    assert (new.hash != old.hash, new.epoch) == (True, old.epoch)
    assert other.fit(new.hash, PASSWORD)
    assert not CHEAP.check_needs_rehash(old.hash)


# ---- logging in


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

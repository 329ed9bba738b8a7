"""Users, their roles and passwords, on every promise that the desk builds on."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from msgspec import structs

from config.errors import UserError
from pipeline.passwords import LONGEST, Passwords
from pipeline.store.memory import MemoryStore
from pipeline.users import ADMIN, BOOK, RIGHTS, ROLES, Users, may, role_named
from tests.pipeline.desk.matters import NOW
from tests.pipeline.people import PASSWORD, add, passwords


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


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
        ("merge", "assessor"),
        ("exact", "assessor"),
        ("resend", "admin"),
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


def test_a_user_who_was_kept_with_a_board_is_still_known(store: MemoryStore) -> None:
    user = add(store)
    (entry,) = store.ledger.page(BOOK).items
    assert store.ledger.write([structs.replace(entry, body=entry.body.replace(b"{", b'{"board":"duty",', 1))]) == [True]
    assert Users(store.ledger).get("limin") == user


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

"""Users for tests: argon2 with the cheapest parameters, handed in, for there is no setting that could leave them on."""

from datetime import datetime

from argon2 import PasswordHasher

from pipeline.passwords import Passwords
from pipeline.store import Store
from pipeline.users import User, Users
from tests.pipeline.desk.matters import NOW

PASSWORD = "四个无关的词 correct horse"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def passwords() -> Passwords:
    return Passwords(CHEAP)


def add(store: Store, name: str = "limin", role: str = "duty", title: str = "李敏", password: str = PASSWORD) -> User:
    return Users(store.ledger).add(name, role=role, kept=passwords().kept(password), title=title, now=NOW)

"""A desk with a user of each role, called as the role, for tests that log in: import the fixtures that a file uses."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount

from config.load import Config
from pipeline.desk import desk
from pipeline.store.memory import MemoryStore
from pipeline.users import ROLES
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.people import PASSWORD, Clock, add, passwords


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def peopled(store: MemoryStore) -> MemoryStore:
    """The store with a user of each role."""
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

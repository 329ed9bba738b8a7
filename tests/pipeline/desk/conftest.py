"""A desk with four matters on it, and a visitor who asks it without a browser."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from config.load import Config, load
from pipeline.desk import desk
from pipeline.model import Event
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.matters import NOW, fill


class Visitor:
    """Asks an ASGI application, keeping cookies."""

    def __init__(self, app: FastAPI, *, raising: bool = True) -> None:
        self.runner = asyncio.Runner()
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=raising), base_url="http://127.0.0.1:8000")

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.runner.run(self.client.get(url, **more))

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.runner.run(self.client.post(url, **more))

    def leave(self) -> None:
        self.runner.run(self.client.aclose())
        self.runner.close()


@pytest.fixture(scope="session")
def config() -> Config:
    return load(environ={})


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


@pytest.fixture
def matters(store: MemoryStore) -> dict[str, Event]:
    return fill(store)


@pytest.fixture
def visitor(store: MemoryStore, config: Config) -> Iterator[Visitor]:
    visitor = Visitor(desk(store, config, now=lambda: NOW))
    yield visitor
    visitor.leave()

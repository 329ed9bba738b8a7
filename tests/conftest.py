"""What every test has: a closed network, the real posts where they are at hand, and a run that says what it skipped."""

import contextlib
import os
import socket
from collections.abc import Generator, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.elasticsearch.home import MissingError, installed
from tests.elasticsearch.node import Node

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but loopback ones, by name or number."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("localhost", ""):
            try:
                loopback = ip_address(address[0]).is_loopback
            except ValueError:
                loopback = False
            if not loopback:
                raise ConnectionRefusedError(f"tests have no network: {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


def missing(what: str) -> None:
    """Skip with one plain line, or fail where nothing may be skipped (SHIAN_NO_SKIP)."""
    if os.environ.get("SHIAN_NO_SKIP"):
        pytest.fail(f"{what}, and nothing may be skipped here")
    pytest.skip(what)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give what a fixture skips one place, so that the run says it in one line with a count instead of a line for each test."""
    report = yield
    if report.when == "setup" and report.skipped and isinstance(report.longrepr, tuple) and not item.get_closest_marker("skip"):
        report.longrepr = (__file__, missing.__code__.co_firstlineno, report.longrepr[2])
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real posts."""
    folder = SHARED / "data"
    if not folder.is_dir():
        missing("no real posts: put the shared folder beside the project to run this")
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for Elasticsearch by its fixture."""
    for item in items:
        if "elasticsearch_url" in getattr(item, "fixturenames", ()):
            item.add_marker("elasticsearch")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch Elasticsearch before the first test rather than in it, where the download would count against its time limit."""
    if not session.config.option.collectonly and any(item.get_closest_marker("elasticsearch") for item in session.items):
        with contextlib.suppress(MissingError):  # said by the fixture, where it is a skip or a failure
            installed()


@pytest.fixture(scope="session")
def elasticsearch_home() -> Path:
    """The home of Elasticsearch nodes, for tests that start their own; skips where there is none."""
    try:
        return installed()
    except MissingError as error:
        missing(str(error))
        raise


@pytest.fixture(scope="session")
def elasticsearch_url(elasticsearch_home: Path) -> Iterator[str]:
    """The address of one Elasticsearch for the whole run, started for the first test that asks, without the prefix that a store needs."""
    with Node() as node:
        yield f"elasticsearch+{node.url}"

"""What every test has: a closed network, the real posts where they are at hand, and a run that says what it skipped."""

import os
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real posts."""
    folder = SHARED / "data"
    if not folder.is_dir():
        missing("no real posts: put the shared folder beside the project to run this")
    return folder

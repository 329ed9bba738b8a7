"""Runs the commands in this process, for tests: import the fixtures that a file uses."""

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.cli import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Shian = Callable[..., Ran]


def runner(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], home: Path | None = None) -> Shian:
    """Return what runs a command, in `home` unless it is told another, with nothing of the environment."""
    for name in [name for name in os.environ if name.startswith("SHIAN_")]:
        monkeypatch.delenv(name)
    usual = home

    def run(*words: str, given: str | bytes = "", home: Path | None = usual) -> Ran:
        body = given if isinstance(given, bytes) else given.encode()
        monkeypatch.setattr(sys, "argv", ["shian", *(["--home", str(home)] if home else []), *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body), "utf-8"))
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        sys.stdout.flush()
        told = capfd.readouterr()
        return Ran(code, told.out, told.err)

    return run


@pytest.fixture
def shian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Shian:
    """Runs a command with a home of its own as the working folder's environment."""
    monkeypatch.chdir(tmp_path)
    return runner(monkeypatch, capfd)


@pytest.fixture
def home(tmp_path: Path, shian: Shian) -> Path:
    folder = tmp_path / "home"
    assert shian("init", str(folder)).code == 0
    return folder

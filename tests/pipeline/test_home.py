"""A home is made once, with keys of its own, and named plainly when it is missing."""

import stat
from pathlib import Path

import pytest
from msgspec import json

from config.errors import ConfigError, InputError
from config.load import load
from crawlers.post import Broken
from pipeline.home import Home, author_key, found, made


def test_a_new_home_is_whole_and_its_keys_are_its_owners(tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    assert load(home.folder, home.environ({})).sources == load().sources
    keys = home.folder / "keys.env"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert len(author_key(home.environ({}))) == 32
    assert author_key(made(tmp_path / "other").environ({})) != author_key(home.environ({}))


def test_the_environment_wins_over_the_keys_of_the_home(tmp_path: Path) -> None:
    assert author_key(made(tmp_path / "home").environ({"SHIAN_AUTHOR_KEY": "ab"})) == b"\xab"


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InputError, match="is not empty"):
        made(tmp_path)


def test_a_missing_home_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no home folder is named; make one with `shian init DIR`"):
        found(None, {})
    with pytest.raises(ConfigError, match="elsewhere is no home folder"):
        found(str(tmp_path / "elsewhere"), {})


@pytest.mark.parametrize(("line", "why"), [("just words", "line 1: must be NAME=value"), ("SHIAN_AUTHOR_KEY=zz", "must be hexadecimal")])
def test_broken_keys_are_named(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "keys.env").write_text(line)
    with pytest.raises(ConfigError, match=why):
        author_key(Home(tmp_path).environ({}))


def test_quarantine_keeps_place_reason_and_record(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.quarantine(Broken("f:1", "why", "raw\udcff"))
    home.quarantine(Broken("f:2", "why"))
    lines = next((tmp_path / "quarantine").iterdir()).read_bytes().splitlines()
    kept = [json.decode(line) for line in lines]
    assert [(one["where"], one["why"], one["raw"]) for one in kept] == [("f:1", "why", "raw\\udcff"), ("f:2", "why", "")]

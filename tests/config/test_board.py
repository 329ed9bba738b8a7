"""Boards: what refers to nothing is a fault with file and key; hours are read as people write them; a new home tells nobody."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.board import Board, minutes
from config.errors import ConfigError
from config.load import SHIPPED, load
from tests.config.test_load import home_in


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_in(tmp_path)


def faults(home: Path, declared: str | dict[str, Any]) -> list[tuple[str, str]]:
    """The faults of one board, by key."""
    path = home / "boards" / "one.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(declared if isinstance(declared, str) else yaml.safe_dump({"title": "某人", "channels": ["desk"], **declared}), "utf-8")
    try:
        load(home, {})
    except ConfigError as error:
        return [(fault.key if fault.file == str(path) else fault.file, fault.why) for fault in error.faults]
    return []


def test_a_home_without_boards_holds_and_tells_nobody(home: Path) -> None:
    assert load(home, {}).boards == {}


def test_a_whole_board_holds(home: Path) -> None:
    (home / "places.csv").write_text("code,path,kind,names\n220100,吉林省/长春市,prefecture,长春\n", "utf-8")
    declared = {"floor": 2, "topics": ["meat"], "places": ["吉林省/长春市"], "departments": ["meat-office"], "quiet": "22:00-24:00"}
    assert faults(home, declared | {"at": ["08:00", "17:30"], "breaks": 1, "empty": True, "ways": "all"}) == []


@pytest.mark.parametrize(
    ("declared", "key", "why"),
    [
        ({"channels": []}, "channels", "at least 1 item"),
        ({"channels": ["pigeon"]}, "channels", "no channel is called pigeon"),
        ({"channels": ["desk", "desk"]}, "", "desk is given twice"),
        ({"topics": ["fish"]}, "topics", "no topic is called fish"),
        ({"departments": ["moon"]}, "departments", "no department is called moon"),
        ({"places": ["月球"]}, "places", "places.csv has no 月球"),
        ({"floor": 5}, "floor", "Input should be 1, 2, 3 or 4"),
        ({"ways": "some"}, "ways", "Input should be 'first' or 'all'"),
        ({"at": ["24:00"]}, "at.0", "String should match pattern"),
        ({"at": ["8:00"]}, "at.0", "String should match pattern"),
        ({"quiet": "22:00"}, "quiet", "String should match pattern"),
        ({"quiet": "24:00-07:00"}, "quiet", "String should match pattern"),
        ({"quiet": "00:00-24:00"}, "quiet", "leaves no hour in which anything is sent"),
        ({"quiet": "07:00-07:00"}, "quiet", "leaves no hour in which anything is sent"),
        ({"empty": True}, "", "empty needs `at` or digest"),
        ({"colour": "red"}, "colour", "Extra inputs are not permitted"),
    ],
)
def test_each_fault_is_said_with_its_key(declared: dict[str, Any], key: str, why: str, home: Path) -> None:
    ((found, said),) = faults(home, declared)
    assert (found, why in said) == (key, True), said


def test_a_board_that_is_on_needs_a_channel_that_is(home: Path) -> None:
    path = home / "channels" / "desk.yaml"
    path.write_text(path.read_text("utf-8") + "enabled: false\n", "utf-8")
    assert faults(home, {}) == [("channels", "the board is on, and none of its channels is: turn on desk, or this board off")]
    assert faults(home, {"enabled": False}) == []


def test_times_that_yaml_takes_for_numbers_are_times(home: Path) -> None:
    assert faults(home, "title: 某人\nchannels: [desk]\nat: [17:00, 08:30, 23:59]\nquiet: 22:00-07:00\n") == []
    assert load(home, {}).boards["one"].at == ("17:00", "08:30", "23:59")


def test_minutes_of_the_day() -> None:
    assert [minutes(time) for time in ("00:00", "07:30", "24:00")] == [0, 450, 1440]


def test_of_the_shipped_boards_only_the_console_is_on() -> None:
    boards = load(environ={}).boards
    assert {name for name, board in boards.items() if board.enabled} == {"console"}
    assert boards["console"].channels == ("console",)
    for path in (SHIPPED / "boards").glob("*.yaml"):
        assert path.read_text("utf-8").splitlines()[1].startswith("# ")
    assert isinstance(boards["leader"], Board)

"""Boards: who is told what, through which channels, and at which hours; and what is wrong with those that were declared."""

import csv
import re
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.errors import Fault
from config.schema import Channel, Declaration, Department, Level, Name, Topic

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_QUIET = rf"^{_TIME}-(?:{_TIME}|24:00)$"


def _time(value: object) -> object:
    # YAML reads 17:00 as 17 times 60.
    return f"{value // 60:02}:{value % 60:02}" if type(value) is int and 0 <= value < 1440 else value


def minutes(time: str) -> int:
    """Return the minutes from midnight to HH:MM; 24:00 is the end of the day."""
    hours, _, rest = time.partition(":")
    return int(hours) * 60 + int(rest)


def _some_of_the_day(quiet: str) -> str:
    start, _, end = quiet.partition("-")
    if quiet and minutes(start) == minutes(end) % 1440:
        raise ValueError(f"{quiet} leaves no hour in which anything is sent")
    return quiet


TimeOfDay = Annotated[str, BeforeValidator(_time, json_schema_input_type=str), Field(pattern=f"^{_TIME}$")]
Quiet = Annotated[str, Field(pattern=rf"^$|{_QUIET}"), AfterValidator(_some_of_the_day)]


class Board(Declaration):
    """接收方: a person or a group that is told: what of, through which channels, and when."""

    name: Name
    title: str = Field(min_length=1, description="who is told: a person or a group")
    channels: tuple[Name, ...] = Field(min_length=1, description="the ways to tell them, the best first")
    ways: Literal["first", "all"] = Field("first", description="first: the next channel only where the one before failed for good; all: each of them")
    floor: Level = Field(4, description="the mildest level that is sent")
    topics: tuple[Name, ...] = Field((), description="only events of these topics; empty = all")
    places: tuple[str, ...] = Field((), description="only events in these places: paths of places.csv, such as 吉林省/长春市; empty = everywhere")
    departments: tuple[Name, ...] = Field(
        (), description="only events that these lead, cooperate in, or answer for as the place's office; empty = all"
    )
    query: str = Field("", description="only events of which a post answers this query, in the language of the search page")
    at: tuple[TimeOfDay, ...] = Field((), description="times of day, Asia/Shanghai, at which alerts are sent in one message; empty = each at once")
    quiet: Quiet = Field("", description="hours in which nothing is sent, such as 22:00-07:00, Asia/Shanghai; it waits until they end")
    breaks: Level | None = Field(1, description="the mildest level that waits for neither `at` nor `quiet`; null = everything waits")
    digest: bool = Field(False, description="gets the daily digest")
    sources: bool = Field(False, description="is told once when a source falls sick, and once when it is well again")
    empty: bool = Field(False, description="is told even where there is nothing to tell, at each time of `at` and by the digest")
    enabled: bool = True

    @model_validator(mode="after")
    def _whole(self) -> "Board":
        for row in (self.channels, self.topics, self.places, self.departments, self.at):
            if twice := next((one for one in row if row.count(one) > 1), ""):
                raise ValueError(f"{twice} is given twice")
        if self.empty and not (self.at or self.digest):
            raise ValueError("empty needs `at` or digest: what is sent at once has no time at which there is nothing")
        return self


def misdirected(
    folder: Path,
    boards: Mapping[str, Board],
    *,
    topics: Mapping[str, Topic],
    channels: Mapping[str, Channel],
    departments: Mapping[str, Department],
) -> Iterator[Fault]:
    """Yield every reference of a board to what nobody declared, and every board that is on though none of its channels is."""
    places = _places(folder / "places.csv") if any(board.places for board in boards.values()) else set()
    for name, board in boards.items():
        at = str(folder / "boards" / f"{name}.yaml")
        yield from _unknown(at, "channels", board.channels, kind="channel", known=channels)
        yield from _unknown(at, "topics", board.topics, kind="topic", known=topics)
        yield from _unknown(at, "departments", board.departments, kind="department", known=departments)
        for place in board.places:
            if place not in places:
                yield Fault(at, "places", f"places.csv has no {place}")
        known = [channels[one] for one in board.channels if one in channels]
        if board.enabled and known and not any(one.enabled for one in known):
            yield Fault(at, "channels", f"the board is on, and none of its channels is: turn on {known[0].name}, or this board off")


def _unknown(file: str, key: str, names: tuple[str, ...], *, kind: str, known: Container[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            yield Fault(file, key, f"no {kind} is called {name}")


def _places(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        return {row.get("path") or "" for row in csv.DictReader(line for line in lines if not re.match("#", line))}

"""A configuration with boards and channels of its own, made for tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.board import Board
from config.load import Config, load
from config.schema import Channel, Settings
from pipeline.notify import Message

NOW = datetime(2024, 9, 5, 4, 0, tzinfo=UTC)
"""Noon in Asia/Shanghai."""


def later(seconds: float = 0, *, hours: float = 0) -> datetime:
    return NOW + timedelta(seconds=seconds, hours=hours)


def configured(
    home: Path | None = None, *, channels: Mapping[str, Mapping[str, Any]], boards: Mapping[str, Mapping[str, Any]], **deliver: Any
) -> Config:
    """The shipped configuration with these channels and boards in place of its own."""
    base = load(environ={})
    return replace(
        base,
        home=home,
        settings=Settings.model_validate({**base.settings.model_dump(exclude={"deliver"}, exclude_unset=True), "deliver": deliver}),
        channels={name: Channel.model_validate({"name": name, "title": name, "timeout": "1s", **one}) for name, one in channels.items()},
        boards={name: Board.model_validate({"name": name, "title": name, **one}) for name, one in boards.items()},
    )


def message(one: str = "m1", **changed: Any) -> Message:
    fields: dict[str, Any] = {"id": one, "of": "alert", "title": f"某校学生呕吐 {one}", "text": "患病 30 人", "at": NOW, "level": 3, "about": one}
    return Message(**fields | changed)

"""Channels and messages for tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.schema import Channel
from pipeline.notify import Message, Notifier, opened

AT = datetime(2024, 9, 5, 4, 30, tzinfo=UTC)


def message(**changed: Any) -> Message:
    fields: dict[str, Any] = {
        "id": "a1b2c3d4e5f6",
        "of": "alert",
        "title": "某小学食堂午餐后多名学生呕吐送医",
        "text": "患病 30 人\n出现在 3 个平台",
        "at": AT,
        "level": 2,
        "link": "https://desk.office.example/events/a1b2(c)",
    }
    return Message(**fields | changed)


def channel(kind: str, **fields: Any) -> Channel:
    return Channel.model_validate({"name": f"some-{kind}", "title": "某渠道", "kind": kind, "timeout": "5s", **fields})


def notifier(kind: str, **fields: Any) -> Notifier:
    return opened(channel(kind, **fields), Path())

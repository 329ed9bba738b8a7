"""A receiver of the office's own: one JSON object a message, signed, with a time and an id so that nothing can be played again unnoticed."""

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from config.schema import Channel
from pipeline.notify import Message
from pipeline.notify.post import poster


class Posted(Struct, frozen=True, kw_only=True):
    """What a webhook's receiver gets; its JSON Schema is docs/webhook.json."""

    version: Annotated[Literal[1], Meta(description="of this form; rises when what is here changes its meaning")] = 1
    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,128}$", description="the same each time that the message is sent: take it once")]
    of: Annotated[Literal["alert", "assignment", "digest", "escalation", "notice", "rebuttal", "test"], Meta(description="what it tells")]
    level: Annotated[Literal[1, 2, 3, 4] | None, Meta(description="1 Ⅰ红, 2 Ⅱ橙, 3 Ⅲ黄, 4 Ⅳ蓝; null for what has none")]
    title: Annotated[str, Meta(min_length=1, description="one line")]
    text: Annotated[str, Meta(description="all of it, plain")]
    html: Annotated[str, Meta(description="all of it as a page, or empty")]
    link: Annotated[str, Meta(description="where more is, or empty")]
    at: Annotated[datetime, Meta(tz=True, description="the time of what it tells, RFC 3339")]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what is posted."""
    (_,), named = msgspec.json.schema_components([Posted])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **named["Posted"]}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body sent at a time: HMAC-SHA256 over `TIMESTAMP.BODY`, as `sha256=` and hexadecimal digits."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Webhook:
    """Posts messages to one address. Any answer of 2xx takes the message."""

    def __init__(self, channel: Channel, ca: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._url = channel.url
        self._secret = channel.secret
        self._clock = clock
        self._poster = poster(channel, ca)

    def send(self, message: Message) -> None:
        """Send one message; raises NotifyError where it is not taken."""
        body = msgspec.json.encode(
            Posted(
                id=message.id,
                of=message.of,
                level=message.level,
                title=" ".join(message.title.split()),
                text=message.text,
                html=message.html,
                link=message.link,
                at=message.at,
            )
        )
        at = str(int(self._clock()))
        signed = {"X-Shian-Id": message.id, "X-Shian-Timestamp": at, "X-Shian-Signature": signature(self._secret, at, body)}
        self._poster.post(self._url, body, signed)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), ensure_ascii=False, indent=2) + "\n")

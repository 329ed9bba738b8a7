"""Tells people: one message to one channel. `Notifier` is the port; `opened` finds the one that a channel's declaration names.

Sending is at-least-once: whoever sends again after a failure sends the same message with the same id, and receivers and readers can tell by it.
What waits, tries again and gives up is not decided here; a `NotifyError` says whether trying again makes sense.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from config.channel import unready
from config.errors import ConfigError, Fault
from config.schema import Channel
from pipeline.model import LEVELS

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_LINK = re.compile(r"https?://[!-~]{1,1000}", re.ASCII)


class Message(Struct, frozen=True, kw_only=True):
    """消息: what one channel is to be told.

    `id` is the same each time that it is sent; `text` is plain, and is all that some channels show; `html` is a whole page for mail, made of
    the text if empty; `at` is the time of what it tells; `level` is 1 to 4, None for what has none; `link` leads to where more is.
    `about` names what it is about, such as an event: one that has not gone gives way to a later one of its kind about the same, unless that is
    milder; `topics` are those of what it is about, for channels that take some topics only. Neither is sent.
    Raises ValueError for an id, a link or half a character that could not be sent, a time without a zone, or no title.
    """

    id: str
    of: Literal["alert", "assignment", "digest", "escalation", "notice", "rebuttal", "test"]
    title: str
    text: str
    at: datetime
    level: Literal[1, 2, 3, 4] | None = None
    html: str = ""
    link: str = ""
    about: str = ""
    topics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no id of a message: letters, digits, dots, lines and dashes, 128 at most")
        if self.link and not _LINK.fullmatch(self.link):
            raise ValueError(f"{self.link!r} is no link: an http(s) address in ASCII")
        if self.at.tzinfo is None:
            raise ValueError("the time of a message must have a zone")
        if not self.headline:
            raise ValueError("a message needs a title")
        for text in (self.title, self.text, self.html):
            text.encode()

    @property
    def headline(self) -> str:
        """The title in one line, with its level in front."""
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in self.title).split())
        return f"[{LEVELS[self.level]}] {line}" if self.level and line else line


class Notifier(Protocol):
    """A channel that can be told something. It keeps nothing between two messages, so any thread may send at any time."""

    def send(self, message: Message) -> None:
        """Send one message; returns once the other side has taken it, and waits no longer than the channel's time-out for each part of it.

        Raises NotifyError where it was not taken, by all or by some; whether it was taken is not known after a time-out or a lost connection.
        """


def opened(channel: Channel, folder: Path) -> Notifier:
    """Return the notifier of a channel, whether it is on or off; `folder` is the configuration's.

    To send to those only that a `NotifyError` says are left: `opened(channel.model_copy(update={"to": error.left}), folder)`.
    Raises ConfigError for a channel without what its kind needs.
    """
    faults = [Fault(str(folder / "channels" / f"{channel.name}.yaml"), key, why) for key, why in unready(channel)]
    ca = folder / channel.ca if channel.ca else None
    if ca and not ca.is_file():
        faults.append(Fault(str(folder / "channels" / f"{channel.name}.yaml"), "ca", f"there is no file {ca}"))
    if faults:
        raise ConfigError(faults)
    return _made(channel, ca)


def _made(channel: Channel, ca: Path | None) -> Notifier:
    if channel.kind == "email":
        from pipeline.notify.email import Email

        return Email(channel, ca)
    if channel.kind == "console":
        from pipeline.notify.console import Console

        return Console()
    if channel.kind == "apprise":
        from pipeline.notify.others import Others

        return Others(channel)
    if channel.kind == "webhook":
        from pipeline.notify.webhook import Webhook

        return Webhook(channel, ca)
    from pipeline.notify import bots

    return {"wecom": bots.WeCom, "dingtalk": bots.DingTalk, "feishu": bots.Feishu}[channel.kind](channel)

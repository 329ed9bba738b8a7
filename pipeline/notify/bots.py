"""Bots of group chats: WeCom, DingTalk, Feishu. They refuse inside HTTP 200, so the answer's body decides.

Limits and codes are from the vendors' pages, named in docs/channels.md. Texts quote strangers, so nothing in them may become markup or a mention.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

import msgspec

from config.errors import NotifyError
from config.schema import Channel
from pipeline.notify import Message
from pipeline.notify.parts import in_json, parts, utf8
from pipeline.notify.post import Answer, Poster, poster

_ZONE = ZoneInfo("Asia/Shanghai")
_MOST = 10
"""Parts of one message: more would meet the limit of 20 messages a minute, and be sent from the beginning again and again."""
_REST = "\n……（过长，余下部分未发送）"
_TITLE = 100
_MINUTE = timedelta(minutes=1)
_WIDE = str.maketrans("<>[]*`", "＜＞［］＊｀")


class _Bot:
    """What all bots share. It is never changed once made: each message is signed anew."""

    ok: ClassVar[tuple[str, ...]] = ("errcode",)
    """Keys of an answer of which one must be there, and all that are there be 0."""
    words: ClassVar[str] = "errmsg"
    later: ClassVar[Mapping[int, timedelta]] = {}
    """Codes of refusals after which trying again makes sense, and how long to wait."""

    def __init__(self, channel: Channel, clock: Callable[[], float] = time.time) -> None:
        self._url = channel.url
        self._secret = channel.secret
        self._clock = clock
        self._poster: Poster = poster(channel)

    def send(self, message: Message) -> None:
        """Send every part, one after another. Raises NotifyError at the first that is not taken; those before have been."""
        bodies = self.bodies(message)
        for number, body in enumerate(bodies, 1):
            url, signed = self.signed(body)
            try:
                self._accepted(self._poster.post(url, msgspec.json.encode(signed)))
            except NotifyError as error:
                if number == 1:
                    raise
                raise NotifyError(
                    f"{error} (part {number} of {len(bodies)}; those before were taken)", retry=error.retry, after=error.after
                ) from error

    def bodies(self, message: Message) -> list[dict[str, Any]]:
        """Return the requests that tell the message, unsigned."""
        raise NotImplementedError

    def signed(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the address to send to, and what."""
        return self._url, body

    def _accepted(self, answer: Answer) -> None:
        try:
            said = msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise NotifyError(f"{answer.where}: the answer is not that of a bot", retry=True) from None
        codes = [said[key] for key in self.ok if key in said]
        if codes and all(type(code) is int and code == 0 for code in codes):
            return
        if not codes:
            raise NotifyError(f"{answer.where}: the answer is not that of a bot", retry=True)
        code = next((code for code in codes if code != 0), codes[0])
        words = " ".join(str(said.get(self.words, "")).split())[:120]
        wait = self.later.get(code) if type(code) is int else None
        if wait is None and re.search(r"too many request|too fast|frequency limit", words, re.IGNORECASE):
            wait = _MINUTE
        raise NotifyError(f"{answer.where}: refused with {code} {words}".rstrip(), retry=wait is not None, after=wait)


class WeCom(_Bot):
    """A bot of a WeCom group: markdown of 4,096 bytes."""

    later: ClassVar[Mapping[int, timedelta]] = {-1: _MINUTE, 45009: _MINUTE, 45033: _MINUTE}

    def bodies(self, message: Message) -> list[dict[str, Any]]:
        """Return one markdown message a part."""
        return [{"msgtype": "markdown", "markdown": {"content": text}} for text in _markdown(message, 4096, utf8, end="\n")]


class DingTalk(_Bot):
    """A bot of a DingTalk group: a request of 20,000 bytes, signed in its address."""

    later: ClassVar[Mapping[int, timedelta]] = {-1: _MINUTE, 130101: timedelta(minutes=10), 410100: timedelta(minutes=10)}

    def bodies(self, message: Message) -> list[dict[str, Any]]:
        """Return one markdown message a part; the title is what the list of chats shows."""
        title = _plain(message.headline)[:_TITLE]
        texts = _markdown(message, 20_000 - in_json(title) - 200, in_json, end="  \n")
        return [{"msgtype": "markdown", "markdown": {"title": title, "text": text}} for text in texts]

    def signed(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the address with its time in milliseconds and its signature."""
        if not self._secret:
            return self._url, body
        at = str(round(self._clock() * 1000))
        digest = hmac.digest(self._secret.encode(), f"{at}\n{self._secret}".encode(), hashlib.sha256)
        mark = "&" if "?" in self._url else "?"
        return f"{self._url}{mark}timestamp={at}&sign={quote_plus(base64.b64encode(digest))}", body


class Feishu(_Bot):
    """A bot of a Feishu group: a request of 20,000 bytes, signed in its body. Its rich text knows no markup inside texts."""

    ok: ClassVar[tuple[str, ...]] = ("code", "StatusCode")
    words: ClassVar[str] = "msg"
    later: ClassVar[Mapping[int, timedelta]] = {11232: _MINUTE, 11233: _MINUTE, 99991400: _MINUTE}

    def bodies(self, message: Message) -> list[dict[str, Any]]:
        """Return one rich text a part, a paragraph a line."""
        title = _plain(message.headline)[:_TITLE]
        # A paragraph around each line has some 30 bytes.
        limit = 20_000 - in_json(title) - utf8(message.link) - 800
        pieces = parts(_plain(message.text), limit, lambda text: in_json(text) + 34 * text.count("\n"), most=_MOST, rest=_REST)
        found = []
        for number, piece in enumerate(pieces, 1):
            lines: list[list[dict[str, str]]] = [[{"tag": "text", "text": line or " "}] for line in piece.split("\n")]
            if message.link and number == len(pieces):
                lines.append([{"tag": "a", "text": "查看详情", "href": message.link}])
            lines.append([{"tag": "text", "text": _foot(message)}])
            numbered = title + _number(number, len(pieces))
            found.append({"msg_type": "post", "content": {"post": {"zh_cn": {"title": numbered, "content": lines}}}})
        return found

    def signed(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the body with its time in seconds and its signature: here the secret is in the key, and nothing is what is signed."""
        if not self._secret:
            return self._url, body
        at = str(int(self._clock()))
        digest = hmac.digest(f"{at}\n{self._secret}".encode(), b"", hashlib.sha256)
        return self._url, {"timestamp": at, "sign": base64.b64encode(digest).decode(), **body}


def _markdown(message: Message, limit: int, size: Callable[[str], int], *, end: str) -> list[str]:
    """The message in numbered parts of markdown; `end` is how a line ends without a gap after it."""
    title = _plain(message.headline)[:_TITLE]
    foot = _foot(message)
    link = f"[查看详情]({message.link.replace('(', '%28').replace(')', '%29')}){end}" if message.link else ""
    room = limit - size(f"**{title}**{_number(_MOST, _MOST)}\n\n\n\n{link}{foot}")
    lines = (re.sub(r"^(\s*)#", r"\1＃", line) for line in _plain(message.text).split("\n"))
    pieces = parts(end.join(lines), room, size, most=_MOST, rest=_REST)
    return [
        f"**{title}**{_number(number, len(pieces))}\n\n{piece}\n\n{link if number == len(pieces) else ''}{foot}"
        for number, piece in enumerate(pieces, 1)
    ]


def _plain(text: str) -> str:
    """The text with wide signs in the place of those that could be markup or a mention, and without control characters."""
    kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign == "\n" or sign.isprintable() or sign in "\t\u200d")
    return kept.translate(_WIDE)


def _number(number: int, of: int) -> str:
    return f"（{number}/{of}）" if of > 1 else ""


def _foot(message: Message) -> str:
    return f"{message.at.astimezone(_ZONE):%Y-%m-%d %H:%M} · 编号 {message.id}"

"""What each kind of channel needs, what it may have, and what is wrong with one that was declared."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from config.schema import Channel

_BOTS = ("wecom", "dingtalk", "feishu")
_NEEDS: dict[str, tuple[str, ...]] = {
    "console": (),
    "email": ("host", "sender", "to"),
    "wecom": ("url",),
    "dingtalk": ("url",),
    "feishu": ("url",),
    "webhook": ("url", "secret"),
    "apprise": ("url",),
}
_MAY: dict[str, tuple[str, ...]] = {
    "console": (),
    "email": ("port", "tls", "user", "password", "ca", "timeout"),
    "wecom": ("proxy", "timeout"),
    "dingtalk": ("secret", "proxy", "timeout"),
    "feishu": ("secret", "proxy", "timeout"),
    "webhook": ("ca", "proxy", "timeout"),
    "apprise": ("timeout",),
}
_ALL = ("name", "title", "kind", "floor", "topics", "enabled")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+", re.ASCII)
_UNFILLED = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def unsafe(declared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, why) for each secret that stands in the file itself instead of the environment."""
    secrets = ("secret", "password", "url") if declared.get("kind") in (*_BOTS, "apprise") else ("secret", "password")
    for key in secrets:
        value = declared.get(key)
        if isinstance(value, str) and value and not _UNFILLED.search(value):
            yield key, "is a secret: write ${NAME} here, and put its value in the environment or in keys.env"


def lacking(channel: Channel) -> Iterator[tuple[str, str]]:
    """Yield (key, why) for what the channel's kind needs and does not have, or has no use for; of one that is off, the latter only."""
    kind = channel.kind
    for key in sorted(channel.model_fields_set - {*_ALL, *_NEEDS[kind], *_MAY[kind]}):
        yield key, f"{kind} channels have no use for it"
    if channel.enabled:
        yield from unready(channel)


def unready(channel: Channel) -> Iterator[tuple[str, str]]:
    """Yield (key, why) for everything without which the channel cannot send, on or off."""
    missing = {key for key in _NEEDS[channel.kind] if not getattr(channel, key)}
    for key in _NEEDS[channel.kind]:
        if key in missing:
            yield key, f"{channel.kind} channels need it"
    unfilled = {} if channel.enabled else dict(_unfilled(channel))
    for key, name in unfilled.items():
        yield key, f"the environment has no {name}"
    for key, why in _wrong(channel):
        if key not in missing and key not in unfilled:
            yield key, why


def _unfilled(channel: Channel) -> Iterator[tuple[str, str]]:
    for key in channel.model_fields_set:
        value = getattr(channel, key)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and (found := _UNFILLED.search(one)):
                yield key, found[1]


def _wrong(channel: Channel) -> Iterator[tuple[str, str]]:
    if channel.kind == "email":
        yield from _wrong_mail(channel)
    elif channel.kind in _BOTS and not (re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", channel.url) and _plain(channel.url)):
        # The key of a bot is part of its address, so it must not travel in the clear.
        yield "url", "must be an https:// address"
    elif channel.kind == "webhook" and not (re.match(r"https?://", channel.url) and _plain(channel.url)):
        yield "url", "must be an http(s) address"
    if channel.proxy and not re.match(r"https?://[^\s/]+/?$", channel.proxy):
        yield "proxy", "must be written as http://HOST:PORT"
    if channel.secret and not channel.secret.isprintable():
        yield "secret", "has a character that cannot be a secret's, such as the end of a line"


def _wrong_mail(channel: Channel) -> Iterator[tuple[str, str]]:
    if not _ADDRESS.fullmatch(channel.sender):
        yield "sender", "must be one plain address, such as shian@office.example"
    for n, address in enumerate(channel.to):
        if not _ADDRESS.fullmatch(address):
            yield f"to.{n}", "must be one plain address, such as duty@office.example"
    if not re.fullmatch(r"[A-Za-z0-9.-]+", channel.host) and not _number(channel.host):
        yield "host", "must be the name or the number of a mail server alone"
    if bool(channel.user) != bool(channel.password):
        yield ("password" if channel.user else "user"), "user and password go together"
    elif channel.password and channel.tls == "none":
        yield "tls", "a password is not sent unencrypted; choose starttls or tls"
    for key in ("user", "password"):
        if not re.fullmatch(r"[ -~]*", getattr(channel, key)):
            yield key, "must be of ASCII letters, digits and signs: mail servers take no others"


def _number(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _plain(url: str) -> bool:
    """Whether an address is in ASCII, without blanks, with a host and a port that can be."""
    try:
        parts = urlsplit(url)
        return bool(re.fullmatch(r"[!-~]+", url) and parts.hostname and parts.port != 0)
    except ValueError:
        return False

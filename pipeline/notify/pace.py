"""Keeps to how often a kind of channel may be told something; docs/channels.md says where the figures are from."""

from collections import deque
from datetime import datetime, timedelta

from pipeline.notify import Message

_MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)
LIMITS: dict[str, tuple[tuple[int, timedelta], ...]] = {
    "wecom": ((20, _MINUTE),),
    "dingtalk": ((20, _MINUTE),),
    "feishu": ((100, _MINUTE), (5, _SECOND)),
}
"""Requests that are taken in any span of a time."""
_ROOM = {"wecom": 3300, "dingtalk": 15_000, "feishu": 12_000}
_MOST = 10


def requests(kind: str, message: Message) -> int:
    """Return how many requests a message may take at most: a bot is told a long one in parts, ten at most."""
    return min(_MOST, 1 + len(message.text.encode()) // _ROOM[kind]) if kind in _ROOM else 1


class Pace:
    """What one channel was told lately. For one thread."""

    def __init__(self, kind: str) -> None:
        self._limits = LIMITS.get(kind, ())
        self._told: deque[datetime] = deque()

    def ready(self, now: datetime, needed: int) -> datetime:
        """Return when so many requests may be made: `now`, or a later moment."""
        moment = now
        for most, span in self._limits:
            lately = [at for at in self._told if at > now - span]
            # However many parts a message has, it goes when nothing else is in the way.
            over = len(lately) + min(needed, most) - most
            if over > 0:
                moment = max(moment, lately[over - 1] + span)
        return moment

    def told(self, now: datetime, made: int) -> None:
        """Note requests that are made now."""
        if self._limits:
            self._told.extend([now] * made)
            longest = max(span for _, span in self._limits)
            while self._told and self._told[0] <= now - longest:
                self._told.popleft()

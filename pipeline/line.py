"""One channel as the sender sees it: what is ready for it, what is on its way, when the next may go, and whether it is well."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from config.errors import NotifyError
from config.schema import Channel
from pipeline.delivery import Kept
from pipeline.notify.pace import Pace, requests

LOOK = timedelta(seconds=1)
"""Between two looks at a channel for which nothing waited."""
AHEAD = 20
"""Deliveries that are kept ready."""
LONG = timedelta(minutes=2)
"""A wait that is too long for a message that can go another way."""
_SICK = 4


class Line:
    """For one thread, but for what is on its way."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.away: Kept | None = None
        self._pace = Pace(channel.kind)
        self._ahead: deque[Kept] = deque()
        self._look: datetime | None = None
        self._paused: datetime | None = None
        self._failures = 0

    def forget(self) -> None:
        """Know nothing of what waits."""
        self._ahead.clear()
        self._look = None

    def pause(self, now: datetime) -> timedelta:
        """Return how long the channel wants to be left alone."""
        return max(self._paused - now, timedelta(0)) if self._paused else timedelta(0)

    def wants(self, now: datetime) -> bool:
        """Return whether it is time to look at what waits."""
        return not self.away and not self._ahead and (self._look is None or now >= self._look + LOOK)

    def take(self, waiting: Sequence[Kept], now: datetime) -> None:
        """Get some of what waits ready, the gravest first."""
        ordered = sorted(waiting, key=lambda kept: (kept.delivery.message.level or 3, kept.at, kept.id))
        self._ahead.extend(ordered[:AHEAD])
        # Where there is more than that, it is looked for at once.
        self._look = None if len(waiting) > AHEAD else now

    def next(self, now: datetime) -> Kept | None:
        """Return the next that may go now. While the channel's pace forbids it, nothing is kept ready, for graver ones may come."""
        if self.away or self.pause(now) or not self._ahead:
            return None
        if self._pace.ready(now, self._needed(self._ahead[0])) > now:
            self._ahead.clear()
            self._look = now
            return None
        return self._ahead.popleft()

    def begun(self, kept: Kept, now: datetime) -> None:
        """Note that one is on its way."""
        self._pace.told(now, self._needed(kept))
        self.away = kept

    def landed(self, error: NotifyError | None, now: datetime) -> None:
        """Note what came of it."""
        self.away = None
        self._failures = self._failures + 1 if error and error.retry else 0
        if error and error.after:
            self._paused = now + error.after
            self.forget()

    @property
    def is_sick(self) -> bool:
        """Whether it fails again and again, so that what can go another way need not try long."""
        return self._failures >= _SICK

    def _needed(self, kept: Kept) -> int:
        return requests(self.channel.kind, kept.delivery.message)

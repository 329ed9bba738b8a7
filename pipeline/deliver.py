"""Sends what waits in the outbox, until it is interrupted. Of all processes that share a store the one that holds the lease `deliver` does.

Each channel has a line of its own: one message at a time, in a thread of its own, so that one that hangs holds up no other. A message is marked
as being sent before it goes, and as sent after it went; who finds it half way after a crash sends it again with the same id, and counts that.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol

from msgspec import structs

from config.errors import ConfigError, NotifyError, StoreError
from config.load import Config
from config.schema import Channel
from pipeline import delivery
from pipeline.announce import Announcer
from pipeline.app import App, now
from pipeline.delivery import Kept
from pipeline.gather import Gatherer
from pipeline.line import LONG, LOOK, Line
from pipeline.model import Lease
from pipeline.notify import Notifier, opened
from pipeline.outbox import Outbox

log = logging.getLogger(__name__)

_SCAN = timedelta(minutes=1)
"""Between two scans for what a crash left behind."""
_READ = 200
"""Deliveries that are read for a channel at once, so that the gravest goes first and what is outdated gives way."""
_IDLE, _BUSY = 0.25, 0.05
"""Seconds that are waited at most before the next look, while nothing goes and while something does."""
_AWAY = 5.0
"""Seconds before the store is tried again."""
_PATIENCE = 5.0
"""Seconds that what is on its way has to arrive when the process ends."""


class Held(Protocol):
    """A hold on the lease of the sender."""

    def taken(self) -> Lease | None:
        """See `pipeline.leases.Turn`."""

    def renewed(self) -> AbstractContextManager[None]:
        """See `pipeline.leases.Turn`."""

    def given_back(self) -> None:
        """See `pipeline.leases.Turn`."""


class _Outcome(NamedTuple):
    line: str
    kept: Kept
    error: NotifyError | None


def started(work: Callable[[], None]) -> None:
    """Do the work in a thread that the end of the process does not wait for."""
    threading.Thread(target=work, name="deliver", daemon=True).start()


class Sender:
    """Takes what waits to whom it is for. For one thread; the channels have theirs, as `start` gives them."""

    def __init__(
        self, outbox: Outbox, announcer: Announcer, config: Config, turn: Held, *, start: Callable[[Callable[[], None]], None] = started
    ) -> None:
        self._outbox, self._announcer, self._config, self._turn, self._start = outbox, announcer, config, turn, start
        self._max_age, self._tries = config.settings.deliver.max_age, config.settings.deliver.tries
        self._lines = {name: Line(channel) for name, channel in config.channels.items() if channel.enabled}
        boards = config.boards.values()
        self._gatherer = Gatherer(outbox, boards, as_it_stands=announcer.as_it_stands, max_age=self._max_age)
        self._landing: SimpleQueue[_Outcome] = SimpleQueue()
        self._unwritten: list[Kept] = []
        self._fence: int | None = None
        self._scan: datetime | None = None
        self._gather: datetime | None = None

    def step(self, now: datetime) -> int:
        """Do all that can be done at this moment; return how many messages were begun. Raises StoreError while the store is away."""
        self._landed(now)
        lease = self._turn.taken()
        if not lease:
            self._fence = None
            return 0
        if lease.fence != self._fence:
            # Whatever is half sent was another's, who is dead or deposed.
            self._recovered(now, since=None)
            self._fence, self._scan = lease.fence, None
            for line in self._lines.values():
                line.forget()
        if self._scan is None or now >= self._scan + _SCAN:
            with self._turn.renewed():
                self._announcer.caught_up(now)
                self._recovered(now, since=now - _SCAN)
                self._orphans(now)
            self._scan = now
        if self._gather is None or now >= self._gather + LOOK:
            self._gatherer.released(now)
            self._gather = now
        return sum(self._begun(name, line, now) for name, line in self._lines.items())

    def wait(self, seconds: float) -> None:
        """Wait until something comes of what was begun, no longer than so many seconds."""
        with suppress(Empty):
            self._landing.put(self._landing.get(timeout=seconds))

    @property
    def busy(self) -> bool:
        """Whether something is on its way, or its end is not written down."""
        return bool(self._unwritten) or any(line.away for line in self._lines.values())

    def ended(self, now: Callable[[], datetime], *, within: float) -> None:
        """Begin nothing more, wait a while for what is on its way, and let another process have the lease."""
        for _ in range(int(within * 10)):
            if not self.busy:
                break
            self.wait(0.1)
            with suppress(StoreError):
                self._landed(now())
        with suppress(StoreError):
            self._turn.given_back()

    def _landed(self, now: datetime) -> None:
        """Write down what came of what was begun."""
        while True:
            try:
                name, kept, error = self._landing.get_nowait()
            except Empty:
                break
            line = self._lines[name]
            line.landed(error, now)
            failed = partial(delivery.refused, kept, now=now, tries=self._tries, hurried=line.is_sick)
            self._unwritten.append(failed(error) if error else delivery.taken(kept, now))
        if self._unwritten:
            # While the store is away these stay here, and what was sent is not sent again.
            written = self._outbox.write(self._unwritten)
            for kept, done in zip(self._unwritten, written, strict=True):
                if not done:
                    log.warning("delivery %s: %s, which is not written down, for somebody else changed it", kept.id, kept.state)
            self._unwritten.clear()

    def _recovered(self, now: datetime, *, since: datetime | None) -> None:
        """Take up what is half sent and nobody sends: what was begun before `since`, all of it without."""
        ours = {line.away.id for line in self._lines.values() if line.away} | {kept.id for kept in self._unwritten}
        lost = [kept for kept in self._outbox.sending() if kept.id not in ours and (since is None or kept.at < since)]
        for kept in lost:
            log.warning("delivery %s was being sent when its sender ended; it is sent again", kept.id)
        self._outbox.write([delivery.again(kept, now) for kept in lost])

    def _orphans(self, now: datetime) -> None:
        """See to what waits for a channel or a board that is gone or off."""
        boards = {name for name, board in self._config.boards.items() if board.enabled}
        for state in self._outbox.states():
            kind, _, name = state.partition("/")
            if kind == delivery.WAITING and name not in self._lines:
                gone = NotifyError(f"没有启用的渠道 {name}", retry=False)
                self._outbox.write([delivery.refused(kept, gone, now, tries=1) for kept in self._outbox.listed(state, limit=500).items])
            elif kind == delivery.HELD and name not in boards:
                held = self._outbox.listed(state, limit=500).items
                self._outbox.write([delivery.parked(kept, f"没有启用的接收方 {name}", now) for kept in held])

    def _begun(self, name: str, line: Line, now: datetime) -> int:
        """Begin the next message of a channel, if it may go; return how many were."""
        if line.wants(now):
            waiting = self._waiting(name, now)
            if line.pause(now) > LONG:
                waiting = self._diverted(name, waiting, now)
            line.take(waiting, now)
        while kept := line.next(now):
            begun = delivery.begun(kept, now)
            if self._outbox.write([begun]) == [True]:
                sent = structs.replace(begun, version=begun.version + 1)
                line.begun(sent, now)
                self._start(partial(self._sent, name, line.channel, sent))
                return 1
        return 0

    def _waiting(self, name: str, now: datetime) -> list[Kept]:
        """What may go through a channel, without what is not worth sending any more."""
        found = self._outbox.waiting(name, now, limit=_READ)
        over = {one.id: delivery.gave_way(one, later.id, now) for one, later in delivery.outdated(found)}
        over |= {one.id: old for one in found if one.id not in over and (old := delivery.staled(one, now, self._max_age))}
        self._outbox.write(list(over.values()))
        return [one for one in found if one.id not in over]

    def _diverted(self, name: str, waiting: list[Kept], now: datetime) -> list[Kept]:
        """Let go another way what can, while a channel is not to be told anything for long; return the rest."""
        closed = NotifyError(f"渠道 {name} 暂停接收", retry=False)
        ways = [kept for kept in waiting if delivery.has_other_ways(kept)]
        self._outbox.write([delivery.refused(kept, closed, now, tries=self._tries) for kept in ways])
        return [kept for kept in waiting if kept not in ways]

    def _sent(self, name: str, channel: Channel, kept: Kept) -> None:
        """Send one message; whatever happens, something comes of it."""
        error: NotifyError | None = NotifyError("the sender was interrupted", retry=True)
        try:
            self._notifier(channel, kept).send(kept.delivery.message)
            error = None
        except NotifyError as refused:
            error = refused
        except ConfigError as fault:
            error = NotifyError(str(fault), retry=False)
        except Exception as bug:
            # One delivery must not end the others; it is parked with the name of what went wrong.
            log.exception("delivery %s failed", kept.id)
            error = NotifyError(f"{type(bug).__name__}: the log says more", retry=False)
        finally:
            self._landing.put(_Outcome(name, kept, error))

    def _notifier(self, channel: Channel, kept: Kept) -> Notifier:
        left = kept.delivery.left
        return opened(channel.model_copy(update={"to": left}) if left else channel, self._config.folder)


def run(app: App, stopping: Callable[[], bool] = lambda: False) -> None:
    """Send until it is `stopping`. While the store is away nothing is begun, and what was sent is written down when it is back."""
    sender = Sender(app.outbox, app.announcer, app.config, app.hold("deliver", app.config.settings.deliver.lease))
    try:
        while not stopping():
            try:
                begun = sender.step(now())
            except StoreError as error:
                log.warning("the store is away, messages wait: %s", error)
                time.sleep(_AWAY)
                continue
            sender.wait(_IDLE if not begun else _BUSY)
    finally:
        sender.ended(now, within=_PATIENCE)

"""A sender in a world with its own clock: what it opens are channels that do as they are told, and sends happen at once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from config.errors import NotifyError
from config.load import Config
from config.schema import Channel
from pipeline import deliver
from pipeline.announce import Announcer
from pipeline.deliver import Sender
from pipeline.model import Lease
from pipeline.notify import Message
from pipeline.outbox import Outbox
from pipeline.store import Store
from pipeline.store.memory import MemoryStore
from tests.pipeline.outbox.made import NOW


class Crash(BaseException):
    """The process is gone: nothing after this happens."""


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def on(self, seconds: float = 0, *, hours: float = 0) -> datetime:
        self.now += timedelta(seconds=seconds, hours=hours)
        return self.now


class Hold:
    """A worker's hold on the lease of the sender, by the clock of the world."""

    def __init__(self, store: Store, holder: str, clock: Clock, ttl: timedelta) -> None:
        self.store, self.holder, self.clock, self.ttl = store, holder, clock, ttl
        self.lease: Lease | None = None

    def taken(self) -> Lease | None:
        self.lease = self.store.lease("deliver", self.holder, now=self.clock.now, ttl=self.ttl)
        return self.lease

    def renewed(self) -> AbstractContextManager[None]:
        return nullcontext()

    def given_back(self) -> None:
        if self.lease:
            self.store.release(self.lease)


class World:
    """`got` is what every channel was given, with the addresses left; `acts` are what channels do, `lambda message: None` where nothing is said."""

    def __init__(self, config: Config, store: Store | None = None) -> None:
        self.config = config
        self.store = store or MemoryStore()
        self.clock = Clock()
        self.outbox = Outbox(self.store.ledger, config)
        self.got: list[tuple[str, Message]] = []
        self.left: list[tuple[str, ...]] = []
        self.acts: dict[str, Callable[[Message], None]] = {}
        self.holds: dict[Sender, Hold] = {}

    def worker(self, name: str = "w1", *, start: Callable[[Callable[[], None]], None] = lambda work: work()) -> Sender:
        announcer = Announcer(self.store, self.outbox, self.config)
        hold = Hold(self.store, name, self.clock, self.config.settings.deliver.lease)
        sender = Sender(self.outbox, announcer, self.config, hold, start=start)
        self.holds[sender] = hold
        return sender

    def put(self, message: Message, *boards: str) -> None:
        self.outbox.put(message, [self.config.boards[name] for name in boards or self.config.boards], self.clock.now)

    def run(self, sender: Sender, seconds: float, *, every: float = 1) -> None:
        """Let the sender work for so long."""
        end = self.clock.now + timedelta(seconds=seconds)
        while True:
            while sender.step(self.clock.now):
                pass
            if self.clock.now >= end:
                return
            self.clock.on(every)

    def ids(self, channel: str = "") -> list[str]:
        return [message.id for name, message in self.got if channel in ("", name)]

    def refuses(self, channel: str, *, why: str = "refused", retry: bool = True, times: int = 1000, **more: Any) -> None:
        """Let a channel refuse so many times."""
        left = [times]

        def act(_: Message) -> None:
            if left[0] > 0:
                left[0] -= 1
                raise NotifyError(why, retry=retry, **more)

        self.acts[channel] = act

    @property
    def states(self) -> Mapping[str, int]:
        return self.outbox.tally()

    def only(self, state: str) -> Any:
        (kept,) = self.outbox.listed(state).items
        return kept

    @contextmanager
    def running(self, monkeypatch: Any) -> Iterator["World"]:
        world = self

        class Stub:
            def __init__(self, channel: Channel) -> None:
                self.channel = channel

            def send(self, message: Message) -> None:
                world.acts.get(self.channel.name, lambda _: None)(message)
                world.got.append((self.channel.name, message))
                world.left.append(self.channel.to)

        monkeypatch.setattr(deliver, "opened", lambda channel, folder: Stub(channel))
        yield self

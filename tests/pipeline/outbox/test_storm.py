"""Whatever fails, dies and comes back: every message reaches its board or is parked with a reason, and only a crash makes it go twice."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import NotifyError, StoreError
from pipeline.deliver import Sender
from pipeline.delivery import delivery_id
from tests.pipeline.outbox.made import configured, message
from tests.pipeline.outbox.world import Crash, World

CONFIG = configured(
    channels={"a": {"kind": "console"}, "b": {"kind": "wecom", "url": "https://bot.test/"}, "c": {"kind": "console"}},
    boards={
        "first": {"channels": ["a", "b"]},
        "all": {"channels": ["b", "c"], "ways": "all"},
        "night": {"channels": ["c"], "quiet": "22:00-24:00"},
        "daily": {"channels": ["a"], "at": ["00:00", "12:30"], "breaks": 1, "empty": True},
    },
)
LANES = {"first": ("",), "all": ("b", "c"), "night": ("",), "daily": ("",)}
FINAL = {"sent", "parked", "stale", "collected", "overtaken"}


class Storm:
    """Two workers, some of whose sends and writes fail, and who die now and then, in the middle of what they do."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice = world, random.Random(seed)
        self.calm = False
        self.crashes = 0
        self.names = 0
        self.workers: list[Sender] = []
        self.later: list[Callable[[], None]] = []
        self.taken: Counter[tuple[str, str]] = Counter()
        write = world.outbox.write

        def shaken(kept: object) -> list[bool]:
            self.shake(store=True)
            done = write(kept)  # type: ignore[arg-type]
            self.shake(store=False)
            return done

        world.outbox.write = shaken  # type: ignore[method-assign]
        for name in CONFIG.channels:
            world.acts[name] = lambda _: self.fail()

    def shake(self, *, store: bool) -> None:
        if self.calm:
            return
        if self.dice.random() < 0.01:
            self.crashes += 1
            raise Crash
        if store and self.dice.random() < 0.02:
            raise StoreError("away")

    def fail(self) -> None:
        luck = self.dice.random()
        if not self.calm and luck < 0.3:
            raise NotifyError("timed out" if luck < 0.2 else "slow down", retry=True, after=timedelta(seconds=90) if luck >= 0.2 else None)
        if not self.calm and luck < 0.33:
            raise NotifyError("no such group", retry=False)

    def begin(self, work: Callable[[], None]) -> None:
        """Some sends take until the next step, some longer, as threads do."""
        if self.calm or self.dice.random() < 0.5:
            work()
        else:
            self.later.append(work)

    def worker(self) -> Sender:
        self.names += 1
        return self.world.worker(f"w{self.names}", start=self.begin)

    def step(self) -> None:
        while len(self.workers) < 2:
            self.workers.append(self.worker())
        for one in self.dice.sample(self.workers, 2):
            self.stepped(one)
        for work in [work for work in self.later if self.calm or self.dice.random() < 0.6]:
            self.later.remove(work)
            work()

    def stepped(self, one: Sender) -> None:
        try:
            with suppress(StoreError):
                one.step(self.world.clock.now)
        except Crash:
            # Its threads end with it, each before or after its message went.
            self.workers.remove(one)
            mine = [work for work in self.later if work.func.__self__ is one]  # type: ignore[attr-defined]
            self.later = [work for work in self.later if work not in mine]
            for work in mine:
                if self.dice.random() < 0.5:
                    work()


def put(world: World, one: str) -> None:
    """Every second message is about one of three events."""
    number = int(one[1:])
    about = f"e{number % 3}" if number % 2 else one
    world.put(message(one, level=1 + number % 4, about=about, at=world.clock.now))


def blown(world: World, seed: int, puts: int) -> Storm:
    storm = Storm(world, seed)
    dice = random.Random(seed + 1)
    entered: list[str] = []
    for number in range(puts * 12):
        if number % 12 == 0:
            entered.append(f"m{number // 12}")
        # Whoever puts may do it again, and may fail.
        one = dice.choice(entered)
        with suppress(StoreError, Crash):
            put(world, one)
        storm.step()
        world.clock.on(dice.choice([0.3, 2, 4]))
    storm.calm = True
    for one in entered:
        put(world, one)
    for _ in range(30):
        storm.step()
        world.clock.on(2)
    # From here on time makes leaps that no lease outlives, so there is one worker.
    (last,) = [one for one in storm.workers if world.holds[one].taken()]
    world.run(last, 13 * 3600, every=30)
    storm.entered = entered  # type: ignore[attr-defined]
    return storm


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), puts=st.integers(1, 25))
def test_each_message_reaches_its_board_or_is_parked_with_a_reason_and_only_a_crash_repeats_it(seed: int, puts: int) -> None:
    with pytest.MonkeyPatch.context() as patched, World(CONFIG).running(patched) as world:
        storm = blown(world, seed, puts)
        kept = {one.id: one for one in world.outbox.all()}
        went = Counter((name, sent.id) for name, sent in world.got)
        for one in storm.entered:  # type: ignore[attr-defined]
            for board, lanes in LANES.items():
                for lane in lanes:
                    found = kept[delivery_id(one, board, lane)]
                    assert found.state in FINAL
                    if found.state in ("collected", "overtaken"):
                        assert kept[found.delivery.into].state in FINAL
                    if found.state in ("parked", "stale"):
                        assert found.delivery.why
                    if found.state == "sent":
                        assert went[found.delivery.channel, one] >= 1
        # A message went through one channel to a board as often as that was begun anew after a crash, and once.
        repeats = sum(one.delivery.repeats for one in kept.values())
        boards = Counter((channel, one.delivery.message.id) for one in kept.values() for channel in one.delivery.channels)
        assert sum(max(0, times - boards[key]) for key, times in went.items()) <= repeats
        assert storm.crashes or not repeats
        assert set(world.states) <= FINAL

"""The outbox over every store: what is put is entered once for each board, waits for the board's hours, and is told apart when it is stale."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from config.errors import InputError
from pipeline.delivery import begun
from pipeline.outbox import Outbox
from pipeline.store import Store
from tests.pipeline.outbox.made import NOW, configured, later, message
from tests.pipeline.outbox.world import World

CONFIG = configured(
    channels={"a": {"kind": "console"}, "b": {"kind": "console", "floor": 2}, "off": {"kind": "console", "enabled": False}},
    boards={
        "duty": {"channels": ["off", "a", "b"]},
        "both": {"channels": ["a", "b"], "ways": "all"},
        "night": {"channels": ["a"], "quiet": "11:00-13:00"},
        "gone": {"channels": ["a"], "enabled": False},
    },
)
DUTY, BOTH, NIGHT, GONE = (CONFIG.boards[name] for name in ("duty", "both", "night", "gone"))


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store.ledger, CONFIG)


def test_a_message_is_entered_once_for_each_board_that_is_on(outbox: Outbox) -> None:
    for _ in range(2):
        outbox.put(message(level=2), [DUTY, BOTH, GONE], NOW)
    outbox.put(message(level=2), [DUTY], later(hours=30))
    assert outbox.tally() == {"waiting": 3}
    assert outbox.states() == {"waiting/a": 2, "waiting/b": 1}
    first = outbox.waiting("a", NOW, limit=10)
    assert {one.delivery.channels for one in first} == {("a", "b"), ("a",)}


def test_two_who_put_the_same_at_once_enter_it_once(outbox: Outbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: outbox.put(message(level=2), [DUTY, BOTH], NOW), range(12)))
    assert outbox.tally() == {"waiting": 3}


def test_a_channel_takes_only_what_it_says(outbox: Outbox) -> None:
    outbox.put(message(level=3), [DUTY, BOTH], NOW)
    assert {one.delivery.channels for one in outbox.waiting("a", NOW, limit=10)} == {("a",)}
    assert outbox.states() == {"waiting/a": 2}


def test_what_falls_in_quiet_hours_is_held_unless_it_breaks_through(outbox: Outbox) -> None:
    outbox.put(message("mild"), [NIGHT], NOW)
    outbox.put(message("red", level=1), [NIGHT], NOW)
    assert outbox.states() == {"held/night": 1, "waiting/a": 1}
    assert outbox.held("night", later(hours=0.99)) == []
    assert [one.delivery.message.id for one in outbox.held("night", later(hours=1))] == ["mild"]


def test_what_is_too_old_is_entered_as_stale_and_many_as_one_count(outbox: Outbox) -> None:
    outbox.put(message("old", at=later(hours=-25)), [DUTY, NIGHT], NOW)
    outbox.put(message("new", at=later(hours=-23)), [DUTY, NIGHT], NOW)
    assert outbox.tally() == {"held": 1, "waiting": 1, "stale": 2}
    outbox.add_stale(1500, NOW)
    outbox.add_stale(40, later(60))
    (summary,) = (one for one in outbox.listed("stale").items if not one.delivery.board)
    assert (summary.delivery.count, summary.delivery.why) == (1540, "1540 条预警过期，没有推送")
    with pytest.raises(InputError, match="is a summary"):
        outbox.resend(summary.id, NOW)


def test_people_park_and_send_again_and_two_do_not_do_both(outbox: Outbox) -> None:
    outbox.put(message("old", at=later(hours=-25)), [DUTY], NOW)
    (one,) = outbox.listed("stale").items
    outbox.resend(one.id, later(5))
    assert [kept.delivery.resent for kept in outbox.waiting("a", later(5), limit=1)] == [True]
    outbox.park(one.id, later(6), why="误报")
    (parked,) = outbox.listed("parked").items
    assert (parked.delivery.why, parked.id) == ("误报", one.id)
    assert outbox.write([one]) == [False]
    with pytest.raises(InputError, match="does not wait: it is parked"):
        outbox.park(one.id, later(7), why="")
    with pytest.raises(InputError, match="no delivery is called x"):
        outbox.resend("x", NOW)


def test_what_is_over_is_removed_after_its_time(outbox: Outbox) -> None:
    outbox.put(message("old", at=later(hours=-25)), [DUTY], NOW)
    outbox.put(message("new"), [DUTY], NOW)
    assert outbox.purge(later(-1)) == 0
    assert outbox.purge(later(1)) == 1
    assert outbox.tally() == {"waiting": 1}


def test_a_sender_sends_once_over_every_store_and_again_after_a_crash(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with World(CONFIG, store).running(monkeypatch) as world:
        for one in ("m1", "m2", "m3"):
            world.put(message(one), "duty", "night")
        first, second = world.worker("w1"), world.worker("w2")
        for _ in range(4):
            first.step(world.clock.now)
            second.step(world.clock.now)
            world.clock.on(1)
        assert sorted(world.ids()) == ["m1", "m2", "m3"]
        (kept,) = world.outbox.listed("sent", limit=1).items
        world.outbox.write([begun(kept, world.clock.now)])
        world.clock.on(hours=1)
        for _ in range(4):
            second.step(world.clock.now)
            world.clock.on(1)
        assert (len(world.got), world.ids().count(kept.delivery.message.id)) == (5, 2)
        assert sum(one.delivery.repeats for one in world.outbox.all()) == 1
        assert {sent.title[:5] for _, sent in world.got if sent.id not in ("m1", "m2", "m3")} == {"3 条预警"}
        assert world.states == {"sent": 4, "collected": 3}

"""The sender: once, to the first way that works; again with the same id, later each time; parked with a reason; nobody holds up others."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from config.errors import NotifyError
from pipeline.deliver import Sender
from pipeline.delivery import pause
from tests.pipeline.outbox.made import configured, later, message
from tests.pipeline.outbox.world import Crash, World

CONFIG = configured(
    channels={
        "group": {"kind": "console"},
        "mail": {"kind": "email", "host": "h", "sender": "a@b.example", "to": ["one@b.example", "two@b.example"]},
        "bot": {"kind": "wecom", "url": "https://bot.test/"},
    },
    boards={
        "duty": {"channels": ["group", "mail"]},
        "chief": {"channels": ["mail"]},
        "both": {"channels": ["group", "mail"], "ways": "all"},
        "chat": {"channels": ["bot"]},
    },
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with World(CONFIG).running(monkeypatch) as one:
        yield one


def test_a_message_goes_once_through_the_first_channel(world: World) -> None:
    world.put(message(), "duty")
    world.run(world.worker(), 10)
    assert world.got == [("group", message())]
    assert world.only("sent").delivery.attempts == 1
    world.put(message(), "duty")
    world.run(world.worker("w2"), 100)
    assert len(world.got) == 1


def test_a_board_of_all_ways_is_told_through_each(world: World) -> None:
    world.put(message(), "both")
    world.run(world.worker(), 10)
    assert sorted(name for name, _ in world.got) == ["group", "mail"]


def test_a_failure_is_tried_again_with_the_same_id_later_each_time(world: World) -> None:
    world.refuses("mail", times=3)
    world.put(message(), "chief")
    sender, tries = world.worker(), []
    act = world.acts["mail"]
    world.acts["mail"] = lambda one: (tries.append(world.clock.now), act(one))[1]
    world.run(sender, 300)
    assert world.ids() == ["m1"]
    gaps = [after - before for before, after in itertools.pairwise(tries)]
    kept = world.only("sent")
    assert [timedelta(0) <= gap - pause(kept.id, number) < timedelta(seconds=2) for number, gap in enumerate(gaps, 1)] == [True] * 3
    assert [round(pause(kept.id, 1) / pause(kept.id, n)) <= 1 for n in (2, 3)] == [True, True]
    assert (kept.delivery.repeats, len(kept.delivery.tried)) == (0, 3)


def test_pauses_grow_to_half_an_hour_and_differ_by_the_id() -> None:
    assert timedelta(seconds=12) <= pause("a", 1) <= timedelta(seconds=18)
    assert timedelta(minutes=24) <= pause("a", 40) <= timedelta(minutes=36)
    assert pause("a", 3) == pause("a", 3) != pause("b", 3)


def test_the_next_channel_is_used_when_the_first_is_refused_for_good_or_too_often(world: World) -> None:
    world.refuses("group", retry=False, why="no such group")
    world.put(message("final"), "duty")
    world.run(world.worker(), 2)
    assert world.got == [("mail", message("final"))]
    world.refuses("group")
    world.put(message("often"), "duty")
    world.run(world.worker("w2"), 60, every=1)
    assert world.ids() == ["final"]
    world.run(world.worker("w3"), 200)
    assert world.ids() == ["final", "often"]
    tried = next(one.delivery.tried for one in world.outbox.listed("sent").items if one.delivery.message.id == "often")
    assert [one.channel for one in tried] == ["group"] * 4


def test_what_no_channel_takes_is_parked_with_the_reason_and_sent_again_on_demand(world: World) -> None:
    world.refuses("group", retry=False, why="no such group")
    world.refuses("mail", retry=False, why="550 no such user")
    world.put(message(), "duty")
    world.run(world.worker(), 2)
    kept = world.only("parked")
    assert kept.delivery.why == "550 no such user"
    assert [(one.channel, one.why) for one in kept.delivery.tried] == [("group", "no such group"), ("mail", "550 no such user")]
    world.acts.clear()
    world.outbox.resend(kept.id, world.clock.on(hours=40))
    world.run(world.worker("w2"), 2)
    assert (world.ids("group"), world.states) == (["m1"], {"sent": 1})


def test_it_is_parked_after_so_many_attempts(world: World) -> None:
    world.refuses("mail", why="timed out")
    world.put(message(), "chief")
    world.run(world.worker(), 12 * 3600, every=20)
    assert world.only("parked").delivery.why == "timed out（12 次）"


def test_only_those_who_are_left_are_told_again(world: World) -> None:
    world.refuses("mail", times=1, why="two@b.example: 450", left=["two@b.example"])
    world.put(message(), "chief")
    world.run(world.worker(), 60)
    assert world.left == [("two@b.example",)]
    assert world.only("sent").delivery.left == ()


def test_what_some_have_got_goes_to_nobody_by_another_way(world: World) -> None:
    world.refuses("group", retry=False, why="no group")
    world.put(message(), "duty")

    def act(_: Any) -> None:
        raise NotifyError("two@b.example: 550", retry=False, left=["two@b.example"])

    world.acts["mail"] = act
    world.run(world.worker(), 5)
    assert world.only("parked").delivery.left == ("two@b.example",)


def test_what_broke_is_parked_with_its_name_and_the_others_go_on(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def act(one: Any) -> None:
        if one.id == "bad":
            raise ZeroDivisionError("secret")

    world.acts["mail"] = act
    world.put(message("bad"), "chief")
    world.put(message("good"), "chief")
    world.run(world.worker(), 3)
    assert world.only("parked").delivery.why == "ZeroDivisionError: the log says more"
    assert world.ids() == ["good"]
    assert "ZeroDivisionError" in caplog.text


def test_a_wait_that_was_asked_for_holds_up_the_channel_and_no_other(world: World) -> None:
    world.refuses("mail", times=1, after=timedelta(minutes=10))
    for number in range(3):
        world.put(message(f"m{number}"), "chief", "duty")
    sender = world.worker()
    world.run(sender, 590)
    assert (len(world.ids("group")), world.ids("mail")) == (3, [])
    world.run(sender, 20)
    assert sorted(world.ids("mail")) == ["m0", "m1", "m2"]


def test_a_bot_is_told_no_more_than_it_takes_in_a_minute(world: World) -> None:
    times: list[Any] = []
    world.acts["bot"] = lambda _: times.append(world.clock.now)
    for number in range(50):
        world.put(message(f"m{number}"), "chat")
    world.run(world.worker(), 200)
    assert len(times) == 50
    assert all(after - before >= timedelta(minutes=1) for before, after in zip(times, times[20:], strict=False))
    assert times[-1] - times[0] < timedelta(minutes=3)


def test_what_waited_too_long_is_parked_as_stale(world: World) -> None:
    world.put(message(), "chief")
    world.clock.on(hours=25)
    world.run(world.worker(), 2)
    assert world.only("stale").delivery.why == "过期：25 小时前的消息，超过 24 小时 不再推送"
    assert world.got == []


def test_a_later_rise_takes_the_place_of_one_that_has_not_gone(world: World) -> None:
    world.put(message("mild", level=3, about="e"), "chief")
    world.put(message("red", level=1, about="e", at=later(5)), "chief")
    world.put(message("milder", level=4, about="e", at=later(9)), "chief")
    world.run(world.worker(), 5)
    assert sorted(world.ids()) == ["milder", "red"]
    assert world.only("overtaken").delivery.message.id == "mild"


def test_what_waits_for_a_channel_or_a_board_that_is_gone_finds_its_way_or_is_parked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(message(), "duty", "chief")
    config = configured(channels={"mail": {"kind": "console"}}, boards={"chief": {"channels": ["mail"]}})
    with World(config, world.store).running(monkeypatch) as changed:
        changed.run(changed.worker(), 3)
        assert [name for name, _ in changed.got] == ["mail", "mail"]


def halted(world: World, moment: str) -> Sender:
    """A worker that dies while it sends: before its message is gone, or after."""

    def act(_: Any) -> None:
        if moment == "before":
            raise Crash

    def die(work: Callable[[], None]) -> None:
        work()
        raise Crash

    world.acts["mail"] = act
    return world.worker("dies", start=die)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_was_half_sent_when_its_sender_died_is_sent_again_and_counted(world: World, moment: str) -> None:
    world.put(message(), "chief")
    with pytest.raises(Crash):
        world.run(halted(world, moment), 5)
    world.acts.clear()
    assert world.states == {"sending": 1}
    other = world.worker("w2")
    world.run(other, 10)
    assert len(world.got) == (1 if moment == "after" else 0)
    world.run(other, 30)
    assert world.ids() == ["m1"] * (2 if moment == "after" else 1)
    assert world.only("sent").delivery.repeats == 1


def test_the_gravest_goes_first_also_past_many_that_wait(world: World) -> None:
    for number in range(450):
        world.put(message(f"m{number}", level=4), "chat")
    sender = world.worker()
    world.run(sender, 30)
    world.put(message("red", level=1), "chat")
    world.run(sender, 40)
    assert "red" in world.ids()[20:22]


def test_what_can_go_another_way_does_not_wait_long_for_a_channel(world: World) -> None:
    world.refuses("group", times=1, why="too many", after=timedelta(minutes=10))
    world.put(message("m1"), "duty")
    world.put(message("m2"), "duty")
    world.run(world.worker(), 5)
    assert world.got == [("mail", message("m1")), ("mail", message("m2"))]
    assert {one.delivery.tried[-1].why for one in world.outbox.listed("sent").items} == {"too many", "渠道 group 暂停接收"}


def test_a_channel_that_fails_again_and_again_is_tried_once_where_there_is_another_way(world: World) -> None:
    world.refuses("group", why="timed out")
    world.put(message("m1"), "duty")
    sender = world.worker()
    world.run(sender, 200)
    for number in range(5):
        world.put(message(f"n{number}"), "duty")
    world.run(sender, 10)
    assert len(world.ids("mail")) == 6


def test_what_is_under_way_whenever_its_sender_dies_is_parked_in_the_end(world: World) -> None:
    world.put(message(), "chief")
    for _ in range(6):
        with pytest.raises(Crash):
            world.run(halted(world, "before"), 30)
        world.clock.on(20)
    world.run(halted(world, "before"), 60)
    assert world.only("parked").delivery.why == "发送中程序中断 6 次，不知是否送达"

"""What waits for a board's hours is sent once when they come, as it stands then, and together; also around midnight and after crashes."""

from collections.abc import Iterator

import pytest
from msgspec import structs

from pipeline.model import Event, Step
from tests.pipeline.outbox.made import configured, later, message
from tests.pipeline.outbox.world import Crash, World

CONFIG = configured(
    channels={"group": {"kind": "console"}, "mail": {"kind": "console"}},
    boards={
        "night": {"channels": ["group"], "quiet": "11:30-13:00"},
        "midnight": {"channels": ["group"], "quiet": "22:00-24:00"},
        "daily": {"channels": ["mail"], "at": ["09:00", "16:30"], "breaks": 2, "empty": True},
        "both": {"channels": ["group", "mail"], "ways": "all", "quiet": "11:30-13:00"},
    },
)
"""The clock begins at noon."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with World(CONFIG).running(monkeypatch) as one:
        yield one


def event(one: str, **fields: object) -> Event:
    made = Event(
        id=one,
        title=f"事件 {one}",
        first_seen=later(),
        last_seen=later(),
        posts=1,
        stage="萌芽",
        level=3,
        points=40,
        why=("患病 30 人",),
        topics=(),
        platforms={"weibo": 1},
        terms={},
    )
    return structs.replace(made, **fields)


def test_one_that_waited_is_sent_when_the_quiet_hours_are_over_as_it_stands_then(world: World) -> None:
    world.put(message("a", about="e"), "night")
    sender = world.worker()
    world.run(sender, 3590, every=10)
    assert world.got == []
    world.store.commit(Step(cleared=(), events=(event("e", posts=7, level=2, why=("患病 90 人",), platforms={"weibo": 7}),)))
    world.run(sender, 20)
    ((_, sent),) = world.got
    assert (sent.id, sent.title, sent.level, sent.at) == ("a", "事件 e", 2, later())
    assert "理由：患病 90 人" in sent.text
    assert "传播：7 帖：微博 7" in sent.text


def test_of_several_alerts_of_one_event_only_the_last_is_sent(world: World) -> None:
    world.put(message("a", level=4, about="e"), "night")
    world.put(message("b", level=3, about="e", at=later(5)), "night")
    world.run(world.worker(), 3700, every=30)
    assert world.ids() == ["b"]
    assert world.states == {"sent": 1, "overtaken": 1}


def test_several_events_are_one_message_the_gravest_first(world: World) -> None:
    for one, level in (("a", 4), ("b", 2), ("c", 3)):
        world.put(message(one, level=level), "night")
    world.put(message("d", of="digest", level=None, about=""), "night")
    world.run(world.worker(), 3700, every=30)
    digest, whole = sorted((sent for _, sent in world.got), key=lambda sent: sent.of != "digest")
    assert (digest.id, whole.level, whole.title) == ("d", 2, "3 条预警：某校学生呕吐 b 等")
    assert [whole.text.index(f"呕吐 {one}") for one in "bca"] == sorted(whole.text.index(f"呕吐 {one}") for one in "abc")
    assert world.states == {"sent": 2, "collected": 3}
    assert {one.delivery.into for one in world.outbox.listed("collected").items} == {
        one.id for one in world.outbox.listed("sent").items if one.delivery.holds
    }


def test_quiet_hours_that_end_with_the_day_end_at_midnight(world: World) -> None:
    world.clock.on(hours=11)  # 23:00
    world.put(message("a", at=world.clock.now), "midnight")
    sender = world.worker()
    world.run(sender, 3590, every=10)
    assert world.got == []
    world.run(sender, 15)
    assert world.ids() == ["a"]


def test_times_of_day_bring_one_message_each_and_word_that_there_is_nothing(world: World) -> None:
    for number in range(3):
        world.put(message(f"m{number}"), "daily")
    world.put(message("orange", level=2), "daily")
    sender = world.worker()
    world.run(sender, 10)
    assert world.ids() == ["orange"]
    world.run(sender, 24 * 3600, every=30)
    titles = [sent.title for _, sent in world.got]
    assert titles == ["某校学生呕吐 orange", "3 条预警：某校学生呕吐 m0 等", "没有新预警"]
    world.run(world.worker("w2"), 3600, every=30)
    assert len(world.got) == 3


def test_a_single_alert_at_a_time_of_day_is_told_whole_and_nothing_is_not_told_beside_it(world: World) -> None:
    world.put(message("a", link="https://desk.test/events/a"), "daily")
    world.run(world.worker(), 5 * 3600, every=30)
    ((_, sent),) = world.got
    assert (sent.title, sent.text, sent.link, sent.level) == ("某校学生呕吐 a", "患病 30 人", "https://desk.test/events/a", 3)


def test_nothing_is_not_told_long_after_its_time(world: World) -> None:
    world.clock.on(hours=6.5)  # 18:30
    world.run(world.worker(), 600, every=30)
    assert world.got == []


def test_each_way_of_a_board_gets_its_own(world: World) -> None:
    world.put(message("a"), "both")
    world.put(message("b"), "both")
    world.run(world.worker(), 3700, every=30)
    assert sorted(name for name, _ in world.got) == ["group", "mail"]
    assert len({sent.id for _, sent in world.got}) == 2


def test_a_crash_while_they_are_put_together_sends_none_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in "abc":
        world.put(message(one), "night")
    write, writes = world.outbox.write, [0]

    def dies(kept: object) -> object:
        writes[0] += bool(kept)
        if writes[0] == 2:
            raise Crash
        return write(kept)  # type: ignore[arg-type]

    monkeypatch.setattr(world.outbox, "write", dies)
    with pytest.raises(Crash):
        world.run(world.worker(), 3700, every=30)
    monkeypatch.undo()
    assert world.states == {"held": 3, "waiting": 1}
    # One that was held for the same hour, and came in late.
    late = world.outbox.held("night", later(hours=2))[0]
    world.outbox.write([structs.replace(late, id="late", version=0, delivery=structs.replace(late.delivery, message=message("late")))])
    with world.running(monkeypatch):
        world.run(world.worker("w2"), 60)
    whole, single = sorted((sent for _, sent in world.got), key=lambda sent: sent.id == "late")
    assert (whole.title[:5], single.id) == ("3 条预警", "late")
    assert world.states == {"sent": 2, "collected": 3}

"""Posts of one matter become one event; posts of another do not."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cluster import Live, drawn
from pipeline.figures import Figures
from pipeline.model import Event, Member
from tests.pipeline.made import START, hours, member

REVIVE = timedelta(days=3)


def terms_of(words: str) -> list[tuple[str, float]]:
    return [(word, 1.0) for word in words.split()]


def drawn_of(*members: Member) -> Event:
    return drawn(None, Figures(members, revive=REVIVE))


def live(*members: Member) -> tuple[Live, Event]:
    kept = Live(window=timedelta(days=7), join=0.35, revive=REVIVE)
    event = drawn_of(*members)
    kept.put(event)
    for one in members:
        kept.join(event.id, one)
    return kept, event


def test_the_same_matter_joins_and_another_does_not() -> None:
    kept, event = live(member("a", terms="舒兰 三中 呕吐 食堂"))
    assert kept.place(terms_of("舒兰 三中 通报"), (), hours(2)).event == event.id
    assert kept.place(terms_of("四平 屠宰场 病死猪"), (), hours(2)).event == ""
    assert kept.place((), (), hours(2)).event == ""


def test_one_word_joins_only_where_little_is_said() -> None:
    kept, event = live(member("a", terms="牛腱 注水肉 白城 下锅"))
    assert kept.place([("下锅", 1.5), *terms_of("拉丝 塑料 大米")], (), hours(1)).event == ""
    assert kept.place([("下锅", 1.5), *terms_of("白城 塑料 大米")], (), hours(1)).event == event.id
    assert kept.place([("注水肉", 1.5)], (), hours(1)).event == event.id


def test_after_its_window_an_event_is_not_joined() -> None:
    kept, _ = live(member("a", terms="舒兰 三中 呕吐"))
    assert kept.place(terms_of("舒兰 三中 呕吐"), (), hours(24 * 8)).event == ""
    assert kept.place(terms_of("舒兰 三中 呕吐"), (), hours(-24 * 8)).event == ""


def test_a_late_post_joins_the_event_of_its_own_time() -> None:
    kept, event = live(member("a", terms="舒兰 三中 呕吐"))
    assert kept.place(terms_of("舒兰 三中 呕吐"), (), hours(-5)).event == event.id


def test_a_near_duplicate_joins_whatever_its_words() -> None:
    bands = tuple(range(20))
    first = Member(**{**{name: getattr(member("a"), name) for name in Member.__struct_fields__}, "bands": bands})
    kept, event = live(first)
    placed = kept.place((), bands[:8] + tuple(range(100, 112)), hours(1))
    assert (placed.event, placed.near) == (event.id, "a")


def test_counts_come_from_membership() -> None:
    event = drawn_of(member("b", at=hours(3), platform="news", topics="campus"), member("a", terms="舒兰", topics="campus meat"))
    assert (event.id, event.title, event.posts) == ("a", "a", 2)
    assert (event.first_seen, event.last_seen) == (START, hours(3))
    assert (event.platforms, event.topics) == ({"news": 1, "weibo": 1}, ("campus", "meat"))


def test_a_rise_after_a_silence_is_a_new_episode() -> None:
    event = drawn_of(member("a"), member("b", at=hours(24 * 4)))
    assert (event.episode, event.stage) == (2, "复燃")


@settings(deadline=None, max_examples=50)
@given(st.permutations([member(str(number), at=hours(number % 3), terms=f"t{number % 4}") for number in range(6)]))
def test_an_event_is_the_same_in_whatever_order_its_members_came(members: list[Member]) -> None:
    assert drawn_of(*members) == drawn_of(*sorted(members, key=lambda one: one.post))

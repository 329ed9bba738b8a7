"""Posts of one matter become one event; posts of another do not."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from nlp.assessment import Assessment, Place
from pipeline.cluster import Live, drawn
from pipeline.figures import Figures
from pipeline.model import Event, Member
from tests.pipeline.made import START, assessed, hours, member

REVIVE = timedelta(days=3)


def said(words: str, *, topics: str = "", places: tuple[str, ...] = ()) -> Assessment:
    """Words with what they weigh, where that is not 1: `异物=0.4`; places as paths with blanks."""
    terms = tuple((word, float(weight or 1)) for word, _, weight in (one.partition("=") for one in words.split()))
    return structs.replace(assessed(topics=topics), terms=terms, places=tuple(Place(tuple(place.split())) for place in places))


def abroad(words: str) -> Assessment:
    return structs.replace(said(words), places=(Place(("日本",), None, foreign=True),))


def saying(name: str, words: str, *, at: datetime = START, topics: str = "", places: tuple[str, ...] = ()) -> Member:
    return structs.replace(member(name, at=at), assessment=said(words, topics=topics, places=places))


def drawn_of(*members: Member) -> Event:
    return drawn(None, Figures(members, revive=REVIVE))


def live(*members: Member) -> tuple[Live, Event]:
    kept = Live(window=timedelta(days=7), join=0.3, revive=REVIVE, aftermath=timedelta(days=180))
    event = drawn_of(*members)
    kept.put(event)
    for one in members:
        kept.join(event.id, one)
    return kept, event


def test_the_same_matter_joins_and_another_does_not() -> None:
    kept, event = live(member("a", terms="舒兰 三中 呕吐 食堂"))
    assert kept.place(assessed(terms="舒兰 三中 通报"), (), hours(2)).event == event.id
    assert kept.place(assessed(terms="四平 屠宰场 病死猪"), (), hours(2)).event == ""
    assert kept.place(assessed(), (), hours(2)).event == ""


def test_one_word_of_many_is_not_enough() -> None:
    kept, event = live(saying("a", "牛腱 注水肉 白城 下锅"))
    assert kept.place(said("下锅 拉丝 塑料 大米"), (), hours(1)).event == ""
    assert kept.place(said("下锅 白城 大米"), (), hours(1)).event == event.id
    assert kept.place(said("注水肉"), (), hours(1)).event == event.id


def test_one_word_is_enough_for_days_two_for_longer_unless_it_is_the_name() -> None:
    kept, event = live(saying("a", "异物=0.5 饭菜=0.5"))
    assert kept.place(said("异物=0.5"), (), hours(40)).event == event.id
    assert kept.place(said("异物=0.5"), (), hours(24 * 4)).event == ""
    assert kept.place(said("异物=0.5 饭菜=0.5"), (), hours(24 * 4)).event == event.id
    named, other = live(saying("a", "福寿螺=0.7"))
    assert named.place(said("福寿螺=0.7"), (), hours(24 * 4)).event == other.id


def test_words_are_heard_in_longer_ones() -> None:
    kept, event = live(saying("a", "罐车=0.9 食用油"))
    assert kept.place(said("油罐车=0.8 司机=0.3"), (), hours(3)).event == event.id
    assert kept.place(said("车厘子=0.9"), (), hours(3)).event == ""


def test_a_same_country_abroad_is_a_word_that_both_share_however_long_ago() -> None:
    many = [structs.replace(saying(f"{n}", "水产品=0.7"), assessment=abroad("水产品=0.7")) for n in range(12)]
    kept, event = live(*many)
    later = hours(24 * 20)
    assert kept.place(abroad("水产品=0.7 归零=0.5"), (), later).event == event.id
    assert kept.place(said("水产品=0.7 归零=0.5"), (), later).event == ""
    assert kept.place(abroad("归零=0.5"), (), later).event == ""


def test_one_word_of_many_joins_nothing_whichever_came_first() -> None:
    rumor, complaint = "下锅=0.9 拉丝=0.7 塑料=0.5 大米=0.5", "白城=1.0 牛腱=0.9 下锅=0.9 农贸市场=0.9 检疫章=0.5 注水肉=0.5"
    for first, second in ((rumor, complaint), (complaint, rumor)):
        kept, _ = live(saying("a", first))
        assert kept.place(said(second), (), hours(1)).event == ""
    kept, event = live(saying("a", complaint))
    assert kept.place(said("牛腱=0.9 下锅=0.9 投诉=0.4"), (), hours(1)).event == event.id


def test_in_another_province_it_is_another_matter() -> None:
    kept, event = live(saying("a", "老鼠头=0.5 饭菜=0.5 盒饭=0.9", places=("江西省 南昌市",)))
    assert kept.place(said("老鼠头=0.5 米线=0.9", places=("江西省 南昌市",)), (), hours(3)).event == event.id
    assert kept.place(said("老鼠头=0.5 米线=0.9", places=("重庆市",)), (), hours(3)).event == ""


def test_an_event_of_many_posts_is_joined_again_after_months_by_two_of_its_names_or_a_long_one() -> None:
    many = [saying(f"{number:02}", "鼠头=0.5 鸭脖=0.5", at=hours(number)) for number in range(40)]
    kept, event = live(*many)
    later = hours(24 * 120)
    assert kept.place(said("鼠头=0.5 鸭脖=0.5 追责=0.4"), (), later).event == event.id
    assert kept.place(said("鼠头=0.5 酸菜=0.6"), (), later).event == ""
    assert kept.place(said("鼠头=0.5 鸭脖=0.5"), (), hours(24 * 200)).event == ""
    named, other = live(*(saying(f"{number:02}", "良品铺子=0.7", at=hours(number)) for number in range(6)))
    assert named.place(said("良品铺子=0.7 起诉=0.5"), (), hours(24 * 12)).event == other.id


def test_of_two_events_that_are_about_as_alike_that_of_more_posts_is_joined() -> None:
    kept, small = live(saying("a", "罐车=0.9 卸完=0.9"))
    more = [saying(name, "食用油 罐车=0.9") for name in "bcdef"]
    big = drawn_of(*more)
    kept.put(big)
    for one in more:
        kept.join(big.id, one)
    assert kept.place(said("罐车=0.9"), (), hours(1)).event == big.id != small.id


def test_what_says_little_belongs_to_the_one_event_of_its_topic_that_all_speak_of() -> None:
    kept, event = live(*(saying(name, "鼠头=0.5", topics="campus") for name in "abcde"))
    assert kept.place(said("南昌=0.4", topics="campus"), (), hours(5)).event == event.id
    assert kept.place(said("南昌=0.4", topics="meat"), (), hours(5)).event == ""
    assert kept.place(said("南昌=0.4", topics="campus"), (), hours(24 * 3)).event == ""
    assert kept.place(said("面包=0.9 刀片=0.9", topics="campus"), (), hours(5)).event == ""
    others = [saying(name, "发霉=0.5", topics="campus") for name in "fghij"]
    kept.put(drawn_of(*others))
    assert kept.place(said("南昌=0.4", topics="campus"), (), hours(5)).event == ""


def test_what_is_not_relevant_by_itself_follows_an_event_that_it_names() -> None:
    kept, event = live(*(saying(name, "旺仔=0.9") for name in "abc"))
    assert kept.followed(said("旺仔=0.9 高管=0.5"), hours(20)).event == event.id
    assert kept.followed(said("高管=0.5"), hours(20)).event == ""
    assert kept.followed(said("旺仔=0.9"), hours(24 * 4)).event == ""
    small, _ = live(saying("a", "旺仔=0.9"))
    assert small.followed(said("旺仔=0.9"), hours(20)).event == ""


def test_after_its_window_an_event_is_not_joined() -> None:
    kept, _ = live(member("a", terms="舒兰 三中 呕吐"))
    assert kept.place(assessed(terms="舒兰 三中 呕吐"), (), hours(24 * 8)).event == ""
    assert kept.place(assessed(terms="舒兰 三中 呕吐"), (), hours(-24 * 8)).event == ""


def test_a_late_post_joins_the_event_of_its_own_time() -> None:
    kept, event = live(member("a", terms="舒兰 三中 呕吐"))
    assert kept.place(assessed(terms="舒兰 三中 呕吐"), (), hours(-5)).event == event.id


def test_a_near_duplicate_joins_whatever_its_words() -> None:
    bands = tuple(range(20))
    first = Member(**{**{name: getattr(member("a"), name) for name in Member.__struct_fields__}, "bands": bands})
    kept, event = live(first)
    placed = kept.place(assessed(), bands[:8] + tuple(range(100, 112)), hours(1))
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

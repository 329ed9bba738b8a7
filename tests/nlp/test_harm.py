"""Who was harmed by food: numbers as stated, in which words, and nothing that food did not do."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import cases
from nlp import harm_words as words
from nlp.assessment import Harm
from nlp.cases import Numbers, stated
from nlp.harm import grade, harm, harms
from nlp.numbers import numbers


@pytest.mark.parametrize(("text", "wanted"), [(one.text, one.wanted) for one in cases.of_harm() if one.half == "written"])
def test_written_cases(text: str, wanted: Numbers) -> None:
    assert stated(harm(text)) == wanted


def test_every_number_is_given_with_its_words() -> None:
    found = harm("截至10日,食物中毒病例增至43例,其中住院12例,无死亡病例")
    assert stated(found) == (43, 12, 0)
    assert found.quotes == ("中毒病例增至43例", "住院12例", "无死亡")


def test_the_last_correction_holds() -> None:
    assert stated(harm("食物中毒学生29名。昨天增至41名。今天上升到38名,系更正")) == (38, None, None)


def test_parts_do_not_replace_the_whole_and_nothing_is_added_up() -> None:
    assert stated(harm("甲校30名学生腹泻,乙校20名学生腹泻,其中10人住院")) == (30, 10, None)


def test_symptoms_and_the_vulnerable_are_told() -> None:
    found = harm("幼儿园20名幼儿吃早餐后呕吐、腹泻")
    assert found.symptoms == ("呕吐", "腹泻")
    assert found.vulnerable == ("幼儿",)


def test_guests_detained_and_recovered_are_not_harmed() -> None:
    assert stated(harm("260人参加寿宴,多人腹泻。3名责任人被刑拘。12人已出院")) == (None, None, None)


@pytest.mark.parametrize("cause", ["火锅店爆炸", "餐厅一氧化碳泄漏", "食堂坍塌", "聚餐后溺水", "饭店打人", "酒后车祸"])
def test_what_food_did_not_do_is_no_harm(cause: str) -> None:
    assert stated(harm(f"{cause}致3人死亡12人受伤")) == (None, None, None)


def test_a_text_without_food_has_no_harm() -> None:
    assert harm("新手机发布,排队200人") == Harm()


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (Harm(), None),
        (Harm(ill=29), None),
        (Harm(ill=30), 4),
        (Harm(hospitalised=99), 4),
        (Harm(ill=100), 3),
        (Harm(ill=3, dead=1), 3),
        (Harm(ill=100, dead=1), 2),
        (Harm(dead=10), 2),
        (Harm(ill=5, dead=0), None),
    ],
)
def test_the_grade_follows_the_plan(found: Harm, level: int | None) -> None:
    assert grade(found) == level


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(alphabet="吃食堂中毒学生32名人一死两伤住院,。增至其中无十余近百亡腹泻例", max_size=30), max_size=4))
def test_each_text_is_judged_by_itself(texts: list[str]) -> None:
    assert harms(texts) == [harm(text) for text in texts]
    for text, found in zip(texts, harms(texts), strict=True):
        assert all(quote in text for quote in found.quotes)
        assert len(found.quotes) == sum(number is not None for number in stated(found))


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 5000), st.sampled_from(["名学生", "人", "位老人"]), st.sampled_from(["食物中毒", "腹泻呕吐"]))
def test_a_plain_number_of_ill_is_read_as_it_stands(number: int, who: str, what: str) -> None:
    assert stated(harm(f"食堂就餐后{number}{who}{what}")) == (number, None, None)


SAYINGS = """3 十 两 俩 余 多 几 万 名 人 死 亡 伤 例 口 个 学生 无 没有 零 的 吃 , 。
12 数十 近百 一千二 若干 许多 老夫妻 母子 双双 食物中毒 住院 送往市医院 进了 增至 累计 死者 病例 被 刑拘 就餐 人数为"""


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([" ", *SAYINGS.split()]), max_size=16).map("".join))
def test_the_quick_look_passes_over_nothing_that_the_slow_one_would_find(text: str) -> None:
    people = [number for number in numbers(text) if text[number.end - 1] in "俩仨" or words.PEOPLE.match(text, number.end)]
    assert words.COUNTED.search(text) or not people
    assert [match.span() for match in words.SPOKEN.finditer(text)] == [match.span() for match in words.SAID.finditer(text)]
    for match in words.SAID.finditer(text):
        assert words.HARMED.search(text) or match.lastgroup in ("over", "others", "guests")
    none = any(pattern.search(text) for pattern in words.ZERO.values())
    assert (words.NOBODY.search(text) and words.HARMED.search(text)) or not none
    assert words.HARMED.search(text) or not words.SAID_BEFORE.search(text)


def test_patterns_that_every_text_meets_begin_with_plain_characters() -> None:
    quick = (words.FOODBORNE, words.GUT, words.FOOD, words.ACCIDENT, words.EPIDEMIC, words.SPOKEN, words.HARMED, words.NOBODY)
    assert [word for pattern in quick for word in pattern.pattern.split("|") if re.match(r"[\[(\\.^$]|.[?*]", word)] == []

"""One line of a text or an event: somebody's own words, short, and without what is no word."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.assessment import Assessment, Harm, Score
from nlp.summary import LONGEST, brief, summarised, summary
from nlp.text import bare

LONG = (
    "各位家长大家好。昨天下午放学以后，不少孩子回家说肚子不舒服，我们问了几个班级的家长。"
    "截至今天中午，三年级已有27名学生呕吐腹泻，其中6人住院。学校食堂中午供应的是凉拌菜和卤蛋。大家有什么情况在群里说一下。"
)


def assessed(because: tuple[str, ...] = (), harm: Harm | None = None) -> Assessment:
    return Assessment(Score(0.9, "relevant", because), 0.5, 0.2, "made", harm=harm)


def test_a_title_is_its_own_summary() -> None:
    assert summary("某小学32名学生腹泻", LONG) == "某小学32名学生腹泻"
    assert summary("#热点# 某小学32名学生腹泻 @某报 http://t.cn/abc", LONG) == "某小学32名学生腹泻"


def test_a_short_text_is_its_own_summary_word_for_word() -> None:
    for text in ("酸菜炒汤圆的做法", "KFC 新品！！！吃出Ａ４纸", "食堂又吃出蟲子了，誰管？"):
        assert summary("", text) == text


def test_a_headline_in_brackets_is_the_summary() -> None:
    assert summary("", f"[蜡烛]【某小学多名学生呕吐送医】{LONG}") == "某小学多名学生呕吐送医"


def test_the_most_telling_sentence_speaks() -> None:
    found = summarised("", LONG, assessed(("学生", "呕吐"), Harm(ill=27, quotes=("27名学生呕吐",))))
    assert found == "截至今天中午，三年级已有27名学生呕吐腹泻，其中6人住院。"


def test_a_long_sentence_gives_its_most_telling_clauses() -> None:
    text = "，".join(["他说今天的天气很好很适合出门"] * 5 + ["食堂的牛肉检出了瘦肉精", "有关部门已经介入"] + ["别的也没什么好说的了真的没有"] * 4)
    found = summary("", text, (("瘦肉精", 1.0),))
    assert "食堂的牛肉检出了瘦肉精" in found
    assert found in text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("#某地食堂# 吃出老鼠头！@市场监管 http://t.cn/A6abc 网页链接", "吃出老鼠头！"),
        ("<b>吃出</b>老鼠头&nbsp;真的", "吃出老鼠头 真的"),
        ("太可怕了//@小明:转发微博//@小红: 吃出老鼠头", "太可怕了 吃出老鼠头"),
        ("#吃出老鼠头#", "吃出老鼠头"),
        ("食堂\n\n吃出\t老鼠头", "食堂 吃出 老鼠头"),
        ("吃出老鼠头[怒][怒]", "吃出老鼠头"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_what_is_no_word_is_left_out(text: str, wanted: str) -> None:
    assert summary("", text) == wanted


def test_names_addresses_and_markup_never_show() -> None:
    found = summary("", f"<p>@张三：{LONG}</p> https://example.com/a?b=1 #话题#", (("住院", 1.0),))
    assert not re.search(r"[<>@#]|http", found)


@settings(deadline=None, max_examples=200)
@given(st.text("食堂吃出老鼠，。！？\n #@<>/&【】[]a1", max_size=300))
def test_a_summary_is_one_short_line_of_the_text(text: str) -> None:
    found = summary("", text)
    assert len(found) <= LONGEST
    assert "\n" not in found
    assert set(found) <= set(text) | set(" ")


@settings(deadline=None, max_examples=100)
@given(st.text("食堂吃出老鼠，。！？\n", max_size=300))
def test_the_words_of_a_plain_text_are_kept_as_they_stand(text: str) -> None:
    assert bare(text) == text
    assert summary("", text).replace(" ", "") in "".join(text.split())


def test_an_event_speaks_by_its_most_telling_line() -> None:
    lines = ["长春某小学学生呕吐", "孩子吐了一夜", "长春某小学27名学生食堂就餐后呕吐", "怎么回事", "长春某小学27名学生食堂就餐后呕吐"]
    found = brief(lines, {"小学": 0.8, "食堂": 0.9, "呕吐": 1.0, "学生": 0.7, "就餐": 0.5})
    assert found.line == "长春某小学27名学生食堂就餐后呕吐"
    assert "呕吐" in " ".join(found.phrases)


def test_terms_side_by_side_are_one_phrase_and_none_is_within_another() -> None:
    found = brief(["某中学食堂鼠头鸭脖", "中学食堂吃出鼠头", "鼠头鸭脖是什么"], {"鼠头": 1.0, "鸭脖": 0.9, "食堂": 0.6, "中学": 0.5})
    assert found.phrases[0] == "鼠头鸭脖"
    assert "中学食堂" in found.phrases
    assert not any(one != other and one in other for one in found.phrases for other in found.phrases)


def test_an_event_of_nothing_says_nothing() -> None:
    assert brief([], {"食堂": 1.0}) == ("", ())
    assert brief(["", ""], {}) == ("", ())

"""How alarmed a text is: declared words, faces and marks raise it, calm lowers it, and a plain report is not alarmed."""

from itertools import combinations
from pathlib import Path
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.alarm import alarm, alarms
from nlp.cases import LEVELS as BANDS
from nlp.cases import of_alarm
from nlp.lexicon import alone, loaded
from nlp.text import clean, cleaned

ROWS = of_alarm()
HELD = [(level, alarm(text)) for split, level, text in ROWS if split == "held"]
WORDS = st.sampled_from(["食堂", "吃出", "虫子", "太恶心了", "气死我了", "不", "别慌", "可怕", "有没有毒", "！", "哈哈哈", "，", "鸡蛋", "专家"])


def test_the_held_texts_lie_in_the_bands_of_their_levels() -> None:
    inside = [BANDS[level][0] <= score <= BANDS[level][1] for level, score in HELD]
    assert sum(inside) / len(inside) >= 0.9


def test_the_held_texts_are_in_the_order_of_their_levels() -> None:
    means = [mean(score for one, score in HELD if one == level) for level in BANDS]
    assert means == sorted(means)
    step = {"calm": 0, "doubt": 1, "disgust": 2, "anger": 2, "panic": 2}
    pairs = [(a, b) if step[a[0]] < step[b[0]] else (b, a) for a, b in combinations(HELD, 2) if step[a[0]] != step[b[0]]]
    assert mean(low[1] < high[1] for low, high in pairs) >= 0.95


def test_each_level_has_texts_of_both_halves() -> None:
    assert len(ROWS) >= 120
    assert {(split, level) for split, level, _ in ROWS} == {(split, level) for split in ("tune", "held") for level in BANDS}
    assert len({text for _, _, text in ROWS}) == len(ROWS)


def test_the_bench_marks() -> None:
    assert alarm("太恶心了！！吃出老鼠头，气死我了") > 0.7
    assert alarm("某市公布第12期食品抽检信息 3批次不合格") == 0


@pytest.mark.parametrize(
    "text", ["大家不用恐慌", "没什么可怕的，别慌", "这并不可怕", "没有引起恐慌", "出现恶心、呕吐等症状", "看了部恐怖片", "好吃！！！", "", "，"]
)
def test_a_calm_text_is_not_alarmed(text: str) -> None:
    assert alarm(text) < 0.2


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("可怕", "太可怕了"),
        ("气死我了", "气死我了！！！"),
        ("恶心", "恶心死了"),
        ("恶心，气死我了", "恶心，气死我了，吓死我了"),
        ("吓死我了哈哈哈", "吓死我了"),
        ("太可怕了，专家说不用恐慌", "太可怕了"),
        ("不恶心", "恶心"),
        ("薯条里有个创可贴", "薯条里有个创可贴🤮"),
        ("这能吃", "这能吃？？"),
        ("有没有毒", "吓死我了，有没有毒"),
    ],
)
def test_more_alarm_is_more(less: str, more: str) -> None:
    assert alarm(less) < alarm(more)


@settings(deadline=None, max_examples=200)
@given(st.lists(WORDS, max_size=60).map("".join))
def test_it_is_bounded_and_one_more_cue_never_lowers_it_nor_one_more_calm_word_raises_it(text: str) -> None:
    assert 0 <= alarm(text) <= 1
    assert alarm(f"{text}。太可怕了") >= alarm(text)
    assert alarm(f"{text}。请放心") <= alarm(text)


def test_a_long_text_is_as_alarmed_as_its_most_alarmed_part() -> None:
    part = "气死我了，鸡蛋是臭的。"
    filler = "今天去超市买了鸡蛋、牛奶和面包。" * 20
    assert alarm(part) <= alarm(filler + part) <= alarm(part) + 0.05
    assert alarm(f"{part}{filler}{part}{filler}{part}") <= alarm(part) + 0.05


def test_a_batch_is_judged_as_each_text_is() -> None:
    texts = [text for _, _, text in ROWS]
    assert alarms(cleaned(texts), texts) == [alarm(text) for text in texts]


def test_its_words_are_written_as_cleaned_text_is_and_are_no_evidence_of_a_matter() -> None:
    terms = alone("alarm").terms
    assert len(terms) >= 1000
    assert [term.word for term in terms if not term.group.startswith("emoji-") and clean(term.word) != term.word] == []
    assert "alarm" not in loaded().kinds


def test_a_folder_without_its_words_knows_no_alarm(tmp_path: Path) -> None:
    assert alarms(["太恶心了!!"], ["太恶心了!!"], folder=tmp_path) == [0.0]

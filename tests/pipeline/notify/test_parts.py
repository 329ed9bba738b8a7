"""Long texts in parts: nothing lost, no limit passed, no character or line broken without need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notify.parts import in_json, parts, utf8


def cut(text: str, limit: int, most: int = 10_000) -> list[str]:
    return parts(text, limit, utf8, most=most, rest="…")


def test_a_short_text_is_one_part() -> None:
    assert cut("患病 30 人\n送医", 100) == ["患病 30 人\n送医"]
    assert cut("", 100) == [""]


def test_a_cut_is_at_the_end_of_a_line() -> None:
    assert cut("一二三四\n五六七\n八九", 22) == ["一二三四\n五六七", "八九"]
    assert cut("一二三四\n五六七\n八九", 21) == ["一二三四", "五六七\n八九"]


def test_a_line_that_is_too_long_is_cut_at_the_end_of_a_sentence_and_else_between_characters() -> None:
    assert cut("学生呕吐。已经送医正在调查", 24) == ["学生呕吐。", "已经送医正在调查"]
    assert cut("学生呕吐已经送医正在调查", 24) == ["学生呕吐已经送医", "正在调查"]


def test_a_long_line_after_a_short_one_does_not_leave_a_part_nearly_empty() -> None:
    assert cut("甲\n" + "乙" * 20, 33)[0] == "甲\n" + "乙" * 9


@pytest.mark.parametrize("shown", ["👨‍👩‍👧", "e\u0301", "👍🏽", "☎️", "🇨🇳"])
def test_what_is_shown_as_one_character_is_not_broken(shown: str) -> None:
    size = utf8(shown)
    for room in range(size):
        pieces = cut("a" * 40 + shown + "b" * 10, 40 + room)
        assert any(shown in piece for piece in pieces)


def test_what_needs_too_many_parts_ends_with_a_word_on_it() -> None:
    pieces = cut("字" * 100, 30, most=3)
    assert pieces == ["字" * 10, "字" * 10, "字" * 9 + "…"]


_texts = st.text(st.sampled_from('食品安全。，\n\n "\\ab👨\u200d👩🏽e\u0301🇨🇳'), max_size=300)


@settings(deadline=None, max_examples=200)
@given(_texts, st.integers(8, 90), st.sampled_from([utf8, in_json]))
def test_no_part_passes_the_limit_and_nothing_is_lost(text: str, limit: int, size: object) -> None:
    measured = utf8 if size is utf8 else in_json
    pieces = parts(text, limit, measured, most=10_000, rest="…")
    assert all(measured(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())

"""Numbers as people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.numbers import numbers, value

WRITTEN = {
    "零": 0, "十": 10, "十二": 12, "二十": 20, "廿三": 23, "卅": 30, "一百二": 120, "一百零三": 103, "一百一十五": 115, "两千五": 2500,
    "一千零五": 1005,
    "一千零五十": 1050, "一万二": 12000, "一万二千": 12000, "三万五千六百": 35600, "一亿两千万": 120_000_000, "百": 100, "俩": 2, "仨": 3, "七八": 7,
    "七八十": 70, "三四百": 300, "二〇二四": 2024, "3,000": 3000, "1.2万": 12000, "3千": 3000, "30万": 300_000, "58": 58,
}  # fmt: skip
IN_TEXT = [
    ("几十人", None, "unknown"),
    ("一百二十余人", 120, "more"), ("十几人", 10, "more"), ("近百人", 100, "about"), ("3000多人", 3000, "more"), ("1.2万人", 12000, "exact"),
    ("30-40人", 30, "range"), ("三十至四十人", 30, "range"), ("数十人", None, "unknown"), ("多名学生", None, "unknown"),
    ("百余名", 100, "more"), ("上百人", 100, "more"), ("超200人", 200, "more"), ("约30名", 30, "about"), ("20多万人", 200_000, "more"),
    ("十余万人", 100_000, "more"), ("至少5人", 5, "more"), ("几名", None, "unknown"), ("若干名", None, "unknown"), ("两位", 2, "exact"),
    ("廿人", 20, "exact"),
]  # fmt: skip
ONES = "零一二三四五六七八九"


@pytest.mark.parametrize(("text", "worth"), WRITTEN.items())
def test_a_written_number_has_its_value(text: str, worth: int) -> None:
    assert value(text) == worth


@pytest.mark.parametrize("text", ["", "人", "十人", "abc"])
def test_what_is_no_number_has_none(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(("text", "worth", "kind"), IN_TEXT)
def test_a_number_in_a_text_is_found_with_its_kind(text: str, worth: int | None, kind: str) -> None:
    (found,) = numbers(text)
    assert (found.value, found.kind) == (worth, kind)


def spelt(number: int) -> str:
    """Write a number below 10,000 in full."""
    out, gap = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            out += ("零" if gap and out else "") + ONES[digit] + sign
            gap = False
        else:
            gap = True
    return out or "零"


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 9999))
def test_any_number_written_out_is_read_back(number: int) -> None:
    assert value(spelt(number)) == number


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="一二两三十百千万亿零廿多余几近超约0123456789.,-至人名 ", max_size=20))
def test_any_text_is_read_without_complaint(text: str) -> None:
    for found in numbers(text):
        assert 0 <= found.start < found.end <= len(text)
        assert found.value is None or found.value >= 0

"""Nothing that points at a person is shown to anybody else's model, and the matter stays readable."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.second.masked import LONGEST, masked


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("吃坏了 @张三 看看", "吃坏了 看看"),
        ("电话13812345678，快打", "电话[号码],快打"),
        ("电话 138-1234 5678", "电话 [号码]"),
        ("电话１３８１２３４５６７８", "电话[号码]"),
        ("座机0431-88123456", "座机[号码]"),
        ("身份证22010219900307123X", "身份证[号码]"),
        ("卡号6222 0212 3456 7890 123", "卡号[号码]"),
        ("邮箱zhang.san@example.com收", "邮箱[邮箱]收"),
        ("加微信：zhangsan_99问", "加微信:[号码]问"),
        ("加薇zhangsan88", "加薇[号码]"),
        ("QQ群：123456", "QQ群:[号码]"),
        ("电话138.1234.5678", "电话[号码]"),
        ("QQ 12345 联系", "QQ [号码] 联系"),
        ("货车吉A·12345运的油", "货车[车牌]运的油"),
        ("家住3号楼2单元501室", "家住[住址]"),
        ("姓名：张三丰，吐了", "姓名:[姓名],吐了"),
        ("我叫张三丰，吐了", "我叫[姓名],吐了"),
        ("我叫外卖吃出虫", "我叫外卖吃出虫"),
        ("2024-09-05 32名学生呕吐", "2024-09-05 32名学生呕吐"),
        ("2024年9月5日 罚款5000元", "2024年9月5日 罚款5000元"),
        ("详情 https://example.com/u/123?id=9", "详情"),
    ],
)
def test_what_points_at_a_person_is_masked(text: str, wanted: str) -> None:
    assert masked(text) == wanted


def test_a_long_text_is_cut() -> None:
    assert len(masked("食堂呕吐。" * 1000)) == LONGEST


@settings(deadline=None, max_examples=100)
@given(st.text("食堂@ab.:-0123456789 ·", max_size=60), st.integers(10**6, 10**18))
def test_no_long_number_and_no_name_is_left(around: str, number: int) -> None:
    found = masked(f"{around}，号{number}，{around}")
    assert str(number) not in found
    assert not re.search(r"\d{7}", found)
    assert "@" not in found

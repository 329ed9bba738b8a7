"""What is a person's is hidden; what looks like it and is not stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.masks import hidden, masked

HIDDEN = [
    ("联系我13812345678谢谢", "联系我138****5678谢谢"),
    ("电话 138-1234-5678。", "电话 138****5678。"),
    ("+86 13812345678", "138****5678"),
    ("(13912345678)", "(139****5678)"),
    ("微信同号13812345678", "微信同号138****5678"),
    ("身份证号220102199003078515", "身份证号2201**************"),
    ("11010519491231002X 是他", "1101************** 是他"),
    ("身份证：110105491231002", "身份证：1101***********"),
    ("卡号6222021234567890123转给我", "卡号***************0123转给我"),
    ("6222 0212 3456 7890 128", "***************0128"),
    ("4111111111111111", "************1111"),
    ("银行卡号：1234567890123456", "银行卡号：************3456"),
    ("家里 0431-88901234", "家里 0431*******"),
    ("写信到 zhang.san@example.com", "写信到 z***@example.com"),
    ("加微信 abc_12345 详聊", "加微信 *** 详聊"),
    ("QQ：123456789", "QQ：***"),
    ("@小明爱吃瓜 你看", "@*** 你看"),
    ("转发//@路人甲: 食堂", "转发//@***: 食堂"),
]
KEPT = [
    "生产批号20240905123456789",
    "批号：13812345678",
    "批次13812345678",
    "食品生产许可证编号SC10122010400123",
    "SC12345678901234",
    "许可证号JY12201040012345",
    "产品标准GB/T 19855-2015",
    "统一社会信用代码91220101MA0Y12345X",
    "统一社会信用代码912201017025123456",
    "条形码6901234567892",
    "订单号13987654321",
    "订单编号 4111111111111111",
    "运单号：6222021234567890128",
    "发布于2024-09-05 12:00:00",
    "20240905120000",
    "价格13812.34元，涨了12.5%",
    "3.1415926535897932",
    "拨打12315举报",
    "举报电话：0431-12345678",
    "咨询热线 0431-88906666",
    "客服400-800-1234",
    "共13812345人",
    "编号12345678901234567890123",
    "@吉林市场监管 @央视新闻 @新京报日报",
    "吉市监〔2024〕123号",
    "110105199902300021",
    "220102199003078516",
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_what_is_a_persons_is_hidden(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text("1380@-. 食堂微信Xx批号：SCa+", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


def test_json_is_hidden_but_for_what_names_records_and_what_the_desk_wrote() -> None:
    number, told = "13812345678", "138****5678"
    face = {"id": number, "posts": [number], "title": number, "why": [number], "at": None, "n": 1, "notes": [{"by": "李", "text": number}]}
    assert hidden({**face, "reason": number, "quotes": (number,), "post": {"text": number}}) == {
        **face, "title": told, "why": [told], "reason": number, "quotes": [told], "post": {"text": told}
    }  # fmt: skip
    assert hidden({"posts": [{"text": number}], "event": {"title": number}}) == {"posts": [{"text": told}], "event": {"title": told}}

"""Pages whose sites say a wrong encoding, or none."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.encodings import decoded

SIMPLE = "某市一所小学的食堂被指使用过期食材，市场监管部门已经介入调查，结果将及时公布。"
TRADITIONAL = "某市一所小學的食堂被指使用過期食材，衛生部門已經介入調查，結果將及時公布。"


@pytest.mark.parametrize(
    ("text", "codec", "header", "declared", "meta"),
    [
        (SIMPLE, "utf-8", "text/html; charset=utf-8", "", ""),
        (SIMPLE, "utf-8", "", "", ""),
        (SIMPLE, "utf-8", "text/html; charset=gb2312", "", ""),
        (SIMPLE, "utf-8", "text/html; charset=ISO-8859-1", "", ""),
        (SIMPLE, "utf-8-sig", "text/html; charset=gbk", "", "gb2312"),
        (SIMPLE, "utf-16", "", "", ""),
        (SIMPLE, "gb18030", "text/html; charset=gb2312", "", ""),
        (SIMPLE + "㐀𠀀镕", "gb18030", "text/html; charset=gbk", "", ""),
        (SIMPLE, "gb18030", "text/html", "", "gb2312"),
        (SIMPLE, "gb18030", "text/html; charset=utf-8", "", ""),
        (SIMPLE, "gb18030", "text/html; charset=utf-8", "", "gbk"),
        (SIMPLE, "gb18030", "", "", ""),
        (SIMPLE, "gb18030", "text/html; charset=no-such-thing", "", ""),
        (SIMPLE, "gb18030", "text/html; charset=base64", "", "utf-8"),
        (TRADITIONAL, "big5", "text/html; charset=big5", "", ""),
        (TRADITIONAL, "big5", "text/html; charset=utf-8", "", "big5"),
        (TRADITIONAL, "big5", "text/html; charset=utf-8", "big5", ""),
        (SIMPLE, "gb18030", "text/html; charset=big5", "gb18030", ""),
        ("plain", "ascii", "text/html; charset=gbk", "", ""),
    ],
)
def test_the_bytes_are_believed_before_the_site(text: str, codec: str, header: str, declared: str, meta: str) -> None:
    page = f'<html><head><meta charset="{meta}"></head>{text}</html>' if meta else text
    assert decoded(page.encode(codec), header=header, declared=declared)[0] == page


def test_the_encoding_is_named() -> None:
    assert decoded(SIMPLE.encode("gbk"), header="text/html; charset=gb2312", declared="")[1] == "gb18030"


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("broken", [b"\xff", b"\x81", b"\xe9\xa3"])
def test_a_broken_byte_never_loses_the_page(codec: str, broken: bytes) -> None:
    body = SIMPLE.encode("gb18030" if codec == "gb18030" else "utf-8") if codec != "big5hkscs" else TRADITIONAL.encode(codec)
    half = len(TRADITIONAL[:20].encode(codec))
    text, name = decoded(body[:half] + broken + b"\n" + body[half:], header=f"text/html; charset={codec}", declared="")
    assert name == codec
    assert (TRADITIONAL if codec == "big5hkscs" else SIMPLE)[-15:] in text


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=200), st.sampled_from(["", "text/html; charset=gb2312", "charset=", "utf-16", "punycode", "idna", "\x00"]), st.text(max_size=8)
)
def test_no_bytes_break_it(body: bytes, header: str, declared: str) -> None:
    text, name = decoded(body, header=header, declared=declared)
    assert codecs.lookup(name)
    assert isinstance(text, str)

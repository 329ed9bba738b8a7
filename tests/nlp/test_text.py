"""Promises of nlp.text."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp.text import clean, cleaned, sentences

PIECES = st.sampled_from(
    [
        *"食堂毒奶粉學裏乾瞭著*_.-·~|\\ \n\t@#/:<>&;!?，。！…“”",
        "//@张三:",
        "@李四 ",
        "#食品安全#",
        "https://t.cn/A6x",
        "&amp;",
        "&lt;",
        "<br>",
        "nai",
        "shi堂",
        "🐭头",
        "👍🏻",
        "\u200b",
        "\ufe0f",
        "ｆｕｌｌ",
        "①",
        "㎏",
        "\u0301",
        "\uf8ff",
        "\ud83d",
        "网页链接",
        "回复",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60)))
@example("&amp;amp;lt;br&gt;")
@example("食* 堂")
@example("@@@李四")
@example("# #食#堂#")
@example("&" + "amp;" * 60 + "lt;")
@example("<a" * 40 + ">" + " x>" * 40)
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=8))
def test_a_text_is_cleaned_alike_alone_and_in_a_batch(texts: list[str]) -> None:
    assert cleaned(texts) == [clean(text) for text in texts]


@pytest.mark.parametrize(
    ("found", "plain"),
    [
        ("學校食堂發現蟲子", "学校食堂发现虫子"),
        ("Ｆｏｏｄ　安全１２３，好！", "Food 安全123,好!"),
        ("食\u200b堂\ufeff", "食堂"),
        ("食*堂和食_堂", "食堂和食堂"),
        ("毒.奶.粉又来了", "毒奶粉又来了"),
        ("食 堂 后 厨", "食堂后厨"),
        ("毒nai粉、shi堂、SHA门菌", "毒奶粉、食堂、沙门菌"),
        ("吃出半截🐀头", "吃出半截鼠头"),
        ("太恶心了🤮🤮再也不去", "太恶心了 再也不去"),
        ("看 https://t.cn/A6xYz，真的", "看 ,真的"),
        ("@市场监管 请查一查", "请查一查"),
        ("via@新闻哥 快看", "via 快看"),
        ("回复@小王:确实难吃", "确实难吃"),
        ("#某校食堂吃出异物#求关注", "某校食堂吃出异物 求关注"),
        ("<p>第一段</p><p>第二&nbsp;段</p>", "第一段 第二 段"),
        ("&lt;b&gt;加粗&lt;/b&gt;", "加粗"),
        ("一行\r\n\r\n  又一行 ", "一行 又一行"),
    ],
)
def test_what_is_not_the_writers_words_is_taken_out(found: str, plain: str) -> None:
    assert clean(found) == plain


@pytest.mark.parametrize(
    "text",
    [
        "买了米、面、油和3.5斤肉",
        "今天去了.很好吃",
        "苹果 香蕉 西瓜",
        "联系a.b@qq.com处理",
        "3<5而且7>6",
        "他打坏了杯子,沈思怡吃坏了肚子",
        "2024-11-03 08:15 抽检",
        "C#和F#",
        "查尔斯·德·沃克斯来了",
        "美食|探店|成都",
        "唯有duke在场",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_a_repost_chain_keeps_every_word_once_and_no_name() -> None:
    assert clean("太可怕了//@张三:转发微博//@李四：食堂吃出老鼠//@王五:太可怕了") == "太可怕了 食堂吃出老鼠"


def test_a_long_run_without_blanks_after_an_at_sign_is_not_taken_for_a_name() -> None:
    words = "学校食堂吃出虫子家长们都很生气要求彻查到底给个说法"
    assert clean("@" + words) == words


@pytest.mark.parametrize("sign", ["<script ", "<!--", "<a ", "https://!", "//@", "@", "#", "“", "& ", "食 ", "食.", "www."])
@pytest.mark.timeout(30)
def test_a_hostile_text_costs_no_more_than_its_length(sign: str) -> None:
    text = sign * 20000
    clean(text)
    sentences(text)


def test_no_text_is_an_empty_text() -> None:
    assert cleaned([]) == []
    assert cleaned(["", " \n", "\u200b"]) == ["", "", ""]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("第一句。第二句！第三句？", ["第一句。", "第二句！", "第三句？"]),
        ("他说:“不好。不吃了!”然后走了。", ["他说:“不好。不吃了!”", "然后走了。"]),
        ("“难吃!太脏!”,他说。走了", ["“难吃!太脏!”,他说。", "走了"]),
        ("真的？！假的……好吧", ["真的？！", "假的……", "好吧"]),
        ("标题\n正文第一句;第二句", ["标题", "正文第一句;", "第二句"]),
        ("见https://a.cn/?id=3;x=1 为准。", ["见https://a.cn/?id=3;x=1 为准。"]),
        ("重3.5公斤.下一句", ["重3.5公斤.下一句"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_stops(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@settings(deadline=None, max_examples=100)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_sentences_lose_nothing_but_blanks(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())

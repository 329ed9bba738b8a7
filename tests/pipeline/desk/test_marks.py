"""Words are marked where they stand in the original."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.desk.marks import Piece, excerpt, pieces

texts = st.text(alphabet="食堂腹泻Aa１1ﬁ。 ß", max_size=40)


def test_a_word_is_marked_where_it_stands() -> None:
    assert pieces("学校食堂腹泻了", ["食堂"]) == [Piece("学校"), Piece("食堂", True), Piece("腹泻了")]


def test_width_and_case_do_not_count() -> None:
    assert [piece.text for piece in pieces("又见ＡＢＣ公司", ["abc"]) if piece.hit] == ["ＡＢＣ"]


def test_words_that_touch_are_one_mark() -> None:
    assert [piece.text for piece in pieces("食堂腹泻了", ["食堂", "腹泻"]) if piece.hit] == ["食堂腹泻"]


def test_a_long_text_is_cut_around_the_first_hit() -> None:
    cut = excerpt("甲" * 300 + "。食堂出事" + "乙" * 300, ["食堂"], width=60)
    assert cut[0] == Piece("…")
    assert cut[-1] == Piece("…")
    assert Piece("食堂", True) in cut
    assert sum(len(piece.text) for piece in cut) <= 62


def test_a_short_text_is_whole() -> None:
    assert excerpt("没有", ["食堂"]) == [Piece("没有")]


@settings(deadline=None, max_examples=60)
@given(texts, st.lists(st.text(alphabet="食堂腹泻Aa1fiss ", max_size=3), max_size=3))
def test_no_character_is_lost(text: str, words: list[str]) -> None:
    assert "".join(piece.text for piece in pieces(text, words)) == text
    assert sum(len(piece.text) for piece in excerpt(text, words, width=12)) <= 14

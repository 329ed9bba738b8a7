"""Promises of nlp.lexicon, and of the lists that ship with it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigError
from nlp.lexicon import TRAPS, Hit, Lexicon, Term, evasions, loaded, segmenter_words
from nlp.text import clean, cleaned

CLASSES = {"acts", "authorities", "brands", "eaters", "foods", "hazards", TRAPS, "symptoms", "venues"}


def written(folder: Path, **files: str) -> Path:
    (folder / "lexicons").mkdir()
    for name, text in files.items():
        (folder / "lexicons" / f"{name}.txt").write_text(text, "utf-8")
    return folder


def test_terms_are_found_with_class_group_and_place() -> None:
    lexicon = Lexicon([Term("venues", "食堂", "canteen"), Term("hazards", "鼠头", "foreign")])
    assert lexicon.found(["食堂吃出鼠头", ""]) == [[Hit("venues", "食堂", 0, 2, "canteen"), Hit("hazards", "鼠头", 4, 6, "foreign")], []]


def test_the_longest_term_from_the_left_wins_unless_all_are_wanted() -> None:
    lexicon = Lexicon([Term("foods", "奶粉"), Term("hazards", "毒奶粉"), Term("foods", "奶")])
    assert [hit.term for hit in lexicon.found(["毒奶粉"])[0]] == ["毒奶粉"]
    assert [hit.term for hit in lexicon.found(["毒奶粉"], overlapping=True)[0]] == ["毒奶粉", "奶粉", "奶"]


def test_a_trap_hides_the_terms_inside_it() -> None:
    lexicon = Lexicon([Term(TRAPS, "煤气中毒"), Term("hazards", "中毒"), Term("hazards", "食物中毒")])
    for overlapping in (False, True):
        hits = lexicon.found(["煤气中毒不是食物中毒"], overlapping=overlapping)[0]
        assert hits[0] == Hit(TRAPS, "煤气中毒", 0, 4)
        assert {hit.start for hit in hits if hit.kind == "hazards"} <= {6, 8}


def test_one_class_alone_is_found_where_it_would_be_among_all() -> None:
    lexicon = Lexicon([Term(TRAPS, "煤气中毒"), Term("hazards", "中毒"), Term("symptoms", "中毒"), Term("foods", "豆角")])
    text = "煤气中毒,豆角中毒"
    for kinds in (("symptoms",), ("symptoms", "foods"), ("brands",)):
        assert lexicon.only(*kinds).found([text])[0] == [hit for hit in lexicon.found([text])[0] if hit.kind in kinds]


def test_a_term_of_two_classes_is_found_as_both() -> None:
    lexicon = Lexicon([Term("brands", "海底捞"), Term("venues", "海底捞")])
    assert [hit.kind for hit in lexicon.found(["海底捞"])[0]] == ["brands", "venues"]


@pytest.mark.parametrize(("text", "found"), [("去KFC吃", True), ("kfc", True), ("Kfc的", True), ("xKFCd", False), ("KFCs", False), ("KFC2", True)])
def test_latin_terms_are_whole_words_in_any_case(text: str, found: bool) -> None:
    assert bool(Lexicon([Term("brands", "KFC")]).found([text])[0]) is found


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text("食堂奶粉毒中", min_size=1, max_size=3), unique=True, min_size=1, max_size=6), st.text("食堂奶粉毒中学", max_size=20))
def test_overlapping_search_finds_just_what_a_plain_search_finds(words: list[str], text: str) -> None:
    expected = {(word, at) for word in words for at in range(len(text)) if text.startswith(word, at)}
    hits = Lexicon(Term("foods", word) for word in words).found([text], overlapping=True)[0]
    assert {(hit.term, hit.start) for hit in hits} == expected
    assert len(hits) == len(expected)
    assert all(text[hit.start : hit.end] == hit.term for hit in hits)


def test_no_terms_find_nothing() -> None:
    assert Lexicon([]).found(["食堂"], overlapping=True) == [[]]


def test_the_shipped_lists_hold_every_class_and_are_written_as_cleaned_text_is() -> None:
    lexicon = loaded()
    assert set(lexicon.kinds) >= CLASSES
    assert len(lexicon.terms) >= 4000
    words = [term.word for term in lexicon.terms]
    assert [(word, plain) for word, plain in zip(words, cleaned(words), strict=True) if word != plain] == []
    assert [term.word for term in lexicon.terms if term.kind in CLASSES and not term.group] == []


def test_every_evasion_is_written_out() -> None:
    table = evasions()
    assert len(table) >= 300
    assert [(wrong, clean(wrong)) for wrong, right in table.items() if clean(wrong) != right] == []


def test_a_home_folder_is_read_instead_of_the_shipped_lists(tmp_path: Path) -> None:
    home = written(tmp_path, hazards="# 危害\n\n鼠头\tforeign\n蛆\n")
    assert loaded(home).terms == (Term("hazards", "鼠头", "foreign"), Term("hazards", "蛆"))
    assert evasions(home) == {}


def test_every_fault_is_named_with_file_and_line(tmp_path: Path) -> None:
    home = written(tmp_path, hazards="鼠头\n鼠头\n蛆\ta\tb\n\tpest\n", foods="ＡＢ\n")
    with pytest.raises(ConfigError) as error:
        loaded(home)
    said = [str(fault).rpartition("lexicons/")[2] for fault in error.value.faults]
    assert said == [
        "foods.txt: line 1: write AB: half-width, as cleaned text is",
        "hazards.txt: line 2: 鼠头 stands in line 1 already",
        "hazards.txt: line 3: more than a term and its group",
        "hazards.txt: line 4: no term before the tab",
    ]


def test_a_file_that_is_not_text_and_a_folder_that_is_not_there_are_faults(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="folder not found"):
        loaded(tmp_path)
    home = written(tmp_path, hazards="")
    (home / "lexicons" / "hazards.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"hazards\.txt: byte 0: is not UTF-8"):
        loaded(home)


def test_evasions_that_run_in_circles_or_say_nothing_are_faults(tmp_path: Path) -> None:
    home = written(tmp_path, evasions="毒nai粉\na=abcd\nshi堂=食堂\nshi堂=食堂\n食=食品\n")
    with pytest.raises(ConfigError) as error:
        evasions(home)
    said = [str(fault).rpartition("lexicons/")[2] for fault in error.value.faults]
    assert said[:3] == [
        "evasions.txt: line 1: must be wrong=right",
        "evasions.txt: line 2: abcd is much longer than a",
        "evasions.txt: line 4: shi堂 stands in line 3 already",
    ]
    assert "evasions.txt: 食品 holds 食, which is replaced itself" in said


def test_the_segmenter_is_not_taught_rows_of_other_terms() -> None:
    words = ["抽检", "不合格", "抽检不合格", "食堂", "蛆", "KFC", "老 鼠"]
    assert segmenter_words(Lexicon(Term("acts", word) for word in words)) == ["不合格", "抽检", "食堂"]

"""Text in pictures: long ones are cut between lines, what cannot be read says why, and how sure a reading is is told."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crawlers.apart import Unread
from crawlers.beside import Line, marked, words_in
from crawlers.pictures import cut, pieces, pixels

ENGINE = Path(__file__).parent / "engine"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch):
    """A small reader of drawn signs, found where the large one would be."""
    monkeypatch.syspath_prepend(str(ENGINE))
    monkeypatch.setenv("PYTHONPATH", f"{ENGINE}:{Path(__file__).parents[2]}")
    monkeypatch.delitem(sys.modules, "rapidocr", raising=False)
    import rapidocr

    yield rapidocr
    sys.modules.pop("rapidocr", None)


def png(picture: np.ndarray) -> bytes:
    into = io.BytesIO()
    Image.fromarray(picture).save(into, "PNG")
    return into.getvalue()


def test_a_long_picture_is_cut_between_its_lines_and_read_whole(engine) -> None:
    lines = ["大家不要吃这种面条", "食物中毒", "请转发"] * 20
    picture = engine.drawn(lines)
    assert picture.shape[0] > 4000
    parts = list(cut(picture))
    assert len(parts) > 3
    assert sum(len(part) for part in parts) == len(picture)
    assert [line.text for line in pieces(png(picture))] == lines


def test_the_text_is_read_apart_and_marked_with_how_sure_it_is(engine) -> None:
    said, fault = words_in(png(engine.drawn(["致癌", "饺子", "请转发"])))
    assert fault == ""
    assert said == "【图片文字，机器识读，可信度0.95】\n致癌\n请转发", "what is not surely read is left out"
    assert words_in(png(np.full((400, 400, 3), 255, np.uint8))) == ("", "")


def test_what_is_no_picture_of_a_text_says_why() -> None:
    for body, why in (
        (b"", "is no picture"),
        (png(np.zeros((100, 100, 3), np.uint8)), "too small"),
        (png(np.zeros((9000, 5000), bool)), "more than 40 million pixels"),
        (png(np.zeros((400, 400, 3), np.uint8))[:200], "is no picture that can be read"),
        (b"<svg/>", "is no picture that can be read"),
    ):
        with pytest.raises(Unread, match=why):
            pixels(body)
    assert pixels(png(np.zeros((300, 2560, 3), np.uint8))).shape == (150, 1280, 3)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(Unread, match=r"that needs `pip install shian\[ocr\]`"):
        list(pieces(png(np.zeros((400, 400, 3), np.uint8))))


def test_a_picture_that_was_not_read_to_its_end_says_so() -> None:
    assert marked([]) == ""
    assert marked([Line("甲乙丙", 0.9), Line("丁", 0.7)], is_whole=False) == "【图片文字，机器识读，可信度0.85，未读完】\n甲乙丙\n丁"

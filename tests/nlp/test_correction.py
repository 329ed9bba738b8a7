"""A correction moves what was decided, keeps the rest, and is not taken where it makes anything worse."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from nlp.acceptance import faults
from nlp.analyst import analyst
from nlp.corpora import Example, measured, written
from nlp.correction import corrected, fitted
from nlp.model import load
from nlp.relevance_figures import plain

JOKES = ["老鼠掉进米缸的寓言故事", "喝了假酒一样的操作", "地沟油歌手的专辑发霉了我都爱听"]
QUIET = "今天下午有雨，出门记得带伞"


def decided(text: str, *, relevant: bool = False) -> Example:
    return Example(text, relevant, ("other",) if relevant else (), "2025-01-01", "desk", "e")


def test_what_was_dismissed_scores_lower_and_other_texts_stay(tmp_path: Path) -> None:
    model = corrected(tmp_path, [decided(text) for text in JOKES])
    texts = [*JOKES, QUIET, "某小学食堂午餐后多名学生呕吐腹泻送医"]
    before, after = (judge.assess(plain(texts)) for judge in (analyst(), analyst(model=tmp_path)))
    assert all(new.relevant.score < old.relevant.score for old, new in zip(before[:3], after[:3], strict=True))
    assert [one.is_relevant for one in after[3:]] == [False, True]
    assert model.digest != load().digest == model.manifest["corrected"]
    assert (model.threshold, model.manifest["verdicts"]) == (load().threshold, 3)
    assert after[0].model != before[0].model


def test_what_was_taken_up_scores_higher(tmp_path: Path) -> None:
    text = "谈恋爱像吃过期糖"
    corrected(tmp_path, [decided(text, relevant=True)])
    before, after = (judge.assess(plain([text]))[0].relevant.score for judge in (analyst(), analyst(model=tmp_path)))
    assert after > before


def test_the_same_decisions_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        corrected(tmp_path / name, [decided(text) for text in JOKES])
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_nothing_moves_where_the_logits_say_it_all() -> None:
    given = sp.csr_matrix(np.eye(2))
    moved = fitted(given, np.array([20.0, -20.0]), np.array([True, False]))
    assert np.abs(moved).max() < 1e-6
    assert fitted(given, np.array([3.0, 0.0]), np.array([False, True]))[0] < 0 < fitted(given, np.zeros(2), np.array([False, True]))[1]


def test_the_texts_that_are_measured_on_are_known() -> None:
    assert len(measured()) > 1000
    assert len(measured()) > len(written()) / 20


@pytest.mark.data
def test_real_texts_that_are_measured_on_are_known_too(shared: Path) -> None:
    assert len(measured(shared)) > len(measured()) + 4000


BEFORE = {"written": {"f1": 0.84, "average_precision": 0.96, "n": 3}, "verdicts": {"f1": 0.5, "right": 0.75, "n": 4}}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({}, []),
        ({"f1": 0.831}, []),
        ({"f1": 0.829}, ["written: f1 fell from 0.840 to 0.829"]),
        ({"average_precision": 0.94}, ["written: average_precision fell from 0.960 to 0.940"]),
        ({"f1": 0.8}, ["written: f1 0.800 is below the floor 0.81", "written: f1 fell from 0.840 to 0.800"]),
    ],
)
def test_a_model_that_is_worse_anywhere_is_not_taken(after: dict[str, float], said: list[str]) -> None:
    assert faults(BEFORE, {**BEFORE, "written": {**BEFORE["written"], **after}}, {"written": {"f1": 0.81}}) == said


def test_the_verdicts_count_as_any_set() -> None:
    assert faults(BEFORE, {"verdicts": {"f1": 0.5, "right": 0.5, "n": 4}}, {}) == ["verdicts: right fell from 0.750 to 0.500"]

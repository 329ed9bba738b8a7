"""What is measured is what happened: figures, intervals and tables on judgements that are known beforehand."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from config.errors import InputError
from nlp import cases
from nlp.assessment import Assessment, Fingerprint, Score, Writing
from nlp.case_figures import alarm, harm, places
from nlp.corpora import Example
from nlp.evaluate import OWN, SETS, evaluate
from nlp.intervals import drawn_again, wilson
from nlp.relevance_figures import average_precision, calibration_error, relevance, reliability, texts_of
from pipeline.replayed import SETS as REPLAYED


class Told:
    """Says of each text what it was told to: a score, and topics."""

    version = "told"

    def __init__(self, scores: Mapping[str, float], topics: Mapping[str, str] | None = None) -> None:
        self._scores, self._topics = scores, topics or {}

    def fingerprints(self, texts: Sequence[str]) -> list[Fingerprint]:
        return [Fingerprint(text.encode()) for text in texts]

    def assess(self, writings: Sequence[Writing], memory: Mapping[str, float] | None = None) -> list[Assessment]:
        return [
            Assessment(
                Score(self._scores.get(one.text, 0.0)), 0.5, 0.2, "told", topics=tuple(map(self._topic, self._topics.get(one.text, "").split()))
            )
            for one in writings
        ]

    def recalled(self, assessment: Assessment, memory: Mapping[str, float]) -> Assessment:
        return assessment

    def _topic(self, name: str) -> Score:
        return Score(0.9, name)


EXAMPLES = [
    Example("a", True, ("campus",), "", "written"),
    Example("b", True, ("meat",), "", "written"),
    Example("c", False, (), "", "written"),
    Example("d", False, (), "", "written"),
]
JUDGE = Told({"a": 0.95, "b": 0.3, "c": 0.85, "d": 0.05}, {"a": "campus", "b": "catering"})


def test_rates_and_errors_are_those_of_the_judgements() -> None:
    found = relevance(EXAMPLES, JUDGE.assess(texts_of(EXAMPLES)), topics=True)
    assert (found["n"], found["relevant"], found["precision"], found["recall"], found["f1"]) == (4, 2, 0.5, 0.5, 0.5)
    assert found["average_precision"] == round((1 + 2 / 3) / 2, 4)
    assert found["worst"] == ["- 0.85 c", "+ 0.30 b"]
    assert found["uncertain"] == 0.25
    assert 0 <= found["precision_low"] <= found["precision"] <= found["precision_high"] <= 1


def test_a_text_counts_as_often_as_it_stands_for() -> None:
    found = relevance(EXAMPLES, JUDGE.assess(texts_of(EXAMPLES)), topics=False, weights=[1, 9, 3, 100])
    assert (found["precision"], found["recall"], found["relevant_in_stream"]) == (0.25, 0.1, 10.0)
    assert found["reliability"]["0.8-0.9"] == {"n": 1, "mean_score": 0.85, "relevant": 0.0}


def test_topics_tell_what_was_said_instead() -> None:
    found = relevance(EXAMPLES, JUDGE.assess(texts_of(EXAMPLES)), topics=True)
    assert found["topics"]["campus"] == {"n": 1, "precision": 1.0, "recall": 1.0, "f1": 1.0, "instead": {}}
    assert found["topics"]["meat"] == {"n": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0, "instead": {"catering": 1}}
    assert found["topics_worst"] == ["meat → catering b"]


def test_reliability_has_ten_bins_and_every_text() -> None:
    truth, scores, counts = np.array([True, False, True]), np.array([0.95, 1.0, 0.0]), np.ones(3)
    table = reliability(truth, scores, counts)
    assert [row["n"] for row in table.values()] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert table["0.9-1.0"] == {"n": 2, "mean_score": 0.975, "relevant": 0.5}
    assert table["0.1-0.2"]["relevant"] is None
    assert calibration_error(truth, scores, counts) == round((2 * 0.475 + 1) / 3, 4)


def test_average_precision_weighs() -> None:
    truth, scores = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
    assert average_precision(truth, scores, np.array([1.0, 2.0, 1.0])) == 0.75
    assert average_precision(np.zeros(3, bool), scores, np.ones(3)) == 0


@pytest.mark.parametrize(
    ("right", "n", "interval"), [(204, 210, (0.9391, 0.9868)), (0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (0, 0, (0.0, 1.0))]
)
def test_wilson_is_as_in_the_tables(right: int, n: int, interval: tuple[float, float]) -> None:
    assert wilson(right, n) == interval


def test_each_stratum_is_drawn_by_itself() -> None:
    strata = np.array([0] * 50 + [1] * 5)
    found = drawn_again(strata, lambda times: {"few": float(times[50:].sum()), "first": float(times[0])})
    assert (found["few_low"], found["few_high"]) == (5, 5)
    assert found["first_low"] == 0 < found["first_high"]


def test_every_set_of_our_own_can_be_measured_with_nothing_else() -> None:
    found = evaluate()
    assert tuple(found) == OWN
    assert all(figures["n"] > 50 and len(figures["worst"]) <= 20 for figures in found.values())
    assert list(found["places"]["halves"]) == ["written"] == list(found["harm"]["halves"])


def test_sets_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown set nonsense"):
        evaluate(["nonsense"])
    with pytest.raises(InputError, match="o2o needs the folder of real texts"):
        evaluate(["o2o"], judge=JUDGE)
    assert set(cases.floors()) <= {*SETS, *REPLAYED}


def test_who_finds_nothing_is_right_only_where_nothing_is() -> None:
    found = places(JUDGE)
    written = [one for one in cases.of_places() if one.half == "written"]
    assert found["right"] == round(sum(not one.wanted for one in written) / len(written), 4)
    assert found["worst"][0].startswith("written: ")
    assert harm(JUDGE)["right_high"] < 0.6
    assert alarm(JUDGE)["levels"]["panic"]["in_band"] == 0
    assert alarm(JUDGE)["pairs_in_order"] == 0


def test_a_broken_case_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.tsv"
    path.write_text("# half text codes\nwritten\t长春\n", "utf-8")
    with pytest.raises(InputError, match=r"cases.tsv line 2: must be half, text, codes"):
        cases.of_places(path)


@pytest.mark.data
def test_real_halves_are_measured_apart(shared: Path) -> None:
    found = evaluate(["places", "harm"], shared=shared)
    assert list(found["places"]["halves"]) == ["written", "seen", "unseen"]
    assert (found["places"]["half"], found["places"]["n"], found["harm"]["n"]) == ("unseen", 210, 189)
    assert found["places"]["halves"]["seen"]["right"] >= 0.97


@pytest.mark.data
def test_a_folder_without_the_texts_is_refused(shared: Path) -> None:
    with pytest.raises(InputError, match="1 labelled texts are not in"):
        cases.real(shared, frozenset({"0" * 40}))

"""The test set of the stream: what it promises of weights, days and broken lines."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from config.errors import InputError
from nlp import corpora
from nlp.corpora import key
from nlp.stream import LABELS, stream_test

HEADER = "hash\tday\trelevant\ttopics\tset\tstratum\tweight\n"
TITLES = {"食堂的面里有虫": "2024-07-02", "今天去看海": "2024-08-01", "说不清的事": "2024-09-01", "早先的事": "2024-06-30"}


def folder(path: Path) -> Path:
    for name, texts in (("hot-titles-2020-2024.tsv.gz", TITLES), ("hot-questions-2020-2024.tsv.gz", {"今天去看海吗": "2024-08-01"})):
        with gzip.open(path / name, "wt", encoding="utf-8") as lines:
            lines.writelines(f"{day}\t{text}\n" for text, day in texts.items())
    return path


def labels(path: Path, *rows: str) -> Path:
    file = path / "labels.tsv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows), "utf-8")
    return file


def table(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]


def row(text: str, rest: str) -> str:
    return f"{key(text)}\t{TITLES[text]}\t{rest}"


def test_a_title_comes_with_its_stratum_and_what_it_stands_for(tmp_path: Path) -> None:
    file = labels(tmp_path, row("今天去看海", "0\t\ttest-strata\trest\t19.1479"), row("食堂的面里有虫", "1\tcampus\ttest-strata\thazard\t1"))
    (worm, one), (sea, many) = stream_test(folder(tmp_path), labels=file)
    assert (worm.text, worm.relevant, worm.topics, worm.kind, one) == ("食堂的面里有虫", True, ("campus",), "hazard", 1.0)
    assert (sea.relevant, sea.kind, many) == (False, "rest", 19.1479)


def test_doubtful_titles_are_left_out(tmp_path: Path) -> None:
    assert stream_test(folder(tmp_path), labels=labels(tmp_path, row("说不清的事", "?\t\ttest-strata\trest\t2"))) == []


def test_a_title_of_the_months_that_are_fitted_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 labelled texts are not in"):
        stream_test(folder(tmp_path), labels=labels(tmp_path, row("早先的事", "0\t\ttest-strata\trest\t2")))


@pytest.mark.parametrize(
    "rest", ["0\t\ttest-strata\trest", "2\t\ttest-strata\trest\t1", "0\t\ttest-strata\trest\t0.5", "0\t\ttest-strata\trest\tmany"]
)
def test_a_line_that_does_not_hold_is_named(tmp_path: Path, rest: str) -> None:
    with pytest.raises(InputError, match=r"line 2: must be hash, day"):
        stream_test(tmp_path, labels=labels(tmp_path, row("今天去看海", rest)))


@pytest.mark.parametrize("rest", ["1\t\ttest-strata\trest\t1", "0\tcampus\ttest-strata\trest\t1", "1\tspace\ttest-strata\trest\t1"])
def test_topics_go_with_relevance(tmp_path: Path, rest: str) -> None:
    with pytest.raises(InputError, match=r"line 2: relevant texts have known topics"):
        stream_test(tmp_path, labels=labels(tmp_path, row("今天去看海", rest)))


def test_labels_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        stream_test(tmp_path, labels=tmp_path / "none.tsv")


@pytest.mark.parametrize("path", LABELS.values(), ids=LABELS)
def test_every_row_of_a_stratum_stands_for_as_many_texts(path: Path) -> None:
    rows = table(path)
    assert all(one[1] >= corpora.HELD_OUT and one[4] == "test-strata" for one in rows)
    assert len({one[0] for one in rows}) == len(rows)
    assert set(Counter(stratum for stratum, _ in {(one[5], one[6]) for one in rows}).values()) == {1}


@pytest.mark.data
@pytest.mark.parametrize("origin", LABELS)
def test_the_weights_add_up_to_the_stream(origin: str, shared: Path) -> None:
    late = sum(seen.origin == origin and seen.day >= corpora.HELD_OUT for seen in corpora.streams(shared))
    rows = table(LABELS[origin])
    assert sum(float(one[6]) for one in rows) == pytest.approx(late, abs=5)
    assert len(stream_test(shared, origin)) == sum(one[2] != "?" for one in rows)


@pytest.mark.data
def test_nothing_of_it_is_ever_fitted(shared: Path) -> None:
    drawn = [example for example in corpora.labelled(shared) if example.kind == "test-strata"]
    assert {example.origin for example in drawn} == set(LABELS)
    assert all(corpora.is_held_out(example) for example in drawn)

"""What was answered is known again, after a restart too; the file stays bounded and survives a torn write."""

import os
from pathlib import Path

import pytest

from pipeline.second import Opinion
from pipeline.second.kept import Kept

YES = Opinion(True, "呕吐")


def test_opinions_are_known_by_model_and_text_after_a_restart(tmp_path: Path) -> None:
    Kept(tmp_path / "o.jsonl").add("m", {"甲": YES, "乙": Opinion(False)})
    again = Kept(tmp_path / "o.jsonl")
    assert (again.get("m", "甲"), again.get("m", "乙"), again.get("n", "甲"), again.get("m", "丙")) == (YES, Opinion(False), None, None)
    assert "甲" not in (tmp_path / "o.jsonl").read_text("utf-8")


def test_the_newest_are_kept_and_the_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    kept = Kept(path, most=3)
    for number in range(20):
        kept.add("m", {f"{number}": YES})
        assert len(path.read_text("utf-8").splitlines()) <= 6
    assert len(kept) == 3
    again = Kept(path, most=3)
    assert [again.get("m", f"{number}") for number in (16, 17, 18, 19)] == [None, YES, YES, YES]


def test_what_is_broken_is_passed_over_and_does_not_swallow_the_next(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "o.jsonl"
    Kept(path).add("m", {"甲": YES})
    with path.open("ab") as file:
        file.write(b'\xff\xfe\n{"key": 5}\n{"key": "torn", "rel')
    kept = Kept(path)
    kept.add("m", {"乙": YES})
    assert caplog.text.count("is no opinion") == 3
    caplog.clear()
    again = Kept(path)
    assert (again.get("m", "甲"), again.get("m", "乙"), caplog.text) == (YES, YES, "")


def test_where_the_disk_refuses_they_are_kept_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept(tmp_path / "no folder" / "o.jsonl")
    kept.add("m", {"甲": YES})
    assert kept.get("m", "甲") == YES
    assert "are not written" in caplog.text
    assert os.listdir(tmp_path) == []  # noqa: PTH208

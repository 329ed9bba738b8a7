"""A model made again from the same inputs is the same, byte for byte, and never sees the held-out months."""

from pathlib import Path

import pytest

from nlp import corpora
from nlp.corpora import HELD_OUT, is_held_out, written
from nlp.model import PACKAGED, load
from nlp.train import train


def test_the_written_texts_hold_and_a_part_of_them_is_held_out() -> None:
    texts = written()
    assert len(texts) > 1000
    assert 0.05 < sum(is_held_out(text) for text in texts) / len(texts) < 0.2


def test_the_packaged_model_is_small_and_holds_words_only() -> None:
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) < 20 * 2**20
    assert max(map(len, load().vocabulary)) <= 16


def test_held_out_months_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="held-out months"):
        train(tmp_path, until="2024-12-01")
    assert HELD_OUT == "2024-07-01"


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A part of the texts goes the same way as all of them.
    some = corpora.written()[::6]
    monkeypatch.setattr(corpora, "written", lambda: some)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        train(tmp_path / name)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name

"""The library of known claims: the shipped one holds, and everything wrong with one is said at once."""

from pathlib import Path

import pytest

from config.debunk import library
from config.errors import ConfigError

BROKEN = """\
title: 坏的
claims:
  first:
    claim: 某说法
    when: [<没有的词> + 甲||乙]
    wordings: [某说法]
    finding: 不是。
    citation: 某处
  second:
    claim: 缺少结论
    wordings: [某说法]
    citation: 某处
"""


def test_the_shipped_claims_hold() -> None:
    known = library()
    assert len(known.claims) >= 200
    assert len({claim.id for claim in known.claims}) == len(known.claims)
    assert all(claim.finding and claim.citation and claim.patterns for claim in known.claims)
    assert known.hiding


def test_a_folder_without_any_has_none(tmp_path: Path) -> None:
    assert library(tmp_path).claims == ()


def test_every_fault_is_said_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "debunks").mkdir()
    (tmp_path / "debunks" / "broken.yaml").write_text(BROKEN, "utf-8")
    (tmp_path / "debunks" / "words.yaml").write_text("空的: []\n", "utf-8")
    with pytest.raises(ConfigError) as refused:
        library(tmp_path)
    assert {fault.key for fault in refused.value.faults} == {"claims.second.finding", "空的"}
    sound = BROKEN.partition("  second:")[0]
    (tmp_path / "debunks" / "broken.yaml").write_text(sound, "utf-8")
    (tmp_path / "debunks" / "words.yaml").unlink()
    with pytest.raises(ConfigError) as refused:
        library(tmp_path)
    assert [fault.key for fault in refused.value.faults] == ["claims.first.when", "claims.first.when"]


def test_a_claim_stands_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "debunks").mkdir()
    sound = BROKEN.partition("  second:")[0].replace("<没有的词>", "丙").replace("||", "|")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / "debunks" / name).write_text(sound, "utf-8")
    with pytest.raises(ConfigError, match="is declared in"):
        library(tmp_path)

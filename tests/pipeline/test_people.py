"""The commands of evidence and people's data, from the pair of keys to what is left after a person asked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.home import Home
from tests.pipeline.commands import Ran, Shian, home, shian
from tests.pipeline.test_cli import SICK, post

__all__ = ["home", "shian"]

PASSPHRASE = "correct horse battery"


@pytest.fixture
def public(home: Path, shian: Shian, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A home whose evidence is sealed; the private half is beside it."""
    monkeypatch.setenv("SHIAN_EVIDENCE_PASSPHRASE", PASSPHRASE)
    ran = shian("evidence", "keys", str(tmp_path / "private.json"))
    assert ran.code == 0
    name, _, key = ran.out.strip().partition("=")
    monkeypatch.setenv(name, key)
    return key


@pytest.fixture
def took(home: Path, shian: Shian, public: str) -> Callable[..., Ran]:
    lines = (
        post(SICK, id="1", author="张三", author_id="u/88")
        + post("今天有雨", id="2", author="张三")
        + post(f"{SICK}，家长报警", id="3", author="李四")
    )

    def run(given: str = lines) -> Ran:
        return shian("ingest", "-", "--json", given=given, home=home)

    return run


def test_from_ingest_to_a_bundle_that_proves_itself(home: Path, shian: Shian, took: Callable[..., Ran], tmp_path: Path) -> None:
    took()
    listed = shian("evidence", "list", "--json", home=home).lines
    assert len(listed) == 2
    shipped = {home / "roster.yaml"}  # whose examples of names are nobody's
    for path in set(home.rglob("*")) - shipped:
        assert not path.is_file() or "张三".encode() not in path.read_bytes(), path
    (event,) = (one["id"] for one in shian("events", "--json", home=home).lines)
    bundle = tmp_path / "b.zip"
    words = ("evidence", "bundle", event, "--out", str(bundle), "--key", str(tmp_path / "private.json"), "--by", "王", "--reason", "移送", "--json")
    made = shian(*words, home=home)
    assert made.code == 0, made.err
    assert (made.lines[0]["posts"], made.lines[0]["seen"]) == (2, 2)
    checked = shian("evidence", "verify", str(bundle), "--json")
    assert (checked.code, checked.lines[0]["ok"], checked.lines[0]["by"]) == (0, True, "王")
    body = bytearray(bundle.read_bytes())
    body[200] ^= 1
    bundle.write_bytes(bytes(body))
    assert shian("evidence", "verify", str(bundle)).code == 1
    assert shian(*words, home=home).code == 1


def test_a_wrong_passphrase_opens_nothing(home: Path, shian: Shian, took: Callable[..., Ran], tmp_path: Path) -> None:
    took()
    (event,) = (one["id"] for one in shian("events", "--json", home=home).lines)
    words = ("evidence", "bundle", event, "--out", "x.zip", "--key", str(tmp_path / "private.json"), "--by", "王", "--reason", "移送")
    ran = shian(*words, "--passphrase", "wrong wrong wrong", home=home)
    assert (ran.code, "passphrase is wrong" in ran.err) == (1, True)


def test_without_keys_nothing_is_sealed_and_doctor_says_so(home: Path, shian: Shian) -> None:
    shian("ingest", "-", given=post(SICK, author="张三"), home=home)
    assert not (home / "evidence").exists()
    told = shian("doctor", home=home).out
    assert "✗ evidence: none is sealed" in told
    assert "shian evidence keys" in told


def test_doctor_says_that_pictures_are_not_read_without_the_extra(home: Path, shian: Shian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.health.find_spec", lambda name: None)
    assert "pictures" not in shian("doctor", home=home).out
    monkeypatch.setenv("SHIAN_CRAWL_OCR", "true")
    assert "pip install shian[ocr]" in shian("doctor", home=home).out


def test_what_is_no_key_is_a_fault(home: Path, shian: Shian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIAN_EVIDENCE_KEY", "abc")
    ran = shian("check", home=home)
    assert (ran.code, "evidence.key" in ran.err) == (1, True)


def test_a_replay_seals_nothing(home: Path, shian: Shian, public: str) -> None:
    assert shian("replay", "-", given=post(SICK, author="张三"), home=home).code == 0
    assert not (home / "evidence").exists()


def test_a_person_is_found_and_erased_and_does_not_come_back(home: Path, shian: Shian, took: Callable[..., Ran]) -> None:
    took()
    found: Any = shian("privacy", "find", "张三", "--json", home=home).lines[0]
    assert (len(found["posts"]), found["evidence"]) == (2, 1)
    assert shian("privacy", "find", "u/88", "--json", home=home).lines[0]["evidence"] == 1
    erased = shian("privacy", "erase", "张三", "--by", "王", "--reason", "本人申请", "--json", home=home)
    assert erased.code == 0, erased.err
    assert sorted(erased.lines[0]["posts"]) == sorted(found["posts"])
    assert shian("search", "有雨", "--count", home=home).out.strip() == "0"
    assert shian("search", "已按个人请求删除", "--count", home=home).out.strip() == "2"
    again = took().lines[-1]
    assert (again["dropped"], again["repeated"]) == ({"erased on request": 2}, 1)
    assert shian("search", "有雨", "--count", home=home).out.strip() == "0"
    (event,) = shian("events", "--json", home=home).lines
    assert (event["posts"], event["title"]) == (2, f"{SICK}，家长报警")
    assert shian("privacy", "find", "张三", "--json", home=home).lines[0]["posts"] == []
    assert shian("privacy", "erase", "--by", "王", "--reason", "x", home=home).code == 2


def test_purge_says_what_it_removed(home: Path, shian: Shian, took: Callable[..., Ran]) -> None:
    took()
    assert shian("privacy", "purge", "--json", home=home).lines == [{"old": 0, "idle": 0, "quarantine": 0, "erased": 0}]
    assert shian("purge", home=home).code == 0


def test_names_in_quarantine_are_counted(home: Path, shian: Shian) -> None:
    shian("ingest", "-", given='{"text": 1, "author": "张三"}\n{"broken": "张三', home=home)
    kept = [json.loads(line)["raw"] for path in Home(home).folder.glob("quarantine/*.jsonl") for line in path.read_text("utf-8").splitlines()]
    assert ["张三" in raw for raw in kept] == [False, True]
    assert shian("privacy", "find", "张三", "--json", home=home).lines[0]["quarantine"] == 1


def test_publishers_are_listed(home: Path, shian: Shian) -> None:
    rumor = "震惊！某地自来水里有毒，食堂吃了的人都死了，紧急扩散，快转给家人！"
    shian("ingest", "-", given=post(rumor, author="张三"), home=home)
    for option in ("--json", "--csv"):
        ran = shian("evidence", "publishers", option, home=home)
        assert ran.code == 0
        assert "张三" not in ran.out
    assert shian("evidence", "publishers", "--event", "none", home=home).code == 1

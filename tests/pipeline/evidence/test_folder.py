"""The folder of evidence: each revision once, for nobody else to read, and removed when it is too old or of no use."""

import logging
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from config.errors import StoreError
from config.schema import Settings
from crawlers.post import Collected, digest, pseudonym
from crawlers.sealing import Sealer, Sight
from pipeline import audit
from pipeline.erased import entered
from pipeline.evidence.folder import Folder
from pipeline.evidence.keys import Keys
from pipeline.ingest import Intake, Tally, ingest
from pipeline.model import Fate, JudgedPost
from pipeline.retention import Purged, purged
from pipeline.store.memory import MemoryStore
from tests.contracts.posts import START, at, judged
from tests.pipeline.made import StubAnalyst, hours, post

KEYS = Keys(bytes(range(32)), bytes(range(32, 64)))
KEY = b"k" * 32
SEALER = Sealer(bytes.fromhex(KEYS.public), KEY)


def sealed(one: JudgedPost, author: str = "张三") -> tuple[JudgedPost, bytes]:
    one = structs.replace(one, digest=digest(one.post))
    return one, SEALER.sealed(one.post, author=author, author_id="", seen=Sight(b"page"))


def test_each_revision_is_kept_once_whenever_it_is_seen(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "evidence")
    one = judged(1, "食堂")
    later = structs.replace(one, post=structs.replace(one.post, collected_at=at(0) + timedelta(days=90)))
    revised = judged(1, "食堂有虫")
    assert folder.keep([sealed(one), sealed(later)], at(9)) == 1
    assert folder.keep([sealed(later), sealed(revised)], at(9) + timedelta(days=90)) == 1
    assert [len(pieces) for pieces in folder.of([one.post.id]).values()] == [2]
    assert folder.size()[0] == 2


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "evidence")
    folder.keep([sealed(judged(1))], at(9))
    (piece,) = folder.each()
    assert stat.S_IMODE(piece.path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(place.stat().st_mode) for place in list(piece.path.parents)[:3]} == {0o700}
    assert piece.path.parent.parent.name == "2024-03"
    assert not list(piece.path.parent.glob(".*"))


def test_an_envelope_of_another_post_is_not_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = Folder(tmp_path)
    one, two = sealed(judged(1)), sealed(judged(2))
    assert folder.keep([(one[0], two[1]), (one[0], b"nonsense")], at(9)) == 0
    assert "is no sealed evidence" in caplog.text


def test_a_disk_that_refuses_is_said_and_posts_wait(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file")
    with pytest.raises(StoreError, match="evidence cannot be written"):
        Folder(tmp_path / "evidence").keep([sealed(judged(1))], at(9))


def test_authors_are_found_by_labels_and_damaged_files_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = Folder(tmp_path)
    folder.keep([sealed(judged(1)), sealed(judged(2), "李四"), sealed(judged(3))], at(9))
    bad = folder.of([judged(3).post.id])[judged(3).post.id][0]
    bad.path.write_bytes(b"nonsense")
    assert [piece.post for piece in folder.by([pseudonym("张三", KEY)])] == [judged(1).post.id]
    assert bad.path.name in caplog.text


def taken(store: MemoryStore, folder: Folder, *texts: str) -> Tally:
    posts = [post(text) for text in texts]
    found = [Collected(one, SEALER.sealed(one, author="张三", author_id="", seen=Sight(b"page"))) for one in posts]
    intake = Intake(store, StubAnalyst({"relevant": 0.9, "doubt": 0.3, "not": 0.1}), {}, lambda broken: None, folder)
    *_, tally = ingest(found, intake, now=hours(1))
    return tally


def test_ingest_keeps_evidence_of_what_matters_or_might(tmp_path: Path) -> None:
    store, folder = MemoryStore(), Folder(tmp_path)
    taken(store, folder, "relevant", "doubt", "not")
    taken(store, folder, "relevant")
    assert sorted(piece.post for piece in folder.each()) == sorted(post(text).id for text in ("relevant", "doubt"))


def test_ingest_drops_what_was_erased(tmp_path: Path) -> None:
    store, folder = MemoryStore(), Folder(tmp_path)
    entered(store, [post("relevant").id], "asked", hours(0))
    tally = taken(store, folder, "relevant", "doubt")
    assert (tally.dropped, tally.read, tally.fates[Fate.KEPT]) == ({"erased on request": 1}, 2, 1)
    assert store.posts([post("relevant").id]) == {}
    assert [piece.post for piece in folder.each()] == [post("doubt").id]


def test_what_is_old_or_of_no_use_is_removed_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    store, folder, quarantine = MemoryStore(), Folder(tmp_path / "evidence"), tmp_path / "quarantine"
    quarantine.mkdir()
    for name in ("2024-01-01.jsonl", "2024-12-01.jsonl", "notes.txt"):
        (quarantine / name).write_text("{}\n")
    relevant, doubt, gone = judged(1), judged(2, score=0.4), judged(3)
    store.keep([relevant, doubt])
    folder.keep([sealed(one) for one in (relevant, doubt, gone)], at(9))

    def purge(days: float) -> Purged:
        return purged(store, folder, quarantine, Settings(), now=lambda: START + timedelta(days=days))

    # By the clock of the file system all of it is new, whatever its posts say.
    assert purge(10) == Purged()
    assert store.ledger.page(audit.BOOK).items == []
    assert purge(200) == Purged(quarantine=1)
    for piece in folder.each():
        os.utime(piece.path, (START.timestamp(), START.timestamp()))
    assert purge(29) == Purged()
    assert purge(31) == Purged(idle=2)
    assert [piece.post for piece in folder.each()] == [relevant.post.id]
    assert purge(365 + 29) == Purged()
    assert purge(365 + 32) == Purged(old=1)
    assert list(folder.each()) == []
    assert len(store.ledger.page(audit.BOOK).items) == 3

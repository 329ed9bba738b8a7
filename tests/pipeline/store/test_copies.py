"""Backups are of one moment, and put back only where they are whole and nobody is in the way."""

import sqlite3
import subprocess
import sys
import textwrap
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from config.errors import ConfigError, StoreError
from pipeline.model import Step
from pipeline.store import opened
from pipeline.store.copies import existing, restored, same
from pipeline.store.query import parsed
from pipeline.store.sqlite import SqliteStore
from tests.contracts.posts import at, event, found, ident, judged

ROOT = Path(__file__).parents[3]
URL = "sqlite:///shian.db"


def kept(file: Path, numbers: range) -> SqliteStore:
    store = SqliteStore(file)
    store.keep([judged(number) for number in numbers])
    return store


@pytest.fixture
def copy(tmp_path) -> Path:
    """A backup of a store of 20 posts that is not there any more."""
    store = kept(tmp_path / "shian.db", range(20))
    store.commit(Step(cleared=(), events=(event("e"),)))
    store.lease("tracker", "gone", now=at(0), ttl=timedelta(days=9999))
    store.backup(str(tmp_path / "copy.db"))
    store.close()
    (tmp_path / "shian.db").unlink()
    return tmp_path / "copy.db"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def posts(folder: Path) -> int:
    store = existing(URL, folder)
    count = store.count(parsed("食堂"))
    assert count == store.sizes()["posts"]
    store.close()
    return count


def test_a_backup_put_back_is_the_store(copy, tmp_path):
    assert restored(URL, tmp_path, str(copy))["posts"] == 20
    assert names(tmp_path) == {"shian.db", "copy.db"}
    assert posts(tmp_path) == 20
    store = existing(URL, tmp_path)
    assert store.event("e") == event("e")
    assert store.lease("tracker", "here", now=at(1), ttl=timedelta(seconds=9)).fence == 2  # who held it is gone
    store.close()


def test_a_backup_is_not_written_over_anything(copy, tmp_path):
    store = kept(tmp_path / "shian.db", range(5))
    for there in (copy, tmp_path, tmp_path / "shian.db"):
        with pytest.raises(StoreError, match="it is there already"):
            store.backup(str(there))
    with pytest.raises(StoreError, match="its folder must exist"):
        store.backup(str(tmp_path / "none" / "copy.db"))
    assert store.sizes()["posts"] == 5
    store.close()


def test_a_backup_ends_and_is_of_one_moment_while_others_write(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.store.sqlite_copy._PAGES", 1)
    store, stop = kept(tmp_path / "shian.db", range(2000)), threading.Event()
    busy = SqliteStore(tmp_path / "shian.db")

    def write() -> None:
        number = 2000
        while not stop.is_set():
            busy.keep([judged(number), judged(number + 1)])
            number += 2

    writer = threading.Thread(target=write)
    writer.start()
    sizes = store.backup(str(tmp_path / "copy.db"))
    stop.set()
    writer.join()
    whole = store.sizes()["posts"]
    store.close()
    busy.close()
    assert sizes["posts"] % 2 == 0
    restored(URL, tmp_path, str(tmp_path / "copy.db"), force=True)
    assert 2000 <= posts(tmp_path) == sizes["posts"] <= whole


def test_a_store_that_holds_posts_is_only_replaced_by_force_and_stays_aside(copy, tmp_path):
    kept(tmp_path / "shian.db", range(50, 53)).close()
    with pytest.raises(StoreError, match=r"it holds 3 posts; --force puts the backup in its place"):
        restored(URL, tmp_path, str(copy))
    assert posts(tmp_path) == 3
    restored(URL, tmp_path, str(copy), force=True)
    assert posts(tmp_path) == 20
    assert names(tmp_path) == {"shian.db", "copy.db", "shian.db.before-restore"}
    aside = SqliteStore(tmp_path / "shian.db.before-restore")
    assert found(aside, "") == [ident(52), ident(51), ident(50)]
    aside.close()


def test_an_empty_store_is_replaced(copy, tmp_path):
    SqliteStore(tmp_path / "shian.db").close()
    restored(URL, tmp_path, str(copy))
    assert names(tmp_path) == {"shian.db", "copy.db"}
    assert posts(tmp_path) == 20


HOLDER = """
    import sys
    from pathlib import Path
    from pipeline.store.sqlite import SqliteStore
    store = SqliteStore(Path(sys.argv[1]))
    print(store.sizes()["posts"], flush=True)
    sys.stdin.read()
"""


def test_a_store_that_another_program_has_open_is_not_replaced(copy, tmp_path):
    kept(tmp_path / "shian.db", range(50, 53)).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDER), str(tmp_path / "shian.db")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "3\n"
    with pytest.raises(StoreError, match="another program has it open; end `shian up` and every other"):
        restored(URL, tmp_path, str(copy), force=True)
    holder.kill()
    holder.communicate()
    assert posts(tmp_path) == 3
    restored(URL, tmp_path, str(copy), force=True)  # the log that the killed one left is not taken for the backup's
    assert posts(tmp_path) == 20


def damage(copy: Path, how: str) -> None:
    body = copy.read_bytes()
    match how:
        case "overwritten":
            copy.write_bytes(body[:20480] + b"\x99" * 8192 + body[28672:])
        case "cut":
            copy.write_bytes(body[: len(body) // 2])
        case "no database":
            copy.write_text("三人中毒\n" * 1000, "utf-8")
        case "empty":
            copy.write_bytes(b"")
        case "of another program":
            copy.unlink()
            changed(copy, "CREATE TABLE theirs (a)")
        case "newer":
            changed(copy, "UPDATE shian SET value = '99' WHERE name = 'schema'")
        case "lacking":
            copy.unlink()


def changed(file: Path, statement: str) -> None:
    db = sqlite3.connect(file)
    db.execute(statement)
    db.commit()
    db.close()


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("overwritten", "copy.db: it is damaged"),
        ("cut", "copy.db: (it is damaged|the disk does not read)"),
        ("no database", "copy.db: it is not a database"),
        ("empty", "copy.db: it is no backup of Shian"),
        ("of another program", "copy.db: it is no backup of Shian"),
        ("newer", r"copy.db: it was written by a newer Shian \(schema 99"),
        ("lacking", "copy.db: there is no such file"),
    ],
)
def test_a_backup_that_is_none_is_refused_and_the_store_is_left_alone(copy, tmp_path, how, why):
    kept(tmp_path / "shian.db", range(50, 53)).close()
    damage(copy, how)
    with pytest.raises(StoreError, match=why):
        restored(URL, tmp_path, str(copy), force=True)
    assert posts(tmp_path) == 3
    assert names(tmp_path) - {"copy.db"} == {"shian.db"}


def test_the_store_itself_is_no_backup(tmp_path):
    kept(tmp_path / "shian.db", range(3)).close()
    with pytest.raises(StoreError, match="it is the store itself"):
        restored(URL, tmp_path, str(tmp_path / "shian.db"), force=True)


def test_a_damaged_store_is_replaced_by_force(copy, tmp_path):
    (tmp_path / "shian.db").write_text("三人中毒\n" * 1000, "utf-8")
    with pytest.raises(StoreError, match="it cannot be read; --force"):
        restored(URL, tmp_path, str(copy))
    restored(URL, tmp_path, str(copy), force=True)
    assert posts(tmp_path) == 20


def test_a_copy_by_hand_with_its_log_is_taken_whole(tmp_path):
    store = kept(tmp_path / "shian.db", range(30))
    for ending in ("", "-wal"):
        (tmp_path / f"hand.db{ending}").write_bytes((tmp_path / f"shian.db{ending}").read_bytes())
    store.close()
    (tmp_path / "shian.db").unlink()
    restored(URL, tmp_path, str(tmp_path / "hand.db"))
    assert posts(tmp_path) == 30


def test_a_store_that_must_be_there_is_not_made(tmp_path):
    with pytest.raises(StoreError, match=r"sqlite:///shian.db: there is no store at .*shian.db"):
        existing(URL, tmp_path)
    assert names(tmp_path) == set()


def test_a_store_in_memory_has_no_backup(tmp_path):
    store = opened("memory:", tmp_path)
    with pytest.raises(StoreError, match="nothing to back up"):
        store.backup("copy")
    with pytest.raises(StoreError, match="cannot be put back here"):
        restored("memory:", tmp_path, "copy")
    with pytest.raises(ConfigError):
        existing("mysql://host/x", tmp_path)


def test_two_addresses_of_one_file_are_one_store(tmp_path):
    assert same(URL, f"sqlite:///{tmp_path}/shian.db", tmp_path)
    assert not same(URL, "sqlite:///other.db", tmp_path)
    assert not same(URL, "memory:", tmp_path)

"""What the file itself promises: crashes, several processes, schema, damage, backup."""

import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from config.errors import ConfigError, StoreError
from pipeline.model import Fate, Step
from pipeline.store import EventFilter, opened
from pipeline.store.query import parsed
from pipeline.store.sqlite import SqliteStore
from tests.contracts.posts import alert, event, ident, judged, member

ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "shian.db"


def started(program: str, *words: object) -> subprocess.Popen[str]:
    """Another process that runs this program."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


KEEPER = """
    import sys
    from pathlib import Path
    from pipeline.store.sqlite import SqliteStore
    from tests.contracts.posts import judged
    store = SqliteStore(Path(sys.argv[1]))
    fates = store.keep([judged(number) for number in range(400)])
    print(sum(fate == "kept" for fate in fates))
"""


def test_processes_that_open_and_keep_at_once_keep_each_post_once(file):
    processes = [started(KEEPER, file) for _ in range(3)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in answers] == [""] * 3
    assert sum(int(count) for count, _ in answers) == 400
    store = SqliteStore(file)
    assert store.count(parsed("食堂")) == store.sizes()["posts"] == 400
    store.close()


EDITOR = """
    import sys
    from pathlib import Path
    from config.errors import Conflict
    from pipeline.model import Edit
    from pipeline.store.sqlite import SqliteStore
    from tests.contracts.posts import START
    store, won = SqliteStore(Path(sys.argv[1])), 0
    for version in range(30):
        try:
            store.triage("e", Edit("a", note=sys.argv[2]), version=version, now=START)
            won += 1
        except Conflict as conflict:
            assert conflict.version > version
    print(won)
"""


def test_processes_that_edit_one_case_win_each_version_once(file):
    store = SqliteStore(file)
    store.commit(Step(cleared=(), events=(event("e"),)))
    processes = [started(EDITOR, file, name) for name in "ab"]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in answers] == ["", ""]
    case = store.event("e").case
    assert case.version == len(case.notes) == sum(int(count) for count, _ in answers)
    store.close()


WRITER = """
    import sys
    from pathlib import Path
    from pipeline.model import Step
    from pipeline.store.sqlite import SqliteStore
    from tests.contracts.posts import alert, event, ident, judged, member
    store = SqliteStore(Path(sys.argv[1]))
    for batch in range(int(sys.argv[2]), 100000):
        numbers = range(batch * 50, batch * 50 + 50)
        store.keep([judged(number) for number in numbers])
        name, posts = str(batch), tuple(ident(number) for number in numbers)
        members = tuple(member(name, number) for number in numbers)
        store.commit(Step(cleared=posts, events=(event(name, posts=50, seconds=batch),), members=members, alerts=(alert(name),)))
        print(batch, flush=True)
"""


@pytest.mark.parametrize("moment", [0.0, 0.013, 0.029])
def test_after_a_kill_nothing_is_half_and_all_that_was_said_is_there(file, moment):
    writer = started(WRITER, file, 0)
    assert writer.stdout is not None
    for _ in range(4):
        said = int(writer.stdout.readline())
    time.sleep(moment)
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    said = max([said, *(int(line) for line in rest.split())])
    store = SqliteStore(file)
    sizes = store.sizes()
    assert sizes["posts"] % 50 == 0
    assert sizes["events"] == sizes["alerts"] >= said + 1
    assert sizes["pending"] == sizes["posts"] - sizes["events"] * 50
    assert store.count(parsed("食堂")) == sizes["posts"]
    for one in store.events(EventFilter(), limit=1000).items:
        assert len(store.members(one.id)) == one.posts == 50
    again = [judged(number) for number in range((said + 2) * 50)]
    assert store.keep(again)[: (said + 1) * 50] == [Fate.REPEATED] * ((said + 1) * 50)
    store.close()


def test_what_is_kept_is_there_when_opened_again(file):
    store = SqliteStore(file)
    store.keep([judged(1)])
    store.commit(Step(cleared=(), events=(event("e"),), members=(member("e", 1),), alerts=(alert("e"),)))
    store.close()
    store = SqliteStore(file)
    assert store.posts([ident(1)]) == {ident(1): judged(1)}
    assert (store.event("e"), store.members("e")) == (event("e"), [member("e", 1)])
    store.close()


def test_a_backup_is_a_store(file, tmp_path):
    store = SqliteStore(file)
    store.keep([judged(number) for number in range(20)])
    assert store.backup(str(tmp_path / "copy.db"))["posts"] == 20
    store.keep([judged(99)])
    store.close()
    copy = SqliteStore(tmp_path / "copy.db")
    assert copy.count(parsed("食堂")) == 20
    copy.close()
    assert not (tmp_path / "copy.db.part").exists()


def changed(file: Path, statement: str) -> None:
    db = sqlite3.connect(file)
    db.execute(statement)
    db.commit()
    db.close()


def test_a_newer_schema_is_refused(file):
    SqliteStore(file).close()
    changed(file, "UPDATE shian SET value = '99' WHERE name = 'schema'")
    with pytest.raises(StoreError, match=r"written by a newer Shian \(schema 99"):
        SqliteStore(file)


def test_a_database_of_another_program_is_refused_and_left_alone(file):
    changed(file, "CREATE TABLE theirs (a)")
    with pytest.raises(StoreError, match="database of another program"):
        SqliteStore(file)
    db = sqlite3.connect(file)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    db.close()


def test_what_is_no_database_is_said(file):
    file.write_text("三人中毒\n" * 1000, "utf-8")
    with pytest.raises(StoreError, match="it is not a database"):
        SqliteStore(file)


def test_a_damaged_file_is_said(file):
    store = SqliteStore(file)
    store.keep([judged(number) for number in range(3000)])
    store.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"\x99" * (len(whole) - 8192))
    with pytest.raises(StoreError, match=r"damaged|not a database|refuses"):
        SqliteStore(file).search(parsed("食堂"))


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StoreError, match="its folder must exist"):
        SqliteStore(tmp_path / "none" / "shian.db")


def test_a_full_disk_is_said_and_leaves_nothing_half(file):
    store = SqliteStore(file)
    store.keep([judged(1)])
    with store._file.writing() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    with store._file.reading() as db:
        db.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(StoreError, match="the disk is full; make room"):
        store.keep([judged(number) for number in range(2, 3000)])
    assert store.sizes()["posts"] == 1
    with store._file.reading() as db:
        db.execute("PRAGMA max_page_count = 1000000")
    assert store.keep([judged(2)]) == [Fate.KEPT]
    store.close()


def test_a_file_that_another_program_keeps_locked_is_said(file, monkeypatch):
    monkeypatch.setattr("pipeline.store.sqlite_file.PATIENCE", 0.1)
    store = SqliteStore(file)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program has kept it locked"):
        store.keep([judged(1)])
    assert store.count(parsed("")) == 0  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert store.keep([judged(1)]) == [Fate.KEPT]
    store.close()


def test_a_closed_store_says_so(file):
    store = SqliteStore(file)
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.count(parsed(""))


@pytest.mark.parametrize("url", ["", "shian.db", "sqlite://", "sqlite:///", "mysql://host/x"])
def test_an_address_that_names_no_store_is_a_fault_of_the_configuration(url, tmp_path):
    with pytest.raises(ConfigError, match=r"settings.yaml: store.url: .* names no store"):
        opened(url, tmp_path)

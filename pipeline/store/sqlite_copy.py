"""A store's file copied while it is in use, and a copy put back in its place."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.errors import StoreError
from pipeline.store.sqlite_file import migrate, said
from pipeline.store.sqlite_jobs import sizes

_PAGES = 4096
"""Pages that are copied between two looks at whether somebody interrupts."""
_STOP = "end `shian up` and every other Shian of this home (schedule, work, desk, ingest, triage), then try again"
BEFORE = ".before-restore"
"""What the name of a file ends with that a restore put aside."""


def copied(db: sqlite3.Connection, to: Path) -> Mapping[str, int]:
    """Write a copy as of now to a new file, while others go on; the file appears when it is whole. Return its sizes."""
    if to.exists():
        raise StoreError(f"{to}: it is there already, and no backup is written over; name a new file")
    part = _part(to)
    try:
        with _lent(part, named=to) as copy:
            # Without a transaction of its own the copy would begin anew with every change that another program makes.
            db.execute("BEGIN")
            try:
                db.execute("SELECT count(*) FROM shian").fetchone()
                db.backup(copy, pages=_PAGES, progress=_look)
            finally:
                db.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode = DELETE")
            held = sizes(copy)
        part.rename(to)
    finally:
        part.unlink(missing_ok=True)
    return held


def restored(path: Path, source: Path, *, force: bool = False) -> Mapping[str, int]:
    """Put a copy in the place of a store, which nobody may have open; return its sizes.

    The copy is checked first, and brought to this version's schema. What was there stays as NAME.before-restore if it held posts.
    Raises StoreError for a copy that is damaged, no store, or a newer Shian's; for a store that holds posts, unless `force`; and for one in use.
    """
    if not source.is_file():
        raise StoreError(f"{source}: there is no such file")
    if path.exists() and source.samefile(path):
        raise StoreError(f"{source}: it is the store itself; name a backup")
    part = _part(path)
    try:
        held = _checked(source, part)
        posts = _closed(path) if path.exists() else 0
        if posts and not force:
            raise StoreError(f"{path}: {_content(posts)}; --force puts the backup in its place and keeps it as {path.name}{BEFORE}")
        _put_aside(path, keep=bool(posts))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return held


def _put_aside(path: Path, *, keep: bool) -> None:
    """Clear a store's place, with the log beside it, which must never meet another file."""
    for ending in ("", "-wal", "-shm"):
        was, aside = path.with_name(path.name + ending), path.with_name(path.name + BEFORE + ending)
        if keep:
            aside.unlink(missing_ok=True)
            if was.exists():
                was.replace(aside)
        else:
            was.unlink(missing_ok=True)


def _look(*_: int) -> None:
    """Lets Ctrl-C end a copy between two steps: without any Python in between it would be heard at the end only."""


def _content(posts: int) -> str:
    return f"it holds {posts:,} posts" if posts > 0 else "it cannot be read"


def _part(path: Path) -> Path:
    """The file in which the copy grows, empty."""
    if not path.parent.is_dir():
        raise StoreError(f"{path}: its folder must exist, and this user must be allowed to write there")
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    return part


@contextmanager
def _lent(file: str | Path, *, named: Path, patience: float = 30) -> Iterator[sqlite3.Connection]:
    """A connection to a file, or to the address of one; errors are told of the one that is named."""
    with said(named):
        db = sqlite3.connect(file, timeout=patience, isolation_level=None, uri=isinstance(file, str))
        try:
            yield db
        finally:
            db.close()


def _checked(source: Path, part: Path) -> Mapping[str, int]:
    """Copy a backup, with what may stand in a log beside it; check the copy, and bring it up to date. Return its sizes."""
    with _lent(f"{source.absolute().as_uri()}?mode=ro", named=source) as whole, _lent(part, named=source) as copy:
        if "shian" not in _tables(whole):
            raise StoreError(f"{source}: it is no backup of Shian")
        whole.backup(copy, pages=_PAGES, progress=_look)
        copy.execute("PRAGMA journal_mode = DELETE")
        # The full check, not the quick one: it finds an index too that does not answer to its table.
        if (found := copy.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
            raise StoreError(f"{source}: it is damaged; take another backup ({' '.join(found.split())})")
        copy.execute("BEGIN IMMEDIATE")
        migrate(copy, source)
        # Whoever held a lease when the copy was made is not there any more.
        copy.execute("UPDATE leases SET holder = ''")
        copy.execute("COMMIT")
        return sizes(copy)


def _tables(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _closed(path: Path) -> int:
    """Return how many posts the store holds, -1 if it cannot be read, after all of it is in its one file and nobody has it open."""
    try:
        with _lent(path, named=path, patience=1) as db:
            db.execute("PRAGMA journal_mode = DELETE")
            return sizes(db)["posts"] if _tables(db) else 0
    except StoreError as error:
        if isinstance(error.__cause__, sqlite3.OperationalError) and error.__cause__.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise StoreError(f"{path}: another program has it open; {_STOP}") from error
        return -1

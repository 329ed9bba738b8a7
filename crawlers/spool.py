"""The spool: files by which crawls hand over posts, so that either side may stop at any moment and nothing is lost.

A writer fills `NAME-….jsonl.part` and renames it whole to `.jsonl`, a chunk. Whoever claims a chunk may read it, and removes it when done,
so that several workers can share one spool.
"""

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from config.errors import SpoolError
from crawlers.post import Broken, Collected, Post

WAIT = 1.5
"""Seconds from a chunk's first post to its renaming: with the renaming itself it stays below the two that are promised."""
MOST = 500
"""Posts in a chunk."""
TAKEN = 64
"""Chunks that are claimed at once."""
_PART = ".jsonl.part"
_RAW = 2000
_COLLECTED, _BROKEN = b'{"post":', b'{"where":'
"""How the lines of a post with evidence and of a page without an article begin; a post by itself begins with its id."""


class SpoolWriter:
    """Writes the posts of one source; safe to use from several threads. What dead writers left is recovered first.

    After each chunk, `published` is called with the ids of its posts: those are on the disk, whatever happens next.
    """

    def __init__(
        self, folder: Path, source: str, *, wait: float = WAIT, most: int = MOST, published: Callable[[list[str]], None] = lambda ids: None
    ) -> None:
        self._folder, self._source, self._wait, self._most = folder, source, wait, most
        self._published = published
        self._lock = threading.RLock()
        self._encoder = msgspec.json.Encoder()
        self._part: _Part | None = None
        self._timer: threading.Timer | None = None
        self._failure: SpoolError | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SpoolError(f"{folder}: {error.strerror}") from error
        recover(folder)

    def write(self, found: Post | Collected | Broken) -> None:
        """Add a post, with its evidence if there is some, or a page that is none.

        Raises SpoolError, and keeps what came before, where it cannot be written down.
        """
        line = self._encoder.encode(found) + b"\n"
        name = "" if isinstance(found, Broken) else found.post.id if isinstance(found, Collected) else found.id
        with self._lock:
            self._raise_failure()
            if self._part is None:
                self._part = _Part.opened(self._folder, self._source)
                self._timer = threading.Timer(self._wait, self._ripe, (self._part,))
                self._timer.daemon = True
                self._timer.start()
            self._part.add(name, line)
            if len(self._part.ids) >= self._most:
                self.publish()

    def publish(self) -> None:
        """Make what was written so far a chunk."""
        with self._lock:
            self._raise_failure()
            part, self._part = self._part, None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if part is not None and part.published():
                self._published(part.ids)

    def close(self) -> None:
        """Publish the rest."""
        self.publish()

    def _ripe(self, part: "_Part") -> None:
        with self._lock:
            if self._part is not part:
                return
            try:
                self.publish()
            except SpoolError as failure:
                # There is nobody here to tell: the next write does.
                self._failure = failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Part:
    """A chunk in the making. The lock on the file says that its writer lives; it ends with the process, however that ends."""

    def __init__(self, path: Path, file: int) -> None:
        self.path, self._file = path, file
        self.ids: list[str] = []
        self._size = 0

    @classmethod
    def opened(cls, folder: Path, source: str) -> "_Part":
        """Begin a part, locked for as long as its writer lives."""
        while True:
            path = folder / f"{source}-{time.time_ns()}-{secrets.token_hex(4)}{_PART}"
            try:
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            except FileExistsError:
                continue
            except OSError as error:
                raise SpoolError(f"{path}: {error.strerror}") from error
            if _locked(file) and _is_at(path, file):
                return cls(path, file)
            os.close(file)  # somebody who looked for dead writers was quicker

    def add(self, post: str, line: bytes) -> None:
        """Write one post."""
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
                os.lseek(self._file, self._size, os.SEEK_SET)
            raise SpoolError(f"{self.path}: cannot be written: {error.strerror}") from error
        self._size += len(line)
        self.ids.append(post)

    def published(self) -> bool:
        """Rename it, and say whether there was anything in it."""
        try:
            _made_chunk(self.path, self._file, self._size)
        finally:
            os.close(self._file)
        return self._size > 0


def recover(folder: Path) -> list[Path]:
    """Make chunks of what dead writers left behind, as far as its lines are complete; return them."""
    found = []
    for path in sorted(folder.glob(f"*{_PART}")):
        try:
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SpoolError(f"{path}: {error.strerror}") from error
        try:
            if _locked(file) and _is_at(path, file):
                size = _whole_lines(file)
                os.ftruncate(file, size)
                if chunk := _made_chunk(path, file, size):
                    found.append(chunk)
        finally:
            os.close(file)
    return found


def chunks(folder: Path) -> list[Path]:
    """Return the chunks that wait, the oldest first."""
    return sorted(folder.glob("*.jsonl"), key=lambda path: (path.stem.rsplit("-", 2)[-2:], path.name))


@contextmanager
def claimed(folder: Path, most: int = TAKEN) -> Iterator[list[Path]]:
    """Lend the oldest chunks that nobody else is taking in. A claim ends with its process, however that ends. Raises SpoolError."""
    held: dict[Path, int] = {}
    try:
        for path in chunks(folder):
            if len(held) == most:
                break
            try:
                file = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise SpoolError(f"{path}: {error.strerror}") from error
            if _locked(file) and _is_at(path, file):
                held[path] = file
            else:
                os.close(file)
        yield list(held)
    finally:
        for file in held.values():
            os.close(file)


def read(chunk: Path) -> Iterator[Post | Collected | Broken]:
    """Yield the posts of a chunk; a line that is none becomes a Broken, and the rest is read on. Raises SpoolError."""
    posts, collected, broken = msgspec.json.Decoder(Post), msgspec.json.Decoder(Collected), msgspec.json.Decoder(Broken)
    try:
        with chunk.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    if line.startswith(_BROKEN):
                        yield broken.decode(line)
                    else:
                        yield (collected if line.startswith(_COLLECTED) else posts).decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    yield Broken(f"{chunk.name}:{number}", f"is no post: {error}", line.decode("utf-8", "replace")[:_RAW].rstrip("\n"))
    except OSError as error:
        raise SpoolError(f"{chunk}: {error.strerror}") from error


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, file: int) -> bool:
    """Say whether the open file still has this name: somebody else may have been quicker to rename or remove it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _whole_lines(file: int) -> int:
    end = os.lseek(file, 0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 65536)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _made_chunk(path: Path, file: int, size: int) -> Path | None:
    """Rename a locked part; one without posts is removed."""
    chunk = path.with_name(path.name.removesuffix(".part"))
    try:
        if not size:
            path.unlink()
            return None
        os.fsync(file)
        path.rename(chunk)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SpoolError(f"{path}: cannot be made a chunk: {error.strerror}") from error
    return chunk

"""The folder of sealed evidence: one file for each revision of a post, `YYYY-MM/xx/POST-REVISION.sealed`, written once and never changed.

Whatever is in it is in envelopes; nothing here can open them.
"""

import logging
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from config.errors import InputError, StoreError
from crawlers.sealing import Label, Unopened, label_of
from pipeline.batches import batched
from pipeline.model import JudgedPost

log = logging.getLogger(__name__)

_LABEL = 4096
"""Bytes from the beginning of a file in which its label is."""
_SUFFIX = ".sealed"
_SYNCED = 32
"""Files that are brought to the disk at once."""


class Piece(Struct, frozen=True):
    """One file of evidence: the post that its name says it is of, and the month it was kept in."""

    path: Path
    post: str
    month: str

    def label(self) -> Label:
        """Return what stands on its outside. Raises Unopened where that cannot be read or is of another post."""
        try:
            with self.path.open("rb") as file:
                label = label_of(file.read(_LABEL))
        except OSError as error:
            raise Unopened(f"cannot be read: {error.strerror}") from error
        if label.post != self.post:
            raise Unopened(f"has the name of post {self.post}, and is of {label.post}")
        return label


class Folder:
    """Sealed evidence of one home, or of several workers that share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    def keep(self, found: Sequence[tuple[JudgedPost, bytes]], now: datetime) -> int:
        """Keep the envelopes of posts, each revision once, in the month that it is now; return how many are new.

        Raises StoreError where they cannot be written.
        """
        try:
            months = self._months()
            fresh: dict[Path, bytes] = {}
            for judged, envelope in found:
                inside = Path(judged.post.id[:2]) / f"{judged.post.id}-{judged.digest.hex()[:16]}{_SUFFIX}"
                if _is_of(envelope, judged) and not any((self._folder / month / inside).exists() for month in months):
                    fresh[inside] = envelope
            if fresh:
                _write(self._folder / f"{now.astimezone(UTC):%Y-%m}", fresh)
        except OSError as error:
            raise StoreError(f"{self._folder}: evidence cannot be written: {error.strerror}") from error
        return len(fresh)

    def of(self, posts: Sequence[str]) -> dict[str, list[Piece]]:
        """Return what is kept of posts, by post, the oldest month first."""
        found: dict[str, list[Piece]] = {}
        for month in self._months():
            for post in posts:
                for path in sorted((self._folder / month / post[:2]).glob(f"{post}-*{_SUFFIX}")):
                    found.setdefault(post, []).append(Piece(path, post, month))
        return found

    def each(self) -> Iterator[Piece]:
        """Yield everything that is kept, month by month."""
        for month in self._months():
            for path in sorted((self._folder / month).glob(f"*/*{_SUFFIX}")):
                yield Piece(path, path.name.partition("-")[0], month)

    def by(self, names: Sequence[str]) -> Iterator[Piece]:
        """Yield what is kept of authors, by the pseudonyms of their names or ids. What is damaged is said, and passed over."""
        wanted = set(names)
        for piece in self.each():
            try:
                if wanted.intersection(piece.label().who):
                    yield piece
            except Unopened as why:
                log.warning("%s %s", piece.path, why)

    def removed(self, pieces: Sequence[Piece]) -> int:
        """Remove files; return how many were there."""
        count = 0
        for piece in pieces:
            with suppress(FileNotFoundError):
                piece.path.unlink()
                count += 1
        return count

    def cut(self, before: datetime) -> int:
        """Remove the months that ended before a time; return how many files that were."""
        count = 0
        for month in self._months():
            if month < f"{before.astimezone(UTC):%Y-%m}":
                count += sum(1 for _ in (self._folder / month).glob(f"*/*{_SUFFIX}"))
                shutil.rmtree(self._folder / month)
        return count

    def size(self) -> tuple[int, int]:
        """Return how many files there are, and their bytes."""
        sizes = [piece.path.stat().st_size for piece in self.each()]
        return len(sizes), sum(sizes)

    def _months(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and len(path.name) == 7)


def opened_file(piece: Piece) -> bytes:
    """Return the envelope that a piece is. Raises InputError where it cannot be read."""
    try:
        return piece.path.read_bytes()
    except OSError as error:
        raise InputError(f"{piece.path}: {error.strerror}") from error


def _is_of(envelope: bytes, judged: JudgedPost) -> bool:
    """Whether it is an envelope of this revision: a spool is a file, and files may be damaged."""
    try:
        label = label_of(envelope)
    except Unopened as why:
        log.warning("the evidence of post %s %s, and is not kept", judged.post.id, why)
        return False
    return (label.post, label.digest) == (judged.post.id, judged.digest.hex())


def _write(folder: Path, fresh: Mapping[Path, bytes]) -> None:
    """Write files that are there whole or not at all, for nobody else to read, and on the disk before their posts are.

    They are brought to the disk many at once: one after another, a thousand would take seconds.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    with ThreadPoolExecutor(_SYNCED) as pool:
        for some in batched(fresh.items(), _SYNCED):
            parts = [_part(folder / inside, envelope) for inside, envelope in some]
            try:
                for done in [pool.submit(_synced, part) for part in parts]:
                    done.result()
                for part, (inside, _) in zip(parts, some, strict=True):
                    part.replace(folder / inside)
            finally:
                for part in parts:
                    part.unlink(missing_ok=True)
    _synced(folder)


def _part(path: Path, envelope: bytes) -> Path:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(envelope)
    return part


def _synced(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)

"""What models have said before, by model and masked text: nothing is asked twice, and a replay decides as before."""

import hashlib
import logging
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from pipeline.second import Opinion

log = logging.getLogger(__name__)

MOST = 50_000
"""Opinions kept, the newest."""


class _Line(Struct, frozen=True):
    """One opinion as the file has it."""

    key: str
    relevant: bool
    why: str = ""


class Kept:
    """Opinions in memory and, with a file, on disk: one JSON line each, added as they come. One process writes, the one that tracks."""

    def __init__(self, file: Path | None = None, *, most: int = MOST) -> None:
        self._file = file
        self._most = most
        self._opinions: dict[str, Opinion] = {}
        self._lines = 0
        if file and file.is_file():
            try:
                self._read(file)
            except OSError as error:
                log.warning("second opinions in %s cannot be read: %s", file, error.strerror)

    def __len__(self) -> int:
        return len(self._opinions)

    def get(self, model: str, text: str) -> Opinion | None:
        """Return what the model said of the text, None if it was not asked."""
        return self._opinions.get(_key(model, text))

    def add(self, model: str, opinions: dict[str, Opinion]) -> None:
        """Keep what the model said of some texts. Where the disk refuses, it is kept in memory only, and that is said."""
        lines = [_Line(_key(model, text), opinion.relevant, opinion.why) for text, opinion in opinions.items()]
        for line in lines:
            self._put(line)
        if not self._file or not lines:
            return
        try:
            with self._file.open("ab") as file:
                file.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
            self._lines += len(lines)
            if self._lines > 2 * self._most:
                self._rewrite(self._file)
        except OSError as error:
            log.warning("second opinions are not written to %s: %s", self._file, error.strerror)

    def _put(self, line: _Line) -> None:
        self._opinions.pop(line.key, None)
        self._opinions[line.key] = Opinion(line.relevant, line.why)
        while len(self._opinions) > self._most:
            del self._opinions[next(iter(self._opinions))]

    def _read(self, path: Path) -> None:
        with path.open("rb") as file:
            for raw in file:
                self._lines += 1
                try:
                    self._put(msgspec.json.decode(raw, type=_Line))
                except msgspec.DecodeError:
                    log.warning("%s: line %d is no opinion, and passed over", path, self._lines)
        if self._lines and not raw.endswith(b"\n"):
            self._rewrite(path)  # a torn last line would swallow the next one

    def _rewrite(self, path: Path) -> None:
        """Write what is kept anew, in place of the file only once it is whole."""
        fresh = path.with_suffix(".new")
        fresh.write_bytes(b"".join(msgspec.json.encode(_Line(key, one.relevant, one.why)) + b"\n" for key, one in self._opinions.items()))
        os.replace(fresh, path)  # noqa: PTH105
        self._lines = len(self._opinions)


def _key(model: str, text: str) -> str:
    return hashlib.blake2b(f"{model}\x1f{text}".encode(errors="surrogatepass"), digest_size=16).hexdigest()

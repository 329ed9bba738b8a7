"""Reads what strangers made in a process of its own, so that a bomb or a trap in it ends that process and nothing else.

The process gets no secret of ours, may write no file, and has a limit of memory; it is ended when it takes too long. What it read until then counts.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable
from importlib import import_module
from typing import Final

import msgspec
from msgspec import Struct

_READERS: Final = {"sheets": "crawlers.sheets", "pictures": "crawlers.pictures"}
_FAULT: Final = b'{"fault":'
_MAIN: Final = "import sys; from crawlers.apart import main; main(*sys.argv[1:])"
_AT_ONCE = threading.BoundedSemaphore(2)
"""So many processes at once, however many sources are crawled; the others wait, and their time begins later."""


class Unread(ValueError):  # noqa: N818 - it is an answer
    """It cannot be read; the message says why, in words that follow its name."""


class Heard(Struct, frozen=True):
    """What the process read, a line of JSON for each piece, and why it read no further; empty where it read all."""

    lines: tuple[bytes, ...]
    fault: str


class _Fault(Struct):
    fault: str


def heard(reader: str, body: bytes, *, seconds: float, memory: int) -> Heard:
    """Read `body` apart; `memory` is in MiB. Blocks until it is done: call it from a thread where others wait."""
    command = [sys.executable, "-c", _MAIN, reader, str(memory), str(int(seconds) + 1)]
    environ = {name: value for name, value in os.environ.items() if not re.search("SHIAN|KEY|TOKEN|SECRET|PASSWORD|COOKIE", name)}
    with _AT_ONCE:
        try:
            done = subprocess.run(command, input=body, env=environ, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as late:
            return Heard(_whole(late.stdout or b""), f"took longer than {seconds:g} s")
    lines = _whole(done.stdout)
    if lines and lines[-1].startswith(_FAULT):
        return Heard(lines[:-1], msgspec.json.decode(lines[-1], type=_Fault).fault)
    return Heard(lines, _why(done.returncode, done.stderr, memory))


def _whole(output: bytes) -> tuple[bytes, ...]:
    """The lines that were written to their end."""
    return tuple(output.split(b"\n")[:-1])


def _why(code: int, said: bytes, memory: int) -> str:
    if code == 0:
        return ""
    last = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    if code < 0 or "MemoryError" in last:
        return f"took more than {memory} MiB of memory, or broke the program that reads it"
    return f"is broken: {last}"


def main(reader: str, memory: str, seconds: str) -> None:
    """Be that process: read stdin, write a line of JSON for each piece, and a last one where it cannot be read."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (int(memory) * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) * 2,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    read = import_module(_READERS[reader]).pieces
    try:
        _written(read(sys.stdin.buffer.read()))
    except Unread as unread:
        _written([_Fault(str(unread))])


def _written(pieces: Iterable[Struct]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(msgspec.json.encode(piece) + b"\n")
        sys.stdout.buffer.flush()

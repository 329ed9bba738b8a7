"""Moves everything from one store to another: goes on where it was interrupted, and is not done before both hold the same.

Nobody may write to either store meanwhile; if somebody did, the end says so, and the next run moves everything once more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct, field

from config.errors import StoreError
from pipeline.store import Store
from pipeline.store.records import AT_ONCE, KINDS, summed

Told = Callable[[str, int], None]
"""Is told what is done now, and how many records of it are done."""


class State(Struct):
    """How far a move is: the cursor of each kind that was begun, the kinds that are whole, and whether both stores were found equal."""

    source: str
    target: str
    cursors: dict[str, str] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)
    finished: bool = False


def moved(source: Store, target: Store, state: Path, *, names: tuple[str, str], told: Told = lambda what, count: None) -> Mapping[str, int]:
    """Move all records, and check that both stores hold the same; return how many records there are of each kind.

    `state` is the file that remembers how far the move is, `names` are the addresses of the stores, which it must be of. A move that is
    finished is only checked again: people may have worked in the target since. Raises StoreError for a target that holds records of
    something else, and where the stores differ in the end.
    """
    move = _Move(source, target, _begun(target, state, names), state, told)
    if not move.now.finished:
        for kind in KINDS:
            if kind not in move.now.whole:
                move.fill(kind)
    records = {kind: move.same(kind) for kind in KINDS}
    move.now.finished = True
    _write(state, move.now)
    return records


def _begun(target: Store, path: Path, names: tuple[str, str]) -> State:
    """Return how far the move is, told by its file; a target that was emptied since is filled anew."""
    new = State(*names)
    used = any(target.sizes().values()) or any(target.records(kind, limit=1).items for kind in ("fates", "entries"))
    was = _read(path)
    if was and (was.source, was.target) == names and used:
        return was
    if was and (was.source, was.target) != names and not was.finished:
        raise StoreError(f"{path}: a move from {was.source} to {was.target} is not finished; finish it, or name another file with --state")
    if used:
        raise StoreError(f"{names[1]} holds records already; name a store that holds none")
    # Before the first record: a target that holds some is known to be of this move.
    _write(path, new)
    return new


def _read(path: Path) -> State | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=State) if path.exists() else None
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path}: it does not say how far a move is; remove it, and name a store that holds nothing") from error


@dataclass(frozen=True, slots=True)
class _Move:
    """Two stores, how far the move between them is, and the file that says so."""

    source: Store
    target: Store
    now: State
    path: Path
    told: Told

    def fill(self, kind: str) -> None:
        """Move what is left of a kind. The cursor is written after the records: what is moved twice is the same in the end."""
        count, more = 0, True
        while more:
            page = self.source.records(kind, after=self.now.cursors.get(kind, ""), limit=AT_ONCE[kind])
            if page.items:
                self.target.put(kind, page.items)
            count += len(page.items)
            self.told(f"move {kind}", count)
            more = bool(page.next)
            if more:
                self.now.cursors[kind] = page.next
            else:
                self.now.whole.append(kind)
            _write(self.path, self.now)

    def same(self, kind: str) -> int:
        """Return how many records of a kind both stores hold; where they differ, let the next run move everything again."""
        here = summed(self.source, kind, partial(self.told, f"check {kind} of the source"))
        there = summed(self.target, kind, partial(self.told, f"check {kind} of the target"))
        if here == there:
            return here.records
        now = self.now
        if here.records != there.records:
            why = f"{kind}: {here.records:,} are in {now.source}, {there.records:,} in {now.target}"
        else:
            why = f"{kind}: {here.records:,} are in each, but not the same (digests {here.digest:032x} and {there.digest:032x})"
        if now.finished:
            raise StoreError(f"{why}; they were equal when this move was finished, and nothing was moved now")
        _write(self.path, State(now.source, now.target))
        raise StoreError(f"{why}; was one of them written to meanwhile? End what writes, and run this again: it moves everything once more")


def _write(path: Path, now: State) -> None:
    """Write the state so that an interruption leaves the old or the new."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(msgspec.json.encode(now) + b"\n")
    part.replace(path)

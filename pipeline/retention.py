"""How long what was collected of people stays: evidence by month, evidence of what turned out not to matter, and broken records."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from config.schema import Settings
from pipeline import audit
from pipeline.batches import batched
from pipeline.evidence.folder import Folder, Piece
from pipeline.privacy import erased_again
from pipeline.store import Store

_AT_ONCE = 500


class Purged(Struct, frozen=True):
    """What was removed: files of evidence that were too old, and of posts that do not matter; days of broken records; posts erased once more."""

    old: int = 0
    idle: int = 0
    quarantine: int = 0
    erased: int = 0


def purged(store: Store, folder: Folder, quarantine: Path, settings: Settings, *, now: Callable[[], datetime]) -> Purged:
    """Remove what is kept for too long, and say so in the audit if there was any."""
    at = now()
    old = folder.cut(at - settings.evidence.keep)
    idle = _idle(store, folder, at - settings.evidence.keep_uncertain)
    days = _days(quarantine, at - settings.store.keep_irrelevant)
    _pages(quarantine / "pages", at - settings.evidence.keep_uncertain)
    again = erased_again(store, folder, now=now)
    done = Purged(old, idle, days, len(again.posts))
    if done != Purged():
        detail = f"evidence {old} old, {idle} of posts that do not matter; quarantine {days} days; erased again {len(again.posts)}"
        audit.note(store, by="retention", action="privacy.purge", of="people's data", detail=detail, now=at)
    return done


def _idle(store: Store, folder: Folder, before: datetime) -> int:
    """Remove evidence of posts that are gone, or that were in doubt when they came and are not relevant."""
    count = 0
    for some in batched(folder.each(), _AT_ONCE):
        aged = [piece for piece in some if piece.month <= f"{before.astimezone(UTC):%Y-%m}" and _since(piece) < before]
        there = store.posts(list({piece.post for piece in aged}))
        count += folder.removed([piece for piece in aged if piece.post not in there or not there[piece.post].assessment.is_relevant])
    return count


def _since(piece: Piece) -> datetime:
    """When it was kept."""
    try:
        return datetime.fromtimestamp(piece.path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)


def _days(quarantine: Path, before: datetime) -> int:
    """Remove whole days of broken records."""
    old = [path for path in quarantine.glob("????-??-??.jsonl") if path.stem < f"{before.astimezone(UTC):%Y-%m-%d}"] if quarantine.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _pages(folder: Path, before: datetime) -> None:
    """Remove pages of sources that have not been crawled for long: of the others only the last is kept."""
    for path in folder.glob("*.txt"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()

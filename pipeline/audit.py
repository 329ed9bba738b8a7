"""Who did what, when: a book of the ledger that is only added to."""

import hashlib
from datetime import datetime

import msgspec

from pipeline.model import Entry
from pipeline.store import Store

BOOK = "audit"


def note(store: Store, *, by: str, action: str, of: str, now: datetime) -> None:
    """Write that somebody did something: `action` is a word such as `evidence.bundle`, `of` says to what and why."""
    body = msgspec.json.encode({"by": by, "action": action, "of": of})
    name = hashlib.blake2b(now.isoformat().encode() + b"\x1f" + body, digest_size=16).hexdigest()
    store.ledger.write([Entry(BOOK, name, now, action, body)])

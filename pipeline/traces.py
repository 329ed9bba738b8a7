"""What the ledger quotes of posts that are erased: events as they were before they were merged or split, and messages that were made of titles."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import structs

from nlp.text import first_sentence
from pipeline.audit import BOOK as AUDIT
from pipeline.erased import BOOK as ERASED
from pipeline.erased import MARK
from pipeline.model import Entry, JudgedPost
from pipeline.regroup import BOOK as REGROUPINGS
from pipeline.regroup import Regrouping
from pipeline.store import Store
from pipeline.store.records import WholeEvent, each
from pipeline.wordless import member_gone, title_of

_SHORTEST = 6
"""Characters of a title or sentence below which it is no quotation: shorter ones are everybody's words."""
_AT_ONCE = 200


def mended(store: Store, posts: set[str], said: Iterable[JudgedPost]) -> int:
    """Take posts and what they `said` out of all entries but the audit's, which holds no words; return how many changed.

    An entry that somebody writes meanwhile is left to the next time.
    """
    quotes = _quotes(said)
    changed: list[Entry] = []
    count = 0
    for entry in each(store, "entries"):
        if entry.book in (AUDIT, ERASED):
            continue
        body = _regrouped(entry.body, posts) if entry.book == REGROUPINGS else entry.body
        for quote in quotes:
            body = body.replace(quote, MARK.encode())
        if body != entry.body:
            changed.append(structs.replace(entry, body=body))
    for start in range(0, len(changed), _AT_ONCE):
        count += sum(store.ledger.write(changed[start : start + _AT_ONCE]))
    return count


def _quotes(said: Iterable[JudgedPost]) -> Sequence[bytes]:
    """Title, text and its first line and sentence, as JSON has them, the longest first."""
    found: set[str] = set()
    for judged in said:
        text = judged.post.text.strip()
        line = next((line for line in text.splitlines() if line.strip()), "")
        found.update((judged.post.title, text, line, first_sentence(line) or ""))
    return [msgspec.json.encode(quote)[1:-1] for quote in sorted(found, key=len, reverse=True) if len(quote) >= _SHORTEST]


def _regrouped(body: bytes, posts: set[str]) -> bytes:
    one = msgspec.json.decode(body, type=Regrouping)
    if not any(member.post in posts and member.title != MARK for whole in one.before for member in whole.members):
        return body
    return msgspec.json.encode(structs.replace(one, before=tuple(_wordless(whole, posts) for whole in one.before)))


def _wordless(whole: WholeEvent, posts: set[str]) -> WholeEvent:
    members = tuple(member_gone(member) if member.post in posts else member for member in whole.members)
    left = whole.event.terms if any(member.post not in posts for member in members) else {}
    return WholeEvent(structs.replace(whole.event, title=title_of(whole, posts), terms=left), members)

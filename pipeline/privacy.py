"""What is held of a person, and how it is erased: author, words and evidence go, what events count stays, and nothing of it comes back."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct, structs

from config.errors import ConfigError, Fault
from crawlers.post import pseudonym
from pipeline import audit, traces
from pipeline.batches import batched
from pipeline.erased import BOOK as ERASED
from pipeline.erased import MARK, entered
from pipeline.evidence.folder import Folder
from pipeline.model import Alert, Step
from pipeline.store import EventFilter, Page, Store
from pipeline.store.keeping import Record
from pipeline.store.meaning import Query, Tag, Term, fold
from pipeline.store.records import WholePost, each
from pipeline.wordless import gone, is_gone, member_gone, title_of

T = TypeVar("T")
_PSEUDONYM = re.compile(r"p-[0-9a-f]{16}")
_PAGE = 500
_ROUNDS = 3
"""Times that what came back meanwhile, by a batch that was under way, is erased again."""


class Held(Struct, frozen=True):
    """What is held of a person: `posts` by id, files of `evidence`, and `mentions`, posts of anybody in whose words the name stands."""

    who: str
    posts: tuple[str, ...]
    evidence: int
    mentions: int


class Erasure(Struct, frozen=True):
    """What was erased. `proof` is the SHA-256 of a line for each post, its id and the SHA-256 of title and text, in the order of ids.

    The SHA-256 of each is in the book `erased`.
    """

    posts: tuple[str, ...] = ()
    evidence: int = 0
    events: tuple[str, ...] = ()
    proof: str = ""


def who_is(name: str, key: bytes) -> str:
    """Return the pseudonym of a name or of a site's id; a pseudonym stands for itself. Raises ConfigError without a key."""
    if _PSEUDONYM.fullmatch(name):
        return name
    if not key:
        raise ConfigError([Fault("environment", "SHIAN_AUTHOR_KEY", "is not set: no author was kept, and none can be found")])
    return pseudonym(name, key)


def held(store: Store, folder: Folder, name: str, key: bytes) -> Held:
    """Return what is held of the author of this name, id or pseudonym."""
    who = who_is(name, key)
    pieces = list(folder.by([who]))
    posts = {judged.post.id for judged in _listed(lambda cursor: store.search(Query(Tag("author", fold(who))), limit=_PAGE, cursor=cursor))}
    posts.update(post for some in batched((piece.post for piece in pieces), _PAGE) for post in store.posts(some))
    mentions = store.count(Query(Term(fold(name)))) if name != who else 0
    left = {post for some in batched(sorted(posts), _PAGE) for post, judged in store.posts(some).items() if judged.post.text != MARK}
    return Held(who, tuple(sorted(left)), len(pieces), mentions)


def erase(store: Store, folder: Folder, posts: Sequence[str], *, by: str, why: str, now: Callable[[], datetime], who: str = "") -> Erasure:
    """Erase posts, and the author's evidence; done again it changes nothing. What was done is in the audit, as hashes only."""
    if posts:
        entered(store, posts, "asked", now())
    evidence = folder.removed([piece for pieces in folder.of(posts).values() for piece in pieces])
    evidence += folder.removed(list(folder.by([who]))) if who else 0
    lines: dict[str, str] = {}
    events: set[str] = set()
    for _ in range(_ROUNDS):
        went = _posts_gone(store, posts)
        told = _events_mended(store, set(posts)) if posts else []
        lines |= went
        events.update(told)
        if not went and not told:
            break
    if posts:
        entered(store, posts, "done", now(), proof=lines)
    if not (lines or events or evidence):
        return Erasure()
    proof = hashlib.sha256("".join(f"{post} {lines[post]}\n" for post in sorted(lines)).encode()).hexdigest()
    done = Erasure(tuple(sorted(lines)), evidence, tuple(sorted(events)), proof)
    detail = f"{len(lines)} posts in {len(events)} events, {evidence} files of evidence; proof {proof}; {why}"
    audit.note(store, by=by, action="privacy.erase", of=who or " ".join(done.posts), detail=detail, now=now())
    return done


def erased_again(store: Store, folder: Folder, *, now: Callable[[], datetime], days: int = 3) -> Erasure:
    """Erase what came back all the same: what a step that was under way wrote again, or a restored backup."""
    entries = list(_listed(lambda cursor: store.ledger.page(ERASED, limit=_PAGE, cursor=cursor)))
    fresh = now() - timedelta(days=days)
    back = {post for some in batched((entry.id for entry in entries), _PAGE) for post, judged in store.posts(some).items() if not is_gone(judged)}
    back.update(entry.id for entry in entries if entry.at >= fresh)
    if not back:
        return Erasure()
    lines = _posts_gone(store, sorted(back))
    events = _events_mended(store, back)
    evidence = folder.removed([piece for pieces in folder.of(sorted(back)).values() for piece in pieces])
    return Erasure(tuple(sorted(lines)), evidence, tuple(events))


def _posts_gone(store: Store, posts: Sequence[str]) -> dict[str, str]:
    """Replace posts by what may stay of them, also where the ledger quotes them; return the SHA-256 of what each said before."""
    lines: dict[str, str] = {}
    for some in batched(posts, _PAGE):
        there = {post: judged for post, judged in store.posts(some).items() if not is_gone(judged)}
        # First, while their words are known.
        traces.mended(store, set(some), there.values())
        store.put("posts", [WholePost(Record(gone(one), one.post.at), False, tuple(store.engagements(post))) for post, one in there.items()])
        lines |= {post: hashlib.sha256(f"{one.post.title}\x1f{one.post.text}".encode(errors="replace")).hexdigest() for post, one in there.items()}
    return lines


def _events_mended(store: Store, posts: set[str]) -> list[str]:
    """Take the posts' words out of the events that they belong to, and of their alerts; return the events that changed."""
    titles: dict[str, tuple[str, str]] = {}
    for whole in each(store, "events"):
        erased = [member for member in whole.members if member.post in posts]
        said = [member for member in erased if member.title != MARK or member.bands or member.assessment.terms]
        title = title_of(whole, posts)
        if said or title != whole.event.title:
            now = store.event(whole.event.id) or whole.event
            event = structs.replace(now, title=title, terms={} if len(erased) == len(whole.members) else now.terms)
            # Not `put`: it would write the case as it was read, over what somebody may have changed since.
            store.commit(Step((), events=(event,), members=tuple(map(member_gone, said))))
            titles[whole.event.id] = (whole.event.title, title)
    _alerts_mended(store, titles)
    return sorted(titles)


def _alerts_mended(store: Store, titles: Mapping[str, tuple[str, str]]) -> None:
    if not titles:
        return
    alerts: Iterator[Alert] = _listed(lambda cursor: store.alerts(EventFilter(), limit=_PAGE, cursor=cursor))
    changed = [structs.replace(one, title=titles[one.event][1]) for one in alerts if one.event in titles and one.title != titles[one.event][1]]
    store.put("alerts", changed)


def _listed(page_at: Callable[[str], Page[T]]) -> Iterator[T]:
    cursor = ""
    while True:
        page = page_at(cursor)
        yield from page.items
        if not (cursor := page.next):
            return

"""Makes a bundle: the posts of events as they were seen, with their authors in clear, each file with its SHA-256, signed by the office."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from config.errors import InputError
from crawlers.sealing import Unopened, Witness, opened
from pipeline import audit
from pipeline.batches import batched
from pipeline.evidence import archive
from pipeline.evidence.archive import MANIFEST, SIGNATURE, SUMS, Manifest, Sum
from pipeline.evidence.folder import Folder, Piece, opened_file
from pipeline.evidence.keys import Keys
from pipeline.model import JudgedPost
from pipeline.store import Store

_AT_ONCE = 200
_ENDINGS = {"text/html": "html", "application/xhtml+xml": "html", "application/json": "json"}


class Wanted(Struct, frozen=True):
    """What a bundle is to be of, who makes it and why; `ids` are events or posts, with `only_posts` posts even where an event has the id."""

    ids: tuple[str, ...]
    by: str
    reason: str
    tool: str
    only_posts: bool = False


class Bundle(Struct, frozen=True):
    """What was made: its SHA-256, posts, pages in it, and what is lacking, each with the reason."""

    sha256: str
    posts: int
    seen: int
    lacking: tuple[str, ...]


class _Files:
    """The files of a bundle, in memory one post at a time, their sums in the end."""

    def __init__(self) -> None:
        self.sums: dict[str, Sum] = {}
        self.posts: list[dict[str, object]] = []
        self.lacking: list[str] = []
        self.seen = 0

    def added(self, name: str, content: bytes) -> tuple[str, bytes]:
        """Return the file, counted."""
        self.sums[name] = Sum(archive.sha256(content), len(content))
        return name, content


def bundled(store: Store, folder: Folder, wanted: Wanted, *, keys: Sequence[Keys], out: Path, now: Callable[[], datetime]) -> Bundle:
    """Write a bundle to a new file; the first of the keys signs it, any of them opens. That evidence is opened is in the audit before it is.

    Raises InputError where an id is of nothing, the file is there, or there is evidence and the keys open none of it.
    """
    posts = _posts(store, wanted)
    pieces = folder.of(posts)
    if out.exists():
        raise InputError(f"{out} is there already; name a new file")
    at = now()
    of = " ".join(wanted.ids)
    audit.note(store, by=wanted.by, action="evidence.open", of=of, detail=f"opens {len(posts)} posts: {wanted.reason}", now=at)
    files = _Files()
    part = out.with_name(f"{out.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            archive.written(target, _ordered(_content(store, posts, pieces, keys=keys, files=files), files, wanted, signer=keys[0], at=at))
        if pieces and not files.seen:
            raise InputError(f"none of the evidence could be opened: {files.lacking[0]}")
        part.replace(out)
    except OSError as error:
        raise InputError(f"{out}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    done = Bundle(archive.file_sha256(out), len(posts), files.seen, tuple(files.lacking))
    audit.note(store, by=wanted.by, action="evidence.bundle", of=of, detail=f"bundled {done.seen} pages, SHA-256 {done.sha256}", now=now())
    return done


def _posts(store: Store, wanted: Wanted) -> list[str]:
    """The posts that are wanted, in the order of events and times, each once."""
    found: dict[str, None] = {}
    for one in wanted.ids:
        members = [] if wanted.only_posts else [member.post for member in store.members(one)[::-1]]
        if not members and one not in store.posts([one]):
            raise InputError(f"there is no event and no post {one}")
        found.update(dict.fromkeys(members or [one]))
    return list(found)


def _ordered(content: Iterator[tuple[str, bytes]], files: _Files, wanted: Wanted, *, signer: Keys, at: datetime) -> Iterator[tuple[str, bytes]]:
    """All files in the order in which they stand in the zip: those of posts, then those that sum them up."""
    yield from content
    sums = {name: one.sha256 for name, one in files.sums.items()}
    manifest = Manifest(
        kind=archive.KIND,
        tool=wanted.tool,
        made_at=at.isoformat(),
        by=wanted.by,
        reason=wanted.reason,
        of=wanted.ids,
        posts=tuple(files.posts),
        files=files.sums,
        whole=archive.sha256(archive.summed(sums)),
        signer=signer.signer,
    )
    text = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
    yield SUMS, archive.summed({**sums, MANIFEST: archive.sha256(text)})
    yield MANIFEST, text
    yield SIGNATURE, signer.signed(text).hex().encode() + b"\n"


def _content(
    store: Store, posts: Sequence[str], pieces: dict[str, list[Piece]], *, keys: Sequence[Keys], files: _Files
) -> Iterator[tuple[str, bytes]]:
    number = 0
    for some in batched(posts, _AT_ONCE):
        there = store.posts(some)
        for post in some:
            number += 1
            place = f"{number:05}-{post[:8]}"
            names = []
            for name, content in (*_kept(place, there.get(post)), *_seen(place, pieces.get(post, []), keys, files)):
                names.append(name)
                yield files.added(name, content)
            files.posts.append({"post": post, "files": names})
            if post not in pieces:
                files.lacking.append(f"post {post}: no evidence of it was sealed, or it was removed")


def _kept(place: str, judged: JudgedPost | None) -> Iterator[tuple[str, bytes]]:
    """What the store has of a post now, its author by pseudonym."""
    if judged:
        yield (
            f"{place}/kept.json",
            _json({**structs.asdict(judged.post), "engagement": structs.asdict(judged.post.engagement), "revision": judged.revision}),
        )
        yield f"{place}/kept.txt", judged.post.writing.encode(errors="replace")


def _seen(place: str, pieces: Sequence[Piece], keys: Sequence[Keys], files: _Files) -> Iterator[tuple[str, bytes]]:
    """What was sealed of a post, revision by revision, its author in clear. What is damaged is named, and the others go on."""
    for number, piece in enumerate(pieces, 1):
        try:
            label, witness = opened(opened_file(piece), [one.opening for one in keys])
            if label.post != piece.post:
                raise Unopened(f"is of post {label.post}")
        except (Unopened, InputError) as why:
            files.lacking.append(f"post {piece.post}: {piece.path.name} {why}")
            continue
        files.seen += 1
        name = f"{place}/seen-{number}"
        yield f"{name}.json", _json({**_told(witness), "sealed_at": label.at.isoformat()})
        if witness.page:
            yield f"{name}.page.{_ENDINGS.get(witness.media.partition(';')[0].strip().lower(), 'bin')}", witness.page
        yield f"{name}.txt", witness.post.writing.encode(errors="replace")


def _told(witness: Witness) -> dict[str, object]:
    post = witness.post
    return {
        "author": witness.author,
        "author_id": witness.author_id,
        "pseudonym": post.author,
        "post": post.id,
        "native_id": post.native_id,
        "url": post.url,
        "title": post.title,
        "platform": post.platform,
        "source": post.source,
        "published_at": post.published_at and post.published_at.isoformat(),
        "collected_at": post.collected_at and post.collected_at.isoformat(),
        "page": {"sha256": witness.sha256, "size": witness.size, "media": witness.media, "is_here": bool(witness.page)},
    }


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value)) + b"\n"

"""The tables of posts: kept, waiting for the tracker, searched, removed. Every function works on an open connection."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import msgpack, structs

from config.errors import QueryError
from crawlers.post import Engagement
from pipeline.model import Fate, JudgedPost
from pipeline.store.keeping import Meeting, Record, met, milliseconds, moment, storable
from pipeline.store.meaning import Query, second
from pipeline.store.sqlite_search import EVERYTHING, FIRST, ID_BITS, TRACKED, asked, empty, first_row, indexed, put, rows, take_out

_AT_ONCE = 500
"""Ids that one statement asks for."""
_NEAR = (1 << 16) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgpack.Encoder().encode
_judged = msgpack.Decoder(JudgedPost).decode
_engagement = msgpack.Decoder(Engagement).decode


def key(post: str) -> bytes | str:
    """Return the id as the tables have it: 16 bytes where it is 32 hex digits, which halves the index."""
    if len(post) == 32:
        try:
            short = bytes.fromhex(post)
        except ValueError:
            return post
        return short if short.hex() == post else post
    return post


def found(db: sqlite3.Connection, ids: Sequence[str], columns: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Yield these columns of the posts that exist, in no order."""
    for start in range(0, len(ids), _AT_ONCE):
        keys = [key(post) for post in ids[start : start + _AT_ONCE]]
        yield from db.execute(f"SELECT {columns} FROM posts WHERE id IN ({','.join('?' * len(keys))})", keys)  # noqa: S608 - only our own words


def keep(db: sqlite3.Connection, posts: Sequence[JudgedPost]) -> list[Fate]:
    """Save the batch inside the open transaction."""
    batch = Batch(db, [judged.post.id for judged in posts])
    fates = [batch.meet(judged) for judged in posts]
    batch.write()
    return fates


class Batch:
    """What a batch changes: decided post by post, written at once."""

    def __init__(self, db: sqlite3.Connection, ids: Sequence[str]) -> None:
        self.db = db
        self.rows: dict[str, int] = {}
        self.before: dict[str, JudgedPost] = {}
        self.now: dict[str, Record] = {}
        self.changed: set[str] = set()
        self.retold: set[str] = set()
        self.woken: set[str] = set()
        self.counts: list[tuple[str, int, Engagement]] = []
        for row, renewed, earlier, body in found(db, list(dict.fromkeys(ids)), "row, renewed, earlier, body"):
            judged = _judged(body)
            self.rows[judged.post.id] = row
            self.before[judged.post.id] = judged
            self.now[judged.post.id] = recorded(judged, renewed, earlier)

    def meet(self, seen: JudgedPost) -> Fate:
        """Decide the fate of one sighting."""
        post = seen.post.id
        was = self.now.get(post)
        meeting = met(was, seen)
        if meeting.record is not was:
            self.now[post] = meeting.record
            self.note(post, seen, meeting)
        return meeting.fate

    def note(self, post: str, seen: JudgedPost, meeting: Meeting) -> None:
        """Remember what a sighting changes."""
        self.changed.add(post)
        if meeting.retold:
            self.retold.add(post)
        if meeting.wakes:
            self.woken.add(post)
        if meeting.counted:
            self.counts.append((post, milliseconds(seen.post.at), meeting.record.judged.post.engagement))

    def write(self) -> None:
        """Write all that changed."""
        bodies = {post: self.body(post) for post in self.changed}
        new = [self.now[post].judged for post in self.changed if post not in self.before]
        self.rows.update(placed(self.db, new))
        self.db.executemany(
            "INSERT INTO posts (row, id, at, relevant, renewed, earlier, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (row) DO UPDATE SET relevant = excluded.relevant, renewed = excluded.renewed,"
            " earlier = excluded.earlier, body = excluded.body",
            sorted(self.line(post, body) for post, body in bodies.items()),
        )
        was = [self.before[post] for post in self.retold if post in self.before]
        take_out(self.db, [(self.rows[judged.post.id], tokens) for judged, tokens in zip(was, indexed(was), strict=True)])
        now = [self.now[post].judged for post in self.retold]
        put(self.db, [(self.rows[judged.post.id], tokens) for judged, tokens in zip(now, indexed(now), strict=True)])
        wake(self.db, [self.rows[post] for post in self.woken])
        self.db.executemany(
            "INSERT OR REPLACE INTO engagements (row, at, body) VALUES (?, ?, ?)",
            sorted((self.rows[post], at, _encode(engagement)) for post, at, engagement in self.counts),
        )

    def body(self, post: str) -> bytes:
        """Return the post as it is stored."""
        record = self.now[post]
        judged, body = encoded(record.judged)
        if judged is not record.judged:
            self.now[post] = structs.replace(record, judged=judged)
        return body

    def line(self, post: str, body: bytes) -> tuple[object, ...]:
        """Return the row of a post."""
        record = self.now[post]
        judged, earlier = record.judged, b"".join(record.earlier) or None
        renewed = (record.renewed - _EPOCH) // timedelta.resolution
        return self.rows[post], key(post), milliseconds(judged.post.at), judged.assessment.is_relevant, renewed, earlier, body


def encoded(judged: JudgedPost) -> tuple[JudgedPost, bytes]:
    """Return the post as it can be stored, and its bytes."""
    try:
        return judged, _encode(judged)
    except UnicodeEncodeError:
        judged = storable(judged)
        return judged, _encode(judged)


def recorded(judged: JudgedPost, renewed: int, earlier: bytes | None) -> Record:
    """Return the record that a row holds."""
    return Record(judged, _EPOCH + timedelta(microseconds=renewed), _split(earlier))


def _split(earlier: bytes | None) -> tuple[bytes, ...]:
    return tuple(earlier[start : start + 16] for start in range(0, len(earlier or b""), 16)) if earlier else ()


def placed(db: sqlite3.Connection, posts: Iterable[JudgedPost]) -> dict[str, int]:
    """Return free rows for new posts, ordered by second and id; where two ids of one second begin alike, by arrival."""
    wanted = sorted((_row(judged), judged.post.id) for judged in posts)
    taken: set[int] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = [row for row, _ in wanted[start : start + _AT_ONCE]]
        taken.update(row for (row,) in db.execute(f"SELECT row FROM posts WHERE row IN ({','.join('?' * len(some))})", some))  # noqa: S608
    given: dict[str, int] = {}
    used: set[int] = set()
    last = 0
    for wish, post in wanted:
        row = max(wish, last + 1) if used and wish >> ID_BITS == last >> ID_BITS else wish
        if row != wish or row in taken or row in used:
            row = _free(db, row, used)
        used.add(row)
        given[post] = last = row
    return given


def _free(db: sqlite3.Connection, row: int, used: set[int]) -> int:
    """The next row of the same second that nobody has."""
    at = row >> ID_BITS
    while True:
        end = row | _NEAR
        (highest,) = db.execute("SELECT max(row) FROM posts WHERE row BETWEEN ? AND ?", (row, end)).fetchone()
        row = row if highest is None else highest + 1
        while row in used:
            row += 1
        if row <= end:
            return row
        if row >> ID_BITS != at:
            row = at << ID_BITS


def _row(judged: JudgedPost) -> int:
    post = judged.post.id
    short = key(post)
    start = short[:4] if isinstance(short, bytes) else short.encode("utf-8", "replace")[:4].ljust(4, b"\0")
    return first_row(second(judged.post.at)) | int.from_bytes(start, "big") >> 32 - ID_BITS


def wake(db: sqlite3.Connection, waiting: Iterable[int]) -> None:
    """Make rows pending, or pending anew, so that what the tracker now has in hand does not clear them."""
    db.executemany("INSERT INTO pending VALUES (?, 1) ON CONFLICT (row) DO UPDATE SET turn = turn + 1", [(row,) for row in sorted(waiting)])


def pending(db: sqlite3.Connection, limit: int) -> list[tuple[int, JudgedPost]]:
    """Return the turn and the post of the oldest that wait."""
    lines = db.execute("SELECT turn, body FROM pending JOIN posts USING (row) ORDER BY row LIMIT ?", (limit,))
    return [(turn, _judged(body)) for turn, body in lines]


def clear(db: sqlite3.Connection, turns: dict[str, int | None]) -> None:
    """Let posts wait no longer, unless they were made pending again after their turn (None: whatever the turn)."""
    db.executemany(
        "DELETE FROM pending WHERE row = (SELECT row FROM posts WHERE id = ?) AND turn <= coalesce(?, turn)",
        [(key(post), turn) for post, turn in turns.items()],
    )


def recent(db: sqlite3.Connection, since: datetime, until: datetime) -> list[JudgedPost]:
    """Return tracked posts from `since` to before `until` that do not wait, oldest first."""
    lines = db.execute(
        "SELECT body FROM words CROSS JOIN posts ON posts.row = words.rowid WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ?"
        " AND NOT EXISTS (SELECT 1 FROM pending WHERE pending.row = posts.row) ORDER BY words.rowid",
        (TRACKED, first_row(second(since)), first_row(second(until) + 1)),
    )
    return [judged for judged in (_judged(body) for (body,) in lines) if since <= judged.post.at < until]


def by_id(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, JudgedPost]:
    """Return the posts that exist."""
    posts = (_judged(body) for (body,) in found(db, list(dict.fromkeys(ids)), "body"))
    return {judged.post.id: judged for judged in posts}


def engagements(db: sqlite3.Connection, post: str) -> list[tuple[datetime, Engagement]]:
    """Return the history of a post's engagement, oldest first."""
    lines = db.execute(
        "SELECT engagements.at, engagements.body FROM posts JOIN engagements USING (row) WHERE id = ? ORDER BY engagements.at", (key(post),)
    )
    return [(moment(at), _engagement(body)) for at, body in lines]


def search(db: sqlite3.Connection, query: Query, *, limit: int, cursor: str) -> tuple[list[JudgedPost], str]:
    """Return a page of what answers the query, newest first, and the cursor of the next."""
    first, last = rows(query)
    if cursor:
        last = min(last, _place(cursor) - 1)
    if query.where is None:
        lines = db.execute("SELECT row, body FROM posts WHERE row BETWEEN ? AND ? ORDER BY row DESC LIMIT ?", (first, last, limit + 1))
    else:
        lines = db.execute(
            "SELECT posts.row, body FROM words CROSS JOIN posts ON posts.row = words.rowid"
            " WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid DESC LIMIT ?",
            (asked(query.where), first, last, limit + 1),
        )
    page = lines.fetchall()
    posts = [_judged(body) for _, body in page[:limit]]
    return posts, str(page[limit - 1][0]) if len(page) > limit > 0 else ""


def _place(cursor: str) -> int:
    try:
        return max(-(1 << 62), min(1 << 62, int(cursor)))
    except ValueError as error:
        raise QueryError(f"{cursor!r} is no cursor of a search; take the one that the last page gave") from error


def count(db: sqlite3.Connection, query: Query) -> int:
    """Return how many posts answer the query, from the index alone."""
    first, last = rows(query)
    if query.where is None and query.since is None and query.until is None:
        lines = db.execute("SELECT count(*) FROM posts")
    else:
        lines = db.execute(
            "SELECT count(*) FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?",
            (EVERYTHING if query.where is None else asked(query.where), first, last),
        )
    return int(lines.fetchone()[0])


def reassess(db: sqlite3.Connection, posts: Sequence[JudgedPost]) -> None:
    """Replace the assessments of posts whose text is still the one that was judged."""
    judged_again = {judged.post.id: judged for judged in posts}
    out, back, lines = [], [], []
    pairs: list[tuple[int, JudgedPost, JudgedPost]] = []
    for row, body in list(found(db, list(judged_again), "row, body")):
        was = _judged(body)
        now = structs.replace(was, assessment=judged_again[was.post.id].assessment)
        if was.digest != judged_again[was.post.id].digest or now == was:
            continue
        now, body = encoded(now)
        lines.append((now.assessment.is_relevant, body, row))
        pairs.append((row, was, now))
    for (row, _, _), old, new in zip(pairs, indexed(was for _, was, _ in pairs), indexed(now for _, _, now in pairs), strict=True):
        if old != new:
            out.append((row, old))
            back.append((row, new))
    db.executemany("UPDATE posts SET relevant = ?, body = ? WHERE row = ?", lines)
    take_out(db, out)
    put(db, back)


def purge(db: sqlite3.Connection, after: int, *, relevant_before: datetime, irrelevant_before: datetime) -> tuple[int, int | None]:
    """Remove some of the posts that are too old, beginning after a row; return how many, and the last row seen (None at the end)."""
    newest = max(relevant_before, irrelevant_before)
    lines = db.execute(
        "SELECT row, at, relevant, EXISTS (SELECT 1 FROM members WHERE post = posts.id), body FROM posts"
        " WHERE row > ? AND row < ? ORDER BY row LIMIT 2000",
        (after, first_row(second(newest) + 1)),
    ).fetchall()
    ends = {1: milliseconds(relevant_before), 0: milliseconds(irrelevant_before)}
    old = [(row, _judged(body)) for row, at, relevant, member, body in lines if at < ends[relevant] and not member]
    remove(db, old)
    return len(old), lines[-1][0] if lines else None


def remove(db: sqlite3.Connection, old: Sequence[tuple[int, JudgedPost]]) -> None:
    """Remove posts, given by row and exactly as they are kept, with all that belongs to them."""
    take_out(db, [(row, tokens) for (row, _), tokens in zip(old, indexed(judged for _, judged in old), strict=True)])
    for table in ("pending", "engagements", "posts"):
        db.executemany(f"DELETE FROM {table} WHERE row = ?", [(row,) for row, _ in old])  # noqa: S608 - only our own words


def reindex(db: sqlite3.Connection) -> None:
    """Build the search index anew from the posts."""
    empty(db)
    after = FIRST
    while lines := db.execute("SELECT row, body FROM posts WHERE row > ? ORDER BY row LIMIT 5000", (after,)).fetchall():
        put(db, [(row, tokens) for (row, _), tokens in zip(lines, indexed(_judged(body) for _, body in lines), strict=True)])
        after = lines[-1][0]

"""Exact substring search in FTS5: texts go in as single characters, a phrase of characters is a substring.

A blank is a token of its own, tokens of two characters and more are boundaries, properties and places, so that a filter is
a token like any other and never meets a text. Rows are numbered by decision time: newest first needs no sorting.
"""

import sqlite3
from collections.abc import Iterable

import numpy as np

from pipeline.model import JudgedPost
from pipeline.store.meaning import All, Any, Leaf, Named, Node, Not, Query, Scored, Tag, Term, leaf, parted, second

ID_BITS = 30
_SECONDS = 1 << (63 - ID_BITS)
_BLANK = "\u3000"
"""Stands for a blank: folded texts have none of it."""
_END = "\n"
"""Stands between texts; folded texts have none of it."""
_BORDER = " || "
_NOTHING = '"||nothing"'
EVERYTHING = '("is:relevant" OR "is:irrelevant")'
TRACKED = '("is:relevant" OR "is:uncertain")'
FIRST, LAST = -(1 << 63), (1 << 63) - 1


def indexed(posts: Iterable[JudgedPost]) -> list[str]:
    """Return the tokens of each post. What was put in must be given again, equal, to take it out."""
    seen = [leaf(judged) for judged in posts]
    titles = _spaced(one.title if one.title not in one.text else "" for one in seen)
    texts = _spaced(one.text for one in seen)
    return [_properties(one) + (_BORDER + title if title else "") + _BORDER + text for one, title, text in zip(seen, titles, texts, strict=True)]


def _properties(seen: Leaf) -> str:
    tokens = sorted(seen.tags)
    for name, score in seen.scores.items():
        tokens += (f"{name}/{score // 10}", f"{name}={score}")
    words = " ".join(tokens if " " not in "".join(tokens) else [token.replace(" ", _BLANK) for token in tokens])
    for name in seen.names:
        words += _BORDER + _place(name)
    return words


def _spaced(folded: Iterable[str]) -> list[str]:
    """The characters of each folded text with blanks between: as `_characters`, but all texts at once."""
    texts = list(folded)
    if not texts:
        return []
    joined = _END.join(texts).replace(" ", _BLANK)
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4")
    spaced = np.full(2 * len(codes), ord(" "), "<u4")
    spaced[::2] = codes
    return [text.strip(" ") for text in spaced.tobytes().decode("utf-32-le").split(_END)]


def _characters(folded: str) -> str:
    return " ".join(folded.replace(" ", _BLANK))


def _place(folded: str) -> str:
    return " ".join("@" + character for character in folded.replace(" ", _BLANK))


def asked(node: Node) -> str:
    """Return the FTS5 expression that finds what the node means."""
    match node:
        case Term(text):
            return _phrase(_characters(text))
        case Named(text):
            return _phrase(_place(text))
        case Tag(name, value):
            return _phrase(f"{name}:{value}".replace(" ", _BLANK))
        case Scored(name, low, high):
            return _either(_phrase(token) for token in _steps(name, low, high))
        case Any(parts):
            return _either(asked(part) for part in parts)
        case All(parts):
            return _both(parts)
        case Not(part):
            return _both((node,)) if not isinstance(part, Not) else asked(part.part)


def _phrase(tokens: str) -> str:
    return '"' + tokens.replace('"', '""') + '"'


def _either(expressions: Iterable[str]) -> str:
    found = list(expressions)
    return f"({' OR '.join(found)})" if found else _NOTHING


def _both(parts: Iterable[Node]) -> str:
    wanted, unwanted = ([asked(part) for part in some] for some in parted(parts))
    found = f"({' AND '.join(wanted)})" if wanted else EVERYTHING
    return f"({found} NOT {_either(unwanted)})" if unwanted else found


def _steps(name: str, low: int, high: int) -> Iterable[str]:
    """The fewest tokens that are all scores from low to high."""
    score = max(low, 0)
    while score <= high:
        if score % 10 == 0 and score + 9 <= high:
            yield f"{name}/{score // 10}"
            score += 10
        else:
            yield f"{name}={score}"
            score += 1


def rows(query: Query) -> tuple[int, int]:
    """Return the first and last row that the query's times allow."""
    first = FIRST if query.since is None else first_row(second(query.since))
    last = LAST if query.until is None else first_row(second(query.until)) - 1
    return first, last


def first_row(at: int) -> int:
    """Return the lowest row of a second; times that no clock shows are put at the ends."""
    return max(-_SECONDS, min(_SECONDS - 1, at)) << ID_BITS


def put(db: sqlite3.Connection, entries: list[tuple[int, str]]) -> None:
    """Index rows, which must not be there; sorted, so that FTS5 writes them at once."""
    db.executemany("INSERT INTO words (rowid, tokens) VALUES (?, ?)", sorted(entries))


def take_out(db: sqlite3.Connection, entries: list[tuple[int, str]]) -> None:
    """Remove rows from the index, given exactly as they were put in."""
    db.executemany("INSERT INTO words (words, rowid, tokens) VALUES ('delete', ?, ?)", sorted(entries))


def empty(db: sqlite3.Connection) -> None:
    """Remove every row from the index."""
    db.execute("INSERT INTO words (words) VALUES ('delete-all')")

"""What a query looks for, and where it is wrong, for the search page to show."""

import re

from config.errors import QueryError
from pipeline.store.meaning import All, Any, Named, Node, Not, Query, Scored, Tag, Term

_AT = re.compile(r"at character (\d+)")


def sought(query: Query) -> list[str]:
    """Return the words that hits have in them, to be marked; not those that they must not have."""
    return _terms(query.where) if query.where is not None else []


def _terms(node: Node) -> list[str]:
    match node:
        case Term(text):
            return [text]
        case All(parts) | Any(parts):
            return [word for part in parts for word in _terms(part)]
        case Tag() | Named() | Scored() | Not():
            return []


def position(error: QueryError) -> int | None:
    """Return at which character (from 1) a query is wrong, where the error says so."""
    found = _AT.search(str(error))
    return int(found[1]) if found else None

"""Exact substring search in Elasticsearch: texts go in as single characters, a phrase of characters is a substring.

As in SQLite a blank is a token of its own. Properties and scores are fields of their own, and every condition is a filter: nothing is ranked.
"""

from collections.abc import Iterable
from typing import Any as Anything

from pipeline.model import JudgedPost
from pipeline.store.keeping import milliseconds, stood
from pipeline.store.meaning import All, Any, Leaf, Named, Node, Not, Query, Scored, Tag, Term, leaf, parted, second

Json = dict[str, Anything]
_BLANK = "||"
"""Stands for a blank: a token of two characters, which no text has."""
EVERYTHING: Json = {"match_all": {}}
_NOTHING: Json = {"match_none": {}}
NEWEST_FIRST: list[dict[str, str]] = [{"second": "desc"}, {"id": "desc"}]
OLDEST_FIRST: list[dict[str, str]] = [{"second": "asc"}, {"id": "asc"}]
_HEADLINE = 80


def fields(judged: JudgedPost) -> Json:
    """Return the fields that a post is searched, counted and shown by."""
    post, thought, seen = judged.post, judged.assessment, leaf(judged)
    found: Json = {
        "id": post.id,
        "at": milliseconds(post.at),
        "second": seen.second,
        "platform": post.platform,
        "source": post.source,
        "headline": (post.title or post.text)[:_HEADLINE],
        "relevant": thought.is_relevant,
        "tracked": judged.is_tracked,
        "score": round(thought.relevant.score, 4),
        "topics": [topic.name for topic in thought.topics],
        "places": [place.code for place in thought.places or () if place.code],
        "tags": sorted(seen.tags),
        "names": [_spaced(name) for name in seen.names],
        "words": [_spaced(text) for text in _texts(seen)],
        **seen.scores,
    }
    if thought.debunk:
        found["debunk"] = thought.debunk.id
    if thought.harm:
        found |= {name: number for name, number in (("ill", thought.harm.ill), ("dead", thought.harm.dead)) if number is not None}
    return found


def _texts(seen: Leaf) -> Iterable[str]:
    if seen.title and seen.title not in seen.text:
        yield seen.title
    yield seen.text


def _spaced(folded: str) -> str:
    return " ".join(_BLANK if character == " " else character for character in folded)


def asked(query: Query) -> Json:
    """Return the query that finds what is asked for."""
    found = [_meant(query.where)] if query.where is not None else []
    bounds = {name: second(at) for name, at in (("gte", query.since), ("lt", query.until)) if at is not None}
    if bounds:
        found.append({"range": {"second": bounds}})
    return {"bool": {"filter": found}} if found else EVERYTHING


def _meant(node: Node) -> Json:
    match node:
        case Term(text):
            return _phrase("words", text)
        case Named(text):
            return _phrase("names", text)
        case Tag(name, value):
            return {"term": {"tags": f"{name}:{value}"}}
        case Scored(name, low, high):
            return {"range": {name: {"gte": low, "lte": high}}} if low <= high else _NOTHING
        case Any(parts):
            return {"bool": {"should": [_meant(part) for part in parts], "minimum_should_match": 1}}
        case All(parts):
            return _both(parts)
        case Not():
            return _both((node,))


def _both(parts: Iterable[Node]) -> Json:
    wanted, unwanted = ([_meant(part) for part in some] for some in parted(parts))
    return {"bool": {"filter": wanted, "must_not": unwanted}}


def _phrase(field: str, folded: str) -> Json:
    return {"match_phrase": {field: _spaced(folded)}}


def after_cursor(cursor: str) -> list[Anything] | None:
    """Return where the page before ended. Raises QueryError for what is none."""
    place = stood(cursor)
    return list(place) if place else None

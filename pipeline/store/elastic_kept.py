"""A post as the document that Elasticsearch keeps of it."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from pipeline.model import JudgedPost
from pipeline.store.elastic_cluster import Change, Found
from pipeline.store.elastic_search import fields
from pipeline.store.keeping import Record
from pipeline.store.meaning import second

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kept(Struct, frozen=True):
    """A post as it is kept: its record, how often it was made pending, in which month's index it is, and over which version it is changed."""

    record: Record
    turn: int
    month: str
    version: tuple[int, int] | None = None
    writer: str = ""


def kept_from(found: Found, month: str) -> Kept:
    """Return the post that a document holds."""
    source = found.source
    earlier = tuple(base64.b64decode(digest) for digest in source.get("earlier") or ())
    record = Record(judged_from(source), _EPOCH + timedelta(microseconds=source["renewed"]), earlier)
    return Kept(record, source["turn"], month, found.version, source.get("writer", ""))


def judged_from(source: Mapping[str, Any]) -> JudgedPost:
    """Return the post that a document's source holds."""
    return msgspec.convert(source["body"], JudgedPost)


def document(kept: Kept, writer: str) -> bytes:
    """Return the document of a post."""
    record = kept.record
    body = fields(record.judged) | {
        "turn": kept.turn,
        "renewed": (record.renewed - _EPOCH) // timedelta.resolution,
        "earlier": [base64.b64encode(digest).decode() for digest in record.earlier],
        "writer": writer,
        "body": record.judged,
    }
    return msgspec.json.encode(body)


def waiting(kept: Kept, index: str) -> Change:
    """Return the change that makes a post wait at its turn."""
    post = kept.record.judged.post
    body = {"post": post.id, "month": kept.month, "second": second(post.at), "turn": kept.turn}
    return Change("index", index, f"{post.id}/{kept.turn}", msgspec.json.encode(body))

"""Answers in JSON, written by msgspec, with validators for those who ask again and again; and the one form of an error."""

import hashlib
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_MEDIA = "application/json; charset=utf-8"


def tagged(body: bytes) -> str:
    """Return the strong ETag of a body."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def answer(face: Any, *, status: int = 200) -> Response:
    """Return a face as a JSON response."""
    return Response(msgspec.json.encode(face), status, media_type=_MEDIA)


def refusal(status: int, kind: str, why: str, **more: Any) -> Response:
    """Return an error: `error` is a sentence, `kind` a word for programs, and what more helps."""
    return answer({"error": why, "kind": kind, **more}, status=status)


def is_known(request: Request, tag: str) -> bool:
    """Return whether the asker has what bears this ETag already."""
    # If-Modified-Since is not looked at: a late file may bring an alert that is older than the newest.
    asked = request.headers.get("if-none-match", "")
    return asked.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in asked.split(",")]


def unless_known(request: Request, body: bytes, *, tag: str = "", media: str = _MEDIA, modified: str = "") -> Response:
    """Return the body with its ETag (and Last-Modified), or 304 where the asker has it already."""
    tag = tag or tagged(body)
    headers = {"etag": tag, "cache-control": "no-cache", **({"last-modified": modified} if modified else {})}
    return Response(status_code=304, headers=headers) if is_known(request, tag) else Response(body, media_type=media, headers=headers)

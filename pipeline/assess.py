"""Judges lines of JSON as they come: what `shian assess` does, without a store."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

import msgspec

from config.errors import InputError
from crawlers import files
from crawlers.post import Post
from crawlers.records import Reading, Refused, post_of
from nlp.assessment import Analyst
from pipeline.app import App, now
from pipeline.faces import judgement_face
from pipeline.recall import Memory, hear


def judged_lines(stream: BinaryIO, analyst: Analyst, memory: Mapping[str, float] | None, *, size: int) -> Iterator[dict[str, Any]]:
    """Yield one judgement a line, in the same order; a bad line gives {"line": n, "error": why} in its place."""
    lines = enumerate(stream, 1)
    reading = Reading(now=now())
    while batch := list(islice(lines, size)):
        posts = [_post(line, reading) for _, line in batch]
        judgements = iter(analyst.assess([post for post in posts if isinstance(post, Post)], memory))
        for (number, _), post in zip(batch, posts, strict=True):
            if isinstance(post, Post):
                yield judgement_face(post.native_id or post.id, next(judgements))
            else:
                yield {"line": number, "error": post}


def _post(line: bytes, reading: Reading) -> Post | str:
    """The post, else why it is none."""
    try:
        post = post_of(msgspec.json.decode(line.decode("utf-8-sig"), type=dict[str, Any]), reading)
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte {error.start + 1})"
    except (msgspec.DecodeError, RecursionError) as error:
        return f"is no JSON object: {error}"
    except Refused as refusal:
        return str(refusal)
    return post if post.writing.strip() else "text is empty"


def remembered(app: App, path: str) -> Mapping[str, float]:
    """Return the words that the posts of a file bring up, seen from the newest of them."""
    posts = [post for post in files.read(path, Reading(now=now())) if isinstance(post, Post)]
    if not posts:
        raise InputError(f"{path}: holds no post")
    memory = Memory(app.config.settings.track.memory)
    posts.sort(key=lambda post: post.at)
    hear(posts, [post.at for post in posts], memory, app.analyst)
    return memory.at(posts[-1].at)

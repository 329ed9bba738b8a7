"""Posts to measure with: made from the written corpus, about 140 characters each, none twice the same.

Three in a hundred are made of relevant texts, the others of texts that are not: a stream of food talk.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from crawlers.post import Post, identified
from nlp.corpora import written

RELEVANT = 3
"""Of a hundred posts, so many are made of relevant texts."""
_START = datetime(2024, 1, 1, tzinfo=UTC)


def texts(number: int, *, length: int = 140, seed: int = 7) -> list[str]:
    """Return so many texts of about `length` characters: corpus sentences put together, with a number that tells them apart."""
    draw = random.Random(seed)
    pools = [[example.text for example in written() if example.relevant is relevant] for relevant in (False, True)]
    return [_text(draw, pools[serial % 100 < RELEVANT], length, serial) for serial in range(number)]


def _text(draw: random.Random, pool: list[str], length: int, serial: int) -> str:
    parts = [f"{serial}号"]
    while sum(map(len, parts)) < length:
        parts.append(draw.choice(pool))
    return "。".join(parts)[:length]


def posts(number: int, *, length: int = 140) -> Iterator[Post]:
    """Yield posts with those texts, a minute apart."""
    for serial, text in enumerate(texts(number, length=length)):
        at = _START + timedelta(minutes=serial)
        yield identified(Post("", text, native_id=str(serial), platform="weibo", source="weibo-posts", published_at=at))

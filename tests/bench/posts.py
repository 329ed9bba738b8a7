"""Posts to measure with, about 140 characters each, none twice the same: made of sentences put together.

An ordinary stream is what a desk collects round the clock: of a hundred posts 3 are made of relevant texts, 27 of near misses and food talk, and
70 of what people write about all day. A hard one has near misses and food talk in place of these.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawlers.post import Post, identified
from nlp.corpora import written

RELEVANT, FOOD = 3, 30
"""Of a hundred posts, so many are made of relevant texts; up to so many, of relevant texts or of near misses."""
_START = datetime(2024, 1, 1, tzinfo=UTC)
_EVERYDAY = Path(__file__).with_name("everyday.txt")


def texts(number: int, *, length: int = 140, seed: int = 7, hard: bool = False) -> list[str]:
    """Return so many texts of about `length` characters, with a number that tells them apart."""
    draw = random.Random(seed)
    near, relevant = ([example.text for example in written() if example.relevant is kind] for kind in (False, True))
    everyday = near if hard else _EVERYDAY.read_text("utf-8").splitlines()
    pools = [relevant] * RELEVANT + [near] * (FOOD - RELEVANT) + [everyday] * (100 - FOOD)
    return [_text(draw, pools[serial % 100], length, serial) for serial in range(number)]


def _text(draw: random.Random, pool: list[str], length: int, serial: int) -> str:
    parts = [f"{serial}号"]
    while sum(map(len, parts)) < length:
        parts.append(draw.choice(pool))
    return "。".join(parts)[:length]


def posts(number: int, *, length: int = 140, hard: bool = False) -> Iterator[Post]:
    """Yield posts with those texts, a minute apart."""
    for serial, text in enumerate(texts(number, length=length, hard=hard)):
        at = _START + timedelta(minutes=serial)
        yield identified(Post("", text, native_id=str(serial), platform="weibo", source="weibo-posts", published_at=at))

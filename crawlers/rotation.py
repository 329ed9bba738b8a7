"""Which words of a search come next in its round: each in proportion to its weight, none for ever last, wherever a crawl broke off.

Each word stands somewhere on a line: the one that stands lowest is asked for next, and then stands 1/weight higher.
Nothing here asks or keeps anything.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from config.keywords import LATE, WATCHED, Keyword
from config.source import Source

_DAY = timedelta(days=1)


def share(source: Source, *, last: datetime, now: datetime) -> int:
    """Return how many words this crawl asks for, at least one; `last` is when the one before began, long ago if there was none.

    Crawls that follow each other ask for searches_per_day in any day, however they lie in it. What was missed long ago is not made up for.
    """
    since = max(last, now - LATE * (source.every or _DAY))
    rate = source.searches_per_day / _DAY.total_seconds()
    return max(1, math.floor(int(now.timestamp()) * rate) - math.floor(int(since.timestamp()) * rate))


def standing(words: Sequence[Keyword], stands: Mapping[str, float]) -> dict[str, float]:
    """Return where each word stands, to be remembered: new ones come in where the others are by now, and words that are gone are left out.

    A new word that is watched comes at once; the others are spread over the round that lies ahead.
    """
    start = min((stands[word.text] for word in words if word.text in stands), default=0.0)
    ahead = {word.text: 0.0 if word.weight == WATCHED else rank / len(words) / word.weight for rank, word in enumerate(words)}
    return {text: stands.get(text, start + gap) for text, gap in ahead.items()}


def due(words: Sequence[Keyword], stands: Mapping[str, float], most: int) -> dict[str, float]:
    """Return the words to ask for now, each once, in their order, with where each stands when it was asked for; `stands` has every word."""
    # Sorting keeps the order of the words that stand alike.
    chosen = sorted(words, key=lambda word: (stands[word.text], -word.weight))[:most]
    reached = max((stands[word.text] for word in chosen), default=0.0)
    # Nothing is saved up: a word that may be asked for once in a crawl only, and would come oftener, does not fall behind for ever.
    return {word.text: max(stands[word.text], reached - 1 / word.weight) + 1 / word.weight for word in chosen}

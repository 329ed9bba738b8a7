"""Whose turn it is among the words of a search: each in proportion to its weight, none for ever last, wherever a crawl broke off.

A word's `turn` says where on one line of turns it stands: who stands lowest is asked next, and then stands 1/weight higher.
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


def standing(words: Sequence[Keyword], turns: Mapping[str, float]) -> dict[str, float]:
    """Return the turn of each word, to be remembered: new ones come in where the others are by now, and words that are gone are left out.

    A new word that is watched comes at once; the others are spread over the round that lies ahead.
    """
    start = min((turns[word.text] for word in words if word.text in turns), default=0.0)
    ahead = {word.text: 0.0 if word.weight == WATCHED else rank / len(words) / word.weight for rank, word in enumerate(words)}
    return {text: turns.get(text, start + gap) for text, gap in ahead.items()}


def due(words: Sequence[Keyword], turns: Mapping[str, float], most: int) -> dict[str, float]:
    """Return the words to ask for now, each once, in their order, with the turn that each has when it was asked; `turns` has one for every word."""
    # Sorting keeps the order of the words where turns are equal.
    chosen = sorted(words, key=lambda word: (turns[word.text], -word.weight))[:most]
    reached = max((turns[word.text] for word in chosen), default=0.0)
    # Nobody saves up turns: who may be asked once in a crawl only, and would come oftener, does not fall behind for ever.
    return {word.text: max(turns[word.text], reached - 1 / word.weight) + 1 / word.weight for word in chosen}

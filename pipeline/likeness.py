"""How alike a post and an event are: by the words that tell matters apart, whole and in part, by where they are, and by the time between them. Pure.

What is said within a day or two of an event may be alike by one word; the more time lies between, the more must be the same, for a hazard
(异物) or an often-named firm comes up again in other matters.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import NamedTuple

from nlp.assessment import Place
from pipeline.model import Event

CORE = 5
"""Terms that stand for a post or an event when they are compared."""
FRESH = timedelta(days=2)
"""For so long one word is enough."""
_TELLING, _SHARE = 0.3, 0.4
"""A word counts as one of two where it tells so much apart, and where it is so much of what the event says."""
_NAME, _NAMED = 0.6, 0.9
"""A word that tells so much, and is nearly all that the event is called by, is its name, and counts as two."""
_FAR_SHARE = 0.6
"""Of an event that was silent for its window only such words count."""
_FAR_NAME, _FAR_POSTS = 4, 5
"""Then a name alone revives it if it has so many characters, and the event so many posts."""
_GROWS, _GROWN_SHARE, _DOUBLINGS = 0.2, 0.5, 4
"""With each time that an event doubled, up to so many, the words that make up so much of it weigh so much more: what all speak of is meant."""
_CITY, _PROVINCE, _ELSEWHERE = 0.1, 0.05, 0.7
_FADES, _FADED = 0.5, 0.7
"""What is lost over an event's life; what is left of the likeness to one that is revived."""


class Said(NamedTuple):
    """A word of a post that an event says too: how well it tells matters apart, and how much of the event it is, both 0..1."""

    word: str
    weight: float
    share: float


class Words:
    """Which events say what: by whole words, and by parts of two characters, so that 罐车 is heard in 油罐车."""

    def __init__(self) -> None:
        self._whole: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._parts: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._of: dict[str, tuple[Mapping[str, float], Mapping[str, float]]] = {}

    def put(self, event: str, terms: Mapping[str, float]) -> None:
        """Take in what an event says now."""
        parts: dict[str, float] = {}
        for term, share in terms.items():
            own = parts_of(term)
            for part in own:
                parts[part] = max(parts.get(part, 0.0), share / math.sqrt(len(own)))
        for index, before, now in zip((self._whole, self._parts), self._of.get(event, ({}, {})), (terms, parts), strict=True):
            for word in before.keys() - now.keys():
                del index[word][event]
                if not index[word]:
                    del index[word]
            for word, share in now.items():
                if before.get(word) != share:
                    index[word][event] = share
        self._of[event] = dict(terms), parts

    def count(self, event: str) -> int:
        """Return how many words an event says."""
        return len(self._of[event][0])

    def common(self, terms: Sequence[tuple[str, float]], event: str) -> list[Said]:
        """Return what one event has in common with the terms of a post."""
        whole, parts = self._of[event]
        found = []
        for term, weight in terms:
            own = parts_of(term)
            share = max(whole.get(term, 0.0), sum(parts.get(part, 0.0) for part in own) / math.sqrt(len(own)))
            if share:
                found.append(Said(term, weight, min(share, 1.0)))
        return found

    def said(self, terms: Sequence[tuple[str, float]]) -> dict[str, list[Said]]:
        """Return what each event has in common with the terms of a post."""
        found: defaultdict[str, list[Said]] = defaultdict(list)
        for term, weight in terms:
            own = parts_of(term)
            shares: defaultdict[str, float] = defaultdict(float)
            for part in own:
                for event, share in self._parts.get(part, {}).items():
                    shares[event] += share / math.sqrt(len(own))
            for event, share in self._whole.get(term, {}).items():
                shares[event] = max(shares[event], share)
            for event, share in shares.items():
                found[event].append(Said(term, weight, min(share, 1.0)))
        return found


@cache
def parts_of(word: str) -> tuple[str, ...]:
    """Return the parts of two characters of a Chinese word; any other word is one part."""
    if len(word) < 3 or not all("一" <= character <= "鿿" for character in word):
        return (word,)
    return tuple(dict.fromkeys(word[at : at + 2] for at in range(len(word) - 1)))


def strength(weights: Iterable[float]) -> float:
    """Return how much the heaviest terms say together: the sum of their squares."""
    return sum(weight * weight for weight in sorted(weights, reverse=True)[:CORE])


def tells(one: Said) -> bool:
    """Return whether a word shared with an event tells enough to count as one of two."""
    return one.share >= _SHARE and one.weight >= _TELLING


def names(said: Iterable[Said]) -> list[str]:
    """Return the words that an event is called by among those that a post says."""
    return [one.word for one in said if one.weight >= _NAME and one.share >= _NAMED]


def life(event: Event, window: timedelta, aftermath: timedelta) -> timedelta:
    """Return how long after its last post an event may be joined: one window, for an event of many posts longer, up to the aftermath."""
    return max(window, min(window * event.posts / 2, aftermath))


def alike(
    said: Sequence[Said], event: Event, whole: float, *, places: Sequence[Place], gap: timedelta, window: timedelta, life: timedelta, least: int = 0
) -> float:
    """Return how alike a post is to an event, from 0; 0 where they have too little in common for the time between them.

    `whole` is the strength of the one that says less; `gap` the time between the post and the event; `least` are the words that they must share
    however near they are in time.
    """
    far = gap > window
    named = any(_is_name(one, event, far=far) for one in said)
    heard = [one for one in said if not far or (one.share >= _FAR_SHARE and one.weight >= _TELLING)]
    near = nearness(places, event.places or ())
    wanted = max(least, 2 if gap > FRESH else 0)
    if wanted:
        there = (near == _CITY and not far) or bool(_abroad(places) & _abroad(event.places or ()))
        if sum(map(tells, heard)) + named + there < wanted:
            return 0.0
    grown = 1.0 if far else 1 + _GROWS * min(_DOUBLINGS, math.log2(max(event.posts, 1)))
    common = sum(one.weight * one.share * (grown if one.share >= _GROWN_SHARE else 1.0) for one in heard)
    likeness = common / max(whole, 1.0)
    likeness = likeness * _ELSEWHERE if near < 0 else likeness + near
    return likeness * (_FADED if far else 1 - _FADES * (gap / life))


def _is_name(one: Said, event: Event, *, far: bool) -> bool:
    if one.weight < _NAME or one.share < _NAMED:
        return False
    return not far or (len(one.word) >= _FAR_NAME and event.posts >= _FAR_POSTS)


def _abroad(places: Sequence[Place]) -> set[str]:
    """The countries of places abroad: so seldom named that a same one is a word that both share, however long ago."""
    return {place.path[0] for place in places if place.foreign}


def nearness(one: Sequence[Place], other: Sequence[Place]) -> float:
    """Return what the places say for two matters being one; below 0 where they are in different provinces."""
    if not one or not other:
        return 0.0
    if any(len(place.path) > 1 for place in one) and {place.path[:2] for place in one if len(place.path) > 1} & {place.path[:2] for place in other}:
        return _CITY
    if {place.path[:1] for place in one} & {place.path[:1] for place in other}:
        return _PROVINCE
    return 0.0 if any(place.foreign for place in (*one, *other)) else -1.0

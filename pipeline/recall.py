"""The stream's memory: the words and names that relevant posts of the last days brought up."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from nlp.assessment import Analyst, Assessment, Writing
from pipeline.store.meaning import second

_SURE = 4
"""After so many posts, all of them relevant, a word is half sure."""
_LAST = chr(0x10FFFF)
"""Comes after every id."""


class _Heard(NamedTuple):
    """A post that taught; posts are in the order of the store: by whole seconds, then by id."""

    second: int
    post: str
    relevant: bool


class Memory:
    """What posts taught, each for itself, so that nothing depends on the order in which they were learned, or on where it was begun.

    A word is as sure as it was relevant whenever it was heard, and as often: once in one post says little, in each of twenty much. What was
    heard fades evenly over `window`. All is counted in whole seconds, so that the same posts give the same numbers.
    """

    def __init__(self, window: timedelta) -> None:
        self._window = max(1, window // timedelta(seconds=1))
        self._words: dict[str, list[_Heard]] = {}
        self._relevant: dict[str, int] = {}
        self._posts: dict[str, tuple[_Heard, tuple[str, ...]]] = {}

    def learn(self, post: str, assessment: Assessment, at: datetime) -> None:
        """Keep the words of a post, and whether it is relevant by itself; what it taught before is forgotten.

        What memory raised or a second opinion made relevant teaches nothing.
        """
        self.forget(post)
        if assessment.recalled or assessment.second or not assessment.terms:
            return
        own = assessment.relevant.score >= assessment.threshold
        heard, words = _Heard(second(at), post, own), tuple(dict.fromkeys(word for word, _ in assessment.terms))
        self._posts[post] = heard, words
        for word in words:
            self._words.setdefault(word, []).append(heard)
            if own:
                self._relevant[word] = self._relevant.get(word, 0) + 1

    def forget(self, post: str) -> None:
        """Drop what a post taught."""
        if post not in self._posts:
            return
        heard, words = self._posts.pop(post)
        for word in words:
            self._words[word].remove(heard)
            if not self._words[word]:
                del self._words[word]
            if heard.relevant:
                self._relevant[word] -= 1
                if not self._relevant[word]:
                    del self._relevant[word]

    def fade(self, now: datetime) -> None:
        """Drop what says nothing at `now` and after."""
        for post in [post for post, (heard, _) in self._posts.items() if second(now) - heard.second >= self._window]:
            self.forget(post)

    def at(self, now: datetime, post: str = _LAST) -> "Remembered":
        """Return what is remembered at `now`; with the id of a post, by what came before it."""
        return Remembered(self._words, self._relevant, self._window, _Heard(second(now), post, False))


class Remembered(Mapping[str, float]):
    """Words with how surely a post that says them is relevant, 0..1, at one time."""

    def __init__(self, words: Mapping[str, Sequence[_Heard]], relevant: Mapping[str, int], window: int, until: _Heard) -> None:
        self._words = words
        self._relevant = relevant
        self._window = window
        self._until = until

    def __getitem__(self, word: str) -> float:
        if word not in self._relevant:
            raise KeyError(word)
        often = every = 0
        for heard in self._words[word]:
            left = self._window - (self._until.second - heard.second)
            if left > 0 and heard < self._until:
                every += left
                often += left * heard.relevant
        return often / (every + _SURE * self._window)

    def __contains__(self, word: object) -> bool:
        return word in self._relevant

    def __iter__(self) -> Iterator[str]:
        return iter(self._relevant)

    def __len__(self) -> int:
        return len(self._relevant)


def hear(writings: Sequence[Writing], times: Sequence[datetime], memory: Memory, analyst: Analyst) -> None:
    """Let `memory` learn from writings of one stretch of time, oldest first; those of another time stay.

    What is relevant by itself teaches first; the others then count against the remembered words that they say.
    """
    own = analyst.assess(writings)
    names = [f"{at.isoformat()} {number}" for number, at in enumerate(times)]
    for name, assessment, at in zip(names, own, times, strict=True):
        if assessment.is_relevant:
            memory.learn(name, assessment, at)
    found = analyst.assess(writings, memory.at(times[-1]))
    for name, before, after, at in zip(names, own, found, times, strict=True):
        if not before.is_relevant:
            memory.learn(name, structs.replace(after, relevant=before.relevant, recalled=False), at)

"""The stream's memory: the words and names that relevant posts of the last days brought up."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from nlp.assessment import Analyst, Assessment, Writing

_SURE = 4.0
"""After so many posts, all of them relevant, a word is half sure."""


class Memory(Mapping[str, float]):
    """Words with how surely a post that says them is relevant, 0..1, as seen at the time given to `at`.

    A word is as sure as it was relevant whenever it was heard, and as often: once in one post says little, in each of twenty much. What was
    heard fades over `window`: what is left of it is scaled down at every look. Bounded by its window: what has faded is dropped when time moves on.
    """

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._words: dict[str, tuple[datetime, float, float]] = {}
        self._now: datetime | None = None
        self._swept: datetime | None = None

    def at(self, now: datetime) -> "Memory":
        """Return this memory as it is at `now`."""
        self._now = now
        if self._swept is None or now - self._swept > self._window / 8:
            self._swept = now
            self._words = {word: kept for word, kept in self._words.items() if abs(now - kept[0]) < self._window}
        return self

    def learn(self, assessment: Assessment, at: datetime) -> None:
        """Keep the words of a post that is relevant by itself; of others, that they say a word that is kept.

        What memory or a second opinion made relevant teaches nothing.
        """
        if assessment.recalled or assessment.second:
            return
        relevant = assessment.relevant.score >= assessment.threshold
        for word, _ in assessment.terms:
            if relevant or word in self._words:
                often, all_ = self._heard(word, at)
                self._words[word] = (at, often + relevant, all_ + 1)

    def _heard(self, word: str, now: datetime) -> tuple[float, float]:
        """In how many relevant posts a word was heard, and in how many in all, the longer ago the less."""
        at, often, all_ = self._words.get(word, (now, 0.0, 0.0))
        left = max(0.0, 1 - abs(now - at) / self._window)
        return often * left, all_ * left

    def __getitem__(self, word: str) -> float:
        if word not in self._words:
            raise KeyError(word)
        often, all_ = self._heard(word, self._now or self._words[word][0])
        return often / (all_ + _SURE)

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


def hear(writings: Sequence[Writing], times: Sequence[datetime], memory: Memory, analyst: Analyst) -> None:
    """Let `memory` learn from writings of one stretch of time, oldest first.

    What is relevant by itself teaches first; the others then count against the remembered words that they say.
    """
    own = analyst.assess(writings)
    for assessment, at in zip(own, times, strict=True):
        if assessment.is_relevant:
            memory.learn(assessment, at)
    found = analyst.assess(writings, memory.at(times[-1]))
    for before, after, at in zip(own, found, times, strict=True):
        if not before.is_relevant:
            memory.learn(structs.replace(after, relevant=before.relevant, recalled=False), at)

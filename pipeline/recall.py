"""The stream's memory: the words and names that relevant posts of the last days brought up."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from nlp.assessment import Assessment


class Memory(Mapping[str, float]):
    """Words with weights 0..1 that fade in a straight line over `window`, as seen at the time given to `at`.

    Bounded by its window: what has faded is dropped when time moves on.
    """

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._words: dict[str, tuple[datetime, float]] = {}
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
        """Keep the words of a post that is relevant by itself; what memory or a second opinion made relevant teaches nothing."""
        if assessment.relevant.score < assessment.threshold or assessment.recalled:
            return
        for word, weight in assessment.terms:
            self._words[word] = (at, max(weight, self._weight(word, at)))

    def _weight(self, word: str, now: datetime) -> float:
        at, weight = self._words.get(word, (now, 0.0))
        return weight * max(0.0, 1 - abs(now - at) / self._window)

    def __getitem__(self, word: str) -> float:
        if word not in self._words:
            raise KeyError(word)
        return self._weight(word, self._now or self._words[word][0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

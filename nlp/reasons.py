"""Which words of a text speak for a judgement, and which tell its matter from others: read from a model's tables, once for each word."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nlp.lexicon import Hit
from nlp.model import Model

MOST = 4
"""Reasons that are given."""
_STRANGE = 0.9
"""How well a word tells one matter from others that the model has never seen."""


class Spoken(NamedTuple):
    """The words of one text that a model knows: terms with the columns of their groups, words with what they are worth for each output."""

    terms: list[tuple[str, list[int]]]
    words: list[tuple[str, list[float]]]
    share: float


class Reasons:
    """Reads a model's tables. `generic` are words that name no matter. Keeps what it has read; safe for threads."""

    def __init__(self, model: Model, ids: Mapping[str, int], *, generic: frozenset[str]) -> None:
        self._model, self._ids = model, ids
        self._generic = generic
        self._groups = {name: at for at, name in enumerate(model.group_names)}
        self._group_worth: list[list[float]] = model.weights.groups.tolist()
        self._columns: dict[tuple[str, str], list[int]] = {}
        self._worth: dict[str, list[float]] = {}
        self._telling: dict[str, float] = {}

    def spoken(self, words: Sequence[str], hits: Sequence[Hit]) -> Spoken:
        """Return what the model knows of a text's words and terms."""
        read, known = self._worth.get, []
        for word in words:
            values = read(word)
            if values is None and len(word) > 1 and word in self._ids:
                values = self._read(word)
            if values:
                known.append((word, values))
        return Spoken([(hit.term, self._columns_of(hit)) for hit in hits], known, 1 / max(len(words), 1) ** 0.5)

    def told(self, spoken: Spoken, output: int, crosses: Sequence[float]) -> tuple[str, ...]:
        """Return the words that spoke most for one output, in order of worth, those within others left out.

        `crosses` are what each group adds to relevance, the first output, by what stands beside it in the text.
        """
        worth: dict[str, float] = {}
        for term, columns in spoken.terms:
            for at in columns:
                worth[term] = worth.get(term, 0.0) + (self._group_worth[at][output] + (crosses[at] if output == 0 else 0.0))
        for word, values in spoken.words:
            value = values[output]
            if value > 0 or word in worth:
                worth[word] = worth.get(word, 0.0) + value * spoken.share
        told: list[str] = []
        for word, _ in sorted((item for item in worth.items() if item[1] > 0), key=lambda item: -item[1]):
            if len(told) == MOST:
                break
            if not any(word in other or other in word for other in told):
                told.append(word)
        return tuple(told)

    def telling(self, word: str) -> float:
        """Return how well a word tells matters apart, 0..1."""
        found = self._telling.get(word)
        if found is None:
            found = self._told_apart(word)
            if word in self._ids:
                self._telling[word] = found
        return found

    def _told_apart(self, word: str) -> float:
        if len(word) < 2 or word in self._generic or not any("\u3400" <= one <= "\u9fff" or one.isalpha() for one in word):
            return 0.0
        at = self._ids.get(word)
        return _STRANGE if at is None else float(self._model.weights.telling[at]) / 255

    def _read(self, word: str) -> list[float]:
        w = self._model.weights
        values: list[float] = (w.words[self._ids[word]] * w.scales[2]).tolist()
        self._worth[word] = values
        return values

    def _columns_of(self, hit: Hit) -> list[int]:
        key = (hit.kind, hit.group)
        found = self._columns.get(key)
        if found is None:
            names = (hit.kind, f"{hit.kind}:{hit.group}")
            found = self._columns[key] = [self._groups[name] for name in names if name in self._groups]
        return found

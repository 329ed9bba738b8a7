"""How much a text is like a rumor, 0 to 1, and by which cues.

A text has each cue more or less often; a logistic model weighs them (`nlp.rumor_fit` says how its weights were found). What refutes a rumor is
none, and neither is a plain report: the likeness says how a text is put, never whether it is true.
"""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from nlp import rumor_cues as cues
from nlp.assessment import Debunk, Score
from nlp.stance import settled

WEIGHTS = Path(__file__).parent / "rumors" / "weights.json"
NAMES = (*cues.SPEAKS_FOR, *cues.SPEAKS_AGAINST, *cues.COMPUTED)
_MOST = 4
"""A cue counts so many times at most."""
_TOLD = 5
_LONG = 24
"""Characters from which a text that names no source is missing one."""
_WORTH_ASKING = -1.0
"""Whether a text refutes is only asked where it is like a rumor otherwise."""
_REFUTES = -1.2
"""What refutes is never more like a rumor than this."""


class Weights(NamedTuple):
    """What each cue adds for every time (as log(1 + times)), and what a text without any has."""

    base: float
    cues: Mapping[str, float]


class _Cues:
    """The words of all cues, ready to search."""

    def __init__(self) -> None:
        named = [(word, name) for part in (cues.SPEAKS_FOR, cues.SPEAKS_AGAINST) for name, words in part.items() for word in words.split()]
        self._names = dict(reversed(named))
        self._words = list(self._names)
        self._search = AhoCorasick(self._words, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA)

    def found(self, text: str, debunk: Debunk | None) -> dict[str, list[str]]:
        """Return the words of each cue that a cleaned text has, in their order; what is no word stands for itself."""
        found: dict[str, list[str]] = {}
        for index, _, _ in self._search.find_matches_as_indexes(text):
            word = self._words[index]
            found.setdefault(self._names[word], []).append(word)
        if not found.keys() & cues.SPEAKS_FOR.keys() and debunk is None:
            return found
        for name, turn in cues.TURNS.items():
            if turned := turn.findall(text):
                found.setdefault(name, []).extend(turned)
        if shouts := cues.SHOUTS.findall(text):
            found[cues.SHOUTED] = shouts
        if len(text) >= _LONG and "具名来源" not in found and "数据研究" not in found:
            found[cues.NO_SOURCE] = [""]
        if debunk is not None and debunk.stance == "spreads":
            found[cues.KNOWN] = [debunk.claim]
        return found


def rumors(texts: Sequence[str], debunks: Sequence[Debunk | None], weights: Weights | None = None) -> list[Score]:
    """Return for each cleaned text, with the known claim that it speaks of, how much it is like a rumor, and the cues that speak for it."""
    known = weights or shipped()
    return [_score(text, debunk, known) for text, debunk in zip(texts, debunks, strict=True)]


def counted(text: str, debunk: Debunk | None = None) -> dict[str, float]:
    """Return how often a cleaned text has each cue, as the model counts; refutation is always asked."""
    found = _searched().found(text, debunk)
    counts = {name: math.log1p(min(len(words), _MOST)) for name, words in found.items()}
    return counts | ({cues.REFUTED: 1.0} if _refutes(text, debunk) else {})


@cache
def shipped() -> Weights:
    """Return the packaged weights."""
    kept = json.loads(WEIGHTS.read_text("utf-8"))
    return Weights(kept["base"], kept["cues"])


def _score(text: str, debunk: Debunk | None, weights: Weights) -> Score:
    found = _searched().found(text, debunk)
    worth = {name: weights.cues[name] * math.log1p(min(len(words), _MOST)) for name, words in found.items()}
    logit = weights.base + sum(worth.values())
    if logit >= _WORTH_ASKING and _refutes(text, debunk):
        logit = min(logit + weights.cues[cues.REFUTED], _REFUTES)
    told = sorted((name for name, value in worth.items() if value > 0), key=lambda name: -worth[name])[:_TOLD]
    return Score(round(1 / (1 + math.exp(-logit)), 4), "rumor", tuple(_shown(name, found[name]) for name in told))


def _refutes(text: str, debunk: Debunk | None) -> bool:
    return debunk.stance == "refutes" if debunk is not None else settled(text)


def _shown(name: str, words: Sequence[str]) -> str:
    first = words[0].strip()
    return f"{name}: {first}" if first else name


@cache
def _searched() -> _Cues:
    return _Cues()

"""Measures the judgements on what was never fitted: figures with intervals, calibration, and the worst errors.

Sets: `written` (a tenth of our own texts), `near-misses` (the same of those written with near misses beside them, which are harder),
`debunks` (our texts on known claims, and near misses), `places`, `harm` and `alarm` (texts with what must be found in them) need nothing else,
though the halves of places and harm that are real texts do; with the folder of real texts `stream-titles`, `stream-questions` (a weighted
sample of everything in the held-out months), `titles-2024h2`, `questions-2024h2` (the given labels of those months, all likely ones, so
harder), `o2o` (shop comments) and `ced` (microblogs, for rumors).
"""

from collections.abc import Sequence
from pathlib import Path

from config.errors import InputError
from nlp import case_figures, corpora, rumor_figures
from nlp.analyst import analyst
from nlp.assessment import Analyst
from nlp.corpora import HELD_OUT, Example
from nlp.relevance_figures import Figures, relevance, texts_of
from nlp.stream import stream_test

OWN = ("written", "near-misses", "debunks", "places", "harm", "alarm")
"""The sets that need no real texts."""
SETS = (*OWN, "stream-titles", "stream-questions", "titles-2024h2", "questions-2024h2", "o2o", "ced")


def evaluate(sets: Sequence[str] = (), *, shared: Path | None = None, judge: Analyst | None = None) -> dict[str, Figures]:
    """Return `{set: {figure: value, "n": n}}` for the named sets, else for all that can be measured.

    Raises ValueError for an unknown set, InputError where a set's texts are not at hand.
    """
    if unknown := set(sets) - set(SETS):
        raise ValueError(f"unknown set {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    judge = judge or analyst()
    named = tuple(sets) or (SETS if shared else OWN)
    return {name: _own(name, shared, judge) if name in OWN else _real(name, shared, judge) for name in named}


def _own(name: str, shared: Path | None, judge: Analyst) -> Figures:
    if name in ("written", "near-misses"):
        return _relevance([one for one in corpora.written() if one.origin == name and corpora.is_held_out(one)], judge)
    if name == "debunks":
        return rumor_figures.claims(judge, shared)
    if name == "alarm":
        return case_figures.alarm(judge)
    return case_figures.places(judge, shared) if name == "places" else case_figures.harm(judge, shared)


def _real(name: str, shared: Path | None, judge: Analyst) -> Figures:
    if shared is None:
        raise InputError(f"{name} needs the folder of real texts")
    if name == "ced":
        return rumor_figures.microblogs(judge, shared)
    if name.startswith("stream-"):
        sample = stream_test(shared, name.removeprefix("stream-"))
        examples = [example for example, _ in sample]
        return relevance(examples, judge.assess(texts_of(examples)), topics=False, weights=[weight for _, weight in sample])
    if name == "o2o":
        examples = corpora.comments(shared)
        return relevance(examples, judge.assess(texts_of(examples, platform="review")), topics=False)
    origin = name.split("-")[0]
    return _relevance([one for one in corpora.labelled(shared) if one.origin == origin and one.kind == "given" and one.day >= HELD_OUT], judge)


def _relevance(examples: Sequence[Example], judge: Analyst) -> Figures:
    return relevance(examples, judge.assess(texts_of(examples)), topics=True)

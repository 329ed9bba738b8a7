"""Fits the model to what people decided, and lets it take the old one's place only where it judges no worse."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from config.errors import InputError, ModelError
from nlp import acceptance, cases, corpora
from nlp.analyst import analyst
from nlp.assessment import Analyst
from nlp.corpora import Example
from nlp.correction import corrected
from nlp.evaluate import evaluate
from nlp.intervals import shared as interval
from nlp.lexicon import loaded
from nlp.relevance_figures import plain, relevance, texts_of
from nlp.train import train
from pipeline.app import App
from pipeline.home import MANIFEST
from pipeline.verdicts import split, verdicts


class Refit(Struct, frozen=True):
    """What was fitted to how many examples, the figures before and after, and why it was not taken; no `faults`: it was."""

    fitted: int
    held: int
    before: Mapping[str, Mapping[str, Any]]
    after: Mapping[str, Mapping[str, Any]]
    faults: Sequence[str]


def refit(app: App, target: Path, *, shared: Path | None = None) -> Refit:
    """Fit, measure against the model in use, and write to `target` unless it is worse. Raises InputError where nothing was decided.

    With the folder of real texts the whole model is fitted again; without, the packaged one is corrected.
    """
    fitted, held = split(verdicts(app.store, without=corpora.measured(shared)))
    if not fitted:
        raise InputError("nothing to learn from: acknowledge or dismiss events at the desk first")
    folder = app.config.folder
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as place:
        made = Path(place) / "model"
        made.mkdir()
        if shared:
            train(made, shared=shared, lexicon=loaded(folder), extra=fitted)
        else:
            corrected(made, fitted, words=folder)
        before = _measured(_in_use(app), held, shared)
        after = _measured(analyst(folder, home_province=app.config.settings.province, model=made, topics=app.config.topics), held, shared)
        faults = acceptance.faults(before, after, cases.floors())
        if not faults:
            _placed(made, target)
    return Refit(len(fitted), len(held), before, after, faults)


def _measured(judge: Analyst, held: Sequence[Example], shared: Path | None) -> dict[str, dict[str, Any]]:
    """The figures of every set at hand, and of the verdicts that were not fitted."""
    found = evaluate(shared=shared, judge=judge)
    if held:
        right = sum(one.is_relevant == example.relevant for one, example in zip(judge.assess(plain([one.text for one in held])), held, strict=True))
        found["verdicts"] = {**relevance(held, judge.assess(texts_of(held)), topics=False), **interval(right, len(held))}
    return found


def _in_use(app: App) -> Analyst:
    """The analyst that the new one is measured against: where the home's own model does not load any more, the packaged one's."""
    try:
        return app.analyst
    except ModelError:
        return analyst(app.config.folder, home_province=app.config.settings.province, topics=app.config.topics)


def _placed(made: Path, target: Path) -> None:
    """Move a model's files to where another may be; what else is there stays. Without a manifest there is no model, so there is never half of one."""
    target.mkdir(exist_ok=True)
    (target / MANIFEST).unlink(missing_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name == MANIFEST):
        path.replace(target / path.name)

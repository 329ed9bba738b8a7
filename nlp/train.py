"""Makes the shipped model from the corpora, the labels and the real texts: the same inputs give the same bytes.

Nothing first seen from `corpora.HELD_OUT` on, and no held-out tenth of the written texts, is looked at here, but the `extra` that a caller gives.
"""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from nlp import corpora, fit
from nlp.corpora import HELD_OUT, Example, Seen
from nlp.features import LONG, REGISTERS, Features, Floats, Reader, encoded, group_names
from nlp.lexicon import Lexicon, loaded
from nlp.model import PACKAGED, Model, Weights, load, logit, meant_by, save, sigmoid
from nlp.topics import TOPICS
from nlp.vectors import Vectors, of_couples, of_words

log = logging.getLogger(__name__)

_BACKGROUND = {"titles": 40_000, "questions": 16_000}
_GENERIC_MONTHS = 0.5
"""A word that came up beside food safety in that share of all months says nothing about which matter it is."""
_UNCERTAIN = 0.03
"""Share of the whole stream that may be uncertain: where memory may still decide."""
_LOOKED_AT = 0.2
"""Share of the whole stream that gets a second look."""


_SHARES = {"comment": 0.2, "long": 0.12}
"""Which share of the comments and of the long texts that a desk collects is taken to be relevant."""


class Words(NamedTuple):
    """What is known of words beside labels: vectors, of couples of characters too, and how well each word tells matters apart, 0..255."""

    vectors: Vectors
    couples: Vectors
    telling: NDArray[np.uint8]


def train(
    folder: Path = PACKAGED, *, shared: Path | None = None, until: str = HELD_OUT, lexicon: Lexicon | None = None, extra: Sequence[Example] = ()
) -> Model:
    """Fit a model, write it to `folder` and return it as it is read back.

    With `shared`, the folder of real texts, words are learned from them and labels fitted; only what was first seen before `until`.
    Without, the packaged words are kept and only the written texts fitted. `extra` examples are fitted too, whenever they were seen.
    """
    if until > HELD_OUT:
        raise ValueError(f"{until} is within the held-out months, which begin on {HELD_OUT}")
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = _fitted(Reader(lexicon or loaded()), shared, until, extra)
        save(model, folder)
    return load(folder)


def _fitted(reader: Reader, shared: Path | None, until: str, extra: Sequence[Example]) -> Model:
    examples = [*extra, *(example for example in corpora.written() if not corpora.is_held_out(example))]
    background: list[Seen] = []
    if shared is not None:
        examples += [example for example in corpora.labelled(shared) if example.day < until]
        words, background = _words(reader, shared, until)
    else:
        words = _packaged_words()
    log.info("fitting: examples=%d background=%d words=%d", len(examples), len(background), len(words.vectors.units))
    groups = group_names(reader.lexicon)
    batch = _batch(reader, (examples, background), words, groups)
    return _assembled(batch, examples, words, groups)


def _assembled(batch: fit.Batch, examples: Sequence[Example], words: Words, groups: tuple[str, ...]) -> Model:
    first, second = fit.crossed(batch)
    together = first + second
    measured = batch.stands_for > 0
    slope, offset = fit.calibration(together[measured], batch.truth[measured], batch.stands_for[measured])
    scores = sigmoid(together * slope + offset)
    streamed = batch.background if batch.background.any() else ~batch.truth
    threshold = fit.balanced_threshold(scores[measured], batch.truth[measured], batch.stands_for[measured])
    floor = min(float(np.quantile(scores[streamed], 1 - _UNCERTAIN)), threshold / 2)
    gate = float(np.quantile(first[streamed], 1 - _LOOKED_AT))
    whole, network = fit.looked(batch)
    sizes = (len(words.vectors.units), len(groups))
    relevance = fit.parted(whole, words=sizes[0], groups=sizes[1], crossed=True)
    topics = _topics(batch, examples, sizes)
    linears = [relevance, *(one.weights for one in topics)]
    tables = [fit.quantised([getattr(one, name) for one in linears]) for name in ("chars", "pairs", "words")]
    style, style_scale = fit.style(batch)
    weights = Weights(
        chars=tables[0][0],
        pairs=tables[1][0],
        words=tables[2][0],
        scales=np.stack([scales for _, scales in tables]),
        groups=np.stack([one.groups for one in linears], axis=1),
        crosses=relevance.crosses,
        bias=np.array([one.bias for one in linears], np.float32),
        calibration=np.array([(slope, offset), *((one.slope, one.offset) for one in topics)], np.float32),
        vectors=words.vectors.numbers,
        idf=words.vectors.idf,
        telling=words.telling,
        couples=words.couples.units,
        couple_vectors=words.couples.numbers,
        couple_idf=words.couples.idf,
        registers=relevance.registers[1:] + _shifts(batch),
        style=style,
        style_scale=style_scale,
        network=network,
    )
    return Model(
        tuple(words.vectors.units),
        groups,
        weights,
        threshold=round(threshold, 4),
        floor=round(floor, 5),
        gate=round(gate, 4),
        topic_thresholds=tuple(round(one.threshold, 3) for one in topics),
        manifest=_manifest(batch, examples),
        digest="",
    )


def _shifts(batch: fit.Batch) -> Floats:
    """What takes the share of relevant texts in each register from that of the written ones to that of a desk's."""
    shares = [batch.truth[batch.registers[:, at] > 0].mean() for at in range(1, 1 + len(REGISTERS))]
    return np.array([logit(_SHARES[name]) - logit(float(share)) for name, share in zip(REGISTERS, shares, strict=True)], np.float32)


def _manifest(batch: fit.Batch, examples: Sequence[Example]) -> dict[str, object]:
    return {
        "corpus": corpora.digest(examples),
        "examples": len(examples),
        "relevant": int(sum(example.relevant for example in examples)),
        "background": int(batch.background.sum()),
        "held_out_from": HELD_OUT,
        "last_day": max(example.day for example in examples),
    }


def _topics(batch: fit.Batch, examples: Sequence[Example], sizes: tuple[int, int]) -> list[fit.Topic]:
    """The ten topics, fitted among relevant examples."""
    rows = np.flatnonzero(batch.truth)
    given = fit.matrix(batch.features, crosses=False)[rows]
    wanted = [examples[int(row)].topics for row in rows]
    held = batch._replace(fold=batch.fold[rows], stands_for=batch.stands_for[rows])
    return [fit.topic(given, np.array([name in topics for topics in wanted]), held, sizes) for name in TOPICS]


def _batch(reader: Reader, given: tuple[Sequence[Example], Sequence[Seen]], words: Words, groups: tuple[str, ...]) -> fit.Batch:
    examples, background = given
    ids = {word: at for at, word in enumerate(words.vectors.units)}
    every: list[Example | Seen] = [*examples, *background]
    read = reader.read([one.text for one in every])
    features = encoded(read, ids, {name: at for at, name in enumerate(groups)})
    truth = np.array([*(one.relevant for one in examples), *(False for _ in background)])
    weak = np.arange(len(truth)) >= len(examples)
    fold = np.array([_fold(one) for one in every])
    vectors, couples = words.vectors, words.couples
    meant = meant_by(features, (vectors.numbers, vectors.idf), couples.units, (couples.numbers, couples.idf))
    return fit.Batch(features, meant, truth, weak, _registers(every), fold, _stands_for(examples, background))


def _registers(every: Sequence[Example | Seen]) -> Floats:
    """Examples x (written title, comment, long): all 0 for those of the stream."""
    found = np.zeros((len(every), 1 + len(REGISTERS)), np.float32)
    for row, one in enumerate(every):
        if isinstance(one, Example) and not one.day:
            found[row, 1 if one.kind == "comment" else 2 if len(one.text) >= LONG else 0] = 1
    return found


def _stands_for(examples: Sequence[Example], background: Sequence[Seen]) -> Floats:
    """How many texts of the stream each stands for: labelled ones for themselves, written ones for none where there is a stream."""
    share = {origin: sum(one.origin == origin for one in background) for origin in _BACKGROUND}
    whole = {"titles": 285_000, "questions": 130_000}
    return np.array(
        [1.0 if one.day or not background else 0.0 for one in examples] + [whole[one.origin] / share[one.origin] for one in background], np.float32
    )


def _fold(one: Example | Seen) -> int:
    """Texts of one quarter stay together, for their matters do; written ones are spread by hash."""
    if not one.day:
        return int(corpora.key(one.text)[8:12], 16) % fit.FOLDS
    return (int(one.day[:4]) * 4 + (int(one.day[5:7]) - 1) // 3) % fit.FOLDS


def _words(reader: Reader, shared: Path, until: str) -> tuple[Words, list[Seen]]:
    """Learn words from the streams before `until`, and draw the background from what has no label."""
    seen = [one for one in corpora.streams(shared) if one.day < until]
    read = reader.read([one.text for one in seen])
    vectors, couples = of_words(read.words), of_couples(read.texts)
    labels = corpora.doubtful(shared)
    free: dict[str, list[int]] = {origin: [] for origin in _BACKGROUND}
    for at, one in enumerate(seen):
        if corpora.key(one.text) not in labels:
            free[one.origin].append(at)
    draw = np.random.default_rng(0)
    drawn = [at for origin, size in _BACKGROUND.items() for at in sorted(draw.choice(free[origin], min(size, len(free[origin])), replace=False))]
    relevant = [example for example in corpora.labelled(shared) if example.relevant and example.day < until]
    return Words(vectors, couples, _telling(vectors, relevant, reader)), [seen[at] for at in drawn]


def _telling(vectors: Vectors, relevant: Sequence[Example], reader: Reader) -> NDArray[np.uint8]:
    """How well each word tells one matter from others: rare in the stream, and not beside food safety month after month."""
    months: dict[str, set[str]] = {}
    for example, words in zip(relevant, reader.read([one.text for one in relevant]).words, strict=True):
        for word in words:
            months.setdefault(word, set()).add(example.day[:7])
    every = len({example.day[:7] for example in relevant}) * _GENERIC_MONTHS
    often = np.array([len(months.get(word, ())) for word in vectors.units]) / max(every, 1)
    rare = np.clip((vectors.idf - 4) / (np.log(vectors.total / 4) - 4), 0, 1)
    telling: NDArray[np.uint8] = np.round(255 * rare * np.clip(1 - often, 0, 1)).astype(np.uint8)
    return telling


def _packaged_words() -> Words:
    kept = load()
    w = kept.weights
    vectors = _packaged(np.array(kept.vocabulary, object), w.vectors, w.idf)
    return Words(vectors, _packaged(w.couples, w.couple_vectors, w.couple_idf), w.telling)


def _packaged(units: NDArray[Any], numbers: NDArray[np.int8], idf: Floats) -> Vectors:
    total = round(float(np.exp(idf.max())) * 4)
    return Vectors(units, numbers, np.round(total / np.exp(idf)).astype(np.int64), total)


def features_of(reader: Reader, model: Model, texts: Sequence[str]) -> Features:
    """Return the features of raw texts as the model sees them."""
    ids = {word: at for at, word in enumerate(model.vocabulary)}
    return encoded(reader.read(texts), ids, {name: at for at, name in enumerate(model.group_names)})

"""The shipped analyst: judges batches of writings with the packaged model and the lexicons of one folder.

Each writing is cut into units (a short one is one unit, a long one runs of sentences), units are judged, and the two likeliest decide. Identical
writings are judged once a batch. Only what is relevant or uncertain, or says a remembered word, gets topics, reasons and terms.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from config.load import SHIPPED
from config.schema import Topic
from nlp.alarm import alarms
from nlp.assessment import Analyst, Assessment, Fingerprint, Score, Writing
from nlp.debunks import debunks
from nlp.features import Features, Floats, Read, Reader, chosen_rows, encoded
from nlp.fingerprint import fingerprints
from nlp.gazetteer import gazetteer
from nlp.harm import harms
from nlp.lexicon import loaded
from nlp.model import PACKAGED, Model, load, logit, probability
from nlp.places import places
from nlp.reasons import Reasons
from nlp.rumor import rumors, shipped
from nlp.summary import summarised
from nlp.terms import LEAD, READ, terms
from nlp.text import cleaned, sentences
from nlp.topics import TOPICS, chosen
from nlp.worded import Worded

_SHORT = 180
"""Characters up to which a writing is one unit."""
_WINDOW = 120
_MOST = 48
"""Windows read of one writing: the rest of a very long one says nothing new."""
_BATCH = 2048
_SECOND = 0.35
"""What the second likeliest unit of a long writing counts for beside the likeliest."""
_TITLE = 0.3
"""What the title of a writing that has both counts for beside the whole."""
_GENERIC = ("acts", "authorities", "eaters")
"""Classes whose words name no matter."""
_LEAST_SURE = 0.15
_RECALLED_TERM = 0.4
_RARE, _OWN = 0.003, 0.3
"""What memory says of a text, in logits, is moved by `_OWN` times what its own score says beyond `_RARE`, the share of relevant texts in a stream."""
_OUTPUT = {name: at for at, name in enumerate(TOPICS, start=1)}
"""The column of each topic in the model's tables; the first is relevance."""


_CONSUMERS = ("review", "complaint")
"""Platforms on which consumers write of what they bought."""


class _Key(NamedTuple):
    """What a judgement depends on, but for memory."""

    title: str
    text: str
    consumer: bool


class ShippedAnalyst:
    """Judges with one model and the words and places of one folder; no state changes."""

    def __init__(self, model: Model, folder: Path, *, home_province: str, topics: Mapping[str, Topic]) -> None:
        lexicon = loaded(folder)
        self._worded = Worded(topics, folder)
        self._model = model
        self._folder, self._home = folder, home_province
        self._gazetteer = gazetteer(folder)
        self._debunks = debunks(folder)
        self._reader = Reader(lexicon)
        self._ids = {word: at for at, word in enumerate(model.vocabulary)}
        self._groups = {name: at for at, name in enumerate(model.group_names)}
        self._reasons = Reasons(model, self._ids, generic=frozenset(word for kind in _GENERIC for word in lexicon.words(kind)))
        words = hashlib.blake2b("\n".join([*map("\t".join, lexicon.terms + self._worded.terms), repr(shipped())]).encode(), digest_size=4).hexdigest()
        self._version = f"{model.digest[:8]}-{words}-{self._debunks.version}"

    @property
    def version(self) -> str:
        """The digests of the weights, of the words (the lexicon and what rumor cues weigh) and of the known claims."""
        return self._version

    def fingerprints(self, texts: Sequence[str]) -> list[Fingerprint]:
        """Return one fingerprint a text."""
        return fingerprints(cleaned(texts))

    def assess(self, writings: Sequence[Writing], memory: Mapping[str, float] | None = None) -> list[Assessment]:
        """Judge each; `memory` are words that relevant posts of the last days brought up, with weights 0..1."""
        keys = [_Key(one.title, one.text, one.platform in _CONSUMERS) for one in writings]
        distinct = list(dict.fromkeys(keys))
        judged: dict[_Key, Assessment] = {}
        for start in range(0, len(distinct), _BATCH):
            part = distinct[start : start + _BATCH]
            judged.update(zip(part, self._judged(part, memory or {}), strict=True))
        if memory:
            judged = {key: self.recalled(one, memory) for key, one in judged.items()}
        return [judged[key] for key in keys]

    def recalled(self, assessment: Assessment, memory: Mapping[str, float]) -> Assessment:
        """Judge what is not relevant by itself again, knowing `memory`; generic words alone raise nothing."""
        known = [(weight * memory[term], term) for term, weight in assessment.terms if weight >= _RECALLED_TERM and term in memory]
        doubt = float(np.prod([1 - min(strength, 0.95) for strength, _ in known]))
        if assessment.is_relevant or doubt > 1 - _LEAST_SURE:
            return assessment
        score = probability(logit(1 - doubt) + _OWN * (logit(assessment.relevant.score) - logit(_RARE)))
        if score <= assessment.relevant.score:
            return assessment
        words = " ".join(term for _, term in sorted(known, reverse=True)[:3])
        because = (f"近日相关: {words}", *assessment.relevant.because)
        return structs.replace(assessment, relevant=Score(round(score, 4), "relevant", because), recalled=True)

    def _judged(self, writings: Sequence[_Key], memory: Mapping[str, float]) -> list[Assessment]:
        plain = cleaned([_whole(one) for one in writings])
        units, owners = self._units(plain)
        if not units:
            return self._toned([self._assessment(0.0) for _ in writings], plain, writings)
        read = self._reader.understood(units)
        features = self._encoded(read, np.array([len(text) for text in plain])[owners], np.array([one.consumer for one in writings])[owners])
        logits = self._logits(features)
        ranked = np.lexsort((-logits, owners))
        firsts = np.searchsorted(owners[ranked], np.arange(len(writings) + 1))
        pooled = self._titled(_pooled(logits[ranked], firsts), writings)
        scores = self._model.calibrated(pooled)
        scores[firsts[1:] == firsts[:-1]] = 0
        done = [self._assessment(round(float(score), 4)) for score in scores]
        wanted = [at for at, one in enumerate(done) if one.relevant.score >= one.floor or _says(read, ranked[firsts[at] : firsts[at + 1]], memory)]
        if wanted:
            topmost = ranked[firsts[:-1][wanted]]
            details = _Details(self._model, self._reader, features, topmost, reasons=self._reasons)
            for row, at in enumerate(wanted):
                span = [int(unit) for unit in ranked[firsts[at] : firsts[at + 1]]]
                done[at] = details.told(done[at], row, _Unit(read, span))
        return self._toned(self._located(self._worded.added(done, plain), plain), plain, writings)

    def _titled(self, pooled: Floats, writings: Sequence[_Key]) -> Floats:
        """The logits of likely writings, their titles heard once more by themselves: a title says what the whole is about."""
        likely = np.flatnonzero(self._model.calibrated(pooled) >= self._model.floor)
        rows = [at for at in likely.tolist() if writings[at].title and writings[at].text]
        plain = cleaned([writings[at].title for at in rows])
        heard = [(at, title) for at, title in zip(rows, plain, strict=True) if title]
        if heard:
            read = self._reader.understood([title for _, title in heard])
            at = np.array([row for row, _ in heard])
            pooled[at] = (1 - _TITLE) * pooled[at] + _TITLE * self._logits(
                self._encoded(read, np.array([len(title) for _, title in heard]), np.array([writings[row].consumer for row, _ in heard]))
            )
        return pooled

    def _encoded(self, read: Read, lengths: NDArray[np.int64], consumers: NDArray[np.bool_]) -> Features:
        """What the model sees of units; the others tell of the writings that they are parts of."""
        return self._model.registered(encoded(read, self._ids, self._groups), lengths, consumers)

    def _located(self, done: Sequence[Assessment], plain: Sequence[str]) -> list[Assessment]:
        """The same assessments, knowing where each matter is, whom it harmed, what known claim it speaks of, and its likeness to a rumor."""
        where = places(plain, home_province=self._home, known=self._gazetteer)
        whom = harms(plain, folder=self._folder)
        claims = self._debunks.matched(plain)
        told = zip(done, where, whom, claims, rumors(plain, claims), strict=True)
        return [structs.replace(one, places=place, harm=harm, debunk=claim, rumor=rumor) for one, place, harm, claim, rumor in told]

    def _toned(self, done: Sequence[Assessment], plain: Sequence[str], writings: Sequence[_Key]) -> list[Assessment]:
        """The same assessments, knowing how alarmed each text is, and what it says in one line."""
        tones = alarms(plain, [_whole(one) for one in writings], folder=self._folder)
        lines = [summarised(key.title, key.text, one) for key, one in zip(writings, done, strict=True)]
        return [structs.replace(one, alarm=tone, summary=line) for one, tone, line in zip(done, tones, lines, strict=True)]

    def _assessment(self, score: float) -> Assessment:
        return Assessment(Score(score, "relevant"), self._model.threshold, self._model.floor, self._version)

    def _units(self, plain: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
        """Every unit of every cleaned writing, and whose it is. A writing without any word has none."""
        units: list[str] = []
        owners: list[int] = []
        for at, text in enumerate(plain):
            parts = [text] if len(text) <= _SHORT else windows(text)
            units += parts
            owners += [at] * len(parts)
        filled = [(unit, owner) for unit, owner in zip(units, owners, strict=True) if unit]
        return [unit for unit, _ in filled], np.array([owner for _, owner in filled], np.int64)

    def _logits(self, features: Features) -> Floats:
        """Both looks; where the first finds clearly nothing, it speaks for the second, and the score stays below the floor."""
        first = self._model.first(features)
        rows = np.flatnonzero(first >= self._model.gate)
        slope, offset = self._model.weights.calibration[0]
        below = np.float32((logit(self._model.floor) - offset) / slope - 0.01)
        logits: Floats = np.minimum(2 * first, below)
        if len(rows):
            logits[rows] = first[rows] + self._model.second(chosen_rows(features, rows))
        return logits


class _Unit(NamedTuple):
    """The units of one writing, likeliest first, among all of the batch."""

    read: Read
    rows: list[int]


class _Details:
    """What is said of writings that are relevant or uncertain: topics, reasons and terms. `rows` are their likeliest units."""

    def __init__(self, model: Model, reader: Reader, features: Features, rows: NDArray[np.int64], *, reasons: Reasons) -> None:
        self._model = model
        self._reader = reader
        self._reasons = reasons
        picked = chosen_rows(features, rows)
        self._topics = model.topics(picked)
        crosses = model.weights.crosses
        self._cross: list[list[float]] = ((picked.groups @ (crosses + crosses.T)) / 2).tolist()

    def told(self, assessment: Assessment, row: int, unit: _Unit) -> Assessment:
        """Return the assessment with its reasons, topics and terms."""
        top = unit.rows[0]
        spoken, crosses = self._reasons.spoken(unit.read.words[top], unit.read.hits[top]), self._cross[row]
        relevant = structs.replace(assessment.relevant, because=self._reasons.told(spoken, 0, crosses))
        topics = tuple(
            Score(round(score, 3), name, self._reasons.told(spoken, _OUTPUT[name], crosses))
            for name, score in chosen(self._topics[row].tolist(), self._model.topic_thresholds)
        )
        return structs.replace(assessment, relevant=relevant, topics=topics, terms=self._terms(unit))

    def _terms(self, unit: _Unit) -> tuple[tuple[str, float], ...]:
        """The words that tell this matter from others, weightiest first."""
        text = " ".join(unit.read.texts[row] for row in sorted(unit.rows))[:READ]
        lead, rest = (self._reader.tagged(part) for part in (text[:LEAD], text[LEAD:]))
        return terms(lead, rest, telling=self._reasons.telling)


def analyst(
    folder: Path | None = None, *, home_province: str = "220000", model: Path | None = None, topics: Mapping[str, Topic] | None = None
) -> Analyst:
    """Return the analyst of the model in a folder, else of the packaged one, with the words and places of a configuration folder, else the shipped.

    `home_province` is the GB/T 2260 code of the province whose places win where a name says no more. `topics` are the declared ones,
    for the words that tell them. Raises ConfigError for a topic that can never be found.
    """
    return ShippedAnalyst(load(model or PACKAGED), folder or SHIPPED, home_province=home_province, topics=topics or {})


def windows(text: str) -> list[str]:
    """Cut a long cleaned text into runs of sentences of about _WINDOW characters."""
    parts: list[str] = []
    held = ""
    for sentence in sentences(text):
        for start in range(0, len(sentence), _SHORT):
            piece = sentence[start : start + _SHORT]
            if held and len(held) + len(piece) > _WINDOW:
                parts.append(held)
                held = ""
            held = f"{held} {piece}".strip()
        if len(parts) >= _MOST:
            return parts[:_MOST]
    return [*parts, held] if held else parts


def _says(read: Read, units: NDArray[np.int64], words: Mapping[str, float]) -> bool:
    """Whether one of the units says one of the words."""
    return bool(words) and any(word in words for unit in units.tolist() for word in read.words[unit])


def _whole(key: _Key) -> str:
    return key.text if not key.title or key.text.startswith(key.title) else f"{key.title}\n{key.text}"


def _pooled(logits: Floats, firsts: NDArray[np.int64]) -> Floats:
    """One logit a writing, from its units' logits, likeliest first: the first, or the first two weighed."""
    top = logits[np.minimum(firsts[:-1], len(logits) - 1)]
    several = firsts[1:] - firsts[:-1] > 1
    after = logits[np.minimum(firsts[:-1] + 1, len(logits) - 1)]
    pooled: Floats = np.where(several, (1 - _SECOND) * top + _SECOND * after, top)
    return pooled

"""The shipped weights: what they are, how they are kept in files, and how they judge a batch by arithmetic alone.

Two looks: the first is linear over hashed characters, words, pairs of words, and groups of the lexicons with their pairs; what it finds
clearly irrelevant is done. The second adds a small network over what the words mean together. Both logits are added and calibrated.
"""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from config.errors import ModelError
from nlp.features import LONG, Features, Floats, couple_block, meanings

PACKAGED = Path(__file__).parent / "models"
FORMAT = 2
_ARRAYS = "weights.npz"
_WORDS = "words.txt"
_MANIFEST = "manifest.json"
_WHOLE = ("calibration", "bias", "scales", "registers", "style_scale", "network_out_bias")
"""The few numbers that decide."""


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer over the meanings (first brought to mean 0 and deviation 1), the groups and the registers."""

    mean: Floats
    deviation: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: float

    def logits(self, meant: Floats, groups: Floats, registers: Floats) -> Floats:
        """Return one logit a text."""
        given = np.concatenate(((meant - self.mean) / self.deviation, groups, registers), axis=1)
        inner: Floats = np.maximum(given @ self.hidden + self.hidden_bias, 0)
        answer: Floats = inner @ self.out + np.float32(self.out_bias)
        return answer


@dataclass(frozen=True, slots=True)
class Weights:
    """All numbers of a model. Tables are int8, features x (relevance, topics…), and stand for themselves times `scales`.

    `crosses` is groups x groups, upper half: what two groups in one text add. `calibration` holds slope and offset of relevance, then of
    each topic. `telling` says for each word how well it tells one matter from others, 0..255. `registers` is what each register adds;
    `style` tells comments by their characters, with its scale and offset in `style_scale`. `couples` are numbers as `nlp.features.couples` has them.
    """

    chars: NDArray[np.int8]
    pairs: NDArray[np.int8]
    words: NDArray[np.int8]
    scales: Floats
    groups: Floats
    crosses: Floats
    bias: Floats
    calibration: Floats
    vectors: NDArray[np.int8]
    idf: Floats
    telling: NDArray[np.uint8]
    couples: NDArray[np.uint64]
    couple_vectors: NDArray[np.int8]
    couple_idf: Floats
    registers: Floats
    style: NDArray[np.int8]
    style_scale: Floats
    network: Network


@dataclass(frozen=True, slots=True)
class Model:
    """Weights with their words. `manifest` says what they were made from."""

    vocabulary: tuple[str, ...]
    group_names: tuple[str, ...]
    weights: Weights
    threshold: float
    floor: float
    gate: float
    topic_thresholds: tuple[float, ...]
    manifest: dict[str, Any]
    digest: str

    def registered(self, features: Features, lengths: NDArray[np.int64], consumers: NDArray[np.bool_]) -> Features:
        """Return the features with their registers, by how they are written, the lengths of the writings, and whether consumers wrote them."""
        scale, offset = self.weights.style_scale
        comment = np.where(consumers, np.float32(1), sigmoid(features.chars.times(self.weights.style) * scale + offset))
        return features._replace(registers=np.stack((comment, (lengths >= LONG) * (1 - comment)), axis=1))

    def first(self, features: Features) -> Floats:
        """Return the logit of relevance that each text has at first look."""
        w, groups = self.weights, features.groups
        logits = w.bias[0] + groups @ w.groups[:, 0] + ((groups @ w.crosses) * groups).sum(axis=1) + features.registers @ w.registers
        for table, block, scale in zip((w.chars, w.pairs, w.words), features[:3], w.scales[:, 0], strict=True):
            logits = logits + block.times(table[:, 0]) * scale
        answer: Floats = logits
        return answer

    def second(self, features: Features) -> Floats:
        """Return what the meanings add to the logit of relevance."""
        w = self.weights
        meant = meant_by(features, (w.vectors, w.idf), w.couples, (w.couple_vectors, w.couple_idf))
        return w.network.logits(meant, features.groups, features.registers)

    def topics(self, features: Features) -> Floats:
        """Return texts x topics: calibrated probabilities."""
        w = self.weights
        logits = w.bias[1:] + features.groups @ w.groups[:, 1:]
        for table, block, scale in zip((w.chars, w.pairs, w.words), features[:3], w.scales[:, 1:], strict=True):
            logits = logits + block.times(table[:, 1:]) * scale
        slope, offset = self.weights.calibration[1:].T
        return sigmoid(logits * slope + offset)

    def calibrated(self, logits: Floats) -> Floats:
        """Return the probability of relevance for logits of both looks together."""
        slope, offset = self.weights.calibration[0]
        return sigmoid(logits * slope + offset)


Table: TypeAlias = tuple[NDArray[np.int8], Floats]
"""Vectors and how rare what they stand for is."""


def meant_by(features: Features, words: Table, couples: NDArray[np.uint64], couple_table: Table) -> Floats:
    """Return what the words and the couples of characters of each text mean, side by side."""
    return np.concatenate((meanings(features.words, *words), meanings(couple_block(features.texts, couples), *couple_table)), axis=1)


def sigmoid(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-logits)), safely."""
    answer: Floats = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    return answer


def probability(logit: float) -> float:
    """Return the probability that log odds stand for."""
    return float(1 / (1 + np.exp(-logit)))


def logit(given: float) -> float:
    """Return the log odds of a probability, cut at one in a million."""
    kept = min(max(given, 1e-6), 1 - 1e-6)
    return float(np.log(kept / (1 - kept)))


def save(model: Model, folder: Path) -> None:
    """Write the model's files, the same bytes for the same model; `digest` is found from them when they are read."""
    folder.mkdir(parents=True, exist_ok=True)
    w, n = model.weights, model.weights.network
    arrays: dict[str, NDArray[Any]] = {name: getattr(w, name) for name in Weights.__slots__ if name != "network"}
    arrays |= {f"network_{name}": np.asarray(getattr(n, name), np.float32) for name in Network.__slots__}
    _write_arrays(folder / _ARRAYS, {name: _narrow(name, array) for name, array in arrays.items()})
    (folder / _WORDS).write_text("\n".join(model.vocabulary) + "\n", "utf-8")
    manifest = {
        **model.manifest,
        "format": FORMAT,
        "groups": list(model.group_names),
        "threshold": model.threshold,
        "floor": model.floor,
        "gate": model.gate,
        "topic_thresholds": list(model.topic_thresholds),
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


def load(folder: Path = PACKAGED) -> Model:
    """Read a model. Raises ModelError where its files are missing, broken or of another format."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        vocabulary = tuple((folder / _WORDS).read_text("utf-8").splitlines())
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        digest = _digest(folder)
        if manifest["format"] != FORMAT:
            raise ModelError(f"{folder}: model format {manifest['format']}, this version reads {FORMAT}; run `shian train`")
        return _assembled(manifest, vocabulary, kept, digest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: the model does not load ({error}); run `shian train`") from error


def _assembled(manifest: dict[str, Any], vocabulary: tuple[str, ...], kept: dict[str, NDArray[Any]], digest: str) -> Model:
    wide: dict[str, Any] = {name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in kept.items()}
    network = Network(**{name: wide[f"network_{name}"] for name in Network.__slots__ if name != "out_bias"}, out_bias=wide["network_out_bias"].item())
    weights = Weights(**{name: wide[name] for name in Weights.__slots__ if name != "network"}, network=network)
    return Model(
        vocabulary,
        tuple(manifest["groups"]),
        weights,
        threshold=manifest["threshold"],
        floor=manifest["floor"],
        gate=manifest["gate"],
        topic_thresholds=tuple(manifest["topic_thresholds"]),
        manifest=manifest,
        digest=digest,
    )


def _narrow(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Half floats where the last digits say nothing; the few numbers that decide stay whole."""
    small = array.dtype == np.float32 and name not in _WHOLE
    return array.astype(np.float16) if small else array


def _write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Like np.savez, but without the time of day in the archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            held = BytesIO()
            np.save(held, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), held.getvalue())


def _digest(folder: Path) -> str:
    total = hashlib.blake2b(digest_size=8)
    for name in (_ARRAYS, _WORDS, _MANIFEST):
        total.update((folder / name).read_bytes())
    return total.hexdigest()

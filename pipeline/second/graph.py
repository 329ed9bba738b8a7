"""An adviser in an ONNX file, run here with onnxruntime (the extra `onnx`).

The graph takes one tensor of strings, [N] or [N, 1], and gives a tensor of probabilities, [N], [N, 1] or, the second column being relevance, [N, 2].
A tokenizer has its place inside the graph.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from config.errors import ModelError, OpinionError
from pipeline.second import Opinion


class GraphAdviser:
    """Asks one graph; its name holds the digest of the file, so that another file's opinions are others."""

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelError("second.kind is onnx, and onnxruntime is not installed: pip install 'shian[onnx]'") from error
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise ModelError(f"second.model {path}: {error.strerror}") from error
        self._refusals = _refusals()
        try:
            self._session: Any = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
        except self._refusals as error:
            raise ModelError(f"second.model {path} does not load: {_sentence(error)}") from error
        self._name = f"{path.stem}-{hashlib.blake2b(raw, digest_size=4).hexdigest()}"
        takes = self._session.get_inputs()
        if len(takes) != 1 or takes[0].type != "tensor(string)":
            raise ModelError(f"second.model {path} must take one tensor of strings")
        self._input, self._flat = takes[0].name, len(takes[0].shape) < 2
        floats = [one.name for one in self._session.get_outputs() if one.type in ("tensor(float)", "tensor(double)")]
        if not floats:
            raise ModelError(f"second.model {path} gives no tensor of probabilities")
        self._output = floats[-1]

    @property
    def name(self) -> str:
        """The file's name and digest."""
        return self._name

    def asked(self, texts: Sequence[str]) -> list[Opinion | None]:
        """Return an opinion a text; raises OpinionError where the graph fails or gives no probabilities."""
        strings = np.array(texts, dtype=object)
        try:
            (found,) = self._session.run([self._output], {self._input: strings if self._flat else strings[:, None]})
        except self._refusals as error:
            raise OpinionError(f"{self._name}: {_sentence(error)}") from error
        scores = np.asarray(found, dtype=float).reshape(len(texts), -1) if np.size(found) in (len(texts), 2 * len(texts)) else np.zeros((0, 1))
        if len(scores) != len(texts) or not ((scores >= 0) & (scores <= 1)).all():
            raise OpinionError(f"{self._name} gives no probability a text")
        return [Opinion(bool(score >= 0.5), f"概率 {score:.2f}") for score in scores[:, -1].tolist()]


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())


def _refusals() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: errors of its own that share no base, and Python's."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [one for one in vars(state).values() if isinstance(one, type) and issubclass(one, Exception)]
    return (*own, RuntimeError, ValueError, TypeError)

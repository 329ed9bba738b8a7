"""The adviser in an ONNX file: what it must take and give, and a plain word where the extra is not installed."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from config.errors import ModelError, OpinionError
from config.schema import SecondSettings
from pipeline.second import Opinion, opened
from pipeline.second.graph import GraphAdviser


class RefusedError(Exception):
    """What onnxruntime raises: of no base but Exception."""


class Session:
    """As much of onnxruntime as is used: gives `found`, or refuses where that is None."""

    found: Any = None
    takes = "tensor(string)"
    shape: tuple[str, ...] = ("N",)
    gives = ("tensor(int64)", "tensor(float)")

    def __init__(self, raw: bytes, providers: list[str]) -> None:
        if raw == b"broken":
            raise RefusedError("no protobuf")

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="text", type=self.takes, shape=list(self.shape))]

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=f"out{at}", type=kind) for at, kind in enumerate(self.gives)]

    def run(self, names: list[str], fed: dict[str, Any]) -> list[Any]:
        assert names == ["out1"]
        assert fed["text"].shape == (2, 1)[: len(self.shape)]
        if self.found is None:
            raise RefusedError("cannot run")
        return [np.array(self.found)]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> type[Session]:
    module, capi, state = (ModuleType(name) for name in ("onnxruntime", "onnxruntime.capi", "onnxruntime.capi.onnxruntime_pybind11_state"))
    one = type("One", (Session,), {})
    module.InferenceSession, module.capi = one, capi  # type: ignore[attr-defined]
    capi.onnxruntime_pybind11_state = state  # type: ignore[attr-defined]
    state.RefusedError = RefusedError  # type: ignore[attr-defined]
    for name in (module, capi, state):
        monkeypatch.setitem(sys.modules, name.__name__, name)
    return one


def graph(tmp_path: Path, raw: bytes = b"graph") -> GraphAdviser:
    (tmp_path / "second.onnx").write_bytes(raw)
    return GraphAdviser(tmp_path / "second.onnx")


@pytest.mark.parametrize("found", [[0.9, 0.2], [[0.9], [0.2]], [[0.1, 0.9], [0.8, 0.2]]])
@pytest.mark.parametrize("shape", [("N",), ("N", "1")])
def test_probabilities_are_opinions(session: Any, tmp_path: Path, found: Any, shape: tuple[str, ...]) -> None:
    session.found, session.shape = found, shape
    assert graph(tmp_path).asked(["呕吐", "酸菜"]) == [Opinion(True, "概率 0.90"), Opinion(False, "概率 0.20")]


@pytest.mark.parametrize("found", [None, [0.9], [1.5, 0.2], [float("nan"), 0.2], [[0.1, 0.2, 0.7]] * 2, []])
def test_anything_else_is_no_opinion(session: Any, tmp_path: Path, found: Any) -> None:
    session.found = found
    with pytest.raises(OpinionError, match=r"cannot run|gives no probability a text"):
        graph(tmp_path).asked(["呕吐", "酸菜"])


def test_a_graph_that_does_not_fit_is_refused_at_once(session: Any, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not load: no protobuf"):
        graph(tmp_path, b"broken")
    with pytest.raises(ModelError, match="No such file"):
        opened(SecondSettings(kind="onnx", model="none.onnx"), tmp_path)
    session.gives = ("tensor(int64)",)
    with pytest.raises(ModelError, match="no tensor of probabilities"):
        graph(tmp_path)
    session.takes = "tensor(float)"
    with pytest.raises(ModelError, match="one tensor of strings"):
        graph(tmp_path)


def test_another_file_is_another_model(session: Any, tmp_path: Path) -> None:
    assert graph(tmp_path, b"one").name != graph(tmp_path, b"two").name
    assert graph(tmp_path, b"one").name.startswith("second-")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"pip install 'shian\[onnx\]'"):
        graph(tmp_path)

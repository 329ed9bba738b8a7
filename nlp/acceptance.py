"""Whether a model may take another's place: no floor broken, and no set judged worse than before."""

from collections.abc import Iterator, Mapping
from typing import Any

COMPARED = ("f1", "average_precision", "right")
TOLERANCE = 0.01
"""By how much a figure may be lower: as much as chance makes of it."""

Figures = Mapping[str, Mapping[str, Any]]


def faults(before: Figures, after: Figures, floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return what is wrong with the later figures, a sentence each; none where the model may be taken."""
    return [fault for name in after for fault in _of_set(name, before[name], after[name], floors.get(name, {}))]


def _of_set(name: str, before: Mapping[str, Any], after: Mapping[str, Any], floors: Mapping[str, float]) -> Iterator[str]:
    for figure, floor in floors.items():
        if after[figure] < floor:
            yield f"{name}: {figure} {after[figure]:.3f} is below the floor {floor}"
    for figure in COMPARED:
        if figure in before and after[figure] < before[figure] - TOLERANCE:
            yield f"{name}: {figure} fell from {before[figure]:.3f} to {after[figure]:.3f}"

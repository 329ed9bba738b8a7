"""How sure a figure is: the interval of a share, and of anything else by drawing the texts again."""

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

_DRAWS = 1000
_SURE = 1.959964
"""Deviations that hold 95 % of what is normally distributed."""


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share after Wilson, which holds for few texts and for shares near 0 and 1 too; 0 to 1 of no text."""
    if not n:
        return 0.0, 1.0
    share, square = right / n, _SURE**2
    middle = share + square / (2 * n)
    around = _SURE * sqrt(share * (1 - share) / n + square / (4 * n * n))
    low, high = ((middle + sign * around) / (1 + square / n) for sign in (-1, 1))
    return round(max(low, 0.0), 4), round(min(high, 1.0), 4)


def shared(right: int, n: int, name: str = "right") -> dict[str, float]:
    """Return a share and its interval as figures: `right`, `right_low`, `right_high`."""
    low, high = wilson(right, n)
    return {name: round(right / max(n, 1), 4), f"{name}_low": low, f"{name}_high": high}


def drawn_again(strata: NDArray[np.int64], measured: Callable[[NDArray[np.float64]], dict[str, float]]) -> dict[str, float]:
    """Return the middle 95 % of figures, as NAME_low and NAME_high, over sets drawn again with as many of each stratum.

    `measured` is told how often each text was drawn.
    """
    draw = np.random.default_rng(0)
    rows = [np.flatnonzero(strata == one) for one in np.unique(strata)]
    found: dict[str, list[float]] = {}
    for _ in range(_DRAWS):
        times = np.zeros(len(strata))
        for part in rows:
            times[part] = np.bincount(draw.integers(0, len(part), len(part)), minlength=len(part))
        for name, value in measured(times).items():
            found.setdefault(name, []).append(value)
    sides = (("low", 0.025), ("high", 0.975))
    return {f"{name}_{side}": round(float(np.quantile(values, at)), 4) for name, values in found.items() for side, at in sides}

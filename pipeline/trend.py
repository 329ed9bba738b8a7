"""Whether a count is more than chance and the growth of its sources explain: a negative binomial upper limit. Pure arithmetic on numpy arrays.

Counts are compared with the same hours of the weeks before, in the manner of EARS C2 and of Farrington (1996) with the re-weighting of
Noufaily (2013). Where nothing but chance is at work the test is the exact one of two Poisson counts; every doubt, of the baseline, of
the series' own unrest and of how much the sources grew, makes the limit higher. All arrays have a leading axis n of series tested at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAME = "负二项上限"
"""How the test is called where people read it."""
_UNSURE = 2.0
"""Posts that are added to what a source gave besides, now and then, so that a handful of posts is no growth."""
_FAR = 4.0
"""Residual from which a past window counts less, (4 / residual)², for it is an outbreak; from twice of it, nothing."""
_QUIET, _WHOLE = 0.875, 2.0
"""Residuals are measured by the quietest part of the past windows, and by how much more the whole spreads than that."""
_CAREFUL = 5.0
"""Unrest that is estimated from a few weeks may be more."""
_ROUNDS = 4


class Past(NamedTuple):
    """What is known of n series: s sources, K weeks, D windows a week, the first of which is the tested hours.

    `own` (n, s, K, D): posts of the series by source, week (the latest first) and window. `besides` (n, s, K + 1): what the source gave
    besides in the tested hours, now and in each week. `alive` (n, s, K): whether the source gave anything in that week.
    `now` (n, s): posts of the series in the tested window.
    """

    own: Floats
    besides: Floats
    alive: Floats
    now: Floats


class Settled(NamedTuple):
    """Weights of past windows (n, K, D), less for outbreaks; the unrest (n,) that is left: variance beyond chance, relative to the square."""

    weights: Floats
    unrest: Floats


class Expected(NamedTuple):
    """A negative binomial: its mean and its size (n,); the smaller the size, the less is known."""

    mean: Floats
    size: Floats


def expected(past: Past, settled: Settled) -> Expected:
    """Return what chance and the growth of the sources let expect in the tested window.

    A series without a live week is expected to have one post, so that only many are a surprise.
    """
    weights, unrest = settled
    counted = past.alive * weights[:, None, :, 0]
    weeks = counted.sum(-1)
    same = (past.own[..., 0] * counted).sum(-1)
    before = (past.besides[..., 1:] * counted).sum(-1) / np.maximum(weeks, 1.0)
    growth = (past.besides[..., 0] + _UNSURE) / (before + _UNSURE)
    doubt = np.maximum(before, past.besides[..., 0]) / (past.besides[..., 0] + _UNSURE) ** 2
    share = past.now / np.maximum(past.now.sum(-1, keepdims=True), 1.0)
    known = np.maximum((share * weeks).sum(-1), 1.0)
    mean = (growth * same / np.maximum(weeks, 1.0)).sum(-1) + (share * growth).sum(-1) / known
    variance = 1.0 / (same.sum(-1) + 1.0) + unrest * (1.0 + 1.0 / known) + (share**2 * doubt * (before > 0)).sum(-1)
    return Expected(mean, 1.0 / variance)


def surprise(observed: Floats, what: Expected) -> Floats:
    """Return p: the chance of so many posts or more (n,), of counts of at least 1."""
    from scipy.special import betainc  # here, for it takes as long to load as all the rest that most commands need

    return np.asarray(betainc(observed, what.size, what.mean / (what.mean + what.size)), np.float64)


def settled(own: Floats, alive: Floats, *, dispersion: float, floor: int) -> Settled:
    """Return what the past weeks of n series say of their unrest; `own` and `alive` as in Past: it does not depend on the present.

    `dispersion` is the least unrest, as a relative variance; a past window of `floor` posts or more may be an outbreak.
    """
    own, alive = own.sum(1), alive.max(1)
    live = np.broadcast_to(alive[..., None], own.shape)
    weights = live
    quiet = max(1, round(_QUIET * own.shape[1] * own.shape[2]))
    for _ in range(_ROUNDS):
        mean = _level(own, weights)
        squares = (live * (own - mean) ** 2 / mean).reshape(len(own), -1)
        spread = _WHOLE * np.sort(squares, axis=1)[:, :quiet].mean(1)
        residual = (own - mean) / np.sqrt(np.maximum(spread, 1.0)[:, None, None] * mean)
        far = (residual > _FAR) & (own >= floor)
        weights = live * np.where(far, np.where(residual > 2 * _FAR, 0.0, (_FAR / np.maximum(residual, _FAR)) ** 2), 1.0)
    mean = _level(own, weights)
    more = _CAREFUL * (weights * ((own - mean) ** 2 - mean)).sum((1, 2)) / np.maximum((weights * mean**2).sum((1, 2)), 1e-9)
    return Settled(weights, np.maximum(dispersion, more))


def _level(own: Floats, weights: Floats) -> Floats:
    """What each window of the week usually has (n, 1, D), drawn a little to what all have."""
    seen = (weights * own).sum(1, keepdims=True)
    weeks = weights.sum(1, keepdims=True)
    whole = seen.sum(2, keepdims=True) / np.maximum(weeks.sum(2, keepdims=True), 1.0)
    return np.asarray(np.maximum((seen + 2 * whole) / (weeks + 2), 1e-3), np.float64)

"""Measures the topics of relevant texts: each by itself, and which is said where another is true."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from nlp.assessment import Assessment
from nlp.corpora import Example
from nlp.topics import TOPICS

Row: TypeAlias = tuple[str, set[str], set[str]]
"""A text, its topics, and those that it was judged to have."""

_WORST = 20
_FEWEST = 5
"""A topic counts in the mean when so many texts have it."""
_NAMED = 3
"""How many of the topics that are said instead of one are named."""


def topics(examples: Sequence[Example], judged: Sequence[Assessment]) -> dict[str, Any]:
    """Return the mean of the topics' F1, each topic's figures and the worst errors, on all relevant texts, taken as such or not."""
    pairs = zip(examples, judged, strict=True)
    rows = [(one.text, set(one.topics), {topic.name for topic in found.topics}) for one, found in pairs if one.relevant]
    table = {name: _figures(name, rows) for name in TOPICS}
    counted = [row["f1"] for row in table.values() if row["n"] >= _FEWEST]
    return {
        "topics_macro_f1": round(float(np.mean(counted)), 4) if counted else 0.0,
        "topics": table,
        "topics_worst": _worst(rows),
    }


def _figures(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    true, said = sum(name in wanted for _, wanted, _ in rows), sum(name in found for _, _, found in rows)
    hit = sum(name in wanted and name in found for _, wanted, found in rows)
    return {
        "n": true,
        "precision": round(hit / max(said, 1), 4),
        "recall": round(hit / max(true, 1), 4),
        "f1": round(2 * hit / max(true + said, 1), 4),
        "instead": _instead(name, rows),
    }


def _instead(name: str, rows: Sequence[Row]) -> dict[str, int]:
    """What is wrongly said of texts whose topic is missed, most often first; `-` where nothing is."""
    said: Counter[str] = Counter()
    for _, wanted, found in rows:
        if name in wanted - found:
            said.update(sorted(found - wanted) or ["-"])
    return dict(said.most_common(_NAMED))


def _worst(rows: Sequence[Row]) -> list[str]:
    """The texts with most wrong and missing topics: what they are, and what was said."""
    far = sorted((row for row in rows if row[1] != row[2]), key=lambda row: -len(row[1] ^ row[2]))[:_WORST]
    return [f"{','.join(sorted(wanted))} → {','.join(sorted(found)) or '-'} {' '.join(text[:60].split())}" for text, wanted, found in far]

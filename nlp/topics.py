"""The ten topics: how their probabilities become the topics of one text."""

from collections.abc import Sequence

TOPICS = ("campus", "rural", "meat", "infant", "catering", "health-food", "imported", "grain-oil", "residues", "other")
OTHER = "other"


def chosen(scores: Sequence[float], thresholds: Sequence[float]) -> list[tuple[str, float]]:
    """Return the topics that reach their thresholds with their scores, likeliest first; the nearest one if none does.

    `other` stands alone: it says that no other topic holds.
    """
    ranked = sorted(zip(TOPICS, scores, thresholds, strict=True), key=lambda item: (item[2] - item[1], item[0]))
    reached = [item for item in ranked if item[1] >= item[2]] or ranked[:1]
    if reached[0][0] == OTHER:
        reached = reached[:1]
    kept = [(name, score) for name, score, _ in reached if name != OTHER or len(reached) == 1]
    return sorted(kept, key=lambda item: -item[1])

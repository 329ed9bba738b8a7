"""The ten topics: how their scores become the topics of one text."""

from collections.abc import Mapping, Sequence

from nlp.assessment import Score

TOPICS = ("campus", "rural", "meat", "infant", "catering", "health-food", "imported", "grain-oil", "residues", "other")
OTHER = "other"


def chosen(scores: Sequence[float], thresholds: Sequence[float], because: Mapping[str, tuple[str, ...]]) -> tuple[Score, ...]:
    """Return the topics that reach their thresholds, likeliest first, each with the words that decided; the nearest one if none does.

    `other` stands alone: it says that no other topic holds.
    """
    ranked = sorted(zip(TOPICS, scores, thresholds, strict=True), key=lambda item: (item[2] - item[1], item[0]))
    reached = [item for item in ranked if item[1] >= item[2]] or ranked[:1]
    if len(reached) > 1 and reached[0][0] != OTHER:
        reached = [item for item in reached if item[0] != OTHER]
    elif reached[0][0] == OTHER:
        reached = reached[:1]
    return tuple(Score(round(float(score), 3), name, because.get(name, ())) for name, score, _ in sorted(reached, key=lambda item: -item[1]))

"""Measures what memory is worth: the streams of the held-out months judged day by day, knowing what the days before brought up."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

from nlp import corpora
from nlp.assessment import Analyst, Assessment
from nlp.corpora import HELD_OUT, Example
from nlp.relevance_figures import Figures, plain, relevance
from nlp.stream import stream_test
from pipeline.recall import Memory, hear

SETS = ("stream-titles-recalled", "stream-questions-recalled")
"""The samples of the same names without `-recalled`, judged with memory."""


def recalled(names: Sequence[str], shared: Path, analyst: Analyst, window: timedelta) -> dict[str, Figures]:
    """Return the figures of some of SETS; titles and questions of a day teach one memory, which is warmed over one `window` before."""
    samples = {name: stream_test(shared, name.split("-")[1]) for name in names}
    wanted = {example.text for sample in samples.values() for example, _ in sample}
    since = (date.fromisoformat(HELD_OUT) - window).isoformat()
    # One question holds a line break, and so a line of it has no day.
    seen = sorted((one for one in corpora.streams(shared) if since <= one.day < "9"), key=lambda one: one.day)
    memory, found = Memory(window), dict[str, Assessment]()
    for day, group in groupby(seen, key=lambda one: one.day):
        texts = [one.text for one in group]
        at = datetime.combine(date.fromisoformat(day), time(12), UTC)
        memory.fade(at)
        hear(plain(texts), [at] * len(texts), memory, analyst)
        asked = [text for text in texts if text in wanted]
        found.update(zip(asked, analyst.assess(plain(asked), memory.at(at)), strict=True))
    return {name: _figures(sample, found) for name, sample in samples.items()}


def _figures(sample: Sequence[tuple[Example, float]], found: Mapping[str, Assessment]) -> Figures:
    examples = [example for example, _ in sample]
    judged = [found[example.text] for example in examples]
    return relevance(examples, judged, topics=False, weights=[weight for _, weight in sample])

"""What a judge would meet in the whole stream: texts of the held-out months, drawn by strata, each with the number of texts it stands for.

Only to be measured with. A count of these texts, weighted, estimates the same count over the whole stream of 2024-07 … 2024-12.
"""

from pathlib import Path

from config.errors import InputError
from nlp.corpora import HELD_OUT, WRITTEN, Example, key, streams
from nlp.topics import TOPICS

LABELS = {"titles": WRITTEN / "labels-test-2024h2.tsv", "questions": WRITTEN / "labels-test-questions-2024h2.tsv"}
_WIDTH = 7


def stream_test(shared: Path, origin: str = "titles", labels: Path | None = None) -> list[tuple[Example, float]]:
    """Return the titles (or `questions`) drawn, in the order of the stream, with their weights; `kind` is the stratum, doubtful ones are left out.

    Raises InputError for a line that does not hold, and where a labelled text is not in the folder of real texts.
    """
    labels = labels or LABELS[origin]
    drawn = {row[0]: row for row in _rows(labels)}
    found = {}
    for seen in streams(shared):
        name = key(seen.text) if seen.origin == origin and seen.day >= HELD_OUT else ""
        if name in drawn:
            _, _, relevant, topics, _, stratum, weight = drawn[name]
            example = Example(seen.text, relevant == "1", tuple(filter(None, topics.split(","))), seen.day, seen.origin, stratum)
            found[name] = (relevant, example, float(weight))
    if missing := len(drawn.keys() - found.keys()):
        raise InputError(f"{labels}: {missing} labelled texts are not in {shared}")
    return [(example, weight) for relevant, example, weight in found.values() if relevant != "?"]


def _rows(labels: Path) -> list[list[str]]:
    try:
        lines = labels.read_text("utf-8").splitlines()[1:]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{labels}: cannot be read ({error})") from error
    rows = [line.split("\t") for line in lines]
    for number, row in enumerate(rows, start=2):
        if len(row) != _WIDTH or row[2] not in ("0", "1", "?") or not _is_weight(row[6]):
            raise InputError(f"{labels} line {number}: must be hash, day, relevant 0, 1 or ?, topics, set, stratum, weight of 1 or more")
        if (row[2] == "1") != bool(row[3]) or set(filter(None, row[3].split(","))) - set(TOPICS):
            raise InputError(f"{labels} line {number}: relevant texts have known topics, others none")
    return rows


def _is_weight(text: str) -> bool:
    try:
        return 1 <= float(text) < float("inf")
    except ValueError:
        return False

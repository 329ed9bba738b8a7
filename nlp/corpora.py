"""What models are fitted on and measured with: texts written for the project, hand labels by hash, and the real texts that these name.

The real texts are never part of the project; without their folder only the written ones are there.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from config.errors import InputError
from nlp.topics import TOPICS

WRITTEN = Path(__file__).parent / "corpus"
HELD_OUT = "2024-07-01"
"""Whatever was first seen on this day or later is only measured on, never fitted."""

_STREAMS = {"titles": "hot-titles-2020-2024.tsv.gz", "questions": "hot-questions-2020-2024.tsv.gz"}
_LABELLED = {"titles": "titles-labelled.tsv", "questions": "questions-labelled.tsv"}


class Example(NamedTuple):
    """One labelled text; `day` is when it was first seen, empty for written ones; `origin` is titles, questions, written, …"""

    text: str
    relevant: bool
    topics: tuple[str, ...]
    day: str
    origin: str
    kind: str = ""


class Seen(NamedTuple):
    """One unlabelled text of a stream."""

    text: str
    day: str
    origin: str


def written(folder: Path = WRITTEN) -> list[Example]:
    """Return the texts written for the project, in order of file and line. Raises InputError for a line that does not hold."""
    rows = [row for path in sorted(folder.glob("*.tsv")) if not path.stem.startswith("labels") for row in _written_file(path)]
    return list({row.text: row for row in rows}.values())


def _written_file(path: Path) -> Iterator[Example]:
    for number, fields in enumerate(_table(path), start=2):
        if len(fields) != 4 or fields[1] not in ("0", "1"):
            raise InputError(f"{path} line {number}: must be text, relevant 0 or 1, topics, kind")
        topics = _topics(fields[2], f"{path} line {number}")
        if (fields[1] == "1") != bool(topics):
            raise InputError(f"{path} line {number}: relevant texts have topics, others none")
        yield Example(fields[0], fields[1] == "1", topics, "", "written", fields[3])


def labelled(shared: Path, folder: Path = WRITTEN) -> list[Example]:
    """Return the real texts with hand labels, doubtful ones left out: the given tables, then what `labels-*.tsv` adds by hash."""
    found = {}
    for origin, name in _LABELLED.items():
        for day, text, relevant, topics in _padded(_table(shared / name), 4):
            found[text] = (relevant, Example(text, relevant == "1", _topics(topics, name), day, origin, "given"))
    added = {row[0]: row for path in sorted(folder.glob("labels-*.tsv")) for row in _padded(_table(path), 5)}
    if added:
        for seen in streams(shared):
            row = added.get(key(seen.text))
            if row and seen.text not in found:
                found[seen.text] = (row[2], Example(seen.text, row[2] == "1", _topics(row[3], row[0]), seen.day, seen.origin, row[4]))
    return [example for relevant, example in found.values() if relevant != "?"]


def doubtful(shared: Path, folder: Path = WRITTEN) -> frozenset[str]:
    """Return the keys of all texts that have any label, doubtful ones among them: no unlabelled background."""
    given = {key(row[1]) for name in _LABELLED.values() for row in _table(shared / name)}
    return frozenset(given | {row[0] for path in sorted(folder.glob("labels-*.tsv")) for row in _table(path)})


def measured(shared: Path | None = None, folder: Path = WRITTEN) -> frozenset[str]:
    """Return the keys of the texts on relevance that are only measured on; with real texts, of those too that the labels do not name by hash."""
    own = {key(one.text) for one in written(folder) if is_held_out(one)}
    late = {row[0] for path in folder.glob("labels-*.tsv") for row in _table(path) if row[1] >= HELD_OUT}
    given = {key(row[1]) for name in _LABELLED.values() for row in _table(shared / name) if row[0] >= HELD_OUT} if shared else set()
    return frozenset(own | late | given | ({key(one.text) for one in comments(shared)} if shared else set()))


def streams(shared: Path) -> list[Seen]:
    """Return every real title and question, in the order of their files."""
    return [Seen(text, day, origin) for origin, name in _STREAMS.items() for day, text in _gzipped(shared / name)]


def comments(shared: Path) -> list[Example]:
    """Return the shop comments: only to be measured on."""
    rows = (line.split("\t", 1) for line in (shared / "o2o-comments.tsv").read_text("utf-8").splitlines())
    return [Example(row[1], row[0] == "1", (), "", "o2o") for row in rows if len(row) == 2]


def microblogs(shared: Path) -> list[tuple[str, bool]]:
    """Return microblogs and whether each is a rumor: only to be measured on."""
    rows = (json.loads(line) for line in (shared / "ced-microblogs.jsonl").read_text("utf-8").splitlines())
    return [(row["text"], bool(row["rumor"])) for row in rows]


def key(text: str) -> str:
    """Return how labels name a text: sha1 of its UTF-8."""
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def digest(examples: Iterable[Example]) -> str:
    """Return what tells one collection of labelled texts from another, 16 hex digits."""
    total = hashlib.blake2b(digest_size=8)
    for example in examples:
        total.update(f"{key(example.text)}{example.relevant:d}{','.join(example.topics)};".encode())
    return total.hexdigest()


def is_held_out(example: Example) -> bool:
    """Whether an example may only be measured on: late real ones, and a tenth of the written ones, by hash."""
    return example.day >= HELD_OUT if example.day else int(key(example.text)[:8], 16) % 10 == 0


def _topics(given: str, where: str) -> tuple[str, ...]:
    topics = tuple(sorted(filter(None, given.split(","))))
    if unknown := set(topics) - set(TOPICS):
        raise InputError(f"{where}: unknown topics {', '.join(sorted(unknown))}")
    return topics


def _table(path: Path) -> list[list[str]]:
    """The rows of a tab-separated file below its header; quotes mean nothing."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    return [line.split("\t") for line in lines[1:] if line]


def _padded(rows: Sequence[list[str]], width: int) -> Iterator[list[str]]:
    yield from (row + [""] * (width - len(row)) for row in rows)


def _gzipped(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield line.rstrip("\n").split("\t", 1)

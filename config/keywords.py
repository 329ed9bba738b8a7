"""The words of a search by keyword: which ones a source asks for, how often, and whether what is declared of that can be."""

import csv
import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from config.errors import Fault
from config.schema import Settings, Topic
from config.source import Keywords, Source
from config.watch import Watch

WATCHED, LISTED, TOPICAL = 4, 2, 1
"""How often a word is asked for, by where it comes from, against one of a topic."""
LATE = 1.1
"""A crawl makes up for what is due since the last one, but for no more than so many of its intervals."""
_DAY = timedelta(days=1)


class Keyword(NamedTuple):
    """搜索词: one word, and how often it is asked for against the others."""

    text: str
    weight: int


def keywords(
    source: Source, *, topics: Mapping[str, Topic], watches: Mapping[str, Watch], folder: Path, province: str, on: date
) -> tuple[Keyword, ...]:
    """Return the words that a source searches on a day, each once: those of watches, its own, the topics' by strength; none for others."""
    declared = source.keywords
    if declared is None:
        return ()
    found = [(word, WATCHED) for watch in watches.values() if watch.until >= on for word in watch.words] if declared.watches else []
    found += [(word, LISTED) for word in declared.words]
    if declared.topics:
        found += [(word, TOPICAL) for word in _topical(declared, topics, folder, province)]
    weights: dict[str, int] = {}
    for word, weight in found:
        weights.setdefault(word, weight)
    return tuple(Keyword(*item) for item in weights.items())


def searches_a_day(source: Source, words: int) -> int:
    """Return how many searches a source makes a day of so many words: each crawl asks for a word once at most."""
    if source.keywords is None or source.every is None:
        return 0
    return min(source.searches_per_day, words * (_DAY // source.every))


def most_at_once(source: Source) -> int:
    """Return how many searches one crawl makes at most."""
    return math.floor(LATE * source.searches_per_day * (source.every or _DAY) / _DAY) + 1


def unsearchable(
    sources: Mapping[str, Source], *, topics: Mapping[str, Topic], watches: Mapping[str, Watch], folder: Path, settings: Settings
) -> Iterator[Fault]:
    """Yield every group of words that is not there, every word watched twice, and every search that has no words, or cannot be made in its time."""
    for name, topic in topics.items():
        for group in topic.groups:
            if not _group(folder, group):
                yield Fault(str(folder / "topics" / f"{name}.yaml"), "groups", f"no lexicon has the group {group}")
    yield from _watched_twice(str(folder / "watches.yaml"), watches)
    known = _places(folder, settings.province)
    for name, source in sources.items():
        declared, at = source.keywords, str(folder / "sources" / f"{name}.yaml")
        if declared is None:
            continue
        if not (declared.words or declared.watches or any(topic.searches or topic.words or topic.groups for topic in topics.values())):
            yield Fault(at, "keywords.topics", "no topic has any words")
        for place in declared.places:
            if place in PLACES and not known[place]:
                yield Fault(at, "keywords.places", f"places.csv does not say what {place} is: it has no {settings.province}")
        delay = settings.crawl.delay if source.delay is None else source.delay
        needed, limit = most_at_once(source) * source.pages * delay, settings.crawl.limit.total_seconds()
        if needed > limit:
            why = f"one crawl would take {needed:.0f} s, and is ended after crawl.limit, {limit:.0f} s: make every or delay shorter, or search less"
            yield Fault(at, "searches_per_day", why)


PLACES = ("home", "prefectures")
"""What stands for the office's own province, and for each of its prefectures, by the names that people use."""
_ANYWHERE = "anywhere"


def _topical(declared: Keywords, topics: Mapping[str, Topic], folder: Path, province: str) -> Iterator[str]:
    """The strongest words of each topic, one topic after another, each with every place that is declared."""
    known = {_ANYWHERE: ("",)} | (_places(folder, province) if set(PLACES) & set(declared.places) else {})
    places = [name for place in declared.places for name in known.get(place, (place,))] or [""]
    words = [_strongest(topic, folder)[: declared.topics] for topic in topics.values()]
    for rank in range(declared.topics):
        for of_topic in words:
            for place in places if rank < len(of_topic) else ():
                yield f"{place} {of_topic[rank]}".strip()


def _strongest(topic: Topic, folder: Path) -> list[str]:
    return list(dict.fromkeys([*topic.searches, *topic.words, *(word for group in topic.groups for word in _group(folder, group))]))


def _group(folder: Path, group: str) -> list[str]:
    """The words of a group of a lexicon, such as hazards/meat."""
    lexicon, _, name = group.partition("/")
    path = folder / "lexicons" / f"{lexicon}.txt"
    if not path.is_file():
        return []
    lines = (line.split("\t") for line in path.read_text("utf-8", errors="replace").splitlines() if not line.startswith("#"))
    return [fields[0].strip() for fields in lines if len(fields) > 1 and fields[1].strip() == name]


def _places(folder: Path, province: str) -> dict[str, tuple[str, ...]]:
    """The short names of the province and of its prefectures: the second that places.csv gives, else the first."""
    path = folder / "places.csv"
    if not path.is_file():
        return dict.fromkeys(PLACES, ())
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        rows = [row for row in csv.reader(line for line in lines if line.startswith(province[:2])) if len(row) > 3]
    own = [row for row in rows if row[0] == province]
    prefectures = [row for row in rows if row[2] == "prefecture"]
    return {"home": tuple(map(_short, own)), "prefectures": tuple(map(_short, prefectures))}


def _short(row: list[str]) -> str:
    names = row[3].split()
    return (names[1] if len(names) > 1 else names[0]).rstrip("?!") if names else row[1].rpartition("/")[2]


def _watched_twice(file: str, watches: Mapping[str, Watch]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, watch in watches.items():
        for word in watch.words:
            if first.setdefault(word, name) != name:
                yield Fault(file, f"{name}.words", f"{word} is watched by {first[word]} already")

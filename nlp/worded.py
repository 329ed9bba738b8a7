"""Topics that words make: what an office declares in `config/topics/` beside what the model learned, and words that it adds to learned topics."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import structs

from config.errors import ConfigError, Fault
from config.schema import Topic
from nlp.assessment import Assessment, Score
from nlp.lexicon import Lexicon, Term
from nlp.text import cleaned
from nlp.topics import OTHER, TOPICS

_SURE = 1.0
"""The score of a topic whose word stands in the text: somebody decided that it tells the topic."""


class Worded:
    """The words of topics. What they find is added only to texts that matter: a word makes a topic, never relevance. Safe for threads."""

    def __init__(self, topics: Mapping[str, Topic], folder: Path) -> None:
        """Take the declared topics; `folder` is the configuration's, for the message.

        Raises ConfigError if a topic could never be found: one that the model has not learned and that has no word.
        """
        faults = list(_unfound(topics, folder))
        if faults:
            raise ConfigError(faults)
        words = [(name, word) for name, topic in topics.items() for word in topic.words]
        plain = cleaned([word for _, word in words])
        self.terms = tuple(Term(name, word) for (name, _), word in zip(words, plain, strict=True))
        self._lexicon = Lexicon(self.terms)

    def added(self, assessments: Sequence[Assessment], plain: Sequence[str]) -> list[Assessment]:
        """Return the assessments of cleaned texts, those that have topics with the topics whose words they say, before the others."""
        if not self.terms:
            return list(assessments)
        rows = [at for at, one in enumerate(assessments) if one.topics]
        done = list(assessments)
        for at, hits in zip(rows, self._lexicon.found([plain[at] for at in rows], overlapping=True), strict=True):
            said: dict[str, dict[str, None]] = {}
            for hit in hits:
                said.setdefault(hit.kind, {})[hit.term] = None
            if said:
                mine = tuple(Score(_SURE, name, tuple(words)) for name, words in said.items())
                others = tuple(topic for topic in done[at].topics if topic.name not in said and topic.name != OTHER)
                done[at] = structs.replace(done[at], topics=mine + others)
        return done


def _unfound(topics: Mapping[str, Topic], folder: Path) -> Iterator[Fault]:
    for name, topic in topics.items():
        file = str(folder / "topics" / f"{name}.yaml")
        if name not in TOPICS and not topic.words:
            yield Fault(file, "words", f"the model has not learned {name}: give the words that tell it")
        for word, plain in zip(topic.words, cleaned(topic.words), strict=True):
            if not plain:
                yield Fault(file, "words", f"{word!r} holds nothing that can be found")

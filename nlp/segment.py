"""Texts cut into words, by a tokenizer of one's own: the only module that may load jieba or rjieba.

rjieba is the quick one, jieba the reference and what is used where rjieba is not installed. Their weights of words differ nowhere,
their cuts in a few of a thousand words, all but a few in runs of Latin letters and digits.
"""

import importlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import filterfalse
from typing import Any, NamedTuple

from config.errors import ConfigError, Fault

ENGINES = ("rjieba", "jieba")


class Segmenter:
    """Cuts texts into words, knowing `words` besides its dictionary. Loads the dictionary at the first cut; nothing else sees its words.

    `engine` is rjieba or jieba; empty takes the first that is installed. Raises ConfigError for any other name, or if it is not installed.
    """

    def __init__(self, words: Iterable[str] = (), *, engine: str = "") -> None:
        self.engine = _chosen(engine)
        self._words = frozenset(words)
        self._engine: _Engine | None = None

    def cut(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the words of each text in order, punctuation among them, blanks left out."""
        cut = self._loaded().cut
        return [list(filterfalse(str.isspace, cut(text))) for text in texts]

    def tagged(self, text: str) -> list[tuple[str, str]]:
        """Return the words of a text with their parts of speech, as jieba calls them (n, ns, v, m, …), empty for `words`.

        For few texts, not for streams.
        """
        return [(word, "" if word in self._words else tag) for word, tag in self._loaded().tag(text)]

    def _loaded(self) -> "_Engine":
        if self._engine is None:
            self._engine = (_rjieba if self.engine == "rjieba" else _jieba)(tuple(sorted(self._words)))
        return self._engine


class _Engine(NamedTuple):
    """What an engine can do, with the user words in it."""

    cut: Callable[[str], list[str]]
    tag: Callable[[str], list[tuple[str, str]]]


def _chosen(engine: str) -> str:
    if engine and engine not in ENGINES:
        raise ConfigError([Fault("segmenter", engine, f"no such engine; there are {', '.join(ENGINES)}")])
    for name in (engine,) if engine else ENGINES:
        if find_spec(name) is not None:
            return name
    raise ConfigError([Fault("segmenter", engine, "not installed")])


@cache
def _rjieba(words: tuple[str, ...]) -> _Engine:
    own = importlib.import_module("rjieba").Jieba()
    for word in words:
        own.add_word(word, own.suggest_freq(word), None)
    return _Engine(own.cut, own.tag)


@cache
def _jieba(words: tuple[str, ...]) -> _Engine:
    own = _quiet_jieba().Tokenizer()
    with tempfile.TemporaryDirectory(prefix="shian-") as folder:
        # Its cache would be read back from a shared folder by whoever comes next; a folder of its own lasts only while it loads.
        own.tmp_dir = folder
        own.initialize()
    for word in words:
        own.add_word(word, own.suggest_freq(word))
    tagger = importlib.import_module("jieba.posseg").POSTokenizer(own)
    return _Engine(lambda text: list(own.cut(text)), lambda text: [(pair.word, pair.flag) for pair in tagger.cut(text)])


def _quiet_jieba() -> Any:
    """Import jieba and take back what it does to logging: a handler of its own, and level DEBUG."""
    logger = logging.getLogger("jieba")
    handlers, level = list(logger.handlers), logger.level
    jieba = importlib.import_module("jieba")
    logger.handlers[:] = handlers
    logger.setLevel(level)
    return jieba

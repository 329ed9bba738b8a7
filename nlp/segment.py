"""Texts cut into words, by a tokenizer of one's own: the only module that may load jieba or rjieba.

rjieba is the quick one, jieba the reference and what is used where rjieba is not installed. Their weights of words differ nowhere,
their cuts in a few of a thousand words, all but a few in runs of Latin letters and digits.
"""

import importlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import Any

from config.errors import ConfigError, Fault

ENGINES = ("rjieba", "jieba")


class Segmenter:
    """Cuts texts into words, knowing `words` besides its dictionary. Loads the dictionary at the first cut; nothing else sees its words.

    `engine` is rjieba or jieba; empty takes the first that is installed. Raises ConfigError for any other name, or if it is not installed.
    """

    def __init__(self, words: Iterable[str] = (), *, engine: str = "") -> None:
        self.engine = _chosen(engine)
        self._words = tuple(sorted(set(words)))
        self._cut: Callable[[str], list[str]] | None = None

    def cut(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the words of each text in order, punctuation among them, blanks left out."""
        if self._cut is None:
            self._cut = (_rjieba if self.engine == "rjieba" else _jieba)(self._words)
        cut = self._cut
        return [[word for word in cut(text) if not word.isspace()] for text in texts]


def _chosen(engine: str) -> str:
    if engine and engine not in ENGINES:
        raise ConfigError([Fault("segmenter", engine, f"no such engine; there are {', '.join(ENGINES)}")])
    for name in (engine,) if engine else ENGINES:
        if find_spec(name) is not None:
            return name
    raise ConfigError([Fault("segmenter", engine, "not installed")])


def _rjieba(words: Sequence[str]) -> Callable[[str], list[str]]:
    own = importlib.import_module("rjieba").Jieba()
    for word in words:
        own.add_word(word, own.suggest_freq(word), None)
    return lambda text: own.cut(text)


def _jieba(words: Sequence[str]) -> Callable[[str], list[str]]:
    own = _quiet_jieba().Tokenizer()
    with tempfile.TemporaryDirectory(prefix="shian-") as folder:
        # Its cache would be read back from a shared folder by whoever comes next; a folder of its own lasts only while it loads.
        own.tmp_dir = folder
        own.initialize()
    for word in words:
        own.add_word(word, own.suggest_freq(word))
    return lambda text: list(own.cut(text))


def _quiet_jieba() -> Any:
    """Import jieba and take back what it does to logging: a handler of its own, and level DEBUG."""
    logger = logging.getLogger("jieba")
    handlers, level = list(logger.handlers), logger.level
    jieba = importlib.import_module("jieba")
    logger.handlers[:] = handlers
    logger.setLevel(level)
    return jieba

"""The paths that are measured: each function prepares everything and returns the job whose time counts."""

import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.posts import posts, texts

PATHS = {
    "whole": "clean, fingerprint, judge, keep with search index, place, alert (SQLite)",
    "hard": "the same where every post is relevant, a near miss or food talk",
    "assess": "clean and judge only",
    "short": "clean and judge only, on titles of about 15 characters",
    "pages": "article pages to title, time and text (crawlers.extract)",
    "titles": "the whole path on titles of about 15 characters",
    "usual": "jieba cut, TfidfVectorizer, OneVsRestClassifier, an INSERT and commit a row",
}


def _path(number: int, length: int, *, hard: bool = False) -> Callable[[], int]:
    from config.load import load
    from nlp.analyst import analyst
    from pipeline.ingest import Intake, ingest
    from pipeline.store import opened
    from pipeline.track import Tracker

    folder = tempfile.TemporaryDirectory(prefix="shian-bench-")
    config, judge = load(), analyst()
    store = opened("sqlite:///bench.db", Path(folder.name))
    judge.assess(list(posts(8)))
    found = list(posts(number, length=length, hard=hard))
    intake = Intake(store, judge, config.sources, lambda broken: None)

    def job() -> int:
        for _ in ingest(found, intake, now=found[-1].at):
            pass
        Tracker(store, judge, config).run()
        store.close()
        folder.cleanup()
        return number

    return job


def whole(number: int) -> Callable[[], int]:
    """The product's own path from posts to alerts."""
    return _path(number, 140)


def hard(number: int) -> Callable[[], int]:
    """The same on the posts that cost most."""
    return _path(number, 140, hard=True)


def titles(number: int) -> Callable[[], int]:
    """The same on short titles."""
    return _path(5 * number, 15)


def assess(number: int, length: int = 140) -> Callable[[], int]:
    """Judging alone, in the batches of the path."""
    from nlp.analyst import analyst

    judge = analyst()
    found = list(posts(number, length=length))
    judge.assess(found[:8])

    def job() -> int:
        for start in range(0, number, 1024):
            judge.assess(found[start : start + 1024])
        return number

    return job


def short(number: int) -> Callable[[], int]:
    """Judging short titles alone."""
    return assess(5 * number, 15)


def pages(number: int) -> Callable[[], int]:
    """Reading the article pages of the example site, which have what real ones have around their text."""
    from crawlers.example.pages import article
    from crawlers.example.posts import DAYS, shown
    from crawlers.extract import extract

    shows = shown("listing", DAYS[-1], datetime(2024, 1, 4, tzinfo=UTC))
    found = [article(post, shows[:3], charset="utf-8").decode() for post in shows]
    extract(found[0])

    def job() -> int:
        for at in range(number):
            extract(found[at % len(found)])
        return number

    return job


def usual(number: int) -> Callable[[], int]:
    """What one would write first with jieba, scikit-learn and sqlite3; fitted on the same corpus, ten topics and relevance."""
    import jieba  # noqa: TID251 - the usual way is what is measured here
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer

    from nlp.corpora import written

    folder = tempfile.TemporaryDirectory(prefix="shian-bench-")
    jieba.dt.tmp_dir = folder.name  # its cache would stay in the machine's own
    examples = list(written())
    vectors = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None)
    labels = MultiLabelBinarizer().fit_transform([(["relevant"] if example.relevant else []) + list(example.topics) for example in examples])
    model = OneVsRestClassifier(LogisticRegression(max_iter=200)).fit(vectors.fit_transform([example.text for example in examples]), labels)
    batch = texts(number)
    db = sqlite3.connect(f"{folder.name}/usual.db")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, text TEXT, labels TEXT)")

    def job() -> int:
        for row, text in zip(model.predict(vectors.transform(batch)), batch, strict=True):
            db.execute("INSERT INTO posts (text, labels) VALUES (?, ?)", (text, "".join(map(str, row))))
            db.commit()
        db.close()
        folder.cleanup()
        return number

    return job

"""The sources that are shipped."""

from pathlib import Path

import pytest
import yaml

from config.load import SHIPPED, load
from config.source import Source

FILES = sorted((SHIPPED / "sources").glob("*.yaml"))
EXAMPLES = {"example-hot", "example-feed", "example-news", "example-complaints"}
BY_HAND = {
    "weibo-hot": ("hot-list", "platform", "weibo"),
    "zhihu-hot": ("hot-list", "platform", "zhihu"),
    "reviews": ("review", "person", "review"),
    "weibo-posts": ("social", "person", "weibo"),
    "news-export": ("news", "media", "news"),
    "complaints-12315": ("complaint", "person", "complaint"),
    "social-export": ("social", "person", "social"),
    "hot-export": ("hot-list", "platform", "hot"),
    "complaints-12345": ("complaint", "person", "complaint"),
    "forum-export": ("forum", "person", "forum"),
}


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return load(environ={}).sources


def test_every_file_is_a_source(sources: dict[str, Source]) -> None:
    assert [path.stem for path in FILES] == list(sources)


def test_examples_say_that_they_are_and_are_switched_off(sources: dict[str, Source]) -> None:
    for name in EXAMPLES:
        assert sources[name].title.startswith("示例·")
        assert not sources[name].enabled
        assert sources[name].url.startswith("http://127.0.0.1:8765/")
    assert {name for name, source in sources.items() if "127.0.0.1" in source.url} == EXAMPLES


def test_files_brought_by_hand_have_a_class_and_a_trust(sources: dict[str, Source]) -> None:
    for name, (category, trust, platform) in BY_HAND.items():
        source = sources[name]
        assert (source.kind, source.category, source.trust, source.platform) == ("import", category, trust, platform)


def test_titles_are_given_once(sources: dict[str, Source]) -> None:
    assert len({source.title for source in sources.values()}) == len(sources)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_the_file_says_is_what_is_read(path: Path, sources: dict[str, Source]) -> None:
    declared = yaml.safe_load(path.read_text("utf-8"))
    assert Source.model_validate({"name": path.stem, **declared}) == sources[path.stem]

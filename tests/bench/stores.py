"""`make bench STORE=elasticsearch`: what SQLite and one local Elasticsearch node cost side by side, on both cores; and whether they alert alike.

BENCH_STORE_POSTS posts are kept (100,000; a million takes minutes), then searched. With the real posts beside the project, those of 2024 go
the whole way on both. Nothing here is asserted. BENCH_JSON=FILE keeps the figures.
"""

import gzip
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawlers.post import Post, identified
from nlp.assessment import Assessment, Score
from pipeline.ingest import Intake, digest, ingest
from pipeline.model import Alert, JudgedPost
from pipeline.store import EventFilter, Store, opened
from pipeline.store.query import parsed
from tests.bench.posts import texts
from tests.elasticsearch.node import Node

POSTS = int(os.environ.get("BENCH_STORE_POSTS", "100000"))
QUERIES = 500
BATCH = 2048
START = datetime(2024, 1, 1, tzinfo=UTC)
TITLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "hot-titles-2020-2024.tsv.gz"
SHAPES = ("{}", "{}", "{} {}", "{} OR {}", "{} -{}", "-{}", "({}|{}) -({} {})", "is:relevant {}", "topic:campus -{}", "{} since:2024-02-01")


def _judged(found: Sequence[str], number: int, start: int) -> Iterator[JudgedPost]:
    """Posts as they come from the analyst, 3 in 100 relevant, a minute apart."""
    thoughts = [
        Assessment(Score(score, "relevant", ("食堂",)), 0.5, 0.3, "bench", topics=(Score(0.8, "campus", ("食堂",)),), terms=(("食堂", 0.5),))
        for score in (0.1, 0.9)
    ]
    for at in range(start, start + number):
        text = found[at % len(found)] + (f" {at}" if at >= len(found) else "")
        post = identified(Post("", text, native_id=str(at), platform="weibo", source="weibo-hot", collected_at=START + timedelta(minutes=at)))
        yield JudgedPost(post, thoughts[at % 100 < 3], digest(post))


def _kept(store: Store, found: Sequence[str]) -> float:
    """Posts a second that the store keeps."""
    spent = 0.0
    for start in range(0, POSTS, BATCH):
        some = list(_judged(found, min(BATCH, POSTS - start), start))
        begun = time.perf_counter()
        store.keep(some)
        spent += time.perf_counter() - begun
    return POSTS / spent


def _searched(store: Store, found: Sequence[str]) -> tuple[float, float]:
    """Median and 95th percentile of the milliseconds until the newest fifty are there."""
    dice = random.Random(5)

    def piece() -> str:
        text = dice.choice(found)
        start = dice.randrange(len(text))
        return '"' + (text[start : start + dice.choice([1, 2, 2, 3, 4, 6])].replace('"', '""').strip() or "的") + '"'

    queries = [parsed("".join(part if part != "{}" else piece() for part in _parts(dice.choice(SHAPES)))) for _ in range(QUERIES)]
    for query in queries[:50]:
        store.search(query)
    spent = []
    for query in queries:
        begun = time.perf_counter()
        store.search(query)
        spent.append(1000 * (time.perf_counter() - begun))
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


def _parts(shape: str) -> Iterator[str]:
    first, *rest = shape.split("{}")
    yield first
    for part in rest:
        yield from ("{}", part)


def _alerts(store: Store, lines: Sequence[tuple[str, str]]) -> tuple[list[Alert], float]:
    """The alerts that the real titles raise, and posts a second of the whole path."""
    from config.load import load
    from nlp.analyst import analyst
    from pipeline.track import Tracker

    config, judge = load(), analyst()
    judge.assess([])
    found = []
    for number, (day, title) in enumerate(lines):
        at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        found.append(identified(Post("", title, native_id=str(number), platform="weibo", source="weibo-hot", published_at=at, collected_at=at)))
    begun = time.perf_counter()
    for _ in ingest(found, Intake(store, judge, config.sources, lambda broken: None), now=datetime.now(UTC)):
        pass
    Tracker(store, judge, config).run()
    seconds = time.perf_counter() - begun
    return store.alerts(EventFilter(), limit=100_000).items, len(found) / seconds


def _titles() -> list[tuple[str, str]]:
    """Day and title of the real titles of 2024."""
    with gzip.open(TITLES, "rt", encoding="utf-8") as lines:
        columns = (line.rstrip("\n").split("\t") for line in lines)
        return [(day, title) for day, title in columns if day.startswith("2024")]


def main() -> None:
    """Print the table."""
    found = list(dict.fromkeys(texts(6000)))
    figures: dict[str, dict[str, float]] = {}
    raised: dict[str, list[Alert]] = {}
    with tempfile.TemporaryDirectory(prefix="shian-bench-") as folder, Node(heap="1g", lasting=True) as node:
        urls = {"sqlite": "sqlite:///{}.db", "elasticsearch": f"elasticsearch+{node.url}/{{}}"}
        for name, url in urls.items():
            store = opened(url.format("bench"), Path(folder))
            figures[name] = {"kept_per_s": _kept(store, found)}
            figures[name]["search_p50_ms"], figures[name]["search_p95_ms"] = _searched(store, found)
            store.close()
            if TITLES.is_file():
                store = opened(url.format("titles"), Path(folder))
                raised[name], figures[name]["titles_per_s"] = _alerts(store, _titles())
                store.close()
    print(f"{POSTS:,} posts of 140 characters, {QUERIES} random queries, one run, both cores")
    for name, one in figures.items():
        print(f"{name:<15}" + "   ".join(f"{figure} {value:,.1f}" for figure, value in one.items()))
    if raised:
        same = raised["sqlite"] == raised["elasticsearch"]
        print(f"real titles of 2024: {len(raised['sqlite']):,} alerts on SQLite, {len(raised['elasticsearch']):,} on Elasticsearch, equal: {same}")
    if os.environ.get("BENCH_JSON"):
        Path(os.environ["BENCH_JSON"]).write_text(json.dumps({"posts": POSTS, "stores": figures}, indent=1), "utf-8")


if __name__ == "__main__":
    main()

"""Nodes that die in the middle of the work, and come back: nothing is lost, nothing is done twice, and people are told."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from subprocess import PIPE
from typing import Any

import httpx
import pytest
import uvicorn

from config.errors import StoreError
from config.load import load
from crawlers.post import Broken, Engagement, Post, identified
from crawlers.spool import SpoolWriter, chunks
from pipeline import track
from pipeline.desk import desk
from pipeline.home import made as home_made
from pipeline.ingest import Intake, ingest
from pipeline.model import Alert, Event, Fate, JudgedPost, Member
from pipeline.store import EventFilter, FateCount, Store, elastic_cluster, opened
from pipeline.store.elastic import ElasticsearchStore
from pipeline.store.elastic_search import EVERYTHING, OLDEST_FIRST
from pipeline.store.memory import MemoryStore
from pipeline.store.query import parsed
from pipeline.track import Tracker
from tests.elasticsearch.node import Cluster, Node
from tests.pipeline.made import StubAnalyst, hours, judged

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow, pytest.mark.timeout(120)]
POSTS, MATTERS = 450, 7
NOW = hours(24 * 365)
PATIENCE = 2.0
"""Seconds that a person waits here."""


@pytest.fixture(scope="module")
def node(elasticsearch_home: Path) -> Iterator[Node]:
    """A node that tests may kill, and must leave running."""
    with Node() as one:
        yield one


@pytest.fixture
def kept(node: Node, tmp_path: Path) -> Iterator[ElasticsearchStore]:
    """An empty store on that node."""
    store = opened(f"elasticsearch+{node.url}/cut-{secrets.token_hex(4)}", tmp_path, {})
    assert isinstance(store, ElasticsearchStore)
    yield store
    store.close()


class Cuts:
    """Kills a node a moment after a store has begun its requests of these numbers, and starts it again at once.

    `away` are the seconds from each kill until the node answered again. Wait for it before the end is looked at.
    """

    def __init__(self, store: ElasticsearchStore, nodes: Sequence[Node], numbers: Sequence[int], *, after: float = 0.004) -> None:
        self.away: list[float] = []
        self._left, self._nodes, self._after = list(numbers), nodes, after
        self._asked = 0
        self._guard = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._ask = store._cluster.ask
        store._cluster.ask = self._counted  # type: ignore[method-assign]

    def _counted(self, call: Any) -> Any:
        with self._guard:
            self._asked += 1
            if self._left and self._asked >= self._left[0] and not any(thread.is_alive() for thread in self._threads):
                self._left.pop(0)
                self._threads.append(threading.Thread(target=self._cut))
                self._threads[-1].start()
        return self._ask(call)

    def _cut(self) -> None:
        time.sleep(self._after)
        node = struck(self._nodes)
        node.kill()
        began = time.monotonic()
        node.start(wait=False).wait(nodes=len(self._nodes), status="green" if len(self._nodes) > 1 else "yellow")
        self.away.append(time.monotonic() - began)

    def wait(self) -> None:
        """Wait until every kill was made and made good."""
        for thread in self._threads:
            thread.join()
        assert len(self.away) == len(self._threads), "a node did not come back"
        assert not self._left, f"only {self._asked} requests"


def struck(nodes: Sequence[Node]) -> Node:
    """The node whose loss is the hardest: of several the elected master."""
    if len(nodes) == 1:
        return nodes[0]
    state = nodes[0].get("/_cluster/state/master_node,nodes?filter_path=master_node,nodes.*.name")
    master = state["nodes"][state["master_node"]]["name"]
    return next(node for node in nodes if node.name == master)


def posts() -> Iterator[Post]:
    """Posts of some matters over weeks; some come again later, some with another text, most with more likes."""
    for number in range(POSTS):
        yield made(number)
        if number % 10 == 9:
            yield made(number - 5, likes=number)
        if number % 30 == 29:
            yield made(number // 2, text="更正")


def made(number: int, *, text: str = "", likes: int = 1) -> Post:
    at = hours(number * 0.5)
    matter = number % MATTERS
    said = f"地{matter} 厂{matter} 话{number % 11} 人{number}{text}"
    seen = at + timedelta(minutes=likes)
    engagement = Engagement(likes=likes)
    platform = ("weibo", "news", "zhihu")[number % 3]
    return identified(
        Post("", said, native_id=str(number), platform=platform, source="weibo-hot", published_at=at, collected_at=seen, engagement=engagement)
    )


def fed(store: Store) -> Counter[Fate]:
    """Take all posts in; the fates that were told."""
    broken: list[Broken] = []
    *_, tally = ingest(posts(), Intake(store, StubAnalyst(), {}, broken.append), now=NOW)
    assert broken == []
    return tally.fates


def tracked(store: Store) -> list[Alert]:
    """Track all that is pending, under the lease; the alerts that were told as new."""
    lease = store.lease("tracker", "me", now=NOW, ttl=timedelta(seconds=15))
    assert lease
    return Tracker(store, StubAnalyst(), load(environ={})).run(lease=lease)


Told = tuple[Mapping[str, int], list[FateCount], list[JudgedPost], list[Any]]
Ended = tuple[list[tuple[Event, list[Member]]], list[Alert], list[JudgedPost]]


def told(store: Store) -> Told:
    """What ingest leaves."""
    found = store.search(parsed(""), limit=10_000).items
    return store.sizes(), store.fates(""), found, [store.engagements(post.post.id) for post in found[::50]]


def ended(store: Store) -> Ended:
    """What tracking leaves."""
    events = store.events(EventFilter(), limit=1000).items
    return [(event, store.members(event.id)) for event in events], store.alerts(EventFilter(), limit=1000).items, store.pending(9)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches that are small enough to be cut in many places."""
    monkeypatch.setattr("pipeline.ingest.BATCH", 75)
    monkeypatch.setattr(track, "BATCH", 50)


@pytest.mark.usefixtures("small")
def test_a_node_that_is_killed_while_posts_come_in_and_are_tracked_changes_nothing(kept: ElasticsearchStore, node: Node) -> None:
    plain = MemoryStore()
    fates = fed(plain)
    taken = told(plain)
    alerts = tracked(plain)
    assert len(alerts) > MATTERS

    cuts = Cuts(kept, [node], [25])
    assert fed(kept) == fates
    cuts.wait()
    assert told(kept) == taken
    cuts = Cuts(kept, [node], [25, 70])
    assert tracked(kept) == alerts
    cuts.wait()
    assert ended(kept) == ended(plain)
    assert kept.sizes() == plain.sizes()


@pytest.mark.usefixtures("small")
def test_of_three_nodes_the_master_may_be_killed_in_mid_ingest_and_then_the_one_that_is_read_from(
    elasticsearch_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = MemoryStore()
    fates = fed(plain)
    with Cluster(3) as cluster:
        hosts = ",".join(node.url.removeprefix("http://") for node in cluster.nodes)
        store = opened(f"elasticsearch+http://{hosts}/three", tmp_path, {})
        assert isinstance(store, ElasticsearchStore)
        cuts = Cuts(store, cluster.nodes, [20])
        assert fed(store) == fates
        cuts.wait()  # until the cluster is green again
        assert told(store) == told(plain)

        monkeypatch.setattr(elastic_cluster, "_PAGE", 50)
        scan = store._cluster.every("three-posts", EVERYTHING, OLDEST_FIRST, fields=())
        found = [hit["_id"] for hit in islice(scan, 70)]
        open_at = cluster.nodes[0].get("/_nodes/stats/indices/search?filter_path=nodes.*.name,nodes.*.indices.search.open_contexts")["nodes"]
        held = next(one["name"] for one in open_at.values() if one["indices"]["search"]["open_contexts"])
        next(node for node in cluster.nodes if node.name == held).kill()
        found += [hit["_id"] for hit in scan]
        assert sorted(found) == sorted(post.post.id for post in plain.search(parsed(""), limit=POSTS).items)
        store.close()


def test_a_scan_whose_point_in_time_is_lost_goes_on_or_says_so(kept: ElasticsearchStore, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    fed(kept)
    kept.sizes()  # so that searches see it all
    monkeypatch.setattr(elastic_cluster, "_PAGE", 50)
    index = kept._indices.named("posts")
    scans = [kept._cluster.every(index, EVERYTHING, OLDEST_FIRST, fields=()) for _ in range(2)]
    first, found = ([hit["_id"] for hit in islice(scan, 70)] for scan in scans)
    assert first == found
    node.kill()
    with monkeypatch.context() as short:
        short.setattr(elastic_cluster, "READING", 0.5)
        with pytest.raises(StoreError, match="it cannot be reached"):
            list(scans[0])
    node.start()
    found += [hit["_id"] for hit in scans[1]]
    assert len(found) == len(set(found)) == POSTS


# --- people


@pytest.fixture
def client(kept: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Asks a desk that is served from a store with an event; a person's patience is short."""
    kept.keep([judged("舒兰 三中 呕吐", terms="舒兰 三中 呕吐")])
    tracked(kept)
    monkeypatch.setattr(elastic_cluster, "READING", PATIENCE)
    site = desk(kept, load(environ={}), now=lambda: NOW, crawls=lambda source: ())
    server = uvicorn.Server(uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=3))
    with socket.create_server(("127.0.0.1", 0)) as sock:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{sock.getsockname()[1]}", trust_env=False, timeout=60) as asked:
            yield asked
        server.should_exit = True
        thread.join()


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def together(asks: Sequence[Callable[[], httpx.Response]]) -> list[tuple[httpx.Response, float]]:
    """Ask all at once; the answers, and how long each took."""
    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(timed, asks))


def well(client: httpx.Client) -> float:
    """How long until the desk shows its board again."""
    began = time.monotonic()
    while client.get("/").status_code != 200:
        assert time.monotonic() < began + 60
        time.sleep(0.1)
    return time.monotonic() - began


def test_the_desk_says_that_the_store_is_away_and_is_well_again_by_itself(client: httpx.Client, kept: ElasticsearchStore, node: Node) -> None:
    (event,) = kept.events(EventFilter()).items
    form = {"version": 0, "action": "acknowledge", "note": "去看看"}
    page, api = f"/events/{event.id}/triage", f"/api/events/{event.id}/triage"
    node.kill()
    answers = together(
        [
            lambda: client.get("/"),
            lambda: client.get(f"/events/{event.id}"),
            lambda: client.post(page, data=form),
            lambda: client.get("/api/alerts"),
            lambda: client.post(api, json=form),
            lambda: client.get("/healthz"),
            lambda: client.get("/search"),
            lambda: client.get("/static/desk.css"),
        ]
    )
    assert [answer.status_code for answer, _ in answers] == [503] * 7 + [200]
    # Also what needs nothing of the store: whether there are users, and who asks, cannot be known.
    assert all(seconds < PATIENCE + 1.5 for _, seconds in answers[:7])
    assert answers[7][1] < 1
    for answer, _ in answers[:3]:
        assert "存储" in answer.text
        assert "it cannot be reached; see that it runs" in answer.text
    assert all(answer.json()["kind"] == "store" for answer, _ in answers[3:6])
    # A page that was asked for is asked for again by the browser; a change is not made again by itself.
    assert ["refresh" in answer.headers for answer, _ in answers[:3]] == [True, True, False]

    node.start(wait=False)
    well(client)
    assert kept.event(event.id) == event
    assert client.post(page, data=form).status_code == 303

    cuts = Cuts(kept, [node], [2], after=0.002)
    during = client.post(api, json={**form, "version": 1, "note": "又去看看"})
    cuts.wait()
    well(client)
    case = kept.event(event.id).case  # type: ignore[union-attr]
    assert (case.version, len(case.notes)) in {(1, 1), (2, 2)}
    assert during.status_code == 503 or case.version == 2
    assert client.post(api, json={**form, "version": case.version, "action": "close"}).json()["status"] == "closed"


def test_the_desk_does_not_hang_with_a_node_that_does(client: httpx.Client, node: Node) -> None:
    assert node.pid
    os.kill(node.pid, signal.SIGSTOP)
    try:
        answers = together([lambda: client.get("/api/alerts")] * 30 + [lambda: client.get("/static/desk.css")])
    finally:
        os.kill(node.pid, signal.SIGCONT)
    assert [answer.status_code for answer, _ in answers] == [503] * 30 + [200]
    assert max(seconds for _, seconds in answers) < PATIENCE + 4
    well(client)


def test_commands_say_in_a_sentence_that_the_store_is_away_and_a_worker_waits_for_it(kept: ElasticsearchStore, node: Node, tmp_path: Path) -> None:
    home = home_made(tmp_path / "home")
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps({"text": "某小学食堂"}, ensure_ascii=False), "utf-8")
    with SpoolWriter(home.spool, "example") as writer:
        for number in range(6):
            writer.write(made(number))
    others = {name: value for name, value in os.environ.items() if not name.startswith("SHIAN_")}
    environ = {**others, "SHIAN_STORE_URL": f"elasticsearch+{node.url}/{kept._indices.prefix}", "SHIAN_HOME": str(home.folder)}
    node.kill()
    started = [
        subprocess.Popen([sys.executable, "-m", "pipeline.cli", *words], cwd=ROOT, env=environ, stdout=PIPE, stderr=PIPE, text=True)
        for words in (["work"], ["search", "食堂"], ["alerts"], ["ingest", str(file)])
    ]
    worker, *commands = started
    try:
        for command in commands:
            out, err = command.communicate(timeout=60)
            assert (command.returncode, out) == (3, "")
            assert re.fullmatch(r"http://127\S+ \(cut-\w+\): it cannot be reached; see that it runs and that store.url is right .*\n", err), err
        assert worker.poll() is None
        node.start()
        end = time.monotonic() + 60
        while kept.sizes()["posts"] < 6 or chunks(home.spool):
            assert time.monotonic() < end
            time.sleep(0.2)
        worker.terminate()
        _, err = worker.communicate(timeout=20)
        assert "the store is away, posts wait in the spool" in err
        assert worker.returncode == 143
    finally:
        node.start()
        for process in started:
            process.kill()
            process.communicate()

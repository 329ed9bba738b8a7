"""What is said when a cluster is not as it should be, and what becomes of work whose answer is lost."""

import secrets
import threading
import time

import pytest
import requests

from config.errors import ConfigError, StoreError
from pipeline.model import Edit, Fate, Step
from pipeline.store import EventFilter, opened
from pipeline.store import elastic_cluster as cluster
from pipeline.store.elastic_address import address
from pipeline.store.query import parsed
from tests.contracts.posts import alert, at, event, found, ident, judged
from tests.elasticsearch.emptied import empty
from tests.elasticsearch.node import free_ports
from tests.elasticsearch.proxy import Proxy

NODES = {"nodes": {"a": {"version": "8.14.3"}}}


@pytest.fixture
def server():
    with Proxy() as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(cluster, "READING", 0.3)
    monkeypatch.setattr(cluster, "WRITING", 3.0)


def refused(url, tmp_path, **environ) -> str:
    with pytest.raises(StoreError) as error:
        opened(f"elasticsearch+{url}/shian", tmp_path, environ)
    return str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "elasticsearch+http://",
        "elasticsearch+http://host:9200",
        "elasticsearch+http://host:9200/",
        "elasticsearch+http://host:port/shian",
        "elasticsearch+http://user:secret@host:9200/shian",
        "elasticsearch+http://host:9200/Shian",
        "elasticsearch+http://host:9200/a/b",
        "elasticsearch+http://host:9200,/shian",
    ],
)
def test_an_address_that_is_none_is_a_fault_of_the_settings(url, tmp_path):
    with pytest.raises(ConfigError, match=r"store\.url.*names no Elasticsearch.*from the environment"):
        opened(url, tmp_path, {})


def test_an_address_names_hosts_and_a_prefix():
    where = address("elasticsearch+https://a.example,b.example:9243,[::1]:9200/food-1")
    assert (where.hosts, where.prefix) == (("https://a.example:9200", "https://b.example:9243", "https://[::1]:9200"), "food-1")


def test_nobody_there_is_said_with_the_address(tmp_path):
    (port,) = free_ports(1)
    said = refused(f"http://127.0.0.1:{port}", tmp_path)
    assert f"http://127.0.0.1:{port} (shian): it cannot be reached; see that it runs and that store.url is right" in said


def test_a_server_of_another_kind_is_said(server, tmp_path):
    server.headers = {}
    server.instead = lambda method, path: (200, {"hello": "world"})
    assert "no Elasticsearch 8 or 9" in refused(server.url, tmp_path)


def test_a_version_that_is_too_old_is_said(server, tmp_path):
    server.instead = lambda method, path: (200, {"nodes": {"a": {"version": "7.17.9"}}})
    assert "it is Elasticsearch 7.17.9; Shian needs 8 or 9" in refused(server.url, tmp_path)


def test_who_is_not_known_is_told_what_to_set(server, tmp_path):
    server.instead = lambda method, path: (401, {"error": {"type": "security_exception", "reason": "missing authentication credentials"}})
    assert "SHIAN_ELASTICSEARCH_API_KEY" in refused(server.url, tmp_path)


def test_key_or_user_come_from_the_environment(server, tmp_path):
    server.instead = lambda method, path: (401, {})
    refused(server.url, tmp_path, SHIAN_ELASTICSEARCH_API_KEY="c2VjcmV0")
    refused(server.url, tmp_path, SHIAN_ELASTICSEARCH_USER="shian", SHIAN_ELASTICSEARCH_PASSWORD="p:w")
    assert {header for *_, header in server.asked} == {"ApiKey c2VjcmV0", "Basic c2hpYW46cDp3"}


def test_who_may_not_is_told_which_rights(server, tmp_path):
    denied = (403, {"error": {"type": "security_exception", "reason": "action [indices:admin/create] is unauthorized"}})
    server.instead = lambda method, path: (200, NODES) if path.startswith("/_nodes") else denied
    assert "no rights for this; give the user or key the rights that docs/elasticsearch.md lists" in refused(server.url, tmp_path)


def test_where_the_nodes_may_not_be_asked_the_server_says_its_version(server, tmp_path):
    denied = (403, {"error": {"type": "security_exception", "reason": "no"}})
    server.instead = lambda method, path: (200, {"version": {"number": "6.8.0"}}) if path == "/" else denied
    assert "it is Elasticsearch 6.8.0" in refused(server.url, tmp_path)


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({}, "index shian-events-000001 has another program's mapping; name another prefix"),
        ({"_meta": {"shian": 99}}, "index shian-events-000001 was made by a newer Shian"),
    ],
)
def test_an_index_of_somebody_else_is_refused(server, tmp_path, meta, said):
    server.instead = lambda method, path: (200, NODES) if path.startswith("/_nodes") else (200, {"shian-events-000001": {"mappings": meta}})
    assert said in refused(server.url, tmp_path)


def test_a_server_that_is_always_busy_is_said(server, tmp_path):
    server.instead = lambda method, path: (429, {"error": {"type": "es_rejected_execution_exception", "reason": "queue full"}})
    assert "it answers 429: es_rejected_execution_exception: queue full" in refused(server.url, tmp_path)


def test_a_node_that_has_just_lost_another_is_asked_again(server):
    lost = once(lambda method, path: True)
    gone = (500, {"error": {"type": "node_not_connected_exception", "reason": "[node-3][127.0.0.1:9300] Node not connected"}})
    server.instead = lambda method, path: gone if lost(method, path) else (200, {"hits": {"hits": []}})
    asked = cluster.Cluster(address(f"elasticsearch+{server.url}/shian"), {})
    assert asked.page("shian-posts", {}, [], size=1) == []
    asked.close()
    assert len(server.asked) == 2


def test_a_question_to_a_node_that_hangs_ends_and_says_so(server, monkeypatch):
    monkeypatch.setattr(cluster, "_LEAST", 0.3)
    over = threading.Event()
    server.lost = lambda method, path: over.wait(5)
    asked = cluster.Cluster(address(f"elasticsearch+{server.url}/shian"), {})
    began = time.monotonic()
    with pytest.raises(StoreError, match="it does not answer in time; look at its load"):
        asked.page("shian-posts", {}, [], size=1)
    assert time.monotonic() - began < 2
    over.set()
    asked.close()


def test_a_certificate_of_nobody_known_is_said(server, tmp_path):
    assert refused(server.url.replace("http", "https"), tmp_path)


def test_a_ca_that_is_not_there_is_said(tmp_path):
    said = refused("https://127.0.0.1:9", tmp_path, SHIAN_ELASTICSEARCH_CA=str(tmp_path / "none.pem"))
    assert "SHIAN_ELASTICSEARCH_CA" in said


@pytest.fixture
def faulty(elasticsearch_url, tmp_path):
    """A store behind a proxy that can be told to misbehave."""
    with Proxy(elasticsearch_url.removeprefix("elasticsearch+")) as proxy, empty(f"elasticsearch+{proxy.url}/faulty", tmp_path) as store:
        yield proxy, store


def once(wanted):
    """Yes to the first request that is wanted."""
    done = []

    def asked(method, path):
        if not done and wanted(method, path):
            done.append(path)
            return True
        return False

    return asked


def nth(number, wanted):
    """Yes to the request of that number, of those that are wanted."""
    seen = []

    def asked(method, path):
        if wanted(method, path):
            seen.append(path)
            return len(seen) == number
        return False

    return asked


def is_bulk(method, path):
    return path.startswith("/_bulk")


@pytest.mark.elasticsearch
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_batch_whose_answer_is_lost_is_kept_once_and_told_as_kept(faulty, number):
    proxy, store = faulty
    proxy.lost = nth(number, is_bulk)
    posts = [judged(one, heat=1) for one in range(20)]
    assert store.keep(posts) == [Fate.KEPT] * 20
    assert store.keep(posts) == [Fate.REPEATED] * 20
    assert store.sizes()["posts"] == store.sizes()["pending"] == 20
    assert len(store.engagements(ident(3))) == 1


@pytest.mark.elasticsearch
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_step_whose_answer_is_lost_raises_its_alerts_once(faulty, number):
    proxy, store = faulty
    store.keep([judged(1)])
    proxy.lost = nth(number, is_bulk)
    step = Step(cleared=(ident(1),), events=(event("e"),), alerts=(alert("e"),))
    assert store.commit(step) == [alert("e")]
    assert store.commit(step) == []
    assert store.sizes() == {"posts": 1, "relevant": 1, "pending": 0, "events": 1, "alerts": 1}


@pytest.mark.elasticsearch
def test_a_triage_whose_answer_is_lost_is_done_once(faulty):
    proxy, store = faulty
    store.commit(Step(cleared=(), events=(event("e"),)))
    proxy.lost = once(is_bulk)
    assert store.triage("e", Edit("李", note="已核"), version=0, now=at(1)).case.version == 1
    assert len(store.event("e").case.notes) == 1


@pytest.mark.elasticsearch
def test_what_the_cluster_has_no_room_for_is_sent_again(faulty):
    proxy, store = faulty
    busy = nth(2, is_bulk)
    proxy.instead = lambda method, path: (429, {"error": {"type": "circuit_breaking_exception", "reason": "full"}}) if busy(method, path) else None
    assert store.keep([judged(1)]) == [Fate.KEPT]
    assert found(store, "食堂") == [ident(1)]


@pytest.mark.elasticsearch
def test_a_document_that_is_refused_is_named(faulty):
    _, store = faulty
    long = judged(1, id="x" * 600)
    with pytest.raises(StoreError, match=r"it answers 400: .*id \[x+"):
        store.keep([long])


@pytest.mark.elasticsearch
def test_a_question_is_not_kept_waiting_for_long(faulty):
    proxy, store = faulty
    store.keep([judged(1)])
    proxy.instead = lambda method, path: (503, {"error": {"type": "no_shard_available", "reason": "starting"}})
    for ask in (lambda: store.search(parsed("")), lambda: store.alerts(EventFilter()), lambda: store.event("e")):
        with pytest.raises(StoreError, match="it answers 503"):
            ask()
    proxy.instead = lambda method, path: None
    assert found(store, "") == [ident(1)]


@pytest.mark.elasticsearch
def test_an_index_that_was_removed_under_a_running_store_is_said(elasticsearch_url, tmp_path):
    store = opened(f"{elasticsearch_url}/removed-{secrets.token_hex(4)}", tmp_path)
    server = elasticsearch_url.removeprefix("elasticsearch+")
    requests.delete(f"{server}/{store._indices.named('events')}-000001", timeout=10)
    with pytest.raises(StoreError, match="index"):
        store.commit(Step(cleared=(), events=(event("e"),)))
    store.close()

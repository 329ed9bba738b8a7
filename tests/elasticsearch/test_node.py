"""The node that the store's tests rest on is a real one: it answers, keeps its data through a power cut, and finds others of its cluster."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.elasticsearch import home
from tests.elasticsearch.node import Cluster, Node, StartError

pytestmark = pytest.mark.elasticsearch


def asked(node: Node, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, node.url + path, json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()  # type: ignore[no-any-return]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A process that nobody has waited for yet is there still, as a zombie.
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text("utf-8").rsplit(")", 1)[1].split()[0] == "Z"


@pytest.mark.usefixtures("elasticsearch_home")
@pytest.mark.slow
def test_a_node_answers_and_keeps_its_data_through_a_power_cut() -> None:
    with Node() as node:
        assert asked(node, "GET", "/_cluster/health")["number_of_nodes"] == 1
        asked(node, "PUT", "/posts/_doc/1", {"text": "某小学食堂"})
        first = node.pid
        node.kill()
        assert node.get("/_cluster/health") == {}
        node.start()
        assert node.pid != first
        assert asked(node, "GET", "/posts/_doc/1")["_source"] == {"text": "某小学食堂"}
        folder = node.folder
    assert not folder.exists()
    assert not node.running


@pytest.mark.usefixtures("elasticsearch_home")
@pytest.mark.slow
def test_three_nodes_are_one_cluster_and_two_go_on_without_the_third() -> None:
    with Cluster(3) as cluster:
        one, two, three = cluster.nodes
        asked(one, "PUT", "/posts", {"settings": {"number_of_shards": 1, "number_of_replicas": 2}})
        one.wait(nodes=3, status="green")
        asked(one, "PUT", "/posts/_doc/1?refresh=true", {"text": "某小学食堂"})
        three.kill()
        two.wait(nodes=2)
        asked(two, "PUT", "/posts/_doc/2?refresh=true", {"text": "某中学食堂"})
        three.start(wait=False).wait(nodes=3, status="green")
        assert asked(three, "GET", "/posts/_count")["count"] == 2


@pytest.mark.usefixtures("elasticsearch_home")
@pytest.mark.slow
def test_a_node_ends_with_the_process_that_started_it() -> None:
    script = "from tests.elasticsearch.node import Node; import time; n = Node(); n.start(); print(n.pid, n.folder, flush=True); time.sleep(99)"
    with subprocess.Popen([sys.executable, "-c", script], cwd=home.ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        pid, folder = owner.stdout.readline().split()
        owner.kill()
    until = time.monotonic() + 30
    while not gone(int(pid)) and time.monotonic() < until:
        time.sleep(0.1)
    assert gone(int(pid))
    shutil.rmtree(folder)


@pytest.mark.usefixtures("elasticsearch_home")
@pytest.mark.slow
def test_a_node_that_cannot_start_says_why() -> None:
    node = Node(settings={"no.such.setting": 1})
    with pytest.raises(StartError, match=r"unknown setting \[no\.such\.setting\]"):
        node.start()
    node.close()
    assert not node.folder.exists()

"""A store in Elasticsearch for each test without the price of new indices: what the last test left is deleted first."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from pipeline.store import Store, opened


def emptied(url: str) -> None:
    """Delete every document of a store's indices, which stay."""
    host, _, prefix = url.removeprefix("elasticsearch+").rpartition("/")
    with requests.Session() as session:
        session.trust_env = False
        session.post(f"{host}/{prefix}-*/_refresh", timeout=60)
        while True:
            query = {"size": 5000, "_source": False}
            hits = session.post(f"{host}/{prefix}-*/_search", json=query, timeout=60).json().get("hits", {}).get("hits", [])
            if not hits:
                return
            lines = [json.dumps({"delete": {"_index": hit["_index"], "_id": hit["_id"]}}) for hit in hits]
            headers = {"Content-Type": "application/x-ndjson"}
            session.post(f"{host}/_bulk?refresh=true", data="\n".join([*lines, ""]).encode(), headers=headers, timeout=60).raise_for_status()


@contextmanager
def empty(url: str, home: Path) -> Iterator[Store]:
    """Lend the store of an address, empty."""
    emptied(url)
    store = opened(url, home)
    try:
        yield store
    finally:
        store.close()

"""Where an Elasticsearch cluster is, and who asks."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from msgspec import Struct

from config.errors import ConfigError, Fault, StoreError

_REQUEST = 30.0
"""Seconds of one request."""
_CONNECTIONS = 40
"""At once to each node: as many as the desk has threads, so that none waits for another's answer."""
_ADDRESS = re.compile(r"elasticsearch\+(https?)://([^/@?#]+)/([a-z][a-z0-9_-]{0,60})")
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


class Address(Struct, frozen=True):
    """Where a cluster is, and how the names of this store's indices begin."""

    hosts: tuple[str, ...]
    prefix: str

    def __str__(self) -> str:
        return f"{','.join(self.hosts)} ({self.prefix})"


def address(url: str) -> Address:
    """Read `elasticsearch+http://host:port[,host:port…]/PREFIX`. Raises ConfigError, which says what is wrong."""
    found = _ADDRESS.fullmatch(url)
    hosts = found[2].split(",") if found else []
    if found is None or not all(map(_HOST.fullmatch, hosts)):
        why = "write elasticsearch+http://host:9200[,host:9200]/prefix (or +https); user, password or key come from the environment"
        raise ConfigError([Fault("settings.yaml", "store.url", f"{url!r} names no Elasticsearch; {why}")])
    whole = tuple(f"{found[1]}://{host}" if re.search(r":\d+$", host) else f"{found[1]}://{host}:9200" for host in hosts)
    return Address(whole, found[3])


def connected(where: Address, environ: Mapping[str, str]) -> Elasticsearch:
    """Return a client; nothing is asked yet. Key, or user and password, and the CA of https come from the environment."""
    named = {name: environ.get(f"SHIAN_ELASTICSEARCH_{name}", "") for name in ("API_KEY", "USER", "PASSWORD", "CA")}
    options: dict[str, Any] = {}
    if named["API_KEY"]:
        options["api_key"] = named["API_KEY"]
    elif named["USER"]:
        options["basic_auth"] = (named["USER"], named["PASSWORD"])
    if named["CA"]:
        if not Path(named["CA"]).is_file():
            raise StoreError(f"{where}: SHIAN_ELASTICSEARCH_CA names {named['CA']}, and there is no such file")
        if where.hosts[0].startswith("https"):
            options["ca_certs"] = named["CA"]
    # Every try that fails is told there with its traceback; what is to be known about it is said where patience ends.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    try:
        options |= {"request_timeout": _REQUEST, "retry_on_timeout": True, "max_retries": len(where.hosts), "connections_per_node": _CONNECTIONS}
        return Elasticsearch(list(where.hosts), **options)
    except (ValueError, OSError) as error:
        raise StoreError(f"{where}: no connection can be made ({error}); look at the address and the CA") from error

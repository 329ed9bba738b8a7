"""The indices of a store in Elasticsearch: their mappings, their names, and how they are made.

Every kind of record has an index behind an alias; posts have one a month, each behind an alias to write to, and all behind one to read.
What is behind an alias is numbered, so that an index can be built anew and put in the old one's place.
"""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import elasticsearch

from config.errors import StoreError
from pipeline.store.elastic_cluster import Cluster, patiently
from pipeline.store.meaning import LAW

SCHEMA = 1
"""Names the mappings below; an index says which it was made by."""

_WORD: dict[str, object] = {"type": "keyword"}
_TIME: dict[str, object] = {"type": "date", "format": "strict_date_optional_time||epoch_millis"}
_LONG: dict[str, object] = {"type": "long"}
_SHORT: dict[str, object] = {"type": "short"}
_WHOLE: dict[str, object] = {"type": "integer"}
_YES: dict[str, object] = {"type": "boolean"}
_SCORE: dict[str, object] = {"type": "float"}
_KEPT: dict[str, object] = {"type": "object", "enabled": False}
_NOTE: dict[str, object] = {"type": "keyword", "index": False, "doc_values": False}
_CHARACTERS: dict[str, object] = {"type": "text", "analyzer": "whitespace", "norms": False, "similarity": "boolean"}

KINDS: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "posts": {
        "id": _WORD,
        "at": _TIME,
        "second": _LONG,
        "platform": _WORD,
        "source": _WORD,
        "headline": _NOTE,
        "relevant": _YES,
        "tracked": _YES,
        "score": _SCORE,
        "topics": _WORD,
        "places": _WORD,
        "rumor": _SHORT,
        "alarm": _SHORT,
        "debunk": _WORD,
        "ill": _WHOLE,
        "dead": _WHOLE,
        "tags": _WORD,
        "names": _CHARACTERS,
        "words": {**_CHARACTERS, "index_phrases": True},
        "turn": {"type": "integer", "index": False},
        "renewed": {"type": "long", "index": False, "doc_values": False},
        "earlier": _NOTE,
        "writer": _NOTE,
        "body": _KEPT,
    },
    "seen": {"month": {"type": "keyword", "index": False}},
    "pending": {"post": _WORD, "month": _NOTE, "second": _LONG, "turn": _WHOLE},
    "engagements": {"post": _WORD, "at": _LONG, "body": _KEPT},
    "events": {
        "id": _WORD,
        "last_seen": _TIME,
        "first_seen": _TIME,
        "headline": _NOTE,
        "posts": _WHOLE,
        "stage": _WORD,
        "level": _SHORT,
        "topics": _WORD,
        "places": _WORD,
        "status": _WORD,
        "owner": _WORD,
        "fence": {"type": "long", "index": False},
        "writer": _NOTE,
        "body": _KEPT,
    },
    "members": {"event": _WORD, "post": _WORD, "at": _TIME, "body": _KEPT},
    "alerts": {
        "id": _WORD,
        "event": _WORD,
        "raised_at": _TIME,
        "headline": _NOTE,
        "level": _SHORT,
        "topics": _WORD,
        "places": _WORD,
        "writer": _NOTE,
        "body": _KEPT,
    },
    "fates": {"day": _WORD, "source": _WORD, "fate": _WORD, "writer": _WORD, "posts": _LONG},
    "entries": {
        "book": _WORD,
        "id": _WORD,
        "at": _LONG,
        "state": _WORD,
        "version": {"type": "integer", "index": False},
        "writer": _NOTE,
        "body": _NOTE,
    },
    "leases": {"holder": _WORD, "fence": _LONG, "until": _LONG},
}
"""Every field of every kind. What is listed in docs/elasticsearch.md, and what the dashboard shows, is tested against this."""

_SEEN_SOON = ("alerts", "entries", "events", "members")
"""Others see these a second after they are written, whether they ask or not."""
_UNSEEN = {"posts": ["words", "names"]}
"""What is only searched by, and made from the rest whenever it is needed."""
_FIRST, _LAST = 2000, 2100


def month_of(at: datetime) -> str:
    """Return the month whose index a post of this decision time is in; times that no clock shows are put at the ends."""
    utc = at.astimezone(UTC)
    if utc.year < _FIRST:
        return f"{_FIRST}.01"
    return f"{utc.year}.{utc.month:02}" if utc.year < _LAST else f"{_LAST}.01"


def over_by(month: str) -> datetime:
    """Return the end of a month; what is in its index was decided before."""
    year, number = int(month[:4]), int(month[5:])
    if year >= _LAST:
        return datetime.max.replace(tzinfo=UTC)
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


class Indices:
    """The indices of one prefix; made when they are first needed. Several threads and programs may make them at once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.prefix = cluster.where.prefix
        self._months: set[str] = set()
        self._is_said = False
        self._guard = threading.Lock()

    def named(self, kind: str) -> str:
        """Return the alias under which all records of a kind are read; all kinds but posts are written under it too."""
        return f"{self.prefix}-{kind}"

    def month(self, month: str) -> str:
        """Return the alias under which posts of a month are written."""
        return f"{self.prefix}-posts-{month}"

    def prepared(self) -> list[str]:
        """Make what is not there yet; return the months whose law of search is stale. Raises StoreError for somebody else's indices."""
        self._version()
        found = self._described()
        for name, meta in found.items():
            if meta.get("shian") is None:
                raise StoreError(f"{self._cluster.where}: index {name} has another program's mapping; name another prefix in store.url")
            if int(meta["shian"]) > SCHEMA:
                raise StoreError(f"{self._cluster.where}: index {name} was made by a newer Shian; install that version again")
        there = {kind for kind in KINDS if any(re.fullmatch(rf"{self.prefix}-{kind}-\d+", name) for name in found)}
        with patiently():  # the cluster is there, and a busy one takes its time
            self._cluster.at_once(self._begun, [kind for kind in KINDS if kind != "posts" and kind not in there])
        months = self.months()
        with self._guard:
            self._months = set(months)
        return [month for month, name in months.items() if found.get(name, {}).get("law", LAW) != LAW]

    def _version(self) -> None:
        """Ask which Elasticsearch it is: by its nodes, or by its name where the nodes are not to be asked."""
        try:
            nodes = self._cluster.ask(lambda client: client.nodes.info(filter_path="nodes.*.version"))["nodes"]
            versions = sorted(str(node["version"]) for node in nodes.values())
        except StoreError as error:
            if not isinstance(error.__cause__, elasticsearch.AuthorizationException):
                raise
            versions = [str(self._cluster.ask(lambda client: client.info())["version"]["number"])]
        if any(not version.startswith(("8.", "9.")) for version in versions):
            raise StoreError(f"{self._cluster.where}: it is Elasticsearch {versions[0]}; Shian needs 8 or 9")

    def _described(self) -> dict[str, dict[str, Any]]:
        """What each index of this prefix says about itself."""
        wanted = ",".join(f"{self.named(kind)}-*" for kind in KINDS)
        found = self._cluster.ask(lambda client: client.indices.get_mapping(index=wanted, allow_no_indices=True, ignore_unavailable=True))
        return {name: dict(one["mappings"].get("_meta") or {}) for name, one in found.items()}

    def _begun(self, kind: str) -> None:
        self._create(f"{self.named(kind)}-000001", aliases={self.named(kind): {}}, settings=_settings(kind), mappings=_mappings(kind))

    def _create(self, name: str, **how: Any) -> None:
        """Make an index, unless somebody else was quicker."""
        try:
            self._cluster.ask(lambda client: client.indices.create(index=name, **how))
        except StoreError as error:
            if "resource_already_exists_exception" not in str(error):
                raise

    def ready(self, months: set[str]) -> None:
        """Make the indices of months that have none."""
        if months <= self._months:
            return
        there = set(self.months())
        for month in sorted(months - there):
            self.made(month, 1, reads=True)
        with self._guard:
            self._months = there | months

    def made(self, month: str, generation: int, *, reads: bool) -> str:
        """Make an index of a month, behind its aliases if it `reads`; return its name."""
        name = f"{self.month(month)}-{generation:06}"
        self._template()
        self._create(name, aliases={self.named("posts"): {}, self.month(month): {}} if reads else {})
        return name

    def _template(self) -> None:
        """See that months are made by the mappings of this Shian; said once, and nothing changes where it was said before."""
        if self._is_said:
            return
        name, body = self.named("posts"), {"settings": _settings("posts"), "mappings": _mappings("posts")}
        self._cluster.ask(lambda client: client.indices.put_index_template(name=name, index_patterns=[f"{name}-*"], template=body, priority=500))
        self._is_said = True

    def behind(self, month: str) -> str:
        """Return the index that is behind a month's aliases now."""
        return self.months()[month]

    def months(self) -> dict[str, str]:
        """Return the months, oldest first, each with the index that is behind its aliases; one that is only being built is behind none."""
        pattern = f"{self.named('posts')}-*"
        found = self._cluster.ask(lambda client: client.indices.get_alias(index=pattern, allow_no_indices=True, ignore_unavailable=True))
        start = len(self.named("posts")) + 1
        return {name[start : start + 7]: name for name, one in sorted(found.items()) if one["aliases"]}

    def forgotten(self) -> None:
        """Look again which months there are, before the next is written to: somebody else may have dropped one."""
        with self._guard:
            self._months = set()

    def swapped(self, month: str, new: str) -> None:
        """Put a new index behind the aliases of a month, and drop the old one, at one stroke; a new one of no name drops the month."""
        old = self.behind(month)
        actions: list[dict[str, object]] = [{"remove_index": {"index": old}}]
        if new:
            actions += [{"add": {"index": new, "alias": alias}} for alias in (self.named("posts"), self.month(month))]
        with self._guard:
            if not new:
                self._months.discard(month)
        self._cluster.ask(lambda client: client.indices.update_aliases(actions=actions))


def _settings(kind: str) -> dict[str, object]:
    index: dict[str, object] = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
    if kind in _SEEN_SOON:
        index["refresh_interval"] = "1s"
    if kind == "posts":
        index["sort"] = {"field": ["second", "id"], "order": ["desc", "desc"]}
    return {"index": index}


def _mappings(kind: str) -> dict[str, object]:
    found: dict[str, object] = {"dynamic": "strict", "_meta": {"shian": SCHEMA, "law": LAW, "kind": kind}, "properties": KINDS[kind]}
    if kind in _UNSEEN:
        found["_source"] = {"excludes": _UNSEEN[kind]}
    return found

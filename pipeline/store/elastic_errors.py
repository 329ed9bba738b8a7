"""What goes wrong with an Elasticsearch cluster, in plain words, and which of it passes by itself."""

from collections.abc import Mapping
from typing import Any

import elastic_transport
import elasticsearch

AWAY = frozenset((429, 502, 503, 504))
"""Answers of a cluster that is starting, short of a node, or has its hands full."""


def is_away(error: Exception) -> bool:
    """Return whether it may pass by itself, so that it is worth trying again."""
    if isinstance(error, elasticsearch.ApiError):
        return error.status_code in AWAY
    return isinstance(error, elastic_transport.ConnectionError | elastic_transport.ConnectionTimeout) and not isinstance(
        error, elastic_transport.TlsError
    )


def said(error: Exception) -> str:
    """The error as a sentence: what it is, and what to do."""
    match error:
        case elasticsearch.AuthenticationException():
            return "it does not know who asks; set SHIAN_ELASTICSEARCH_API_KEY, or SHIAN_ELASTICSEARCH_USER and _PASSWORD"
        case elasticsearch.AuthorizationException():
            return f"no rights for this; give the user or key the rights that docs/elasticsearch.md lists ({reason(error.body)})"
        case elasticsearch.UnsupportedProductError():
            return "what answers there is no Elasticsearch 8 or 9; look at the address"
        case elasticsearch.NotFoundError() if "repository_missing" in str(error):
            return f"it knows no such repository of snapshots; docs/elasticsearch.md says how one is made ({reason(error.body)})"
        case elasticsearch.NotFoundError():
            return f"an index is missing; was it removed? put a backup back, or start anew with another prefix ({reason(error.body)})"
        case elasticsearch.ApiError():
            return f"it answers {error.status_code}: {reason(error.body)}"
        case elastic_transport.TlsError():
            return f"its certificate is not trusted; name its CA in SHIAN_ELASTICSEARCH_CA ({error.message})"
        case elastic_transport.ConnectionTimeout():
            return "it does not answer in time; look at its load"
        case _:
            return f"it cannot be reached; see that it runs and that store.url is right ({getattr(error, 'message', error)})"


def reason(body: Any) -> str:
    """Return what a server's answer says is wrong."""
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        if isinstance(inner, Mapping):
            causes = inner.get("root_cause") or [inner]
            return f"{causes[0].get('type', '')}: {causes[0].get('reason', '')}"[:300]
        return str(inner)[:300]
    return str(body)[:300]

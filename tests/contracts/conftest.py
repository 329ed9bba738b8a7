"""An empty store of each kind, for the promises that all of them keep."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store import Store, opened
from tests.elasticsearch.emptied import empty


@pytest.fixture(params=["memory", "sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "elasticsearch":
        with empty(f"{request.getfixturevalue('elasticsearch_url')}/contract", tmp_path) as one:
            yield one
        return
    one = opened({"memory": "memory:", "sqlite": "sqlite:///shian.db"}[request.param], tmp_path)
    yield one
    one.close()

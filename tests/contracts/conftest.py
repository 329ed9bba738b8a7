"""An empty store of each kind, for the promises that all of them keep."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store import Store, opened


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    url = {"memory": "memory:", "sqlite": "sqlite:///shian.db"}[request.param]
    one = opened(url, tmp_path)
    yield one
    one.close()

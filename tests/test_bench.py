"""The bench itself runs; its figures are never asserted."""

import pytest

from tests.bench import paths


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in paths.PATHS if name != "usual"])
def test_every_path_takes_its_posts(name: str) -> None:
    assert getattr(paths, name)(40)() in (40, 200)

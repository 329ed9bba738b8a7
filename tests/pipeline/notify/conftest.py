"""Receivers for the tests of notifiers."""

from collections.abc import Iterator

import pytest

from tests.pipeline.notify.receiver import Receiver, served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with served() as one:
        yield one

"""Cuts what is long into pieces."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in their order, `size` at a time, the last ones fewer."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some

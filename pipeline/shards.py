"""Which of several workers crawls a source: the same answer in every process, on every machine, without their asking each other."""

import hashlib
from collections.abc import Iterable

from config.schema import parts


def shard_of(source: str, shards: int) -> int:
    """Return which of so many shards, from 1 on, a source of this name belongs to.

    The shard that draws the highest number for the name has it, so that one more shard takes sources from all, and moves no other.
    """
    return max(range(1, shards + 1), key=lambda shard: hashlib.blake2b(f"{source}/{shard}".encode(), digest_size=8).digest())


def sharded(sources: Iterable[str], shard: str) -> list[str]:
    """Return those of the sources that belong to shard `k/n`, in their order."""
    number, shards = parts(shard)
    return [source for source in sources if shard_of(source, shards) == number]

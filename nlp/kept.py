"""What is made of files is kept by what they say: folders with equal files share it, and it is made once."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def by_content(*patterns: str) -> Callable[[Callable[[Path], T]], Callable[[Path], T]]:
    """Decorate a function of a folder that reads only the files of these patterns in it; without patterns, one of a file.

    A path is looked at once: what is changed in it later is seen by the next process.
    """

    def kept(make: Callable[[Path], T]) -> Callable[[Path], T]:
        """Return the function that makes it once."""
        made: dict[bytes, T] = {}

        @cache
        def of(path: Path) -> T:
            """Return what is made of a path, or of another that says the same."""
            said = hashlib.blake2b()
            for one in sorted(one for pattern in patterns for one in path.glob(pattern)) if patterns else [path]:
                content = one.read_bytes() if one.is_file() else b""
                said.update(f"{one.relative_to(path)}\n{len(content)}\n".encode() + content)
            key = said.digest()
            if key not in made:
                made[key] = make(path)
            return made[key]

        return of

    return kept

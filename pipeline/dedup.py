"""Tells which earlier post a post repeats in other words: pure decisions over fingerprints."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from pipeline.model import Member
from pipeline.store.meaning import second

SHARED = 7
"""Equal MinHash bands of 20 from which two texts are near: at three rows a band, texts alike from about 0.7 (Jaccard of 2-grams)."""
MOST = 200
"""Texts that are looked up by one band: what is told in so many ways already is found by the earliest of them."""

_NONE: dict[int, None] = {}


class NearIndex:
    """The fingerprints of an event window; `near` finds the posts that share most bands.

    Posts with the same bands are one text, so that what is reposted by thousands is compared once.
    """

    def __init__(self) -> None:
        self._added = 0
        self._texts: dict[tuple[int, ...], int] = {}
        self._posts: dict[int, list[tuple[int, str]]] = {}
        self._by_band: dict[int, dict[int, None]] = {}

    def add(self, member: Member) -> None:
        """Remember the bands of a member."""
        bands = member.bands
        if not bands:
            return
        text = self._texts.get(bands)
        if text is None:
            text = self._texts[bands] = self._added
            self._added += 1
            self._posts[text] = []
            for band in bands:
                texts = self._by_band.setdefault(band, {})
                if len(texts) < MOST:
                    texts[text] = None
        # In the store's order, whatever order they came in: a tracker that starts again finds what one that never stopped finds.
        insort(self._posts[text], (second(member.at), member.post))

    def near(self, bands: Iterable[int]) -> Iterator[str]:
        """Yield the ids of the posts that share at least SHARED bands, most first, the earliest text first among equals."""
        bands = tuple(bands)
        same = self._texts.get(bands, -1) if len(bands) >= SHARED else -1
        yield from (post for _, post in self._posts.get(same, ()))
        shared = Counter(chain.from_iterable(self._by_band.get(band, _NONE) for band in bands))
        near = (text for text, count in shared.items() if count >= SHARED and text != same)
        for text in sorted(near, key=lambda text: (-shared[text], self._posts[text][0])):
            yield from (post for _, post in self._posts[text])

"""Tells which earlier post a post repeats in other words: pure decisions over fingerprints."""

from collections import defaultdict
from collections.abc import Iterable

from pipeline.model import Member

SHARED = 7
"""Equal MinHash bands of 20 from which two texts are near: at three rows a band, texts alike from about 0.7 (Jaccard of 2-grams)."""


class NearIndex:
    """The fingerprints of an event window; `near` finds the posts that share most bands."""

    def __init__(self) -> None:
        self._posts: defaultdict[int, list[str]] = defaultdict(list)

    def add(self, member: Member) -> None:
        """Remember the bands of a member."""
        for band in member.bands:
            self._posts[band].append(member.post)

    def near(self, bands: Iterable[int]) -> list[str]:
        """Return the ids of the posts that share at least SHARED bands, most first, the earliest first among equals."""
        shared: defaultdict[str, int] = defaultdict(int)
        for band in bands:
            for post in self._posts.get(band, ()):
                shared[post] += 1
        return sorted((post for post, count in shared.items() if count >= SHARED), key=lambda post: -shared[post])

    def forget(self, members: Iterable[Member]) -> None:
        """Drop the bands of members whose event is over."""
        for member in members:
            for band in member.bands:
                posts = self._posts.get(band, [])
                if member.post in posts:
                    posts.remove(member.post)
                if not posts:
                    self._posts.pop(band, None)

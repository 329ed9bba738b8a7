"""What the stream lately gave by topic and place, and which post set off a burst of one: the memory that `pipeline.trend` tests.

Everything follows from the posts that come before one in the order of the store, within a bounded span: not from when the tracker began, how
posts were cut into batches, or what was decided before. So a replay, a restart and another worker decide alike.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from msgspec import structs

from config.schema import BurstTest, Rule
from nlp.assessment import Place
from pipeline import trend
from pipeline.model import Burst, Event, JudgedPost
from pipeline.store.meaning import second

Series = tuple[str, tuple[str, ...]]
"""A topic, and the path of a place; an empty one where no place is said."""

_HOUR, _WEEK = 3600, 7 * 86_400
_TICKS = 24
"""A series may be tested once an hour: so many tests a day."""
_COPIES = 7 * 86_400
"""Seconds within which the same text again is no other post."""
_SHOWN = 50
"""Posts that a burst names, the latest."""
_MOST_WEEKS = 1024
"""Past weeks, of a series as of an hour, that are kept at hand."""
_SHIFT = 64


class _Heard(NamedTuple):
    """A post: where it stands in the order of the store, its source and text, and the series that it counts in."""

    key: int
    source: str
    text: bytes
    series: tuple[Series, ...]


class _Trial(NamedTuple):
    """What the test of a series at one post found."""

    observed: int
    mean: float
    p: float
    limit: float
    series: int
    weeks: tuple[int, ...]

    @property
    def is_burst(self) -> bool:
        """Whether there are more posts than chance allows."""
        return self.p <= self.limit


def span(rules: Iterable[Rule]) -> timedelta:
    """Return how far back the tests of these rules look; nothing where none tests."""
    looks = [(rule.test.weeks + 1) * timedelta(weeks=1) + rule.test.window + rule.test.lasts for rule in rules if rule.test]
    return max(looks) + timedelta(seconds=_COPIES) if looks else timedelta(0)


def kept(before: Event | None, event: Event, begun: Iterable[Burst]) -> Event:
    """Return the event with the bursts that its posts set off in its episode: those begun now, and of other rules those it had before."""
    bursts = {burst.rule: burst for burst in before.bursts} if before and before.episode == event.episode else {}
    bursts.update((burst.rule, burst) for burst in begun)
    return structs.replace(event, bursts=tuple(bursts[rule] for rule in sorted(bursts)))


def place_of(place: Place, province: str) -> tuple[str, ...]:
    """Return the path that a place counts under: of the own province the prefecture, else the province or the foreign country."""
    return place.path[: 2 if (place.code or "")[:2] == province[:2] else 1]


class _Weeks(NamedTuple):
    """What was given in the weeks before one hour: by source, of the series and besides; see trend.Past."""

    counts: trend.Floats
    besides: trend.Floats
    alive: trend.Floats
    settled: trend.Settled


class Bursts:
    """The posts of the last weeks by source, and by series and source."""

    def __init__(self, rules: Mapping[str, Rule], province: str) -> None:
        self._rules = [rule for rule in rules.values() if rule.test]
        self._province = province
        self._posts: dict[str, _Heard] = {}
        self._copies: dict[bytes, list[tuple[int, str]]] = {}
        self._given: dict[str, list[int]] = {}
        self._own: dict[Series, dict[str, list[int]]] = {}
        self._trials: dict[tuple[str, Series, int], _Trial] = {}
        self._active: dict[tuple[int, int], int] = {}
        self._weeks: dict[tuple[object, ...], _Weeks] = {}
        self._tested = 0

    def learn(self, judged: JudgedPost) -> None:
        """Count a post that the tracker saw, or what it now is; it counts in series if it is relevant."""
        if not self._rules:
            return
        post, was = judged.post.id, self._posts.get(judged.post.id)
        heard = _Heard(key_of(judged), judged.post.source, judged.digest or post.encode(), self._series_of(judged))
        if heard == was:
            return
        if was:
            self._take(post, was)
            self._anew(was.key)
        self._anew(heard.key)
        self._put(post, heard)

    def fade(self, before: datetime) -> None:
        """Forget the posts before a time: no later test asks for them."""
        low = _first_key(second(before))
        self._anew(low)
        self._posts = {post: heard for post, heard in self._posts.items() if heard.key >= low}
        self._copies = {text: left for text, copies in self._copies.items() if (left := [copy for copy in copies if copy[0] >= low])}
        for keys in chain(self._given.values(), *(own.values() for own in self._own.values())):
            del keys[: bisect_left(keys, low)]

    def set_off(self, judged: JudgedPost) -> tuple[Burst, ...]:
        """Return the bursts that this post, which was learned, begins: at most one a rule, the least likely. A post within a burst begins none."""
        heard = self._posts.get(judged.post.id)
        if heard is None:
            return ()
        found = []
        for rule in self._rules:
            if rule.topics and not {topic for topic, _ in heard.series} & set(rule.topics):
                continue
            begun = [(trial.p, series, trial) for series in heard.series if (trial := self._begun(rule, series, heard.key))]
            if begun:
                _, series, trial = min(begun)
                found.append(self._burst(rule, series, heard.key, trial))
        return tuple(found)

    def _series_of(self, judged: JudgedPost) -> tuple[Series, ...]:
        if not judged.assessment.is_relevant:
            return ()
        places = dict.fromkeys(place_of(place, self._province) for place in judged.assessment.places or ())
        return tuple((topic.name, place) for topic in judged.assessment.topics for place in places or ((),))

    # --- counting

    def _put(self, post: str, heard: _Heard) -> None:
        insort(self._given.setdefault(heard.source, []), heard.key)
        self._posts[post] = heard
        if heard.series:
            copies = self._copies.setdefault(heard.text, [])
            self._recount(copies, lambda: insort(copies, (heard.key, post)))

    def _take(self, post: str, heard: _Heard) -> None:
        _drop(self._given[heard.source], heard.key)
        if heard.series:
            copies = self._copies[heard.text]
            self._recount(copies, lambda: copies.remove((heard.key, post)))
            if not copies:
                del self._copies[heard.text]
        del self._posts[post]

    def _recount(self, copies: list[tuple[int, str]], change: Callable[[], None]) -> None:
        """Change the copies of a text; of those close together only the first counts."""
        before = set(_firsts(copies))
        change()
        after = set(_firsts(copies))
        for _, post in before - after:
            self._count(self._posts[post], counts=False)
        for _, post in after - before:
            self._count(self._posts[post], counts=True)

    def _count(self, heard: _Heard, *, counts: bool) -> None:
        for series in heard.series:
            keys = self._own.setdefault(series, {}).setdefault(heard.source, [])
            if counts:
                insort(keys, heard.key)
            else:
                _drop(keys, heard.key)

    def _anew(self, key: int) -> None:
        """What was tested at or after a post that only now is known, or known otherwise, is to be tested again."""
        if key <= self._tested:
            self._trials.clear()
            self._active.clear()
            self._weeks.clear()
            self._tested = 0

    # --- testing

    def _begun(self, rule: Rule, series: Series, key: int) -> _Trial | None:
        """What the test found, if this post makes the series burst and none lately did."""
        trial = self._tried(rule, series, key)
        if trial is None or not trial.is_burst:
            return None
        assert rule.test
        lately = _first_key((key >> _SHIFT) - int(rule.test.lasts.total_seconds()))
        for earlier in reversed(self._keys(series, lately, key)):
            found = self._tried(rule, series, earlier)
            if found and found.is_burst:
                return None
        return trial

    def _tried(self, rule: Rule, series: Series, key: int) -> _Trial | None:
        """The test of a series as of one post; None where there are too few posts to ask."""
        if found := self._trials.get((rule.name, series, key)):
            return found
        test = rule.test
        own = self._own.get(series, {})
        assert test
        window = int(test.window.total_seconds())
        end = (key >> _SHIFT) // _HOUR * _HOUR + _HOUR
        start = _first_key(end - window)
        if sum(_between(keys, start, key + 1) for keys in own.values()) < test.floor:
            return None
        self._tested = max(self._tested, key)
        sources = [source for source, keys in sorted(own.items()) if _between(keys, _first_key(end - (test.weeks + 1) * _WEEK), key + 1)]
        past, settled = self._past(series, sources, rule, end=end, key=key)
        what = trend.expected(past, settled)
        observed = past.now.sum(-1)
        series_now = self._active_at(end - _HOUR, test.weeks)
        trial = self._trials[rule.name, series, key] = _Trial(
            int(observed[0]),
            float(what.mean[0]),
            float(trend.surprise(observed, what)[0]),
            test.alpha / (series_now * _TICKS),
            series_now,
            tuple(int(count) for count in past.own[0, :, :, 0].sum(0)),
        )
        return trial

    def _past(self, series: Series, sources: list[str], rule: Rule, *, end: int, key: int) -> tuple[trend.Past, trend.Settled]:
        """What is known of one series, as of the post that `key` stands for; `end` is the end of its hour."""
        assert rule.test
        own, start = self._own[series], _first_key(end - int(rule.test.window.total_seconds()))
        name = (rule.name, series, end, *sources)
        if name not in self._weeks:
            if len(self._weeks) >= _MOST_WEEKS:
                self._weeks.clear()
            self._weeks[name] = self._before(series, sources, rule.test, end)
        counts, before, alive, settled = self._weeks[name]
        now = np.array([_between(own[source], start, key + 1) for source in sources], float)
        given = np.array([_between(self._given.get(source, []), start, key + 1) for source in sources], float)
        besides = np.concatenate([(given - now)[:, None], before], axis=1)
        return trend.Past(counts[None], np.maximum(besides, 0.0)[None], alive[None], now[None]), settled

    def _before(self, series: Series, sources: list[str], test: BurstTest, end: int) -> _Weeks:
        """The weeks before the hour that ends at `end`, which are the same for all posts in it."""
        window, own = int(test.window.total_seconds()), self._own[series]
        ends = [end - week * _WEEK for week in range(1, test.weeks + 1)]
        cuts = [[_first_key(at - part * window) for part in range(_WEEK // window + 1)] for at in ends]
        counts = np.array([[_parts(own[source], row) for row in cuts] for source in sources], float)
        given = [self._given.get(source, []) for source in sources]
        whole = np.array([[_between(keys, row[1], row[0]) for row in cuts] for keys in given], float)
        alive = np.array([[_between(keys, row[-1], row[0]) > 0 for row in cuts] for keys in given], float)
        settled = trend.settled(counts[None], alive[None], dispersion=test.dispersion, floor=test.floor)
        return _Weeks(counts, whole - counts[:, :, 0], alive, settled)

    def _active_at(self, hour: int, weeks: int) -> int:
        """How many series had a post in the weeks before an hour, and one for that which is tested: so many tests are made at once."""
        if (hour, weeks) not in self._active:
            since, until = _first_key(hour - (weeks + 1) * _WEEK), _first_key(hour)
            self._active[hour, weeks] = 1 + sum(any(_between(keys, since, until) for keys in own.values()) for own in self._own.values())
        return self._active[hour, weeks]

    def _keys(self, series: Series, since: int, until: int) -> list[int]:
        return sorted(chain.from_iterable(keys[bisect_left(keys, since) : bisect_left(keys, until)] for keys in self._own.get(series, {}).values()))

    def _burst(self, rule: Rule, series: Series, key: int, trial: _Trial) -> Burst:
        assert rule.test
        at = key >> _SHIFT
        start = at // _HOUR * _HOUR + _HOUR - int(rule.test.window.total_seconds())
        keys = set(self._keys(series, _first_key(start), key + 1))
        behind = sorted((heard.key, post) for post, heard in self._posts.items() if heard.key in keys and series in heard.series)
        return Burst(
            rule=rule.name,
            test=trend.NAME,
            topic=series[0],
            place=series[1],
            since=datetime.fromtimestamp(start, UTC),
            until=datetime.fromtimestamp(at, UTC),
            observed=trial.observed,
            expected=round(trial.mean, 3),
            baseline=trial.weeks,
            p=float(f"{trial.p:.3g}"),
            alpha=rule.test.alpha,
            limit=float(f"{trial.limit:.3g}"),
            series=trial.series,
            posts=tuple(post for _, post in behind[-_SHOWN:]),
        )


def key_of(judged: JudgedPost) -> int:
    """Return where a post stands in the order of the store, by whole seconds and then by id, as one number."""
    return _first_key(second(judged.post.at)) | int.from_bytes(judged.post.id.encode()[: _SHIFT // 8].ljust(_SHIFT // 8, b"\0"))


def _first_key(at: int) -> int:
    return at << _SHIFT


def _between(keys: list[int], low: int, high: int) -> int:
    return bisect_left(keys, high) - bisect_left(keys, low)


def _parts(keys: list[int], cuts: list[int]) -> list[int]:
    """How many keys lie between each two of the cuts, which fall."""
    places = [bisect_left(keys, cut) for cut in cuts]
    return [high - low for high, low in pairwise(places)]


def _drop(keys: list[int], key: int) -> None:
    place = bisect_left(keys, key)
    assert keys[place] == key
    del keys[place]


def _firsts(copies: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Those of a text's copies that come first, or long after the one before."""
    last = -_COPIES
    for key, post in copies:
        if (key >> _SHIFT) - last >= _COPIES:
            yield key, post
        last = key >> _SHIFT

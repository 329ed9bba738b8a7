"""Puts uncertain posts to an adviser: masked, in batches, within a budget, and never again what it has answered."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence

from msgspec import structs

from config.errors import OpinionError
from config.schema import SecondSettings
from nlp.assessment import Assessment, Score
from pipeline.model import JudgedPost
from pipeline.second import Adviser, Opinion
from pipeline.second.kept import Kept
from pipeline.second.masked import masked

log = logging.getLogger(__name__)

PATIENCE = 3
"""Failures in a row before the adviser is left alone for a while."""
_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0
_HOUR = 3600.0


class Hearing:
    """Hears the adviser on posts. With `asks` false it only knows what was answered before, and so decides as before.

    What it cannot answer keeps its own judgement; `counts` tells asked, answered, silent and failed.
    """

    def __init__(
        self, adviser: Adviser, kept: Kept, settings: SecondSettings, *, asks: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._adviser = adviser
        self._kept = kept
        self._settings = settings
        self._asks = asks
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()
        self._failures = 0
        self._quiet_until = 0.0
        self.counts: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The model that is asked."""
        return self._adviser.name

    def heard(self, batch: Sequence[JudgedPost]) -> list[JudgedPost]:
        """Return the beginning of the batch up to what should be asked next, at least one post, with the opinions on its uncertain ones.

        It asks once at most, so that it takes no longer than one time-out. While nothing can be asked the whole batch is returned.
        """
        texts = [masked(judged.post.writing) if _is_open(judged.assessment) else "" for judged in batch]
        unknown = [text for text in dict.fromkeys(texts) if text and self._kept.get(self._adviser.name, text) is None]
        now = unknown[: min(self._settings.batch, self._room())]
        if now:
            self._ask(now)
        later = set(unknown[len(now) :]) if self._room() else set()
        end = next((at for at, text in enumerate(texts) if text in later), len(batch))
        return [self._told(judged, text) for judged, text in zip(batch[:end], texts[:end], strict=True)]

    def _room(self) -> int:
        """How many posts may be asked about now."""
        now = self._clock()
        if not self._asks or now < self._quiet_until:
            return 0
        while self._spent and now - self._spent[0][0] >= _HOUR:
            self._spent.popleft()
        return max(0, self._settings.per_hour - sum(posts for _, posts in self._spent))

    def _ask(self, texts: Sequence[str]) -> None:
        self._spent.append((self._clock(), len(texts)))
        self.counts["asked"] += len(texts)
        try:
            opinions = self._adviser.asked(texts)
        except OpinionError as error:
            self._failed(error, len(texts))
            return
        self._failures = 0
        said = {text: opinion for text, opinion in zip(texts, opinions, strict=True) if opinion}
        self.counts["answered"] += len(said)
        self.counts["silent"] += len(texts) - len(said)
        log.info("second opinion model=%s asked=%d answered=%d", self._adviser.name, len(texts), len(said))
        self._kept.add(self._adviser.name, said)

    def _failed(self, error: OpinionError, posts: int) -> None:
        self._failures += 1
        self.counts["failed"] += posts
        log.warning("second opinion model=%s outcome=failed posts=%d keep their own judgement: %s", self._adviser.name, posts, error)
        if self._failures >= PATIENCE:
            pause = min(_PAUSE * 2 ** min(self._failures - PATIENCE, 10), _LONGEST_PAUSE)
            self._quiet_until = self._clock() + pause
            log.warning("second opinion model=%s failed %d times in a row; not asked for %.0f s", self._adviser.name, self._failures, pause)

    def _told(self, judged: JudgedPost, text: str) -> JudgedPost:
        opinion = self._kept.get(self._adviser.name, text) if text else None
        if opinion is None:
            return judged
        return structs.replace(judged, assessment=advised(judged.assessment, self._adviser.name, opinion))


def _is_open(assessment: Assessment) -> bool:
    return assessment.is_uncertain and assessment.second is None


def advised(assessment: Assessment, model: str, opinion: Opinion) -> Assessment:
    """Return an uncertain assessment with a second opinion, told first among its reasons; its own score stays."""
    said = f"第二意见({model}): {'相关' if opinion.relevant else '无关'}"
    own = assessment.relevant
    relevant = Score(own.score, own.name, (f"{said}，{opinion.why}" if opinion.why else said, *own.because))
    return structs.replace(assessment, relevant=relevant, second=opinion.relevant)

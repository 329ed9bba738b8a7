"""What nlp makes of a text: the types, and the port that judges in batches."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class Writing(Protocol):
    """Anything that can be judged; a Post is one."""

    @property
    def title(self) -> str:
        """Its title, empty if it has none."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def platform(self) -> str:
        """Where it was published."""


class Fingerprint(Struct, frozen=True):
    """指纹: `exact` is blake2b-128 of the cleaned text; `bands` are hashes of MinHash bands, equal bands being near-duplicate candidates."""

    exact: bytes
    bands: tuple[int, ...] = ()


class Score(Struct, frozen=True):
    """One named judgement: probability 0..1, and the words or cues that decided."""

    score: float
    name: str = ""
    because: tuple[str, ...] = ()


class Place(Struct, frozen=True, omit_defaults=True):
    """A place that the matter is at; code is GB/T 2260, None where the place has none of its own."""

    path: tuple[str, ...]
    code: str | None = None
    foreign: bool = False


class Harm(Struct, frozen=True):
    """People harmed by food; None = no number stated. `quotes` are the words that each number stands in, in the order of the fields."""

    ill: int | None = None
    hospitalised: int | None = None
    dead: int | None = None
    symptoms: tuple[str, ...] = ()
    vulnerable: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


class Debunk(Struct, frozen=True):
    """The known claim that a text speaks of, and how: it spreads, refutes or asks about it."""

    id: str
    claim: str
    finding: str
    citation: str
    stance: str
    score: float


class Assessment(Struct, frozen=True, omit_defaults=True):
    """研判: what is thought of one text, why, and by which model. None = not judged, never a guess.

    `terms` are the words that tell this matter from others, with weights 0..1: what events are joined by, and what memory keeps.
    """

    relevant: Score
    threshold: float
    floor: float
    model: str
    topics: tuple[Score, ...] = ()
    terms: tuple[tuple[str, float], ...] = ()
    recalled: bool = False
    """Whether memory raised its score."""
    second: bool | None = None
    """What a second opinion decided; it counts between floor and threshold only, and the own score stays as it is."""
    rumor: Score | None = None
    debunk: Debunk | None = None
    harm: Harm | None = None
    places: tuple[Place, ...] | None = None
    alarm: float | None = None
    summary: str | None = None

    @property
    def is_relevant(self) -> bool:
        """Whether the score reaches the model's threshold, or a second opinion says so where it is in doubt."""
        return self.relevant.score >= self.threshold or (self.second is True and self.relevant.score >= self.floor)

    @property
    def is_uncertain(self) -> bool:
        """Whether the score lies between the model's floor and its threshold, and no second opinion took it as relevant: memory may still decide."""
        return not self.second and self.floor <= self.relevant.score < self.threshold


class Analyst(Protocol):
    """Judges texts. A promise: batches in, the same number out in the same order, each by itself; no state changes."""

    @property
    def version(self) -> str:
        """Names the weights and words in use; every assessment carries it."""

    def fingerprints(self, texts: Sequence[str]) -> list[Fingerprint]:
        """Return one fingerprint a text."""

    def assess(self, writings: Sequence[Writing], memory: Mapping[str, float] | None = None) -> list[Assessment]:
        """Judge each; `memory` are words that relevant posts of the last days brought up, with how surely they mean relevance, 0..1."""

    def recalled(self, assessment: Assessment, memory: Mapping[str, float]) -> Assessment:
        """Judge what is not relevant by itself again, knowing `memory`; what memory says nothing about stays as it is."""

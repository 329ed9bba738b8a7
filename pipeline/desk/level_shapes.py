"""The JSON of what a level rests on, as models: bursts and harm counts; and what all models of answers have in common."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """What all answers have in common: nothing in them that is not described."""

    model_config = ConfigDict(extra="forbid")


class BurstShape(Shape):
    """突增: more posts of a topic in a place than chance and the growth of its sources explain."""

    rule: str
    test: str
    topic: str
    place: list[str] = Field(description="path; empty where none is said")
    since: datetime
    until: datetime
    observed: int
    expected: float
    baseline: list[int] = Field(description="posts in the same hours of the weeks before, the latest first")
    p: float
    alpha: float = Field(description="chance of any false burst in a day")
    limit: float = Field(description="what p must reach, after correction for series and hours")
    series: int
    posts: list[str] = Field(description="keys of the latest posts behind it")


class StatedShape(Shape):
    """A number of people that one post states."""

    value: int
    at: datetime
    post: str
    source: str
    trust: str = Field(description="official, media, platform or person; empty where the source is not declared")
    quote: str
    official: bool


class HarmSeriesShape(Shape):
    """One kind of harm: `current` is the newest official number, else the greatest."""

    current: int
    official: bool
    conflicts: list[int]
    stated: list[StatedShape] = Field(description="oldest first")

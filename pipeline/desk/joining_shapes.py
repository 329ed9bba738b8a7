"""The JSON of merges and splits as models, so that OpenAPI describes it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.desk.level_shapes import Shape
from pipeline.desk.triage import LONGEST_NAME, LONGEST_NOTE


class RegroupingShape(Shape):
    """归并 or 拆分 of events: asked for by people, made by the tracker."""

    id: str
    kind: Literal["merge", "split"]
    event: str = Field(description="the event that is merged into another, or that posts leave")
    into: str = Field(description="the event that the posts go to")
    posts: list[str] = Field(description="keys of the posts")
    by: str
    reason: str
    at: datetime
    state: Literal["wanted", "made", "unwanted", "undone", "refused"]
    undone_by: str
    why_not: str


class RegroupingsShape(Shape):
    """The regroupings of one event, newest first."""

    regroupings: list[RegroupingShape]


class TwinShape(Shape):
    """疑似同一事件: another event that may be one matter with this one."""

    event: str
    why: str
    at: datetime


class TwinsShape(Shape):
    """What may be one matter with an event, latest first."""

    twins: list[TwinShape]


class UndoneShape(Shape):
    """That a regrouping will be undone."""

    id: str
    state: str


class MergeShape(BaseModel):
    """Which event this one is merged into, and why."""

    model_config = ConfigDict(extra="forbid")
    into: str
    reason: str = Field(min_length=1, max_length=LONGEST_NOTE)
    by: str = Field("", max_length=LONGEST_NAME)


class SplitShape(BaseModel):
    """Which posts leave the event, and why."""

    model_config = ConfigDict(extra="forbid")
    posts: list[str] = Field(min_length=1)
    reason: str = Field(min_length=1, max_length=LONGEST_NOTE)
    by: str = Field("", max_length=LONGEST_NAME)

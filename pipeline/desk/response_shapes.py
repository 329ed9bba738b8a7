"""The JSON of mutes, clocks and the hand-over sheet as models, so that OpenAPI describes it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.desk.level_shapes import Shape
from pipeline.desk.shapes import AlertShape, ClockShape, EventShape, NoteShape
from pipeline.desk.triage import LONGEST_NAME
from pipeline.mute import WAKES


class MuteShape(Shape):
    """静默: of an event, or of all of a topic at a place, with a word, of a source, that answers a query."""

    id: str
    on: bool = Field(description="whether it holds now")
    event: str
    title: str = Field(description="of the event")
    topic: str
    place: str = Field(description="GB/T 2260")
    word: str
    source: str
    query: str = Field(description="in the language of search; the newest relevant posts of an event must all answer it")
    by: str
    why: str
    at: datetime
    until: datetime
    wakes: list[str] = Field(description="level (rises), death, place (a new one)")
    level: Literal[1, 2, 3, 4] | None = Field(description="the most severe that it keeps silent; null where there was none")
    dead: int = Field(description="deaths that were known")
    places: list[str] = Field(description="places that were known")
    ended: datetime | None
    ended_by: str = Field(description="empty where it woke")
    ended_why: str
    moved: str = Field(description="the event that its own was merged into, which ended it")


class MutesShape(Shape):
    """Mutes, the one that ends first at the top."""

    mutes: list[MuteShape]


class NewMuteShape(BaseModel):
    """A mute to be: something of event, topic, place, word, source and query must be given."""

    model_config = ConfigDict(extra="forbid")
    event: str = ""
    topic: str = ""
    place: str = Field("", pattern=r"^(\d\d){0,3}$", description="GB/T 2260, 2, 4 or 6 digits")
    word: str = Field("", max_length=40)
    source: str = ""
    query: str = Field("", max_length=2000, description="in the language of search")
    why: str = Field(max_length=200)
    hours: int = Field(ge=1, le=744, description="how long; the setting handling.mute is the most")
    wakes: list[str] = Field(list(WAKES), description="what wakes it: level, death, place")
    by: str = Field("", max_length=LONGEST_NAME, description="who; else the name that the browser's cookie has")


class EndShape(BaseModel):
    """The end of a mute before its time."""

    model_config = ConfigDict(extra="forbid")
    why: str = Field("", max_length=200)
    by: str = Field("", max_length=LONGEST_NAME, description="who; else the name that the browser's cookie has")


class WholeClockShape(ClockShape):
    """时限 with what it is of."""

    alert: str = Field(description="empty for a department's")
    event: str
    department: str = Field(description="empty for an alert's")
    title: str
    left: int = Field(description="seconds; negative: by how much it is or was overdue")


class ClocksShape(Shape):
    """Clocks, and how many of each level are in each state."""

    clocks: list[WholeClockShape]
    levels: dict[str, dict[str, int]]


class EscalationShape(Shape):
    """升级: one step for one alert that nobody answered."""

    alert: str
    event: str
    step: int
    level: Literal[1, 2, 3, 4]
    title: str
    person: str = Field(description="empty where nobody was on duty")
    board: str
    due: datetime
    at: datetime
    why: str = Field(description="why nobody was told, or who was passed over, and why")
    state: str = Field(description="told, nobody (could be told) or due (on its way)")


class SickShape(Shape):
    """A source that is ill, and what ails it."""

    source: str
    why: str


class ChangeShape(NoteShape):
    """A line of a handling log, with its event."""

    event: str
    title: str


class SheetShape(Shape):
    """交接班单: what one shift hands to the next."""

    since: datetime
    at: datetime
    on_duty: list[str]
    next: list[str]
    open: list[EventShape] = Field(description="open cases, the most severe first; without their routes")
    clocks: list[WholeClockShape] = Field(description="running and broken, the one that is due first at the top")
    escalations: list[EscalationShape]
    mutes: list[MuteShape] = Field(description="that end within 24 hours")
    parked: int = Field(description="deliveries that wait for a person")
    sick: list[SickShape]
    alerts: list[AlertShape] = Field(description="raised since; without their routes")
    changes: list[ChangeShape]

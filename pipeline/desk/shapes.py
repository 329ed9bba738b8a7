"""The JSON of the API as models, so that OpenAPI describes it; answers themselves are written straight from the faces."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.desk.level_shapes import BurstShape, HarmSeriesShape, Shape
from pipeline.desk.triage import LONGEST_NAME, LONGEST_NOTE


class PlaceShape(Shape):
    """地点: most specific level only."""

    code: str | None = Field(description="GB/T 2260, six digits; null where the place has none")
    path: list[str] = Field(examples=[["吉林省", "吉林市", "舒兰市"]])
    foreign: bool = False


class DebunkShape(Shape):
    """A known claim, and how the text speaks of it."""

    id: str
    claim: str
    finding: str
    citation: str
    stance: str = Field(description="spreads, refutes or asks")
    score: float


class PartyShape(Shape):
    """A department or office: `matter` and `clauses` say by what; empty where nothing but its place or topic does."""

    name: str = Field(description="its key in departments.yaml, empty for an office that is not declared")
    title: str
    matter: str = Field(description="its key in matters.yaml")
    clauses: list[str] = Field(examples=[["十五"]])


class RouteShape(Shape):
    """Who answers for an event."""

    lead: PartyShape
    with_: list[PartyShape] = Field(alias="with", description="who cooperates")
    office: PartyShape = Field(description="of the place")
    outside: bool = Field(description="lies in another province, and is only reported")
    because: list[str]


class ClockShape(Shape):
    """时限: how long people have to answer an alert."""

    level: Literal[1, 2, 3, 4]
    started: datetime
    due: datetime
    stopped: datetime | None = Field(description="when it was answered")
    state: str = Field(description="running, broken, kept, late (answered after it was due) or off")
    why: str = Field(description="why it is off")
    mute: str = Field(description="id of the mute that the alert is silent by; empty for none")


class AlertShape(Shape):
    """预警: that an event rose to a level, with the case of its event as it is now."""

    id: str
    event: str = Field(description="id of the event")
    raised_at: datetime = Field(description="decision time")
    first_seen: datetime
    level: Literal[1, 2, 3, 4] = Field(description="1 Ⅰ红, 2 Ⅱ橙, 3 Ⅲ黄, 4 Ⅳ蓝")
    title: str = Field(description="title or first sentence of one of its posts, word for word")
    why: list[str]
    topics: list[str]
    places: list[PlaceShape] | None
    platforms: dict[str, int]
    posts: int
    rumor: float | None
    debunk: DebunkShape | None
    episode: int
    status: str | None = Field(description="new, acknowledged, dismissed or closed")
    owner: str | None
    version: int | None = Field(description="to be sent with triage")
    route: RouteShape | None = Field(None, description="of its event; missing where there is no such event any more")
    clock: ClockShape | None = None


class AlertsShape(Shape):
    """A page of alerts, newest first."""

    alerts: list[AlertShape]
    next: str = Field(description="cursor of the next page, empty at the end")


class NoteShape(Shape):
    """One line of a handling log."""

    at: datetime
    by: str
    text: str
    action: str | None = Field(None, description="the step that it tells of; missing where it tells of none")


class RatingShape(Shape):
    """人工定级: the level that a person gave."""

    level: Literal[1, 2, 3, 4]
    by: str
    at: datetime
    why: str


class AssignmentShape(Shape):
    """交办: that a department or office was given the event, and what came of it."""

    department: str = Field(description="its key in departments.yaml")
    title: str
    part: str = Field(description="lead, with or office")
    clauses: list[str]
    at: datetime
    by: str
    round: int = Field(description="of the case, which rises when it is opened again")
    received: NoteShape | None
    feedback: list[NoteShape]
    returned: list[NoteShape]
    answered: bool
    withdrawn: NoteShape | None


class EventShape(Shape):
    """事件: one matter over all its posts, with its case."""

    id: str
    title: str
    first_seen: datetime
    last_seen: datetime
    posts: int
    stage: str
    level: int | None
    points: int
    why: list[str]
    status: str
    owner: str
    version: int
    topics: list[str]
    places: list[PlaceShape] | None
    platforms: dict[str, int]
    rumor: float | None
    debunk: DebunkShape | None
    episode: int
    notes: list[NoteShape]
    lowers: list[str] = Field(description="what would lower its level")
    rumor_state: Literal["none", "unknown", "debunked", "confirmed"]
    rumor_since: datetime | None
    bursts: list[BurstShape] = Field(description="that posts of it set off")
    failed_rules: list[str] = Field(description="rules that could not be applied")
    route: RouteShape | None = Field(None, description="missing in the sheet of a shift")
    phase: str = Field(description="clue, event, rated, assigned, feedback, reviewed, archived or dismissed")
    rated: RatingShape | None
    assignments: list[AssignmentShape]
    clock: ClockShape | None = Field(None, description="of the alert that stands; missing where it raised none")


class WholeEventShape(EventShape):
    """One 事件 by itself, with what was said of people harmed."""

    harm_series: dict[str, HarmSeriesShape] = Field(description="by kind: ill, hospitalised, dead; those of which a number is stated")


class EventsShape(Shape):
    """A page of events, newest first."""

    events: list[EventShape]
    next: str


class RelevantShape(Shape):
    """Whether a text matters, and the words that decided."""

    is_: bool = Field(alias="is")
    score: float
    because: list[str]


class TopicShape(Shape):
    """主题 of a text, with the words that decided."""

    name: str
    score: float
    because: list[str]


class RumorShape(Shape):
    """How much a text is like a rumor, with its cues."""

    score: float
    because: list[str]


class HarmShape(Shape):
    """People harmed by food; null = no number stated."""

    ill: int | None
    hospitalised: int | None
    dead: int | None
    symptoms: list[str]
    vulnerable: list[str]
    quotes: list[str]


class JudgementShape(Shape):
    """研判: what is thought of one text; null = not judged."""

    id: str
    relevant: RelevantShape
    topics: list[TopicShape]
    rumor: RumorShape | None
    debunk: DebunkShape | None
    harm: HarmShape | None
    places: list[PlaceShape] | None
    alarm: float | None
    summary: str | None
    model: str


class EngagementShape(Shape):
    """How far a post has gone; null where its site does not say."""

    reposts: int | None
    comments: int | None
    likes: int | None
    heat: int | None
    rank: int | None


class FailedShape(Shape):
    """不合格项目: what was tested, what was found, and what the standard allows."""

    item: str
    result: str
    limit: str


class SampleShape(Shape):
    """抽检结果: one sample of food that failed; what its notice does not say is empty. `place` is who sold it, `made` its date or batch."""

    food: str
    failed: list[FailedShape]
    maker: str
    maker_address: str
    place: str
    place_address: str
    spec: str
    brand: str
    made: str
    kind: str
    lab: str
    number: str
    remark: str


class PostShape(Shape):
    """帖文 with its judgement; `key` is what events and alerts call it."""

    id: str
    key: str
    title: str
    text: str
    url: str
    platform: str
    source: str
    keyword: str = Field(description="the word of the search that found it; empty where none did")
    author: str
    published_at: datetime | None
    collected_at: datetime | None
    engagement: EngagementShape
    samples: list[SampleShape] = Field(description="what was read from its tables and attachments")
    revision: int
    judgement: JudgementShape


class PostsShape(Shape):
    """A page of posts, newest first."""

    posts: list[PostShape]
    next: str
    count: int | None = Field(description="how many there are in all; only when asked for")


class FateShape(Shape):
    """How many posts of a source had one fate on one day."""

    day: str
    source: str
    fate: str
    posts: int


class HealthShape(Shape):
    """How the desk is: sizes of the store, and fates since a day."""

    status: str
    store: dict[str, int]
    model: str | None
    fates: list[FateShape]


class ErrorShape(BaseModel):
    """Any error. `kind` is a word for programs; a conflict has the event as it is now."""

    error: str
    kind: str
    position: int | None = Field(None, description="character of a query, from 1")
    allowed: list[str] | None = Field(None, description="of kind forbidden: the actions that the phase allows")
    needs: str | None = Field(None, description="the role that is needed: reader, duty, assessor or admin")
    event: EventShape | None = None
    meanwhile: list[NoteShape] | None = Field(None, description="what was written since the version that was sent")


class TriageShape(BaseModel):
    """A change to a case. `version` is the one that was read: a stale one is refused."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=0)
    action: Literal[
        "acknowledge", "dismiss", "close", "reopen", "note", "rate", "assign", "receive", "feedback", "return", "withdraw", "review", "archive"
    ]
    note: str = Field("", max_length=LONGEST_NOTE)
    by: str = Field("", max_length=LONGEST_NAME, description="who, on a desk without users; with users it may only be the one who asks")
    level: Literal[1, 2, 3, 4] | None = Field(None, description="of rate: 1 (red) to 4 (blue)")
    departments: list[str] | None = Field(None, description="of assign: names in departments.yaml; without it those of the route")
    department: str = Field("", max_length=40, description="of receive, feedback, return and withdraw: the name of the one that has it")

    @model_validator(mode="after")
    def _only_what_it_needs(self) -> "TriageShape":
        """A field that another action would need is a slip, and not passed over."""
        takers = {"level": ("rate",), "departments": ("assign",), "department": ("receive", "feedback", "return", "withdraw")}
        for name, actions in takers.items():
            if getattr(self, name) and self.action not in actions:
                raise ValueError(f"{name} is for {', '.join(actions)}, not for {self.action}")
        return self


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

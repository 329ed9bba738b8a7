"""The types that people declare in YAML, and nothing that is not declared.

Every type forbids unknown keys. `Source` has a module of its own, `config.source`.
"""

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Level = Literal[1, 2, 3, 4]
"""1 Ⅰ红, 2 Ⅱ橙, 3 Ⅲ黄, 4 Ⅳ蓝."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""How a declaration is called: the name of its file without `.yaml`."""

Clause = Annotated[str, Field(pattern=r"^[一二三四五六七八九十]+$")]
"""The number of a clause of the document that says who answers for what, as it stands there."""

Word = Annotated[str, Field(min_length=1)]

Host = Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?)$")]
"""The name or number of a machine, without http:// and without a port."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> object:
    """Turn `30s`, `10m`, `2h` or `14d` into a timedelta; leave anything else to pydantic."""
    if isinstance(value, str) and value[-1:] in _UNITS and value[:-1].isdecimal() and len(value) <= 9:
        return timedelta(**{_UNITS[value[-1]]: int(value[:-1])})
    raise ValueError(f"{value!r} is no duration; write a whole number and s, m, h or d, such as 30m")


Duration = Annotated[timedelta, BeforeValidator(duration, json_schema_input_type=str)]


class Declaration(BaseModel):
    """What everything declared has in common: frozen, and unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def _searchable(word: str) -> str:
    plain = " ".join(word.split())
    if not 2 <= len(plain) <= 38:
        raise ValueError(f"{word!r} must have 2 to 38 characters, as search boxes take them")
    return plain


SearchWord = Annotated[str, AfterValidator(_searchable)]
"""搜索词: what is written into a search box; a blank between two words asks for both."""


class Topic(Declaration):
    """主题: one thing that posts are about, such as 校园食品."""

    name: Name
    title: str = Field(description="what the desk shows")
    weight: int = Field(0, ge=0, le=50, description="points that rules may add for it")
    words: tuple[str, ...] = Field((), description="a text that matters and says one of these is of this topic, whatever the model thinks")
    searches: tuple[SearchWord, ...] = Field((), description="what searches by keyword ask for, the strongest first; its words follow")
    groups: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z-]+$")], ...] = Field(
        (), description="groups of lexicons whose words follow in searches, such as hazards/meat"
    )


def _steps(steps: Mapping[float, int]) -> Mapping[float, int]:
    points = [steps[key] for key in sorted(steps)]
    if not all(map(math.isfinite, steps)):
        raise ValueError("a step begins at a number")
    if min(points) < 0 < max(points):
        raise ValueError("a rule either raises or lowers: all points above zero, or all below")
    if points != sorted(points) and (max(points) > 0 or points != sorted(points, reverse=True)):
        raise ValueError("points must not fall while the measure rises; those below zero go one way only")
    return dict(sorted(steps.items()))


class BurstTest(Declaration):
    """突增检验: how it is decided that a topic in a place has more posts than chance explains; docs/rules.md says the formulae."""

    alpha: float = Field(0.05, gt=0, le=0.5, description="chance of any false burst in a day, over all series together")
    window: Duration = Field(timedelta(hours=24), description="the hours whose posts are counted: whole ones that divide a week, such as 6h or 24h")
    weeks: int = Field(8, ge=2, le=26, description="weeks before that are compared with")
    floor: int = Field(5, ge=2, le=1000, description="fewer posts are never a burst")
    dispersion: float = Field(
        0.1, ge=0, le=10, description="least unrest of every series: variance beyond chance, relative to the square of the mean"
    )
    lasts: Duration = Field(timedelta(hours=24), ge=timedelta(hours=1), description="a burst is over when its series did not burst for so long")

    @model_validator(mode="after")
    def _whole(self) -> "BurstTest":
        hour, week = timedelta(hours=1), timedelta(weeks=1)
        if self.window < hour or self.window % hour or week % self.window:
            raise ValueError("window must be whole hours that divide a week: 1h, 2h, 3h, 4h, 6h, 7h, 8h, 12h, 14h, 21h, 24h, ...")
        return self


class Rule(Declaration):
    """规则: points that an event gets for one measure, and the words that say so."""

    name: Name
    title: str
    measure: str = Field(description="what is measured, one of pipeline.measures.MEASURES")
    steps: Annotated[dict[float, int], AfterValidator(_steps)] = Field(
        min_length=1, description="from this value on: these points; below zero they lower"
    )
    because: str = Field(
        description="the reason shown; {value} is the measure; {topics}; of a burst also {topic}, {place}, {window}, {observed}, {expected}, {p}"
    )
    topics: tuple[Name, ...] = Field((), description="only for events of these topics; empty = all")
    test: BurstTest | None = Field(None, description="measure burst only: the test")


class Channel(Declaration):
    """渠道: a way by which people are told. What each kind needs, and what it has no use for, is in `config.channel`."""

    name: Name
    title: str
    kind: Literal["console", "email", "wecom", "dingtalk", "feishu", "webhook", "apprise"]
    url: str = Field("", repr=False, description="wecom, dingtalk, feishu: the bot's address; webhook: the receiver's; apprise: its URL")
    secret: str = Field("", repr=False, description="dingtalk, feishu, webhook: what messages are signed with, written as ${NAME}")
    to: tuple[str, ...] = Field((), description="email: the addresses that it is sent to")
    sender: str = Field("", description="email: the address that it comes from")
    host: str = Field("", description="email: the mail server")
    port: int | None = Field(None, ge=1, le=65535, description="email: its port; else 587 for starttls, 465 for tls, 25 for none")
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="email: how the connection is encrypted")
    user: str = Field("", description="email: the name to log in with")
    password: str = Field("", repr=False, description="email: its password, written as ${NAME}")
    ca: str = Field("", description="email, webhook: a PEM file, relative to the home folder, of the authority that signed the server's certificate")
    proxy: str = Field("", repr=False, description="bots and webhook: a proxy to go through, http://HOST:PORT; none is taken from the environment")
    timeout: Duration = Field(timedelta(seconds=20), gt=timedelta(0), le=timedelta(minutes=2), description="of one message or part of it, at most 2m")
    floor: Level = Field(4, description="the mildest level that is sent")
    topics: tuple[Name, ...] = ()
    enabled: bool = True


class Department(Declaration):
    """部门: who answers for what, with the clauses that say so; with a place, the office that answers there."""

    name: Name
    title: str = Field(min_length=1)
    topics: tuple[Name, ...] = Field((), description="takes part in every event of these topics, and leads it where no matter fits")
    clauses: tuple[Clause, ...] = Field((), description="the clauses that name it")
    channels: tuple[Name, ...] = ()
    place: str = Field("", description="the office answers for all that lies here: a path of places.csv, such as 吉林省/长春市")
    contact: str = Field("", max_length=40, description="whom to ask for there")
    phone: str = Field("", pattern=r"^$|^\+?[0-9][0-9 -]{2,19}$", description="its number, digits with blanks or hyphens, such as 0431-1234567")


class Matter(Declaration):
    """事项: what one department leads and others cooperate in, what tells it, and the clause that says so."""

    model_config = ConfigDict(populate_by_name=True)

    name: Name
    title: str = Field(min_length=1, description="what the desk shows")
    lead: Name = Field(description="the department that leads")
    cooperating: tuple[Name, ...] = Field((), alias="with", description="departments that cooperate")
    clauses: tuple[Clause, ...] = Field(min_length=1, description="numbers of the clauses that say so, such as 十五")
    words: tuple[Word, ...] = Field((), description="any of them tells it")
    venues: tuple[str, ...] = Field((), description="as well as words: any word of these groups of lexicons/venues.txt tells it")
    unless: tuple[Word, ...] = Field((), description="words inside which others do not count, such as 清真寺")
    topics: tuple[Name, ...] = Field((), description="only for events of these topics; without words and venues the topic alone tells it")

    @model_validator(mode="after")
    def _whole(self) -> "Matter":
        if not (self.words or self.venues or self.topics):
            raise ValueError("give words, venues or topics: nothing tells it")
        if self.lead in self.cooperating:
            raise ValueError(f"{self.lead} leads, and so does not cooperate")
        for row in (self.cooperating, self.clauses, self.words, self.venues, self.unless, self.topics):
            if twice := next((one for one in row if row.count(one) > 1), ""):
                raise ValueError(f"{twice} is given twice")
        return self


class StoreSettings(Declaration):
    """存储: where posts, events and alerts are kept."""

    url: str = Field(
        "sqlite:///shian.db",
        description="sqlite:///FILE (relative to the home folder), elasticsearch+http://host:9200/PREFIX (or +https), or memory:",
    )
    keep: Duration = Field(timedelta(days=730), description="how long relevant posts are kept; members of events stay")
    keep_irrelevant: Duration = Field(timedelta(days=180), description="how long the others are kept")


class CrawlSettings(Declaration):
    """采集: how politely sources are asked."""

    contact: str = Field("", description="an address for site owners, sent in the user agent")
    delay: float = Field(3.0, ge=0, description="seconds between two requests to a host, unless the source says otherwise")
    timeout: Duration = Field(timedelta(seconds=30), description="of one request")
    limit: Duration = Field(timedelta(minutes=10), description="of one crawl, which is ended after it")
    allow_private: tuple[str, ...] = Field((), description="host:port on private addresses that sources may use all the same")
    ocr: bool = Field(
        False, description="read text in pictures of articles that have little text, unless the source says otherwise; needs shian[ocr]"
    )


class TrackSettings(Declaration):
    """跟踪: how posts become events."""

    window: Duration = Field(timedelta(days=7), description="an event without posts for so long is over")
    memory: Duration = Field(timedelta(days=7), description="how long the words of relevant posts are remembered")
    aftermath: Duration = Field(timedelta(days=180), description="an event of many posts may be joined again for so long at most")
    join: float = Field(0.3, gt=0, le=1, description="likeness from which a post joins an event")
    revive: Duration = Field(timedelta(days=3), description="a rise after so long a silence is a new episode (复燃)")
    lease: Duration = Field(
        timedelta(seconds=15), ge=timedelta(seconds=1), description="a tracker silent for so long is replaced by another worker's"
    )


class SecondSettings(Declaration):
    """第二意见: the user's own model, asked about posts that are neither clearly relevant nor clearly not; off unless named."""

    kind: Literal["none", "openai", "onnx"] = Field("none", description="openai: a chat endpoint that speaks as OpenAI's does; onnx: a file")
    url: str = Field("", description="openai: address of the endpoint, such as http://127.0.0.1:11434/v1")
    model: str = Field("", description="openai: the model's name there; onnx: the file, relative to the home folder")
    key: str = Field("", repr=False, pattern=r"^[!-~]*$", description="openai: its key, written as ${NAME} and taken from the environment")
    batch: int = Field(16, ge=1, le=64, description="posts in one request")
    per_hour: int = Field(600, ge=1, description="posts asked about in any hour; the others keep their own judgement")
    timeout: Duration = Field(timedelta(seconds=20), gt=timedelta(0), le=timedelta(seconds=40), description="of one request, at most 40s")

    @model_validator(mode="after")
    def _whole(self) -> "SecondSettings":
        if self.kind == "openai" and not re.match(r"https?://[^\s/]+", self.url):
            raise ValueError("openai needs url, an http(s) address")
        if self.kind != "none" and not self.model:
            raise ValueError(f"{self.kind} needs model")
        return self


class AlertSettings(Declaration):
    """预警: the points from which an event has a level."""

    levels: dict[Level, int] = Field(default={1: 80, 2: 60, 3: 40, 4: 20}, description="level: points from which it holds")


class DeskSettings(Declaration):
    """值守台: where the desk listens."""

    host: str = Field("127.0.0.1", description="address that it listens on; loopback only, until there are users")
    port: int = Field(8000, ge=1, le=65535, description="port that it listens on")
    url: str = Field("", pattern=r"^(https?://[!-~]+)?$", description="the address by which people open it, for links in messages; empty = none")
    hosts: tuple[Host, ...] = Field((), description="names that it is called by besides the address it listens on, such as desk.example")
    https: bool = Field(False, description="it is reached over https, by a proxy in front of it")
    proxies: tuple[str, ...] = Field(("127.0.0.1", "::1"), description="addresses of proxies that are believed whom they ask for (X-Forwarded-For)")


class PeopleSettings(Declaration):
    """用户: how long a login lasts, and how long is remembered who did what."""

    idle: Duration = Field(
        timedelta(hours=12), gt=timedelta(0), description="a session that nobody uses for so long ends; an open page alone is no use"
    )
    longest: Duration = Field(timedelta(days=7), gt=timedelta(0), description="a session ends so long after the login")
    audit: Duration = Field(timedelta(days=730), gt=timedelta(0), description="how long the audit is kept")


class DigestSettings(Declaration):
    """每日摘要: when it is made."""

    at: str = Field("08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="time of day, Asia/Shanghai")


def _every_level(clocks: Mapping[int, timedelta]) -> Mapping[int, timedelta]:
    if set(clocks) != {1, 2, 3, 4}:
        raise ValueError("give a time for each of the levels 1, 2, 3 and 4")
    return dict(sorted(clocks.items()))


Clocks = Annotated[dict[int, Annotated[Duration, Field(gt=timedelta(0))]], AfterValidator(_every_level)]


class HandlingSettings(Declaration):
    """处置: how soon people must answer an alert and departments an assignment, and how long anything may be muted."""

    clocks: Clocks = Field(
        default={1: timedelta(minutes=30), 2: timedelta(hours=2), 3: timedelta(hours=8), 4: timedelta(hours=24)},
        description="level: time from the alert until somebody acknowledges or dismisses its event",
    )
    feedback: Clocks = Field(
        default={1: timedelta(hours=4), 2: timedelta(hours=24), 3: timedelta(days=3), 4: timedelta(days=7)},
        description="level: time from an assignment (or its return) until the department's feedback",
    )
    steps: int = Field(3, ge=0, le=9, description="how often an alert that nobody acknowledges is escalated, once each time its clock runs out")
    mute: Duration = Field(timedelta(days=7), gt=timedelta(0), le=timedelta(days=31), description="how long anything may be muted, at most 31d")


class DeliverSettings(Declaration):
    """推送: what is still worth sending."""

    max_age: Duration = Field(timedelta(hours=24), description="older decisions are not sent: they are `stale`")
    tries: int = Field(12, ge=1, le=100, description="attempts through one channel before a message is parked; a third before the board's next")
    lease: Duration = Field(timedelta(seconds=15), ge=timedelta(seconds=1), description="a sender silent for so long is replaced by another worker's")
    keep: Duration = Field(timedelta(days=180), description="how long what was sent or parked is kept")

    @model_validator(mode="after")
    def _whole(self) -> "DeliverSettings":
        if self.keep <= self.max_age:
            raise ValueError("keep must be longer than max_age: what is forgotten while it is still worth sending would be sent again")
        return self


def _public(value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError("is no public key; `shian evidence keys` writes one, 64 hexadecimal digits")
    return value


class EvidenceSettings(Declaration):
    """证据: what is sealed of posts when they are collected, and for how long."""

    key: Annotated[str, AfterValidator(_public)] = Field("", description="public key of `shian evidence keys`; empty = no evidence is kept")
    folder: str = Field("evidence", description="where it is kept, relative to the home folder; workers may share one")
    keep: Duration = Field(timedelta(days=365), description="how long it is kept, to the end of the month")
    keep_uncertain: Duration = Field(
        timedelta(days=30), description="how long that of posts is kept which turned out not to be relevant, or are gone"
    )


def parts(shard: str) -> tuple[int, int]:
    """Return k and n of a shard `k/n`. Raises ValueError where it is none."""
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", shard, re.ASCII)
    if not found or int(found[1]) > int(found[2]):
        raise ValueError(f"{shard!r} is no shard; write k/n with k from 1 to n, such as SHIAN_SHARD=2/3")
    return int(found[1]), int(found[2])


def _shard(value: str) -> str:
    parts(value)
    return value


class Settings(Declaration):
    """设置: everything in settings.yaml; SHIAN_STORE_URL overrides store.url, and so on."""

    office: str = Field("食品安全委员会办公室", description="the name shown on the desk, in digests and reports")
    province: Annotated[str, Field(pattern=r"^\d{6}$")] = Field("220000", description="GB/T 2260 code of the office's own province")
    shard: Annotated[str, AfterValidator(_shard)] = Field("1/1", description="k/n: crawl only the sources of part k of n, as several workers do")
    store: StoreSettings = StoreSettings()
    crawl: CrawlSettings = CrawlSettings()
    track: TrackSettings = TrackSettings()
    second: SecondSettings = SecondSettings()
    alert: AlertSettings = AlertSettings()
    desk: DeskSettings = DeskSettings()
    people: PeopleSettings = PeopleSettings()
    digest: DigestSettings = DigestSettings()
    deliver: DeliverSettings = DeliverSettings()
    handling: HandlingSettings = HandlingSettings()
    evidence: EvidenceSettings = EvidenceSettings()


def plain(value: Any) -> Any:
    """Return a declaration as what YAML and JSON know."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value

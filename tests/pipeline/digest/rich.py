"""A digest that says something in every part, with titles that mean harm; and one that is far too long."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from nlp.assessment import Debunk, Place
from nlp.summary import Brief
from pipeline.digest.content import Digest, Entry, Late, Sick, Totals
from pipeline.model import Alert, Case, Event
from pipeline.route import Party, Route
from tests.pipeline.digest.made import DAY, OUT

HOSTILE = '甲\u202e\u200b<script>alert(1)</script>"><img src=x onerror=alert(1)>\u2066乙\ufeff {{ 7*7 }} &lt;b&gt;'
SHUILAN = Place(("吉林省", "吉林市", "舒兰市"), "220283")
ROUTE = Route(
    Party("education", "省教育厅", "", "校园食品"),
    (Party("market", "省市场监管厅", ""), Party("health", "省卫生健康委", "")),
    Party("jl", "吉林市食安办", ""),
)


def event(number: int, title: str, *, level: int | None = 4, first: datetime = OUT - timedelta(hours=5), **fields: Any) -> Event:
    given: dict[str, Any] = {
        "id": f"{number:032x}",
        "title": title,
        "first_seen": first,
        "last_seen": OUT - timedelta(hours=1),
        "posts": 12,
        "stage": "发酵",
        "level": level,
        "points": 60,
        "why": ("患病 30 人", "出现在 3 个平台", "涉及校园食品"),
        "topics": ("campus", "catering"),
        "platforms": {"weibo": 8, "news": 3, "zhihu": 1},
        "terms": {},
        "places": (SHUILAN,),
    }
    return Event(**given | fields)


def entry(one: Event, *, grown: int = 5, before: int = 0, late: int = 0) -> Entry:
    return Entry(one, grown, Brief("学校称已停用供餐企业，当地市场监管局介入调查", ()), before=before, late=late, route=ROUTE)


def alert(one: Event, level: int) -> Alert:
    return Alert(
        f"a{one.id}{level}", one.id, OUT - timedelta(hours=2), one.first_seen, level, one.title, one.why, one.topics, one.platforms, one.posts
    )


def claim(stance: str) -> Debunk:
    return Debunk(
        "school-milk-poison",
        "学生奶喝死人、全校中毒被封锁消息",
        "多起此类传言经当地教育、卫健部门调查为不实。",
        "中国互联网联合辟谣平台",
        stance,
        0.9,
    )


def rich() -> Digest:
    red = event(1, "某小学食堂午餐后三十名学生呕吐送医，家长质疑食材过期", level=1)
    orange = event(2, "夜市烧烤摊使用病死猪肉被查，涉案一百公斤", level=2, first=OUT - DAY * 4, stage="高峰")
    hostile = event(3, HOSTILE, level=None, why=(), topics=(), places=None)
    old = OUT - DAY * 5
    spreads = event(4, "转发！学生奶又喝死人了，学校封锁消息", level=3, debunk=claim("spreads"), rumor=0.95)
    refutes = event(5, "官方辟谣：学生奶致人死亡为不实信息", debunk=claim("refutes"), first=old)
    unknown = event(6, "听说某品牌粉丝里有塑料，千万别买", rumor=0.88, places=())
    eased = event(7, "外卖酸辣粉吃出异物", first=old, stage="回落")
    fallen = event(8, "面馆后厨卫生堪忧", first=old, last_seen=OUT - DAY - timedelta(hours=2), stage="回落")
    missed = event(9, "村宴二十人腹泻", level=3, first=old, last_seen=OUT - DAY - timedelta(hours=3))
    opened = (red, structs.replace(orange, case=Case("acknowledged", "张三")), structs.replace(missed, first_seen=OUT - DAY * 9))
    return Digest(
        since=OUT - DAY * 2,
        until=OUT,
        kept=1832,
        relevant=47,
        alerts=tuple(alert(one, one.level) for one in (red, orange, spreads) if one.level),
        new=(entry(red, grown=12), entry(spreads), entry(unknown), entry(hostile, grown=1)),
        grew=(entry(orange, grown=9, before=3), entry(refutes, grown=3, before=3), entry(eased, grown=2, before=9)),
        fell=(entry(fallen, grown=0, before=4),),
        topics={"campus": 5, "catering": 4, "meat": 1},
        places={"吉林省吉林市": 6, "地点不明": 2},
        before=Totals(1900, 40, 3, 6),
        open=opened,
        sick=(
            Sick("weibo-hot", "微博热搜", "blocked", OUT - timedelta(hours=14), "403 of 12 articles"),
            Sick("reviews", "点评", "silent", OUT - DAY * 4, "没有新帖"),
        ),
        sources=14,
        late=Late({"20231230T000000Z": (7, 3)}, (entry(missed, grown=0, late=3),), (alert(missed, 3),), 0, {missed.id: 3}),
        folded=1,
    )


def long(events: int = 400) -> Digest:
    """Every part as long as it may be, of titles as long as they may be, of signs that take most bytes."""
    many = tuple(entry(event(number, f"{number}" + "𠮷&" * 80, level=2, why=("𠮷<" * 200,)), grown=number) for number in range(events))
    return structs.replace(
        rich(), new=many, grew=many, fell=many, open=tuple(one.event for one in many), alerts=tuple(alert(one.event, 2) for one in many)
    )

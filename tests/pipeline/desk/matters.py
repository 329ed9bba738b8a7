"""Matters written for the tests of the desk: posts, events and alerts as the pipeline makes them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from crawlers.post import Engagement, Post, identified
from nlp.assessment import Assessment, Debunk, Harm, Place, Score
from pipeline.model import Alert, Event, JudgedPost, Member, Step, alert_id
from pipeline.store import FateCount, Store

NOW = datetime(2024, 9, 5, 4, 0, tzinfo=UTC)
SHULAN = Place(("吉林省", "吉林市", "舒兰市"), "220283")
CLAIM = Debunk("d1", "塑料做的紫菜流入市场", "紫菜不是塑料做的，掰断和口感不能作为依据", "省市场监管局公告", "spreads", 0.93)

TEXTS = {
    "canteen": [
        "舒兰市某小学食堂午餐后多名学生腹泻呕吐，家长连夜送医",
        "孩子在学校食堂吃完饭拉肚子，群里已经有十几个家长说一样的情况",
        "舒兰市教育局：已成立工作组，封存食堂留样，送检结果尽快公布",
        "学校食堂又出事？家长要求公开供餐公司名单",
        "转：舒兰小学食堂腹泻事件，住院学生情况稳定",
    ],
    "seaweed": ["紧急扩散！市场上的紫菜是黑色塑料袋做的，千万别给孩子吃，速转", "网传塑料紫菜视频再次出现，真相来了"],
    "oil": ["有人举报罐车卸完煤制油直接装食用大豆油，运输记录曝光", "粮油企业回应罐车混装：正在核查运输单位"],
    "late": ["新到的一条预警：某冷库被举报存放过期肉"],
    "bakery": ["长春一面包店被投诉使用过期奶油，市民拨打 12315"],
}
TITLES = {
    "canteen": ("舒兰市某小学食堂午餐后多名学生腹泻呕吐", 1, ("82 分达 Ⅰ红", "12 人发病，3 人住院", "涉及校园食品", "6 小时内 5 帖"), ("campus",)),
    "oil": ("罐车卸完煤制油直接装食用大豆油", 2, ("64 分达 Ⅱ橙", "登上热榜 1 次", "媒体报道 1 篇"), ("grain-oil",)),
    "seaweed": ("网传紫菜是黑色塑料袋做的", 3, ("45 分达 Ⅲ黄", "疑似谣言", "2 个平台"), ("other", "infant")),
    "late": ("新到的一条预警", 2, ("60 分达 Ⅱ橙", "1 条举报"), ("meat",)),
    "bakery": ("长春一面包店被投诉使用过期奶油", 4, ("22 分达 Ⅳ蓝", "1 条投诉"), ("catering",)),
}
PLATFORMS = ("weibo", "forum", "news", "weibo", "wechat")


def judged(matter: str, number: int, at: datetime) -> JudgedPost:
    """Return one post of a matter, judged."""
    text = TEXTS[matter][number]
    because = tuple(word for word in ("食堂", "腹泻", "呕吐", "塑料", "紫菜", "罐车", "大豆油", "过期", "奶油") if word in text)
    post = Post(
        id="",
        text=text,
        native_id=f"{matter}-{number}",
        url=f"https://example.test/{matter}/{number}",
        platform=PLATFORMS[number],
        source="weibo-hot" if number == 0 else "",
        author=f"p-{matter}{number}",
        collected_at=at,
        published_at=at - timedelta(minutes=7),
        engagement=Engagement(reposts=10 * number, rank=3 if number == 0 else None),
    )
    assessment = Assessment(
        relevant=Score(0.9, because=because),
        threshold=0.5,
        floor=0.3,
        model="test-1",
        topics=tuple(Score(0.8, name, because[:1]) for name in TITLES[matter][3]),
        harm=Harm(ill=12, hospitalised=3, symptoms=("腹泻", "呕吐"), vulnerable=("学生",)) if matter == "canteen" and number == 0 else None,
        places=(SHULAN,) if matter == "canteen" else None,
        debunk=CLAIM if matter == "seaweed" else None,
    )
    return JudgedPost(identified(post), assessment, text.encode())


def grown(matter: str, posts: Sequence[JudgedPost]) -> Event:
    """Return the event of these posts."""
    title, level, why, topics = TITLES[matter]
    platforms: dict[str, int] = {}
    for one in posts:
        platforms[one.post.platform] = platforms.get(one.post.platform, 0) + 1
    return Event(
        id=posts[0].post.id,
        title=title,
        first_seen=posts[0].post.at,
        last_seen=posts[-1].post.at,
        posts=len(posts),
        stage="发酵" if len(posts) > 2 else "萌芽",
        level=level,
        points=int(why[0].split()[0]),
        why=why[1:],
        topics=topics,
        platforms=platforms,
        terms={"食堂": 1.0, "学生": 0.6} if matter == "canteen" else {},
        places=(SHULAN,) if matter == "canteen" else None,
        rumor=0.8 if matter == "seaweed" else None,
        debunk=CLAIM if matter == "seaweed" else None,
        alerted=level,
    )


def alert_of(event: Event, why: Sequence[str], *, level: int | None = None, at: datetime | None = None) -> Alert:
    """Return the alert that the event raised."""
    level = level or event.level or 4
    return Alert(
        id=alert_id(event.id, level, 1),
        event=event.id,
        raised_at=at or event.last_seen,
        first_seen=event.first_seen,
        level=level,
        title=event.title,
        why=tuple(why),
        topics=event.topics,
        platforms=event.platforms,
        posts=event.posts,
        places=event.places,
        rumor=event.rumor,
        debunk=event.debunk,
    )


def member(event: Event, one: JudgedPost) -> Member:
    """Return that the post belongs to the event."""
    post = one.post
    return Member(
        event=event.id, post=post.id, at=post.at, title=post.text[:20], platform=post.platform, source=post.source, assessment=one.assessment
    )


def happen(store: Store, matter: str, start: datetime, *, every: timedelta = timedelta(minutes=50)) -> Event:
    """Keep the posts of a matter and raise its alert; return its event."""
    posts = [judged(matter, number, start + number * every) for number in range(len(TEXTS[matter]))]
    store.keep(posts)
    event = grown(matter, posts)
    members = tuple(member(event, one) for one in posts)
    alerts = [alert_of(event, TITLES[matter][2])]
    if matter == "canteen":
        alerts.insert(0, alert_of(event, ("24 分达 Ⅳ蓝", "涉及校园食品"), level=4, at=event.first_seen))
    store.commit(Step(cleared=tuple(one.post.id for one in posts), events=(event,), members=members, alerts=tuple(alerts)))
    store.add_fates([FateCount("2024-09-05", "weibo-hot", "kept", len(posts)), FateCount("2024-09-05", "weibo-hot", "dropped: no text", 1)])
    return event


def fill(store: Store) -> dict[str, Event]:
    """Let every matter happen; return the events by matter."""
    starts = {"bakery": 30, "seaweed": 20, "oil": 9, "canteen": 6}
    return {matter: happen(store, matter, NOW - timedelta(hours=hours)) for matter, hours in starts.items()}

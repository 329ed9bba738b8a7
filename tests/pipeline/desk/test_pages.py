"""Pages say what there is, why, and what to do; triage works without a script."""

import re
from dataclasses import replace

import pytest
from msgspec import structs
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from config.load import Config
from config.source import Source
from crawlers.report import CrawlReport
from nlp.assessment import Place, Score
from pipeline.desk import desk
from pipeline.model import Event, Step
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW


def read(visitor: Visitor, url: str, status: int = 200) -> HTMLParser:
    answer = visitor.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return HTMLParser(answer.text)


def words(node: Node | HTMLParser | None) -> str:
    assert node is not None
    return re.sub(r"\s+", " ", (node.body if isinstance(node, HTMLParser) else node).text()).strip()  # type: ignore[union-attr]


def test_a_row_says_level_title_why_topic_place_platforms_and_state(visitor: Visitor, matters: dict[str, Event]) -> None:
    row = words(read(visitor, "/").css_first("li.row"))
    for said in (
        "Ⅰ红",
        "舒兰市某小学食堂午餐后多名学生腹泻呕吐",
        "82 分达 Ⅰ红；12 人发病，3 人住院；涉及校园食品；6 小时内 5 帖",
        "校园食品",
        "吉林省吉林市舒兰市",
        "5 帖：微博 2 · 论坛 1 · 新闻 1 · 微信 1",
        "首见 今天 06:00",
        "预警 今天 09:20",
        "待处置",
    ):
        assert said in row


def test_a_rise_takes_the_place_of_the_milder_alert(visitor: Visitor, matters: dict[str, Event]) -> None:
    titles = [words(title) for title in read(visitor, "/").css("li.row h2")]
    assert len(titles) == len(set(titles)) == 4


def test_filters_are_shown_and_can_be_cleared(visitor: Visitor, matters: dict[str, Event]) -> None:
    page = read(visitor, "/?level=2&since=7d")
    assert len(page.css("li.row")) == 2
    assert words(page.css_first("select[name=level] option[selected]")) == "Ⅱ橙及以上"
    assert words(page.css_first("select[name=since] option[selected]")) == "最近 7 天"
    assert page.css_first(".filters a").attributes["href"] == "/"  # type: ignore[union-attr]


def test_empty_pages_say_what_to_do(visitor: Visitor) -> None:
    assert "shian ingest" in words(read(visitor, "/").css_first("#empty"))
    assert "清除筛选" in words(read(visitor, "/?level=1").css_first("#empty"))
    assert "换短一些的词" in words(read(visitor, "/search?q=没有的词"))
    assert "怎么写检索式" in words(read(visitor, "/search"))
    assert "没有这个事件" in words(read(visitor, "/events/none", 404))
    health = words(read(visitor, "/health"))
    assert "七天内没有帖文进来" in health or "信源" in health


def submitted(visitor: Visitor, page: HTMLParser, selector: str, **fields: str) -> tuple[int, str]:
    """Fill in the form as a browser without scripts would."""
    form = page.css_first(selector)
    assert form is not None
    hidden = {str(field.attributes["name"]): str(field.attributes["value"]) for field in form.css("input[type=hidden]")}
    answer = visitor.post(str(form.attributes["action"]), data={**hidden, **fields})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_triage_works_without_a_script(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    visitor.post("/me", data={"name": "李 敏", "back": "/"})
    status, where = submitted(visitor, read(visitor, "/?level=2"), "li.row form", action="acknowledge", note="已转舒兰")
    assert status == 303
    assert where.startswith("/?level=2#alert-")
    row = words(read(visitor, "/").css_first("li.row"))
    assert "已受理 李 敏" in row
    case = store.event(matters["canteen"].id).case  # type: ignore[union-attr]
    assert [(note.by, note.text, note.at) for note in case.notes] == [("李 敏", "受理：已转舒兰", NOW)]


def test_a_stale_form_shows_both_sides_and_loses_nothing(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    mine = read(visitor, f"/events/{event}")
    visitor.post(f"/api/events/{event}/triage", json={"version": 0, "action": "acknowledge", "note": "王在跟", "by": "王"})
    status, text = submitted(visitor, mine, "form.triage", action="dismiss", note="我看是旧闻，另见附注")
    page = HTMLParser(text)
    assert status == 409
    assert "受理：王在跟" in words(page)
    assert "已受理 王" in words(page)
    assert words(page.css_first("textarea")) == "我看是旧闻，另见附注"
    status, where = submitted(visitor, page, ".sides form", action="dismiss", note="我看是旧闻，另见附注")
    assert (status, where) == (303, f"/events/{event}")
    case = store.event(event).case  # type: ignore[union-attr]
    assert (case.status, case.version) == ("dismissed", 2)


def test_what_cannot_be_done_is_said_on_a_page(visitor: Visitor, matters: dict[str, Event]) -> None:
    event = matters["oil"].id
    for fields, status, said in (
        ({"version": "0", "action": "note", "note": " "}, 400, "记录不能为空"),
        ({"version": "0", "action": "note", "note": "字" * 2001}, 400, "记录太长"),
        ({"version": "x", "action": "note"}, 422, "version"),
    ):
        answer = visitor.post(f"/events/{event}/triage", data=fields)
        assert answer.status_code == status
        assert said in words(HTMLParser(answer.text))
    assert visitor.post("/events/none/triage", data={"version": "0", "action": "close"}).status_code == 404


def test_an_event_is_told_whole(visitor: Visitor, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    visitor.post(f"/api/events/{event}/triage", json={"version": 0, "action": "note", "note": "已通知教育局", "by": "李"})
    page = read(visitor, f"/events/{event}")
    assert len(page.css("svg rect.grown")) == 4
    assert [words(title) for title in page.css("svg .tick > title")] == [
        "2024-09-05 09:20:00（北京时间） 升为 Ⅰ红",
        "2024-09-05 06:00:00（北京时间） 升为 Ⅳ蓝",
    ]
    assert len(page.css("li.post")) == 5
    assert {"食堂", "食堂午餐"} & {words(mark) for mark in page.css("li.post mark")}
    assert "发病 12 人 住院 3 人" in words(page.css_first("#judged").parent)  # type: ignore[union-attr]
    route = words(page.css_first("#route").parent)  # type: ignore[union-attr]
    for told in ("牵头部门省教育厅", "配合部门省卫生健康委、省市场监管厅", "属地吉林市食安办", "校园食品安全事件（十三、二十）"):
        assert told in route
    assert "已通知教育局" in words(page.css_first(".log"))
    assert "关键词" in words(page.css_first(".head .facts"))
    points = [int(words(cell)) for cell in page.css(".reasons tbody td.number")]
    assert points
    assert sum(points) == int(words(page.css_first(".reasons tfoot td.number")))
    assert len(page.css("a[href='https://example.test/canteen/0'][rel='noopener noreferrer']")) == 1


def test_an_event_of_another_province_is_shown_as_only_reported(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    away = structs.replace(matters["oil"], places=(Place(("天津市", "滨海新区"), "120116"),))
    store.commit(Step(cleared=(), events=(away,)))
    route = words(read(visitor, f"/events/{away.id}").css_first("#route").parent)  # type: ignore[union-attr]
    assert "外省事件，只报不分办" in route
    assert "外省（天津市滨海新区）：只报省政府食品安全办" in route


def test_a_debunked_rumor_says_so(visitor: Visitor, matters: dict[str, Event]) -> None:
    page = words(read(visitor, f"/events/{matters['seaweed'].id}"))
    assert "紫菜不是塑料做的" in page
    assert "省市场监管局公告" in page
    assert "谣言相似度80%" in page.replace(" ", "")


def test_hits_are_marked_and_counted(visitor: Visitor, matters: dict[str, Event]) -> None:
    page = read(visitor, "/search?q=食堂 -教育局")
    assert words(page.css_first(".count")) == "4 条帖文"
    assert {words(mark) for mark in page.css("mark")} == {"食堂"}
    assert [link.attributes["href"] for link in page.css(".export a")][1:] == [
        "/api/search.jsonl?q=%E9%A3%9F%E5%A0%82+-%E6%95%99%E8%82%B2%E5%B1%80",
        "/api/search.csv?q=%E9%A3%9F%E5%A0%82+-%E6%95%99%E8%82%B2%E5%B1%80",
    ]


@pytest.mark.parametrize(
    "query",
    [
        *("(食堂", "食堂)", "OR 食堂", "NOT", "nope:1", "topic:", "is:x", "rumor:9", "place:1", "since:x", "-since:2024-01-01", '"食堂', '""'),
        *("食" * 2001, "食 " * 201, "(" * 12 + "食" + ")" * 12),
    ],
)
def test_a_wrong_query_is_explained_in_chinese_at_its_place(query: str, visitor: Visitor) -> None:
    answer = visitor.client.build_request("GET", "/search", params={"q": query})
    page = HTMLParser(visitor.get(str(answer.url)).text)
    told = words(page.css_first(".wrong"))
    assert re.search(r"第 \d+ 个字处", told)
    assert page.css_first(".query mark") is not None
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]+", words(page.css(".wrong p")[-1]))


def test_sick_and_silent_sources_are_on_the_health_page(store: MemoryStore, config: Config, matters: dict[str, Event]) -> None:
    def source(name: str, title: str) -> Source:
        return Source(
            name=name, title=title, kind="feed", url="https://example.test/", category="news", trust="media", platform="news", cron="0 * * * *"
        )

    sources = {name: source(name, title) for name, title in (("weibo-hot", "热搜"), ("paper", "某日报"), ("quiet", "没采过的"))}
    told = {"paper": [CrawlReport("paper", NOW, NOW), CrawlReport("paper", NOW, NOW, health="blocked", why="403")]}
    visitor = Visitor(desk(store, replace(config, sources=sources), now=lambda: NOW, crawls=lambda name: told.get(name, [])))
    page = read(visitor, "/health")
    rows = [words(row) for row in page.css(".crawls tbody tr")]
    assert rows[0].startswith("某日报 paper 被拒绝")
    assert "403" in rows[0]
    assert "没采过的 quiet 还没有采集" in rows[1]
    intake = {words(row.css_first("th")): words(row.css("td")[0]) for row in page.css(".intake tbody tr")}
    assert intake["热搜 weibo-hot"] == "14新增 10弃用：no text 4"
    assert intake["某日报 paper"] == "—"
    visitor.leave()


def test_the_reference_of_the_api_needs_nothing_from_elsewhere(visitor: Visitor) -> None:
    page = read(visitor, "/api")
    assert "POST /api/events/{event}/triage" in words(page)


def test_rows_are_sent_again_only_when_one_changed(visitor: Visitor, matters: dict[str, Event]) -> None:
    first = visitor.get("/rows.json?level=2")
    assert len(first.json()["rows"]) == 2
    tag = {"if-none-match": first.headers["etag"]}
    assert visitor.get("/rows.json?level=2", headers=tag).status_code == 304
    visitor.post(f"/api/events/{matters['oil'].id}/triage", json={"version": 0, "action": "acknowledge"})
    again = visitor.get("/rows.json?level=2", headers=tag).json()["rows"]
    stamps = {row["id"]: row["stamp"] for row in first.json()["rows"]}
    assert [row["stamp"] != stamps[row["id"]] for row in again] == [False, True]


def test_a_second_opinion_is_shown_as_one(visitor: Visitor, matters: dict[str, Event], store: MemoryStore) -> None:
    event = matters["canteen"]
    one = next(iter(store.posts([member.post for member in store.members(event.id)]).values()))
    told = structs.replace(one.assessment, relevant=Score(0.4, because=("第二意见(qwen): 相关，学生呕吐",)), second=True)
    store.commit(Step((), (structs.replace(one, assessment=told),)))
    assert "第二意见(qwen): 相关，学生呕吐" in words(read(visitor, f"/events/{event.id}").css_first("ol.posts"))

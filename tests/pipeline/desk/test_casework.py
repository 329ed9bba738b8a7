"""The handling of an event at the desk: its steps, clocks and mutes, the sheet of the shift; as pages and as JSON."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from config.load import Config
from config.roster import Roster, named
from pipeline.delivery import BOOK as DELIVERIES
from pipeline.delivery import read as delivered
from pipeline.desk import desk, response_shapes, shapes
from pipeline.escalate import Escalator
from pipeline.model import Event
from pipeline.outbox import Outbox
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW

pytestmark = pytest.mark.usefixtures("matters")
LATER = NOW + timedelta(hours=1)


def take(visitor: Visitor, event: str, action: str, status: int = 200, **fields: Any) -> Any:
    """Take a step by the API, with the version that the case has."""
    version = visitor.get(f"/api/events/{event}").json()["version"]
    answer = visitor.post(f"/api/events/{event}/triage", json={"version": version, "action": action, "by": "李", **fields})
    assert answer.status_code == status, answer.text
    return answer.json()


def page(visitor: Visitor, url: str) -> Any:
    answer = visitor.get(url)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def submit(visitor: Visitor, url: str, button: str, **fields: Any) -> Any:
    """Fill the first form of a page that has this button, as a browser without a script would, and send it."""
    tree = page(visitor, url)
    (form, *_) = tree.xpath(f"//form[.//button[@name='action' and @value='{button}']]") or tree.xpath(f"//form[.//button[text()='{button}']]")
    values = {key: value for key, value in form.form_values() if key != "departments"}
    values["departments"] = [value for key, value in form.form_values() if key == "departments"]
    values["wakes"] = [value for key, value in form.form_values() if key == "wakes"]
    return visitor.post(form.action, data={**values, "action": button, **fields})


def text(tree: Any, path: str) -> str:
    return " ".join(" ".join(one.text_content().split()) for one in tree.cssselect(path))


def test_an_event_is_led_from_clue_to_archive_without_a_script(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    url = f"/events/{event}"
    for button, fields in (
        ("acknowledge", {}),
        ("rate", {"level": "1", "note": "多人住院"}),
        ("assign", {"note": "请即核查"}),
        ("receive", {"department": "education"}),
        ("feedback", {"department": "education", "note": "已封存留样"}),
    ):
        assert submit(visitor, url, button, **fields).status_code == 303, button
    case = store.event(event).case  # type: ignore[union-attr]
    assert (case.phase, case.rated.level) == ("assigned", 1)  # type: ignore[union-attr]
    assert [(one.title, one.part) for one in case.assignments] == [
        ("省教育厅", "lead"),
        ("省卫生健康委", "with"),
        ("省市场监管厅", "with"),
        ("吉林市食安办", "office"),
    ]
    shown = page(visitor, url)
    assert text(shown, ".phases [aria-current]") == "交办"
    assert "反馈：已封存留样" in text(shown, ".given")
    for name in ("health", "market", "jilin-city"):
        assert submit(visitor, url, "feedback", department=name, note="已查").status_code == 303
    assert submit(visitor, url, "review", note="属实").status_code == 303
    assert submit(visitor, url, "archive").status_code == 303
    case = store.event(event).case  # type: ignore[union-attr]
    assert (case.phase, case.status, case.version) == ("archived", "closed", 10)
    assert [note.action for note in case.notes][-2:] == ["review", "archive"]


def test_a_step_that_is_forbidden_names_what_is_allowed(visitor: Visitor, matters: dict[str, Event]) -> None:
    event = matters["oil"].id
    told = take(visitor, event, "archive", 409)
    assert (told["kind"], told["allowed"]) == ("forbidden", ["acknowledge", "dismiss", "close", "note"])
    assert told["error"] == "现在是“线索”，不能归档；可以：受理、排除、办结、记录"
    answer = visitor.post(f"/events/{event}/triage", data={"version": "0", "action": "archive"})
    assert answer.status_code == 409
    assert "不能归档；可以：受理、排除、办结、记录" in answer.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "rate"}, 400),
        ({"action": "rate", "level": 5}, 422),
        ({"action": "rate", "level": 2, "department": "education"}, 422),
        ({"action": "dismiss", "departments": ["education"]}, 422),
    ],
)
def test_a_step_without_what_it_needs_is_refused(fields: dict[str, Any], status: int, visitor: Visitor, matters: dict[str, Event]) -> None:
    event = matters["oil"].id
    take(visitor, event, "acknowledge")
    take(visitor, event, status=status, **fields)


def test_departments_are_those_of_the_route_or_those_that_were_named(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    for matter in ("canteen", "oil"):
        take(visitor, matters[matter].id, "acknowledge")
        take(visitor, matters[matter].id, "rate", level=2)
    whole = take(visitor, matters["canteen"].id, "assign")
    assert [one["department"] for one in whole["assignments"]] == ["education", "health", "market", "jilin-city"]
    assert "没有部门叫“pigeons”" in take(visitor, matters["oil"].id, "assign", 400, departments=["pigeons"])["error"]
    own = take(visitor, matters["oil"].id, "assign", departments=["transport", "police"])
    assert [(one["department"], one["part"]) for one in own["assignments"]] == [("transport", "lead"), ("police", "with")]
    shapes.WholeEventShape.model_validate(own)
    assert own["notes"][-1]["action"] == "assign"


def test_a_stale_assignment_keeps_what_was_chosen(visitor: Visitor, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    take(visitor, event, "acknowledge")
    take(visitor, event, "rate", level=1)
    fields = {"version": "1", "action": "assign", "departments": ["education", "health"], "note": "速办"}
    answer = visitor.post(f"/events/{event}/triage", data=fields)
    assert answer.status_code == 409
    kept = dict(html.fromstring(answer.text).cssselect(".sides form")[0].form_values())
    assert kept["note"] == "速办"
    assert answer.text.count('name="departments"') == 2


def test_a_department_with_a_channel_is_told_once(store: MemoryStore, config: Config, matters: dict[str, Event]) -> None:
    school = config.departments["education"].model_copy(update={"channels": ("console",), "contact": "值班室", "phone": "0431-1234567"})
    whole = replace(config, departments={**config.departments, "education": school})
    visitor = Visitor(desk(store, whole, now=lambda: NOW))
    event = matters["canteen"].id
    take(visitor, event, "acknowledge")
    take(visitor, event, "rate", level=1)
    take(visitor, event, "assign", departments=["education"])
    visitor.leave()
    (kept,) = [delivered(entry).delivery for entry in store.ledger.page(DELIVERIES).items]
    assert (kept.message.of, kept.message.title) == ("assignment", "交办：舒兰市某小学食堂午餐后多名学生腹泻呕吐")
    assert "联系人：值班室 0431-1234567" in kept.message.text


def at(store: MemoryStore, config: Config, moment: Any) -> Visitor:
    return Visitor(desk(store, config, now=lambda: moment))


def test_rows_and_pages_show_what_is_left(store: MemoryStore, config: Config, matters: dict[str, Event]) -> None:
    visitor = at(store, config, matters["canteen"].last_seen + timedelta(minutes=5))
    rows = page(visitor, "/")
    (row,) = [one for one in rows.cssselect("li.row") if "舒兰市某小学" in one.text_content()]
    assert text(row, ".timer-running") == "余 25 分钟"
    take(visitor, matters["canteen"].id, "acknowledge")
    assert page(visitor, "/").cssselect("li.row.status-acknowledged .timer") == []
    visitor.leave()
    visitor = at(store, config, LATER)
    shown = page(visitor, f"/events/{matters['canteen'].id}")
    assert text(shown, ".head .timer-kept") == "按时"
    broken = page(visitor, f"/events/{matters['oil'].id}")
    assert text(broken, ".head .timer-broken").startswith("超时 ")
    visitor.leave()


def test_a_row_is_drawn_anew_when_its_clock_breaks(store: MemoryStore, config: Config, matters: dict[str, Event]) -> None:
    stamps = []
    for minutes in (5, 6, 31):
        visitor = at(store, config, matters["canteen"].last_seen + timedelta(minutes=minutes))
        rows = visitor.get("/rows.json").json()["rows"]
        stamps.append(next(row["stamp"] for row in rows if "舒兰市某小学" in row["html"]))
        visitor.leave()
    assert stamps[0] == stamps[1] != stamps[2]


def test_clocks_are_in_the_json_of_events_and_alerts(visitor: Visitor, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    alerts = [alert for alert in visitor.get("/api/alerts").json()["alerts"] if alert["event"] == event]
    assert {alert["clock"]["level"] for alert in alerts} == {1, 4}
    one = visitor.get(f"/api/events/{event}").json()
    assert one["clock"] == next(alert["clock"] for alert in alerts if alert["level"] == 1)
    told = response_shapes.ClocksShape.model_validate_json(visitor.get("/api/clocks?since=7d").content)
    assert sum(count for states in told.levels.values() for count in states.values()) == len(told.clocks) == 5


def test_an_event_is_muted_shown_as_muted_and_heard_again(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    event = matters["oil"].id
    url = f"/events/{event}"
    assert submit(visitor, url, "静默", why="旧闻重发", hours="8").status_code == 303
    shown = page(visitor, url)
    assert "已静默：旧闻重发（值班员）" in text(shown, ".head .timer-off")
    assert "级别上升、出现死亡、出现新地点时唤醒" in text(shown, "#silence ~ form")
    (row,) = [one for one in page(visitor, "/").cssselect("li.row") if "罐车" in one.text_content()]
    assert "已静默：旧闻重发" in text(row, ".timer-off")
    assert "罐车卸完煤制油直接装食用大豆油" in text(page(visitor, "/mutes"), "#holding ~ .wide")
    told = response_shapes.MutesShape.model_validate_json(visitor.get("/api/mutes").content)
    assert visitor.get(f"/api/events/{event}").json()["clock"]["mute"] == told.mutes[0].id
    assert submit(visitor, url, "结束静默").status_code == 303
    assert response_shapes.MutesShape.model_validate_json(visitor.get("/api/mutes").content).mutes == []
    over = response_shapes.MutesShape.model_validate_json(visitor.get("/api/mutes?all=true").content).mutes
    assert (over[0].ended_by, over[0].on) == ("值班员", False)
    assert "值班员结束" in text(page(visitor, "/mutes"), "#over ~ .wide")


def test_what_a_search_finds_is_muted_from_its_page(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    (link,) = page(visitor, "/search?q=罐车").xpath("//a[text()='静默这类预警']/@href")
    tree = page(visitor, link)
    (form,) = [one for one in tree.forms if one.action == "/mutes"]
    assert visitor.post("/mutes", data={**dict(form.form_values()), "hours": "8", "why": "旧闻重发"}).status_code == 303
    assert "查询“罐车”" in text(page(visitor, "/mutes"), "#holding ~ .wide")
    assert "查询“罐车”" in text(page(visitor, f"/events/{matters['oil'].id}"), "#silence ~ form")
    (told,) = response_shapes.MutesShape.model_validate_json(visitor.get("/api/mutes").content).mutes
    assert told.query == "罐车"
    wrong = visitor.post("/api/mutes", json={"query": "(罐车", "why": "旧闻", "hours": 8, "by": "李"})
    assert (wrong.status_code, "查询读不懂" in wrong.json()["error"]) == (400, True)


def test_a_mute_by_the_api_needs_author_reason_and_an_end(visitor: Visitor) -> None:
    body = {"topic": "campus", "place": "2202", "why": "演练", "hours": 8, "by": "李"}
    mute = response_shapes.MuteShape.model_validate_json(visitor.post("/api/mutes", json=body).content)
    assert (mute.topic, mute.place, mute.level, mute.places) == ("campus", "2202", 1, ["2202", "220283"])
    for wrong, status in (({**body, "why": " "}, 400), ({**body, "hours": 200}, 400), ({**body, "hours": 0}, 422), ({"why": "x", "hours": 1}, 400)):
        assert visitor.post("/api/mutes", json=wrong).status_code == status
    assert visitor.post(f"/api/mutes/{mute.id}/end", json={"by": "王"}).status_code == 200
    assert visitor.post(f"/api/mutes/{mute.id}/end", json={"by": "王"}).status_code == 404


def test_the_sheet_says_what_the_next_shift_must_know(store: MemoryStore, config: Config, matters: dict[str, Event]) -> None:
    people = {"zhang": {"title": "张三"}, "li": {"title": "李四"}}
    weekly = [{"from": "08:00", "to": "18:00", "people": ["zhang"]}, {"from": "18:00", "to": "08:00", "people": ["li"]}]
    whole = replace(config, roster=Roster.model_validate(named({"people": people, "weekly": weekly})))
    visitor = at(store, whole, NOW)
    take(visitor, matters["canteen"].id, "acknowledge", note="已联系舒兰市局")
    take(visitor, matters["canteen"].id, "rate", level=2)
    take(visitor, matters["canteen"].id, "assign", departments=["education"])
    take(visitor, matters["bakery"].id, "dismiss")
    visitor.post("/api/mutes", json={"event": matters["seaweed"].id, "why": "已有辟谣", "hours": 8, "by": "王"})
    Escalator(store, Outbox(store.ledger, whole), whole).run(NOW)
    sheet = response_shapes.SheetShape.model_validate_json(visitor.get("/api/handover").content)
    assert (sheet.on_duty, sheet.next, sheet.since.isoformat()) == (["张三"], ["李四"], "2024-09-05T08:00:00+08:00")
    assert [one.id for one in sheet.open] == [matters[name].id for name in ("oil", "canteen", "seaweed")]  # both are level 2, and oil is due first
    assert [(clock.title, clock.state) for clock in sheet.clocks] == [("罐车卸完煤制油直接装食用大豆油", "broken"), ("省教育厅", "running")]
    assert [(one.title, one.state) for one in sheet.escalations] == [("罐车卸完煤制油直接装食用大豆油", "nobody")]
    assert [mute.why for mute in sheet.mutes] == ["已有辟谣"]
    assert sorted((one.by, one.text) for one in sheet.changes) == [
        ("李", text) for text in ("交办 省教育厅（牵头，十三、二十）", "受理：已联系舒兰市局", "定级 Ⅱ橙", "排除")
    ]
    shown = page(visitor, "/handover")
    assert "省教育厅 余 1 天" in text(shown, "#open ~ .wide")
    assert "没有通知到：" in text(shown, "#risen ~ .log")
    assert visitor.get("/handover?since=yesterday").status_code == 400
    visitor.leave()


def test_a_sheet_of_nothing_says_so(config: Config) -> None:
    visitor = at(MemoryStore(), config, NOW)
    shown = page(visitor, "/handover")
    assert "没有未办结的事件" in shown.text_content()
    assert "没有生效的静默" in page(visitor, "/mutes").text_content()
    visitor.leave()

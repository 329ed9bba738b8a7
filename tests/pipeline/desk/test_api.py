"""The API gives the promised faces, refuses stale changes, and has one form of error."""

import csv
import io
import json
from typing import Any

import pytest
from msgspec import structs
from pydantic import BaseModel

from pipeline.desk import shapes
from pipeline.model import Event
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW, judged

pytestmark = pytest.mark.usefixtures("matters")


def ask(visitor: Visitor, url: str, status: int = 200) -> Any:
    answer = visitor.get(url)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return answer.json()


def test_alerts_come_newest_first_with_the_case_of_their_event(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    visitor.post(f"/api/events/{matters['oil'].id}/triage", json={"version": 0, "action": "acknowledge", "by": "李"})
    alerts = ask(visitor, "/api/alerts")["alerts"]
    assert [alert["raised_at"] for alert in alerts] == sorted((alert["raised_at"] for alert in alerts), reverse=True)
    assert alerts[0]["raised_at"].endswith("+08:00")
    oil = next(alert for alert in alerts if alert["event"] == matters["oil"].id)
    assert (oil["status"], oil["owner"], oil["version"], oil["level"]) == ("acknowledged", "李", 1, 2)


def test_filters_narrow_alerts_and_events(visitor: Visitor) -> None:
    assert {alert["level"] for alert in ask(visitor, "/api/alerts?level=2")["alerts"]} == {1, 2}
    assert {alert["topics"][0] for alert in ask(visitor, "/api/alerts?topic=campus")["alerts"]} == {"campus"}
    assert len(ask(visitor, "/api/alerts?since=10h")["alerts"]) == 3
    assert len(ask(visitor, "/api/events?topic=infant")["events"]) == 1
    assert ask(visitor, "/api/alerts?status=closed")["alerts"] == []


def test_events_and_alerts_say_who_answers_for_them(visitor: Visitor, matters: dict[str, Event]) -> None:
    route = ask(visitor, f"/api/events/{matters['canteen'].id}")["route"]
    assert (route["lead"]["title"], [party["title"] for party in route["with"]]) == ("省教育厅", ["省卫生健康委", "省市场监管厅"])
    assert (route["office"]["title"], route["outside"]) == ("吉林市食安办", False)
    assert route["because"][0] == "校园食品安全事件（十三、二十）：文中有“腹泻”“呕吐”“送医”，主题 校园食品"
    for kind in ("events", "alerts"):
        told = {one.get("event", one["id"]): one["route"] for one in ask(visitor, f"/api/{kind}")[kind]}
        assert told[matters["canteen"].id] == route
        assert told[matters["oil"].id]["lead"]["name"] == "transport"


def test_pages_follow_each_other_without_a_gap(visitor: Visitor) -> None:
    seen, cursor = [], ""
    while True:
        page = ask(visitor, f"/api/alerts?limit=2&cursor={cursor}")
        seen += [alert["id"] for alert in page["alerts"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == [alert["id"] for alert in ask(visitor, "/api/alerts")["alerts"]]
    assert len(seen) == 5


def test_who_has_the_answer_is_not_sent_it_again(visitor: Visitor, store: MemoryStore) -> None:
    tag = visitor.get("/api/alerts").headers["etag"]
    again = visitor.get("/api/alerts", headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    event = ask(visitor, "/api/alerts")["alerts"][0]["event"]
    visitor.post(f"/api/events/{event}/triage", json={"version": 0, "action": "acknowledge"})
    assert visitor.get("/api/alerts", headers={"if-none-match": tag}).status_code == 200


def test_a_change_is_kept_and_logged(visitor: Visitor, matters: dict[str, Event]) -> None:
    address = f"/api/events/{matters['canteen'].id}"
    visitor.post(f"{address}/triage", json={"version": 0, "action": "acknowledge", "note": "已联系舒兰市局", "by": "李"})
    visitor.post(f"{address}/triage", json={"version": 1, "action": "note", "note": "留样已封存", "by": "王"})
    visitor.post(f"{address}/triage", json={"version": 2, "action": "close", "by": "李"})
    event = ask(visitor, address)
    assert (event["status"], event["owner"], event["version"]) == ("closed", "李", 3)
    assert [(note["by"], note["text"]) for note in event["notes"]] == [("李", "受理：已联系舒兰市局"), ("王", "留样已封存"), ("李", "办结")]


def test_a_stale_change_is_refused_with_what_the_other_wrote(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    event = matters["oil"].id
    visitor.post(f"/api/events/{event}/triage", json={"version": 0, "action": "acknowledge", "note": "我来跟", "by": "王"})
    answer = visitor.post(f"/api/events/{event}/triage", json={"version": 0, "action": "dismiss", "note": "旧闻", "by": "李"})
    told = answer.json()
    assert (answer.status_code, told["kind"]) == (409, "conflict")
    assert (told["event"]["status"], told["event"]["owner"], told["event"]["version"]) == ("acknowledged", "王", 1)
    assert [note["text"] for note in told["meanwhile"]] == ["受理：我来跟"]
    kept = store.event(event)
    assert kept is not None
    assert kept.case.status == "acknowledged"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "close"}, 422),
        ({"version": -1, "action": "close"}, 422),
        ({"version": 0, "action": "explode"}, 422),
        ({"version": 0, "action": "note"}, 400),
        ({"version": 0, "action": "note", "note": "字" * 2001}, 422),
        ({"version": 0, "action": "close", "level": 1}, 422),
    ],
)
def test_a_change_that_says_nothing_is_refused(body: dict[str, object], status: int, visitor: Visitor, matters: dict[str, Event]) -> None:
    answer = visitor.post(f"/api/events/{matters['oil'].id}/triage", json=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "kind"}


@pytest.mark.parametrize(
    ("url", "status", "kind"),
    [
        ("/api/events/none", 404, "missing"),
        ("/api/posts/none", 404, "missing"),
        ("/api/nothing", 404, "http"),
        ("/api/alerts?level=9", 400, "filter"),
        ("/api/alerts?limit=0", 422, "request"),
        ("/api/search.csv?q=(", 400, "query"),
    ],
)
def test_every_error_has_one_form(url: str, status: int, kind: str, visitor: Visitor) -> None:
    told = ask(visitor, url, status)
    assert told["kind"] == kind
    assert isinstance(told["error"], str)
    assert told["error"]
    assert visitor.post("/api/events/none/triage", json={"version": 0, "action": "close"}).json()["kind"] == "missing"


def test_a_wrong_query_says_at_which_character(visitor: Visitor) -> None:
    assert ask(visitor, "/api/search?q=食堂 (腹泻", 400)["position"] == 4


def test_search_finds_counts_and_pages(visitor: Visitor) -> None:
    found = ask(visitor, "/api/search?q=食堂&count=true&limit=2")
    assert (len(found["posts"]), found["count"]) == (2, 5)
    rest = ask(visitor, f"/api/search?q=食堂&cursor={found['next']}")
    assert len(rest["posts"]) == 3
    assert rest["count"] is None
    assert ask(visitor, f"/api/posts/{found['posts'][0]['key']}") == found["posts"][0]


def test_hits_are_exported_whole(visitor: Visitor) -> None:
    lines = visitor.get("/api/search.jsonl?q=食堂").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [post["id"] for post in ask(visitor, "/api/search?q=食堂")["posts"]]
    sheet = visitor.get("/api/search.csv?q=食堂")
    assert sheet.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in lines]
    assert rows[0]["topics"] == "campus"


def test_a_spreadsheet_runs_nothing_that_a_post_says(visitor: Visitor, store: MemoryStore) -> None:
    one = judged("oil", 0, NOW)
    store.keep([structs.replace(one, post=structs.replace(one.post, id="sheet", text='=HYPERLINK("x")'), digest=b"sheet")])
    assert "'=HYPERLINK" in visitor.get("/api/search.csv?q=hyperlink").text


def test_answers_are_what_openapi_says(visitor: Visitor, matters: dict[str, Event]) -> None:
    schema = ask_schema(visitor)
    assert {"/api/alerts", "/api/events/{event}", "/api/search", "/api/posts/{post}", "/api/health"} <= set(schema["paths"])
    assert all(method.get("summary") for path in schema["paths"].values() for method in path.values())
    post = ask(visitor, "/api/search?q=紫菜")["posts"][0]["key"]
    event = matters["seaweed"].id
    visitor.post(f"/api/events/{event}/triage", json={"version": 0, "action": "note", "note": "核"})
    answers: dict[str, type[BaseModel]] = {
        "/api/alerts": shapes.AlertsShape,
        "/api/events": shapes.EventsShape,
        f"/api/events/{event}": shapes.WholeEventShape,
        "/api/search?q=食堂": shapes.PostsShape,
        f"/api/posts/{post}": shapes.PostShape,
        "/api/health": shapes.HealthShape,
    }
    for url, shape in answers.items():
        shape.model_validate_json(visitor.get(url).content)


def ask_schema(visitor: Visitor) -> Any:
    return visitor.get("/openapi.json").json()


def test_health_counts_fates_of_the_last_days(visitor: Visitor) -> None:
    told = ask(visitor, "/api/health")
    assert told["status"] == "ok"
    assert told["store"]["alerts"] == 5
    assert {"day": "2024-09-05", "source": "weibo-hot", "fate": "kept", "posts": 10} in told["fates"]

"""Strangers can neither read the desk through another name nor change anything from another page."""

import re

import pytest
from msgspec import structs

from config.errors import ConfigError
from config.schema import DeskSettings
from pipeline.desk import bindable
from pipeline.desk.safety import is_loopback
from pipeline.model import Event
from pipeline.store.memory import MemoryStore
from tests.pipeline.desk.conftest import Visitor
from tests.pipeline.desk.matters import NOW, judged


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_the_desk_may_listen_on_this_machine(host: str) -> None:
    bindable(DeskSettings(host=host))
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.example"])
def test_the_desk_may_listen_for_others_only_where_it_has_users(host: str) -> None:
    for settings, key in ((DeskSettings(host=host), "desk.host"), (DeskSettings(hosts=(host,)), "desk.hosts")):
        with pytest.raises(ConfigError, match="no users yet; make one: shian user add NAME --role admin") as refused:
            bindable(settings)
        assert [fault.key for fault in refused.value.faults] == [key]
        bindable(settings, lambda: True)


def test_a_desk_that_listens_nowhere_in_particular_listens_for_others() -> None:
    with pytest.raises(ConfigError, match="no users yet"):
        bindable(DeskSettings(host=""))


def test_the_store_is_not_asked_for_a_desk_on_loopback() -> None:
    bindable(DeskSettings(), lambda: pytest.fail("asked"))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::1"])
def test_another_name_is_refused(host: str, visitor: Visitor) -> None:
    answer = visitor.get("/api/alerts", headers={"host": host})
    assert (answer.status_code, answer.json()["kind"]) == (421, "host")


@pytest.mark.parametrize("host", ["localhost:8000", "[::1]:8000", "127.0.0.1"])
def test_the_names_of_this_machine_are_answered(host: str, visitor: Visitor) -> None:
    assert visitor.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8000"},
    ],
)
def test_a_change_from_another_page_is_refused(headers: dict[str, str], visitor: Visitor, matters: dict[str, Event], store: MemoryStore) -> None:
    event = matters["oil"].id
    for path, body in ((f"/events/{event}/triage", {"data": {"version": "0", "action": "close"}}), ("/me", {"data": {"name": "x"}})):
        assert visitor.post(path, headers=headers, **body).status_code == 403
    assert visitor.post(f"/api/events/{event}/triage", headers=headers, json={"version": 0, "action": "close"}).json()["kind"] == "origin"
    kept = store.event(event)
    assert kept is not None
    assert kept.case.version == 0


def test_every_answer_carries_the_policy_and_no_page_needs_more(visitor: Visitor, matters: dict[str, Event]) -> None:
    for path in ("/", "/search?q=食堂", "/search?q=(", "/health", "/api", f"/events/{matters['canteen'].id}", "/nope"):
        answer = visitor.get(path)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script>|\son\w+=|\sstyle=|<style", answer.text)
        fetched = re.findall(r"<(?:script|img|link)[^>]*?(?:src|href)=\"([^\"]+)\"", answer.text)
        assert fetched
        assert all(address.startswith("/") for address in fetched)


def test_what_posts_say_cannot_become_a_page(visitor: Visitor, store: MemoryStore, matters: dict[str, Event]) -> None:
    one = judged("oil", 0, NOW)
    post = structs.replace(one.post, id="evil", text="<script>alert(1)</script> 食堂", url="javascript:alert(1)", author="<img src=x>")
    store.keep([structs.replace(one, post=post, digest=b"evil")])
    page = visitor.get("/search?q=alert").text
    assert "<script>alert" not in page
    assert "javascript:" not in page
    assert "<img" not in page
    assert "&lt;script&gt;<mark>alert</mark>" in page


def test_back_leads_only_to_this_desk(visitor: Visitor) -> None:
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nx: y"):
        assert visitor.post("/me", data={"name": "李", "back": back}).headers["location"] == "/"
    assert visitor.post("/me", data={"name": "李", "back": "/health"}).headers["location"] == "/health"

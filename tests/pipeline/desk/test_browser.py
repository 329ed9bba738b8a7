"""In a real browser: triage by keyboard, new alerts that come by themselves, colours that can be read."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config.load import Config
from pipeline.desk import desk
from pipeline.handling import Wish, turned
from pipeline.model import Case, Edit, Event
from pipeline.store import EventFilter
from pipeline.store.memory import MemoryStore
from tests.conftest import missing
from tests.pipeline.desk.matters import NOW, happen

pytestmark = pytest.mark.browser
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")

CONTRAST = """() => {
  const number = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (at) => {
    for (; at; at = at.parentElement) {
      const colour = number(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !at.checkVisibility() || at.closest("svg")) continue;
    const [a, b] = [light(number(getComputedStyle(at).color)), light(ground(at))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(`${walk.currentNode.textContent.trim()} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


def edit(action: str, by: str, note: str = "") -> Edit:
    return turned(Case(), Wish(action, by, note), NOW)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), "")
    if not path:
        missing("no Chromium: install the package chromium to run the browser tests of the desk")
    expect.set_options(timeout=20_000)  # a busy machine polls late
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def address(store: MemoryStore, config: Config, matters: dict[str, Event]) -> Iterator[str]:
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(desk(store, config, now=lambda: NOW), log_level="error", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    sock.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 420})
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert faults == []


def test_an_alert_is_triaged_without_a_mouse(page: Page, store: MemoryStore, matters: dict[str, Event]) -> None:
    page.goto("/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator("[data-chosen]")
    expect(chosen.locator("h2")).to_have_text(matters["oil"].title)
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("已受理")
    expect(chosen).to_contain_text("已受理 值班员")
    page.keyboard.press("n")
    expect(chosen.locator("textarea")).to_be_focused()
    page.keyboard.type("已联系粮油处 a d j")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#said")).to_contain_text("已记下")
    page.keyboard.press("k")
    expect(page.locator("[data-chosen] h2")).to_have_text(matters["canteen"].title)
    page.keyboard.press("d")
    expect(page.locator("[data-chosen]")).to_contain_text("已排除")
    case = store.event(matters["oil"].id).case  # type: ignore[union-attr]
    assert (case.status, [note.text for note in case.notes]) == ("acknowledged", ["受理", "已联系粮油处 a d j"])
    assert store.event(matters["canteen"].id).case.status == "dismissed"  # type: ignore[union-attr]
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/*")
    expect(page.locator("h1")).to_have_text(matters["canteen"].title)


def test_help_and_search_are_one_key_away(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("食堂 腹泻")
    page.keyboard.press("Enter")
    expect(page.locator(".count")).to_contain_text("条帖文")


def test_a_new_alert_appears_and_what_is_read_stays_in_place(page: Page, store: MemoryStore) -> None:
    store.triage(store.alerts(EventFilter()).items[0].event, edit("note", "甲", "x"), version=0, now=NOW)
    page.goto("/")
    for _ in range(3):
        page.keyboard.press("j")
    chosen = page.locator("[data-chosen]")
    before = chosen.bounding_box()
    page.wait_for_timeout(300)
    began = time.monotonic()
    happen(store, "late", NOW - timedelta(minutes=1))
    row = page.locator("li.row", has_text="新到的一条预警")
    expect(row).to_have_count(1, timeout=3000)
    assert time.monotonic() - began < 3
    after = chosen.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 1
    expect(page.locator("#said")).to_contain_text("新预警 1 条：Ⅱ橙 新到的一条预警")
    expect(page.locator("#fresh")).to_have_text("↑ 上方有 1 条新预警")
    page.locator("#fresh").click()
    expect(page.locator("#fresh")).to_be_hidden()
    expect(row).to_be_in_viewport()


def test_a_stale_edit_shows_both_sides_and_can_be_saved_again(page: Page, store: MemoryStore, matters: dict[str, Event]) -> None:
    page.goto("/")
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("我的长长的记录")
    event = matters["canteen"].id
    store.triage(event, edit("acknowledge", "王", "王在跟"), version=0, now=NOW)
    page.keyboard.press("Control+Enter")
    clash = page.locator(".clash")
    expect(clash).to_contain_text("王：受理：王在跟")
    expect(page.locator("[data-chosen] textarea")).to_have_value("我的长长的记录")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("已记下")
    case = store.event(event).case  # type: ignore[union-attr]
    assert ([note.text for note in case.notes], case.owner) == (["受理：王在跟", "我的长长的记录"], "王")


def test_a_lost_connection_is_said_and_mended(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#live")).to_have_attribute("data-state", "on")
    page.context.set_offline(True)
    expect(page.locator("#live")).to_have_attribute("data-state", "off")
    expect(page.locator("#said")).to_contain_text("连不上值守台")
    page.context.set_offline(False)
    expect(page.locator("#live")).to_have_attribute("data-state", "on")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(scheme: str, browser: Browser, address: str, store: MemoryStore, matters: dict[str, Event]) -> None:
    store.triage(matters["oil"].id, edit("acknowledge", "王", ""), version=0, now=NOW)
    store.triage(matters["bakery"].id, edit("dismiss", "王", ""), version=0, now=NOW)
    page = browser.new_page(base_url=address, color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/", f"/events/{matters['canteen'].id}", "/search?q=食堂", "/search?q=(", "/health", "/api", "/nope"):
        page.goto(path)
        assert page.evaluate(CONTRAST) == [], path
    page.goto("/")
    page.keyboard.press("j")
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_an_event_is_rated_assigned_and_answered(page: Page, store: MemoryStore, matters: dict[str, Event]) -> None:
    event = matters["canteen"].id
    store.triage(event, edit("acknowledge", "王"), version=0, now=NOW)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/events/{event}")
    page.get_by_role("button", name="定级", exact=True).click()
    expect(page.locator(".phases [aria-current]")).to_have_text("定级")
    page.get_by_label("省市场监管厅").uncheck()
    page.get_by_label("交办的说明").fill("请即核查")
    page.get_by_role("button", name="交办", exact=True).click()
    expect(page.locator(".given")).to_have_count(3)
    page.locator("select[name=department]").select_option(label="省教育厅")
    page.get_by_placeholder("反馈了什么").fill("已封存留样")
    page.get_by_role("button", name="反馈", exact=True).click()
    expect(page.locator(".given", has_text="省教育厅")).to_contain_text("反馈：已封存留样")
    page.get_by_role("button", name="定级", exact=True).click()  # a browser asks for the text that it needs
    expect(page.locator(".phases [aria-current]")).to_have_text("交办")
    page.get_by_text("静默这个事件").click()
    page.get_by_label("原因").fill("等省教育厅通报")
    page.get_by_role("button", name="静默", exact=True).click()
    expect(page.get_by_role("button", name="结束静默")).to_be_visible()
    kept = store.event(event)
    assert kept
    assert [note.action for note in kept.case.notes] == ["acknowledge", "rate", "assign", "feedback"]
    assert {one.department: one.answered for one in kept.case.assignments} == {"education": True, "health": False, "jilin-city": False}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in (f"/events/{event}", "/", "/mutes", "/handover"):
            page.goto(address)
            assert page.evaluate(CONTRAST) == [], (scheme, address)

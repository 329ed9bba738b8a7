"""In a real browser: logging in and out, wrong passwords, foreign pages, sessions that end, and what a reader sees."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from config.load import Config
from pipeline import audit
from pipeline.desk import desk
from pipeline.model import Event
from pipeline.store.memory import MemoryStore
from pipeline.users import Users
from tests.pipeline.desk.matters import NOW
from tests.pipeline.desk.test_browser import CONTRAST, browser  # noqa: F401 - a fixture
from tests.pipeline.people import PASSWORD, Clock, add, passwords

pytestmark = pytest.mark.browser


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def address(store: MemoryStore, config: Config, matters: dict[str, Event], clock: Clock) -> Iterator[str]:
    add(store, "limin", "duty", "李敏")
    add(store, "look", "reader", "只看")
    add(store, "root", "admin", "管理")
    sock = socket.create_server(("127.0.0.1", 0))
    app = desk(store, config, now=clock, passwords=passwords())
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    sock.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:  # noqa: F811
    page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 720})
    page.set_default_timeout(10_000)
    yield page
    page.close()


def enter(page: Page, name: str = "limin", password: str = PASSWORD) -> None:
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.keyboard.press("Enter")


def test_a_wrong_password_is_said_and_the_right_one_leads_on(page: Page, matters: dict[str, Event], store: MemoryStore) -> None:
    page.goto(f"/events/{matters['canteen'].id}")
    expect(page).to_have_title("登录 · 食安值守台")
    expect(page.get_by_label("用户名")).to_be_focused()
    enter(page, password="wrong password")
    expect(page.get_by_role("alert")).to_have_text("用户名或密码不对")
    expect(page.get_by_label("用户名")).to_have_value("limin")
    expect(page.get_by_label("密码")).to_be_focused()
    expect(page.get_by_label("密码")).to_have_value("")
    enter(page)
    page.wait_for_url(f"**/events/{matters['canteen'].id}")
    cookie = next(one for one in page.context.cookies() if one["name"] == "shian")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Lax", -1)
    page.goto("/")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("已受理")
    expect(page.locator("[data-chosen]")).to_contain_text("已受理 李敏")
    page.keyboard.press("n")
    page.keyboard.type("已联系")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#said")).to_contain_text("已记下")
    assert {line.detail for line in audit.lines(store, by="limin") if line.action == "triage"} == {"note", "acknowledge"}
    page.locator(".me summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login")
    page.go_back()
    expect(page).to_have_title("登录 · 食安值守台")


def test_without_a_script_changes_work_as_well(browser: Browser, address: str, store: MemoryStore, matters: dict[str, Event]) -> None:  # noqa: F811
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    enter(page)
    page.locator("li.row button[value=acknowledge]").first.click()
    expect(page.locator("li.row").first).to_contain_text("已受理 李敏")
    context.close()


def test_events_are_merged_on_the_page_by_whoever_may(page: Page, store: MemoryStore, matters: dict[str, Event]) -> None:
    add(store, "wang", "assessor", "王研")
    page.goto(f"/events/{matters['oil'].id}")
    enter(page, "wang")
    page.get_by_text("并入别的事件").click()
    page.get_by_label("并入事件").fill(matters["canteen"].id)
    page.locator("form[action$='/merge'] input[name=reason]").fill("同一件事")
    page.get_by_role("button", name="归并").click()
    expect(page.locator("#joined").locator("..")).to_contain_text("王研")
    assert [(line.by, line.of) for line in audit.lines(store) if line.action == "merge"] == [("wang", f"event {matters['oil'].id}")]


def test_a_foreign_page_changes_nothing(page: Page, address: str, store: MemoryStore, matters: dict[str, Event]) -> None:
    """Another port of this machine is the same site to a browser: the cookie comes along, and only the desk's own checks are left."""
    event = matters["oil"].id
    form = f"""<form method="post" action="{address}/events/{event}/triage"><input name="version" value="0"><input name="action" value="close">
      </form><script>document.forms[0].submit()</script>""".encode()

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(form)

        def log_message(self, *given: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil) as evil:
        threading.Thread(target=evil.serve_forever).start()
        page.goto("/")
        enter(page)
        page.wait_for_url("**/")
        with page.expect_response(lambda response: response.url.endswith("/triage")) as answer:
            page.goto(f"http://127.0.0.1:{evil.server_address[1]}/")
        evil.shutdown()
    assert "shian=" in (answer.value.request.all_headers().get("cookie") or "")
    assert answer.value.status == 403
    assert store.event(event).case.version == 0  # type: ignore[union-attr]


def test_when_a_session_ends_the_open_page_says_so_and_loses_nothing(page: Page, clock: Clock, config: Config) -> None:
    page.goto("/")
    enter(page)
    expect(page.locator("html.has-script #live")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("写了一半")
    clock.at += config.settings.people.idle
    expect(page.locator("#live")).to_contain_text("登录已过期")
    expect(page.locator("#said")).to_contain_text("请重新登录")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#said")).to_contain_text("没有保存：还没有登录，或登录已过期")
    expect(page.locator("[data-chosen] textarea")).to_have_value("写了一半")
    page.goto("/health")
    expect(page).to_have_title("登录 · 食安值守台")


def test_a_reader_sees_no_buttons_and_keys_do_nothing(page: Page, store: MemoryStore, matters: dict[str, Event]) -> None:
    page.goto("/")
    enter(page, "look")
    expect(page.locator("li.row")).to_have_count(4)
    expect(page.locator("form.triage")).to_have_count(0)
    for key in "jadcn":
        page.keyboard.press(key)
    assert all(store.event(event.id).case.version == 0 for event in matters.values())  # type: ignore[union-attr]
    page.locator(".me summary").click()
    expect(page.locator(".me")).to_contain_text("只读")
    expect(page.get_by_role("link", name="审计")).to_have_count(0)
    assert page.goto("/audit").status == 403  # type: ignore[union-attr]
    expect(page.get_by_role("alert")).to_contain_text("这一步需要“管理员”（admin）")


def test_a_role_that_was_taken_away_is_refused_in_an_open_page(page: Page, store: MemoryStore) -> None:
    page.goto("/")
    enter(page)
    expect(page.locator("html.has-script #live")).to_be_visible()
    page.keyboard.press("j")
    # The page must not learn of it before the key is pressed.
    with page.expect_response("**/rows.json*"):
        pass
    page.route("**/rows.json*", lambda route: None)
    Users(store.ledger).change("limin", now=NOW, role="reader")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("这一步需要“值班”（duty）或以上的角色")


def test_a_password_is_changed_with_the_keyboard_alone(page: Page, store: MemoryStore) -> None:
    page.goto("/")
    enter(page)
    page.locator(".me summary").press("Enter")
    page.get_by_role("link", name="我的账户").press("Enter")
    expect(page).to_have_title("我的账户 · 食安值守台")
    page.get_by_label("旧密码").focus()
    for number, word in enumerate((PASSWORD, "four plain words", "four plain words")):
        page.keyboard.press("Tab") if number else None
        page.keyboard.insert_text(word)
    page.keyboard.press("Enter")
    expect(page.locator(".hint")).to_contain_text("密码已改")
    page.get_by_role("button", name="从 127.0.0.1 登录的会话").press("Enter")
    expect(page).to_have_title("登录 · 食安值守台")
    enter(page, password="four plain words")
    expect(page.locator("li.row")).to_have_count(4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_of_these_pages_stands_out(scheme: str, browser: Browser, address: str) -> None:  # noqa: F811
    page = browser.new_page(base_url=address, color_scheme="dark" if scheme == "dark" else "light")
    page.goto("/login")
    enter(page, "root", "wrong password")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    enter(page, "root")
    page.wait_for_url("**/")
    page.goto("/audit")
    page.locator(".me summary").click()
    expect(page.locator(".me form")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    page.goto("/account?done=token")
    page.get_by_label("旧密码").fill("wrong password")
    page.get_by_label("新密码").fill("four plain words")
    page.get_by_label("再输一次").fill("four plain words")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("旧密码不对")
    assert page.evaluate(CONTRAST) == []
    page.close()

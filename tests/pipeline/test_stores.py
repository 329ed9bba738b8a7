"""The store is moved, backed up and restored from the command line; the drill loses a store and finds everything again."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.cli import main
from pipeline.home import Home, made
from pipeline.model import Edit
from pipeline.store import EventFilter, Store
from pipeline.store.copies import existing
from pipeline.store.query import parsed
from pipeline.store.records import KINDS, summed
from tests.contracts.posts import at, judged

ROOT = Path(__file__).resolve().parents[2]
URL, OTHER = "sqlite:///shian.db", "sqlite:///other.db"
QUERIES = ("", "食堂", "呕吐", "is:relevant", "platform:weibo NOT 食堂")


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def last(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


Shian = Callable[..., Ran]
Begin = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return made(tmp_path / "home")


@pytest.fixture
def shian(home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Shian:
    """Runs a command of this home in this process."""
    for name in [name for name in os.environ if name.startswith("SHIAN_")]:
        monkeypatch.delenv(name)

    def run(*words: str, given: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["shian", "--home", str(home.folder), *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode()), "utf-8"))
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        return Ran(code, *capfd.readouterr())

    return run


@pytest.fixture
def begun(home: Home) -> Iterator[Begin]:
    """Starts a command of this home in a process of its own."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SHIAN_")}
    running: list[subprocess.Popen[bytes]] = []

    def begin(*words: str, given: str = "") -> subprocess.Popen[bytes]:
        file = home.folder.parent / f"given-{len(running)}"
        file.write_text(given, "utf-8")
        with file.open("rb") as stdin:
            command = [sys.executable, "-m", "pipeline.cli", "--home", str(home.folder), *words]
            running.append(subprocess.Popen(command, cwd=ROOT, env=environ, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()


def lines(start: int, end: int) -> str:
    """Written posts, some of a matter, most of none."""
    matter = ("某小学食堂午餐后多名学生呕吐腹泻送医", "某校食堂后厨发现过期冻肉，市场监管局介入", "婴幼儿奶粉检出致病菌，企业召回")
    posts = (
        {
            "id": f"{number}",
            "text": f"{matter[number // 20 % 3]}，第{number}条" if number % 20 < 3 else f"今天第{number}次散步，天气不错",
            "platform": "weibo",
            "published_at": f"2024-09-05T{12 + number // 60 % 8:02}:{number % 60:02}",
        }
        for number in range(start, end)
    )
    return "".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts)


def seen(home: Home) -> dict[str, Any]:
    """Everything that people see of a store."""
    store = existing(URL, home.folder)
    try:
        return {
            "alerts": store.alerts(EventFilter(), limit=1000).items,
            "events": [(event, store.members(event.id)) for event in store.events(EventFilter(), limit=1000).items],
            "counts": [store.count(parsed(query)) for query in QUERIES],
            "pending": store.pending(10),
            "fates": store.fates(""),
        }
    finally:
        store.close()


@pytest.mark.slow
def test_a_store_that_is_lost_is_found_again_from_its_backup(home: Home, shian: Shian, begun: Begin, tmp_path: Path) -> None:
    assert shian("ingest", "-", "--source", "weibo-hot", given=lines(0, 100)).code == 0
    store = existing(URL, home.folder)
    one = store.events(EventFilter()).items[0]
    case = store.triage(one.id, Edit("李", status="acknowledged", owner="李", note="已电话核实"), version=0, now=at(0)).case
    store.close()
    before = seen(home)
    assert before["alerts"]
    assert before["pending"] == []
    assert shian("store", "backup", str(tmp_path / "quiet.db")).out.startswith("backed up: 100 posts")

    # While posts come in, a backup holds all that was there before it began.
    coming = begun("ingest", "-", "--source", "weibo-hot", given=lines(100, 4000))
    wait_for(home, lambda store: store.sizes()["posts"] > 100)
    ran = shian("store", "backup", str(tmp_path / "busy.db"), "--json")
    assert ran.code == 0, ran.err
    assert coming.poll() is None, "the ingest was over before the backup; give it more"
    assert coming.wait(60) == 0
    whole = seen(home)
    for path in home.folder.glob("shian.db*"):
        path.unlink()
    ran = shian("store", "restore", str(tmp_path / "busy.db"), "--json")
    assert ran.code == 0, ran.err
    assert 100 < ran.last["records"]["posts"] <= 4000
    store = existing(URL, home.folder)
    assert store.event(one.id).case == case  # type: ignore[union-attr]
    assert {alert.id for alert in store.alerts(EventFilter(), limit=1000).items} >= {alert.id for alert in before["alerts"]}
    store.close()

    # The file taken in once more brings what came after the backup, and nothing twice.
    assert shian("ingest", "-", "--source", "weibo-hot", given=lines(100, 4000)).code == 0
    after = seen(home)
    assert {**after, "fates": []} == {**whole, "fates": []}

    refused = shian("store", "restore", str(tmp_path / "quiet.db"))
    assert (refused.code, refused.out) == (3, "")
    assert "it holds 4,000 posts; --force" in refused.err
    assert shian("store", "restore", str(tmp_path / "quiet.db"), "--force").code == 0
    assert seen(home) == before


def wait_for(home: Home, true: Callable[[Store], bool]) -> None:
    store, end = existing(URL, home.folder), time.monotonic() + 60
    try:
        while not true(store):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)
    finally:
        store.close()


def sums(home: Home, url: str) -> list[object]:
    store = existing(url, home.folder)
    try:
        return [summed(store, kind) for kind in KINDS]
    finally:
        store.close()


@pytest.mark.slow
def test_a_move_that_is_killed_goes_on_and_ends_equal(home: Home, shian: Shian, begun: Begin) -> None:
    assert shian("ingest", "-", "--source", "weibo-hot", given=lines(0, 100)).code == 0
    store = existing(URL, home.folder)
    for start in range(0, 12_000, 3000):
        store.keep([judged(number, heat=number) for number in range(start, start + 3000)])
    store.close()
    words = ("store", "migrate", "--from", URL, "--to", OTHER)
    process = begun(*words)
    state, end = home.folder / "moving.json", time.monotonic() + 60
    while not (state.exists() and json.loads(state.read_bytes())["cursors"]):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    now = json.loads(state.read_bytes())
    assert (now["whole"], now["finished"]) == ([], False)

    ran = shian(*words, "--json")
    assert ran.code == 0, ran.err
    assert ran.last["records"]["posts"] == 12_100
    assert "set store.url to sqlite:///other.db" in ran.err
    assert sums(home, URL) == sums(home, OTHER)
    assert shian(*words).out.startswith("moved and checked: 12,100 posts")


def test_a_move_of_nothing_to_itself_or_to_nowhere_is_refused(shian: Shian, home: Home) -> None:
    assert shian("store", "migrate", "--from", URL, "--to", f"sqlite:///{home.folder}/shian.db").code == 2
    lacking = shian("store", "migrate", "--from", URL, "--to", OTHER)
    assert lacking.code == 3
    assert "there is no store at" in lacking.err
    assert shian("store", "migrate", "--from", "memory:", "--to", "mysql://host/x").code == 1
    assert shian("store", "backup", "copy.db").code == 3
    assert not list(home.folder.glob("*.db"))

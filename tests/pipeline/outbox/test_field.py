"""What users of other systems complain of (numbers as in the list of fifteen), held against real receivers and real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.errors import StoreError
from crawlers.records import Reading
from pipeline import deliver
from pipeline.app import App
from pipeline.deliver import Sender
from pipeline.home import Home, made
from pipeline.notify import Message
from pipeline.store import EventFilter
from tests.pipeline.notify.mailbox import posted
from tests.pipeline.notify.receiver import Receiver, served

ROOT = Path(__file__).resolve().parents[3]
LEASE = 2.0
TEXT = "某小学食堂午餐后多名学生呕吐送医，已有 30 人住院"
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("SHIAN_")} | {"SHIAN_DELIVER_LEASE": f"{LEASE:.0f}s"}
Declared = Callable[..., None]
Started = Callable[..., "subprocess.Popen[str]"]


def until(true: Callable[[], object], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = made(tmp_path / "home")
    for path in (place.folder / "boards").glob("*.yaml"):
        path.unlink()
    return place


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with served() as one:
        one.says({"errcode": 0})
        yield one


@pytest.fixture
def declared(home: Home) -> Declared:
    """Declares a channel, and a board of the same name that is told through it."""

    def declare(name: str, *, board: dict[str, Any] | None = None, **channel: Any) -> None:
        for key in ("url", "secret"):
            if key in channel and (key == "secret" or channel["kind"] != "webhook"):
                variable = f"{name}_{key}".upper().replace("-", "_")
                with (home.folder / "keys.env").open("a") as keys:
                    keys.write(f"{variable}={channel[key]}\n")
                channel[key] = f"${{{variable}}}"
        write(home, "channels", name, {"title": name, "timeout": "2s", **channel})
        write(home, "boards", name, {"title": name, "channels": [name], **(board or {})})

    return declare


def write(home: Home, folder: str, name: str, declaration: dict[str, Any]) -> None:
    (home.folder / folder / f"{name}.yaml").write_text(yaml.safe_dump(declaration, allow_unicode=True), "utf-8")


@pytest.fixture
def started(home: Home) -> Iterator[Started]:
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        running.append(
            subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, env=ENVIRON, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def sending(home: Home) -> tuple[str, ...]:
    return "pipeline.cli", "--home", str(home.folder), "deliver"


def fed(home: Home, *, text: str = TEXT, at: datetime | None = None) -> None:
    """Take one post in, as `shian ingest` does, in an app of its own."""
    moment = (at or datetime.now(UTC)).isoformat()
    file = home.folder / "posts.jsonl"
    posts = [{"id": "p1", "text": text, "platform": "weibo", "published_at": moment, "collected_at": moment}]
    file.write_text("\n".join(json.dumps(post, ensure_ascii=False) for post in posts), "utf-8")
    with App(home, environ=ENVIRON) as app:
        reading: Reading = app.reading(columns={}, platform="", source="weibo-hot")
        app.ingest_files([str(file)], reading, quarantine=lambda _: None, seen=lambda _: None)


def message(one: str, **changed: Any) -> Message:
    fields: dict[str, Any] = {"id": one, "of": "alert", "title": TEXT, "text": "患病 30 人", "at": datetime.now(UTC), "level": 2, "about": one}
    return Message(**fields | changed)


def put(app: App, *ids: str, boards: tuple[str, ...] = (), **changed: Any) -> None:
    for one in ids:
        app.outbox.put(message(one, **changed), [app.config.boards[name] for name in boards or app.config.boards], datetime.now(UTC))


def sent(app: App, *, seconds: float = 20.0, while_: Callable[[App], bool] = lambda app: not set(app.outbox.tally()) <= {"sent", "parked"}) -> None:
    """Let a sender work in this process until all is sent or parked."""
    sender = Sender(app.outbox, app.announcer, app.config, app.hold("deliver", timedelta(seconds=LEASE)))
    end = time.monotonic() + seconds
    while while_(app) and time.monotonic() < end:
        with suppress(StoreError):
            sender.step(datetime.now(UTC))
        sender.wait(0.02)
    sender.ended(lambda: datetime.now(UTC), within=3)


# --- 1


@pytest.mark.slow
def test_complaint_1_the_same_item_over_restarts_days_and_two_workers_is_one_push(
    home: Home, declared: Declared, receiver: Receiver, started: Started
) -> None:
    declared("hook", kind="webhook", url=receiver.url, secret="s")
    workers = [started(*sending(home)) for _ in range(2)]
    fed(home, at=datetime.now(UTC) - timedelta(hours=20))
    until(lambda: receiver.requests)
    # The same again: after a restart, on the next day, with words changed, while one of the two workers is killed.
    fed(home, at=datetime.now(UTC) - timedelta(hours=20))
    workers[0].kill()
    fed(home, at=datetime.now(UTC) - timedelta(hours=1))
    workers.append(started(*sending(home)))
    fed(home, text=TEXT + "。", at=datetime.now(UTC))
    time.sleep(LEASE + 3)
    with App(home, environ=ENVIRON) as app:
        levels = [alert.level for alert in app.all_alerts(EventFilter())]
        assert [request.json["id"] for request in receiver.requests] == [alert.id for alert in app.all_alerts(EventFilter())][::-1]
        assert len(levels) == len(set(levels)) >= 1
        assert app.outbox.tally() == {"sent": len(levels)}


@pytest.mark.slow
def test_complaint_1_two_who_feed_and_two_who_send_at_once_push_once(home: Home, declared: Declared, receiver: Receiver, started: Started) -> None:
    declared("hook", kind="webhook", url=receiver.url, secret="s")
    for _ in range(2):
        started(*sending(home))
    moment = datetime.now(UTC).isoformat()
    file = home.folder / "posts.jsonl"
    posts = [{"id": f"p{number}", "text": f"{TEXT}，第 {number} 所", "platform": "weibo", "published_at": moment} for number in range(20)]
    file.write_text("\n".join(json.dumps(post, ensure_ascii=False) for post in posts), "utf-8")
    feeders = [started("pipeline.cli", "--home", str(home.folder), "ingest", str(file), "--source", "weibo-hot") for _ in range(2)]
    assert [feeder.wait(60) for feeder in feeders] == [0, 0]
    with App(home, environ=ENVIRON) as app:
        alerts = list(app.all_alerts(EventFilter()))
        until(lambda: set(app.outbox.tally()) <= {"sent", "overtaken"})
        tally = app.outbox.tally()
    ids = [request.json["id"] for request in receiver.requests]
    assert len(ids) == len(set(ids)) == tally["sent"] >= 1
    assert set(ids) <= {alert.id for alert in alerts}
    assert sum(tally.values()) == len(alerts)


def test_complaint_1_a_crash_between_the_tracker_and_the_outbox_loses_nothing(
    home: Home, declared: Declared, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared("hook", kind="webhook", url=receiver.url, secret="s")
    monkeypatch.setattr("pipeline.announce.Announcer.fresh", lambda *_: 0)
    fed(home)
    with App(home, environ=ENVIRON) as app:
        assert app.outbox.tally() == {}
        sent(app, while_=lambda app: "sent" not in app.outbox.tally())
        assert [request.json["id"] for request in receiver.requests] == [alert.id for alert in app.all_alerts(EventFilter())]


# --- 2


@pytest.mark.slow
def test_a_sender_that_is_ended_in_order_finishes_what_is_on_its_way_and_passes_on(
    home: Home, declared: Declared, receiver: Receiver, started: Started
) -> None:
    declared("hook", kind="webhook", url=receiver.url, secret="s")
    with App(home, environ=ENVIRON) as app:
        put(app, *(f"m{number}" for number in range(200)))
        first = started(*sending(home))
        until(lambda: len(receiver.requests) > 20)
        first.terminate()
        assert first.wait(10) == 143
        assert set(app.outbox.tally()) <= {"sent", "waiting"}
        assert app.store.lease("deliver", "another", now=datetime.now(UTC), ttl=timedelta(milliseconds=1))
        started(*sending(home))
        until(lambda: app.outbox.tally() == {"sent": 200})
    assert len({request.json["id"] for request in receiver.requests}) == len(receiver.requests) == 200


@pytest.mark.slow
def test_complaint_2_of_many_workers_one_sends_and_a_kill_between_send_and_commit_is_a_marked_repeat(
    home: Home, declared: Declared, receiver: Receiver, started: Started
) -> None:
    declared("hook", kind="webhook", url=receiver.url, secret="s")
    with App(home, environ=ENVIRON) as app:
        put(app, "m1")
        victim = started("tests.pipeline.outbox.process", str(home.folder))
        assert victim.stdout
        assert victim.stdout.readline() == "sent\n"
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        assert app.outbox.tally() == {"sending": 1}
        for _ in range(2):
            started(*sending(home))
        until(lambda: app.outbox.tally() == {"sent": 1})
        time.sleep(1)
        assert [request.headers["X-Shian-Id"] for request in receiver.requests] == ["m1", "m1"]
        (kept,) = app.outbox.all()
        assert kept.delivery.repeats == 1
        put(app, *(f"n{number}" for number in range(30)))
        until(lambda: app.outbox.tally() == {"sent": 31})
        ids = [request.json["id"] for request in receiver.requests[2:]]
        assert sorted(ids) == sorted({f"n{number}" for number in range(30)})


# --- 3


def test_complaint_3_the_tail_of_a_long_message_arrives(home: Home, declared: Declared, receiver: Receiver) -> None:
    declared("bot", kind="wecom", url=receiver.url)
    text = "\n".join(f"{number} 号：患病 {number} 人，👨‍👩‍👧 送医" for number in range(400))
    with App(home, environ=ENVIRON) as app:
        put(app, "long", text=text)
        sent(app)
        assert app.outbox.tally() == {"sent": 1}
    parts = [request.json["markdown"]["content"] for request in receiver.requests]
    assert len(parts) > 3
    assert all(f"{number} 号：患病 {number} 人，👨‍👩‍👧 送医" in "".join(parts) for number in range(400))


# --- 12


def test_complaint_12_what_is_not_sent_stays_visible_with_its_reason_and_a_restart_changes_nothing(
    home: Home, declared: Declared, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared("hook", kind="webhook", url=receiver.url, secret="s")
    declared("broken", kind="wecom", url=receiver.url)
    real = deliver.opened

    def opened(channel: Any, folder: Path) -> Any:
        if channel.name == "broken":
            raise RuntimeError("a bug")
        return real(channel, folder)

    monkeypatch.setattr(deliver, "opened", opened)
    with App(home, environ=ENVIRON) as app:
        put(app, "m1", "m2", boards=("hook", "broken"))
        sent(app)
        states = {(one.delivery.board, one.delivery.message.id): (one.state, one.delivery.why) for one in app.outbox.all()}
    why = ("parked", "RuntimeError: the log says more")
    assert states == {("hook", "m1"): ("sent", ""), ("hook", "m2"): ("sent", ""), ("broken", "m1"): why, ("broken", "m2"): why}
    with App(home, environ=ENVIRON) as app:
        put(app, "m1", "m2", boards=("hook", "broken"))
        sent(app)
        assert {(one.delivery.board, one.delivery.message.id): (one.state, one.delivery.why) for one in app.outbox.all()} == states
    assert len(receiver.requests) == 2


# --- 13


def test_complaint_13_an_event_that_flaps_while_its_channel_is_away_ends_with_its_last_state(
    home: Home, declared: Declared, receiver: Receiver
) -> None:
    declared("hook", kind="webhook", url=receiver.url, secret="s")
    now = datetime.now(UTC)
    with App(home, environ=ENVIRON) as app:
        for number in range(60):
            level = 3 if number % 2 else 2
            put(app, f"m{number:02}", level=level, about="e", at=now - timedelta(minutes=60 - number))
        put(app, "last", level=2, about="e", at=now)
        sent(app, while_=lambda app: not set(app.outbox.tally()) <= {"sent", "overtaken"})
        tally = app.outbox.tally()
    ids = [request.json["id"] for request in receiver.requests]
    assert ids == ["last"]
    assert tally == {"sent": 1, "overtaken": 60}


# --- 14


def test_complaint_14_a_channel_that_hangs_holds_up_no_other(home: Home, declared: Declared, receiver: Receiver) -> None:
    with served() as stuck:
        stuck.mode = "stalls"
        declared("stuck", kind="webhook", url=stuck.url, secret="s")
        declared("hook", kind="webhook", url=receiver.url, secret="s")
        with App(home, environ=ENVIRON) as app:
            put(app, *(f"m{number}" for number in range(40)))
            began = time.monotonic()
            sent(app, while_=lambda _: len(receiver.requests) < 40)
            assert time.monotonic() - began < 8
            states = app.outbox.states()
            assert states["sent"] >= 39
            assert states["waiting/stuck"] >= 38
        assert len(stuck.requests) <= 6


# --- receivers as they are


def test_a_refusal_inside_http_200_is_parked_and_a_rate_limit_waited_for(home: Home, declared: Declared, receiver: Receiver) -> None:
    declared("bot", kind="wecom", url=receiver.url)
    receiver.says({"errcode": 93000, "errmsg": "invalid webhook url"})
    with App(home, environ=ENVIRON) as app:
        put(app, "m1")
        sent(app)
        (kept,) = app.outbox.all("parked")
        assert kept.delivery.why == "127.0.0.1: refused with 93000 invalid webhook url"
        receiver.says({"errcode": 45009, "errmsg": "freq out of limit"})
        app.outbox.resend(kept.id, datetime.now(UTC))
        before = datetime.now(UTC)
        sent(app, seconds=2)
        (kept,) = app.outbox.all("waiting")
        assert kept.at - before > timedelta(seconds=59)
        assert (len(receiver.requests), kept.delivery.tried[-1].why) == (2, "127.0.0.1: refused with 45009 freq out of limit")


def test_a_receiver_that_is_away_and_comes_back_gets_what_waited(home: Home, declared: Declared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.delivery._FIRST", timedelta(seconds=0.5))
    with served() as gone:
        address = gone.url
    declared("hook", kind="webhook", url=address, secret="s")
    with App(home, environ=ENVIRON) as app:
        put(app, "m1", "m2")
        sent(app, seconds=1.5)
        assert app.outbox.tally() == {"waiting": 2}
        with served() as back:
            back.says({})
            app.config.channels["hook"] = app.config.channels["hook"].model_copy(update={"url": back.url})
            sent(app)
            assert sorted(request.json["id"] for request in back.requests) == ["m1", "m2"]
        assert app.outbox.tally() == {"sent": 2}
        assert all(one.delivery.tried for one in app.outbox.all())


def test_of_a_mail_that_a_server_took_for_some_only_the_others_get_it_again(home: Home, declared: Declared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.delivery._FIRST", timedelta(seconds=0.3))
    with posted() as mailbox:
        mailbox.rcpt["late@b.example"] = "450 greylisted"
        to = ["one@b.example", "late@b.example"]
        declared("mail", kind="email", host="127.0.0.1", port=mailbox.port, tls="none", sender="a@b.example", to=to)
        with App(home, environ=ENVIRON) as app:
            put(app, "m1")
            sent(app, while_=lambda _: not mailbox.mails)
            mailbox.rcpt.clear()
            sent(app)
            assert app.outbox.tally() == {"sent": 1}
        assert mailbox.to == [["one@b.example"], ["late@b.example"]]
        assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1

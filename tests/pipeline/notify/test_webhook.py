"""The signed webhook: its form is the documented one, its signature can be checked as the document says, and its failures have names."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.errors import NotifyError
from pipeline.notify import Notifier
from pipeline.notify.webhook import Posted, Webhook, schema
from tests.pipeline.notify.made import channel, message, notifier
from tests.pipeline.notify.mailbox import certified
from tests.pipeline.notify.receiver import Receiver, rambling, served

ROOT = Path(__file__).resolve().parents[3]
SECRET = "0123456789abcdef0123456789abcdef"


def hook(receiver: Receiver, **fields: Any) -> Notifier:
    receiver.answers or receiver.says(b"", status=204)
    return notifier("webhook", url=f"{receiver.url}/in?token=SECRETKEY", secret=SECRET, **fields)


def test_the_receiver_gets_the_whole_message(receiver: Receiver) -> None:
    hook(receiver).send(message(html="<p>页</p>"))
    (request,) = receiver.requests
    assert request.json == {
        "version": 1,
        "id": "a1b2c3d4e5f6",
        "of": "alert",
        "level": 2,
        "title": "某小学食堂午餐后多名学生呕吐送医",
        "text": "患病 30 人\n出现在 3 个平台",
        "html": "<p>页</p>",
        "link": "https://desk.office.example/events/a1b2(c)",
        "at": "2024-09-05T04:30:00Z",
    }
    assert msgspec.json.decode(request.body, type=Posted).id == request.headers["X-Shian-Id"]


def test_the_documented_schema_is_the_one_that_is_sent() -> None:
    assert json.loads((ROOT / "docs" / "webhook.json").read_text("utf-8")) == schema(), "run python -m pipeline.notify.webhook > docs/webhook.json"


def test_the_documented_check_takes_the_true_and_refuses_the_altered_and_the_old(receiver: Receiver) -> None:
    now = datetime.now(UTC).timestamp()
    receiver.says(b"")
    Webhook(channel("webhook", url=receiver.url, secret=SECRET), clock=lambda: now).send(message())
    Webhook(channel("webhook", url=receiver.url, secret=SECRET), clock=lambda: now - 301).send(message())
    fresh, old = receiver.requests
    page = (ROOT / "docs" / "channels.md").read_text("utf-8")
    (documented,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    known: dict[str, Any] = {}
    exec(documented, known)
    genuine = known["genuine"]
    assert genuine(SECRET.encode(), fresh.headers, fresh.body)
    assert not genuine(SECRET.encode(), fresh.headers, fresh.body.replace(b"30", b"31"))
    assert not genuine(b"another", fresh.headers, fresh.body)
    assert not genuine(SECRET.encode(), {**fresh.headers, "X-Shian-Timestamp": str(int(now) + 1)}, fresh.body)
    assert not genuine(SECRET.encode(), old.headers, old.body)


def test_sent_again_the_body_is_the_same_and_the_signature_new(receiver: Receiver) -> None:
    receiver.says(b"")
    times = iter([1725510600, 1725510700])
    one = Webhook(channel("webhook", url=receiver.url, secret=SECRET), clock=lambda: next(times))
    one.send(message())
    one.send(message())
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["X-Shian-Signature"] != second.headers["X-Shian-Signature"]


IN_TWO_HOURS = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "retry", "least", "most"),
    [
        (429, {"Retry_After": "120"}, True, 120, 120),
        (503, {"Retry_After": IN_TWO_HOURS}, True, 6000, 7200),
        (503, {"Retry_After": "99999999"}, True, 21600, 21600),
        (503, {"Retry_After": "soon"}, True, None, None),
        (503, {"Retry_After": "Thu, 05 Sep 2024 04:30:00 GMT"}, True, 0, 0),
        (500, {}, True, None, None),
        (408, {}, True, None, None),
        (400, {"Retry_After": "5"}, False, None, None),
        (401, {}, False, None, None),
        (404, {}, False, None, None),
        (302, {"Location": "/elsewhere"}, False, None, None),
        (307, {"Location": "/elsewhere"}, False, None, None),
    ],
)
def test_a_refusal_says_whether_and_when_to_try_again(
    status: int, headers: dict[str, str], retry: bool, least: int | None, most: int | None, receiver: Receiver
) -> None:
    receiver.says(b"no", status=status, **headers)
    with pytest.raises(NotifyError, match=f"HTTP {status}") as refused:
        hook(receiver).send(message())
    assert refused.value.retry is retry
    after = refused.value.after
    assert (least, most) == (None, None) if after is None else (least or 0) <= after.total_seconds() <= (most or 0)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("mode", ["stalls", "drips"])
def test_a_slow_receiver_is_not_waited_for(mode: str, receiver: Receiver) -> None:
    receiver.says(b"x" * 200)
    receiver.mode = mode
    started = datetime.now(UTC)
    with pytest.raises(NotifyError, match="no answer") as refused:
        hook(receiver, timeout="1s").send(message())
    assert refused.value.retry
    assert datetime.now(UTC) - started < timedelta(seconds=3)


def test_a_receiver_that_closes_or_is_not_there_may_be_tried_again(receiver: Receiver) -> None:
    receiver.mode = "closes"
    with pytest.raises(NotifyError, match=r"127\.0\.0\.1: no answer \(ConnectionError\)") as refused:
        hook(receiver).send(message())
    assert refused.value.retry
    with pytest.raises(NotifyError, match="no answer") as refused:
        notifier("webhook", url="http://127.0.0.1:1/", secret=SECRET).send(message())
    assert refused.value.retry


def test_what_speaks_no_http_is_no_answer() -> None:
    with rambling(b"220 mail.office.example\r\n") as port, pytest.raises(NotifyError, match="no answer") as refused:
        notifier("webhook", url=f"http://127.0.0.1:{port}/", secret=SECRET).send(message())
    assert refused.value.retry


def test_a_receiver_with_a_certificate_of_the_office_s_own_authority(tmp_path: Path) -> None:
    ca, context = certified(tmp_path, "127.0.0.1")
    with served(context) as receiver:
        receiver.says(b"")
        hook(receiver, ca=str(ca)).send(message())
        assert len(receiver.requests) == 1
        with pytest.raises(NotifyError, match=r"127\.0\.0\.1: its certificate is not trusted$") as refused:
            hook(receiver).send(message())
        assert not refused.value.retry


def test_tls_that_fails_otherwise_may_be_tried_again(receiver: Receiver) -> None:
    with pytest.raises(NotifyError, match="no answer") as refused:
        notifier("webhook", url=receiver.url.replace("http", "https"), secret=SECRET).send(message())
    assert refused.value.retry


def test_a_long_answer_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.mode = "floods"
    hook(receiver).send(message())


def test_no_error_tells_the_address(receiver: Receiver) -> None:
    for mode, status in (("works", 500), ("closes", 200)):
        receiver.says(b"", status=status)
        receiver.mode = mode
        with pytest.raises(NotifyError) as refused:
            hook(receiver).send(message())
        assert "SECRETKEY" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_nothing_of_the_environment_is_taken_along(receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    hook(receiver).send(message())
    assert "Authorization" not in receiver.requests[0].headers


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"id": "a b"}, "is no id"),
        ({"id": "a\r\nX: y"}, "is no id"),
        ({"id": ""}, "is no id"),
        ({"link": "javascript:alert(1)"}, "is no link"),
        ({"link": "https://x/\n"}, "is no link"),
        ({"title": " \n"}, "needs a title"),
        ({"at": datetime(2024, 9, 5)}, "must have a zone"),  # noqa: DTZ001
        ({"text": "\ud83d"}, "surrogates"),
    ],
)
def test_a_message_that_could_not_be_sent_is_refused_where_it_is_made(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        message(**wrong)

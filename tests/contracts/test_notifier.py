"""What every notifier promises, whatever it speaks: a message goes out once a call, the same each time; what is not taken raises NotifyError."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.errors import NotifyError
from pipeline.notify import Notifier, opened
from tests.pipeline.notify.made import channel, message
from tests.pipeline.notify.mailbox import posted
from tests.pipeline.notify.receiver import served

OK = b'{"errcode": 0, "code": 0}'
HTTP: dict[str, dict[str, Any]] = {
    "wecom": {},
    "dingtalk": {"secret": "SECabc"},
    "feishu": {"secret": "abc"},
    "webhook": {"secret": "abc"},
    "apprise": {},
}


class Told:
    """A notifier with its other side: what came there, and how to make it refuse."""

    def __init__(self, notifier: Notifier, came: Callable[[], list[bytes]], refuse: Callable[[], None]) -> None:
        self.notifier, self.came, self.refuse = notifier, came, refuse


@pytest.fixture(params=[*HTTP, "email"])
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    kind = request.param
    if kind == "email":
        with posted() as mailbox:
            mail = channel("email", host="127.0.0.1", port=mailbox.port, tls="none", sender="a@b.example", to=["c@d.example"])
            yield Told(opened(mail, Path()), lambda: mailbox.raw, lambda: setattr(mailbox, "data", "550 no"))
        return
    with served() as receiver:
        receiver.says(OK)
        url = f"{receiver.url.replace('http', 'json')}/in" if kind == "apprise" else f"{receiver.url}/in"
        one = opened(channel(kind, url=url, **HTTP[kind]), Path())
        yield Told(one, lambda: [each.body for each in receiver.requests], lambda: receiver.says(b"{}", status=403))


def test_each_call_sends_the_message_once(told: Told) -> None:
    told.notifier.send(message())
    assert len(told.came()) == 1
    told.notifier.send(message(id="another", title="另一件"))
    assert len(told.came()) == 2


def test_sent_again_it_can_be_told_by_its_id(told: Told) -> None:
    told.notifier.send(message(link=""))
    told.notifier.send(message(link=""))
    first, second = told.came()
    if b"base64" in first:
        assert b"Message-ID: <a1b2c3d4e5f6@b.example>" in first
        assert b"Message-ID: <a1b2c3d4e5f6@b.example>" in second
    else:
        assert b"a1b2c3d4e5f6" in first
        assert b"a1b2c3d4e5f6" in second


def test_what_is_not_taken_raises_an_error_that_says_whether_to_try_again(told: Told) -> None:
    told.refuse()
    with pytest.raises(NotifyError) as refused:
        told.notifier.send(message())
    assert isinstance(refused.value.retry, bool)
    assert refused.value.exit_code == 3
    assert "\n" not in str(refused.value)


def test_after_a_refusal_it_sends_as_before(told: Told) -> None:
    told.notifier.send(message())
    before = len(told.came())
    with pytest.raises(NotifyError):
        opened(channel("webhook", url="http://127.0.0.1:1/", secret="x"), Path()).send(message())
    told.notifier.send(message())
    assert len(told.came()) == before + 1


def test_the_console_takes_everything_and_nothing_moves_its_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    opened(channel("console"), Path()).send(message(text="一\x1b[2J\n二\r三"))
    shown = capsys.readouterr().err
    assert shown.splitlines() == [
        "[Ⅱ橙] 某小学食堂午餐后多名学生呕吐送医",
        "  一[2J",
        "  二",
        "  三",
        "  https://desk.office.example/events/a1b2(c) (a1b2c3d4e5f6)",
    ]

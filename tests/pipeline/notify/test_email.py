"""E-mail: the mail as a real server received it, encryption and accounts, and what each refusal means for another try."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigError, NotifyError
from pipeline.notify import Notifier, opened
from pipeline.notify.email import written
from tests.pipeline.notify.made import AT, channel, message
from tests.pipeline.notify.mailbox import Mailbox, certified, posted
from tests.pipeline.notify.receiver import rambling

TO = ("duty@office.example", "chief@office.example")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with posted() as one:
        yield one


def mail(port: int, **fields: Any) -> Notifier:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "shian@office.example", "to": TO}
    return opened(channel("email", **given | fields), Path("/"))


def failed(notifier: Notifier) -> NotifyError:
    with pytest.raises(NotifyError) as refused:
        notifier.send(message())
    return refused.value


def test_the_mail_as_received_says_everything(mailbox: Mailbox) -> None:
    mail(mailbox.port).send(message())
    (got,) = mailbox.mails
    assert mailbox.to == [list(TO)]
    assert got["Subject"] == "[Ⅱ橙] 某小学食堂午餐后多名学生呕吐送医"
    assert got["From"] == "shian@office.example"
    assert got["To"] == "duty@office.example, chief@office.example"
    assert got["Message-ID"] == "<a1b2c3d4e5f6@office.example>"
    assert parsedate_to_datetime(got["Date"]) == AT
    assert got["Date"].endswith("+0800")
    assert (got["X-Shian-Id"], got["Auto-Submitted"], got["Importance"]) == ("a1b2c3d4e5f6", "auto-generated", "high")
    assert got.get_content_type() == "multipart/alternative"
    plain, page = got.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert plain.get_content().splitlines() == [
        "患病 30 人",
        "出现在 3 个平台",
        "https://desk.office.example/events/a1b2(c)",
        "编号 a1b2c3d4e5f6",
    ]
    assert page.get_content_type() == "text/html"
    assert "患病 30 人<br>" in page.get_content()
    assert not got.defects
    assert all(line.isascii() and len(line) <= 998 for line in mailbox.raw[0].split(b"\r\n"))


def test_a_page_of_its_own_is_sent_as_it_is(mailbox: Mailbox) -> None:
    page = "<html><body>" + "每日摘要" * 5000 + "</body></html>\n"
    mail(mailbox.port).send(message(of="digest", level=None, html=page, text=".\n..点\n"))
    plain, html = mailbox.mails[0].iter_parts()
    assert html.get_content() == page.replace("\n", "\r\n")
    assert plain.get_content().splitlines()[:2] == [".", "..点"]
    assert mailbox.mails[0]["Importance"] is None


def test_what_strangers_wrote_is_no_markup_and_no_header(mailbox: Mailbox) -> None:
    mail(mailbox.port).send(message(title="呕吐\r\nBcc: spy@evil.test", text="<script>alert(1)</script>"))
    got = mailbox.mails[0]
    assert got["Bcc"] is None
    assert got["Subject"] == "[Ⅱ橙] 呕吐 Bcc: spy@evil.test"
    assert "<script>" not in list(got.iter_parts())[1].get_content()


def test_sent_again_it_has_the_same_id(mailbox: Mailbox) -> None:
    one = mail(mailbox.port)
    one.send(message())
    one.send(message())
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert [part.get_content() for part in first.iter_parts()] == [part.get_content() for part in second.iter_parts()]


_titles = st.text(st.sampled_from('某小学食堂ab 12,:“”<>@()=?_"\\.Ⅱ橙😷é'), min_size=1, max_size=150).filter(str.strip)


@settings(deadline=None, max_examples=150)
@given(_titles)
def test_any_subject_arrives_as_it_was(title: str) -> None:
    from email import message_from_bytes
    from email.policy import default

    one = message(title=title)
    raw = written(one, "shian@office.example", TO).as_bytes()
    assert raw.isascii()
    assert message_from_bytes(raw, policy=default)["Subject"] == one.headline


# --- encryption and accounts


def test_starttls_with_a_login(tmp_path: Path) -> None:
    ca, context = certified(tmp_path, "127.0.0.1")
    with posted(starttls=context, accounts=True) as mailbox:
        mail(mailbox.port, tls="starttls", ca=str(ca), user="shian", password="secret").send(message())
        assert mailbox.encrypted == [True]
        assert mailbox.logins == [(b"shian", b"secret")]


def test_tls_from_the_first_byte_with_a_login(tmp_path: Path) -> None:
    ca, context = certified(tmp_path)
    with posted(tls=context, accounts=True) as mailbox:
        mail(mailbox.port, host="localhost", tls="tls", ca=str(ca), user="shian", password="secret").send(message())
        assert mailbox.encrypted == [True]
        assert mailbox.logins == [(b"shian", b"secret")]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_of_nobody_known_or_for_another_name_ends_it(tls: str, tmp_path: Path) -> None:
    ca, context = certified(tmp_path, "another.test")
    with posted(**{tls: context}, accounts=True) as mailbox:
        for trusted in ({}, {"ca": str(ca)}):
            error = failed(mail(mailbox.port, tls=tls, user="shian", password="secret", **trusted))
            assert not error.retry
            assert "certificate is not trusted" in str(error)
        assert mailbox.logins == []


def test_a_server_without_starttls_gets_no_password() -> None:
    with posted() as mailbox:
        error = failed(mail(mailbox.port, tls="starttls", user="shian", password="secret"))
        assert (error.retry, mailbox.logins) == (False, [])
        assert "STARTTLS" in str(error)


def test_a_server_that_speaks_no_tls_is_named(mailbox: Mailbox) -> None:
    assert "connection failed" in str(failed(mail(mailbox.port, tls="tls")))


def test_a_file_of_an_authority_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(ConfigError, match=r"some-email\.yaml: ca: there is no file"):
        mail(25, ca="nowhere.pem")


@pytest.mark.parametrize(("said", "retry"), [("535 5.7.8 wrong", False), ("454 4.7.0 try later", True)])
def test_a_login_refused_for_good_or_for_now(said: str, retry: bool, tmp_path: Path) -> None:
    ca, context = certified(tmp_path, "127.0.0.1")
    with posted(starttls=context, accounts=True) as mailbox:
        mailbox.login = said
        error = failed(mail(mailbox.port, tls="starttls", ca=str(ca), user="shian", password="secret"))
        assert error.retry is retry
        assert said in str(error)
        assert "secret" not in str(error)


# --- refusals


@pytest.mark.parametrize(
    ("said", "retry"), [("450 4.2.0 greylisted, try later", True), ("451 x", True), ("550 5.7.1 spam", False), ("552 too large", False)]
)
def test_4xx_may_be_tried_again_and_5xx_not(said: str, retry: bool, mailbox: Mailbox) -> None:
    mailbox.data = said
    error = failed(mail(mailbox.port))
    assert (error.retry, error.left) == (retry, ())
    assert said in str(error)


@pytest.mark.parametrize(("said", "retry"), [("450 later", True), ("550 no such user", False)])
def test_where_all_recipients_are_refused_nobody_got_it(said: str, retry: bool, mailbox: Mailbox) -> None:
    mailbox.rcpt = dict.fromkeys(TO, said)
    error = failed(mail(mailbox.port))
    assert (error.retry, error.left, mailbox.mails) == (retry, (), [])
    assert TO[0] in str(error)


@pytest.mark.parametrize(("said", "retry"), [("450 later", True), ("550 no such user", False)])
def test_where_some_are_refused_the_others_get_it_and_it_is_sent_again_to_those_left(said: str, retry: bool, mailbox: Mailbox) -> None:
    mailbox.rcpt = {TO[1]: said}
    error = failed(mail(mailbox.port))
    assert (error.retry, error.left) == (retry, (TO[1],))
    assert f"refused for {TO[1]} ({said}); taken for 1 others" in str(error)
    assert mailbox.to == [[TO[0]]]
    mailbox.rcpt = {}
    mail(mailbox.port, to=error.left).send(message())
    assert mailbox.to == [[TO[0]], [TO[1]]]


def test_one_refused_for_now_makes_it_worth_another_try(mailbox: Mailbox) -> None:
    mailbox.rcpt = {TO[0]: "550 no such user", TO[1]: "451 later"}
    assert failed(mail(mailbox.port)).retry


def test_a_line_that_drops_may_be_tried_again(mailbox: Mailbox) -> None:
    mailbox.mode = "drops"
    assert failed(mail(mailbox.port)).retry
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = failed(mail(free.getsockname()[1]))
    assert error.retry
    assert "Connection refused" in str(error)


def test_a_name_that_nobody_knows_may_be_tried_again() -> None:
    assert failed(mail(25, host="mail.invalid")).retry


@pytest.mark.parametrize(("mode", "said"), [("drops at the end", ""), ("works", "421 too busy to say goodbye")])
def test_what_was_taken_is_sent_however_the_server_takes_leave(mode: str, said: str, mailbox: Mailbox) -> None:
    mailbox.mode, mailbox.quit = mode, said
    mail(mailbox.port).send(message())
    assert len(mailbox.mails) == 1


def test_a_server_that_stalls_is_not_waited_for(mailbox: Mailbox) -> None:
    mailbox.mode = "stalls"
    started = datetime.now(UTC)
    assert failed(mail(mailbox.port, timeout="1s")).retry
    assert datetime.now(UTC) - started < timedelta(seconds=3)


@pytest.mark.parametrize(("greeting", "retry"), [(b"421 busy\r\n", True), (b"554 no service for you\r\n", False), (b"HTTP/1.1 400 no\r\n\r\n", True)])
def test_a_greeting_that_is_none_has_its_code_s_meaning(greeting: bytes, retry: bool) -> None:
    with rambling(greeting) as port:
        assert failed(mail(port)).retry is retry


def test_a_server_that_drips_is_not_waited_for() -> None:
    started = datetime.now(UTC)
    with rambling(b"220 " + b"x" * 400, pause=0.2) as port:
        error = failed(mail(port, timeout="1s"))
    assert (error.retry, "no answer within 1 s" in str(error)) == (True, True)
    assert datetime.now(UTC) - started < timedelta(seconds=4)

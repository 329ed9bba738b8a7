"""E-mail over SMTP: plain text and HTML in one mail, a Message-ID that follows from the message's id."""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as LINES
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from config.errors import NotifyError
from config.schema import Channel
from pipeline.notify import Message
from pipeline.notify.deadline import within

_ZONE = ZoneInfo("Asia/Shanghai")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_SUBJECT = 200


class Email:
    """Sends from one account to one list of addresses, a connection a mail."""

    def __init__(self, channel: Channel, ca: Path | None = None) -> None:
        self._channel = channel
        self._ca = ca
        self._where = f"{channel.host}:{channel.port or _PORTS[channel.tls]}"

    def send(self, message: Message) -> None:
        """Send one mail to all. Raises NotifyError where some or all were refused; `left` are those, where others got it."""
        mail = written(message, self._channel.sender, self._channel.to)
        refused = within(self._channel.timeout.total_seconds(), lambda: self._sent(mail), where=self._where)
        if refused:
            raise self._refused(refused)

    def _sent(self, mail: EmailMessage) -> Mapping[str, tuple[int, bytes]]:
        """The recipients that were refused while others were taken, with code and words."""
        try:
            server = self._connected()
            try:
                return server.sendmail(self._channel.sender, self._channel.to, mail.as_bytes())
            finally:
                # The mail is taken by now or not; nothing that happens while leaving changes that.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refused(error.recipients) from error
        except smtplib.SMTPResponseException as error:
            # Codes of 4xx are said to be passing; below are those of smtplib for answers that are none.
            raise NotifyError(f"{self._where}: {error.smtp_code} {_words(error.smtp_error)}", retry=error.smtp_code < 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotifyError(f"{self._where}: {error}", retry=False) from error
        except ssl.SSLCertVerificationError as error:
            raise NotifyError(f"{self._where}: its certificate is not trusted ({error.verify_message})", retry=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotifyError(f"{self._where}: connection failed ({_words(str(error)) or type(error).__name__})", retry=True) from error

    def _connected(self) -> smtplib.SMTP:
        """A connection, encrypted and logged in as the channel says."""
        channel = self._channel
        trusted = ssl.create_default_context(cafile=self._ca) if channel.tls != "none" else None
        port, seconds = channel.port or _PORTS[channel.tls], channel.timeout.total_seconds()
        # Else smtplib asks the name service who this machine is, which may take long.
        me = channel.sender.rpartition("@")[2]
        if channel.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(channel.host, port, me, timeout=seconds, context=trusted)
        else:
            server = smtplib.SMTP(channel.host, port, me, timeout=seconds)
        try:
            if channel.tls == "starttls":
                server.starttls(context=trusted)
            if channel.user:
                server.login(channel.user, channel.password)
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server

    def _refused(self, refused: Mapping[str, tuple[int, bytes]]) -> NotifyError:
        """What to raise for recipients that were refused: worth another try if that may help with one of them."""
        each = ", ".join(f"{address} ({code} {_words(words)})" for address, (code, words) in refused.items())
        taken = len(self._channel.to) - len(refused)
        others = f"; taken for {taken} others" if taken else ""
        return NotifyError(
            f"{self._where}: refused for {each}{others}",
            retry=any(code < 500 for code, _ in refused.values()),
            left=tuple(refused) if taken else (),
        )


def written(message: Message, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """Return the mail that tells a message; the same message gives the same mail but for the boundary between its parts."""
    mail = EmailMessage(policy=LINES)
    mail["Subject"] = message.headline[:_SUBJECT]
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = message.at.astimezone(_ZONE)
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Shian-Id"] = message.id
    if message.of == "digest":
        # What mail programs sort by; nobody can write to it.
        mail["List-Id"] = f"<digest.{sender.rpartition('@')[2]}>"
        mail["List-Post"] = "NO"
        mail["List-Owner"] = f"<mailto:{sender}>"
    if message.level in (1, 2):
        mail["Importance"] = "high"
    # base64: any server takes it, however long a line of the page is.
    mail.set_content("\n".join(line for line in (message.text, message.link, f"编号 {message.id}") if line), cte="base64")
    mail.add_alternative(message.html or _page(message), subtype="html", cte="base64")
    return mail


def _page(message: Message) -> str:
    lines = "<br>\n".join(escape(line) for line in message.text.splitlines())
    link = f'<p><a href="{escape(message.link)}">查看详情</a></p>\n' if message.link else ""
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(message.headline)}</title></head>\n'
        f'<body>\n<h3>{escape(message.headline)}</h3>\n<p>{lines}</p>\n{link}<p style="color:#666">编号 {message.id}</p>\n</body></html>\n'
    )


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:160]

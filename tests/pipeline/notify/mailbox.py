"""A real SMTP server on this machine, with TLS and accounts, that can also refuse some, stall, drop the line, and misbehave when left."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Mailbox:
    """Mails taken are in `mails`, with the addresses taken in `to`; `rcpt`, `data` and `quit` are what is answered instead of 250."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.to: list[list[str]] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.encrypted: list[bool] = []
        self.rcpt: dict[str, str] = {}
        self.data = ""
        self.quit = ""
        self.login = ""
        self.mode = "works"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - the name that aiosmtpd calls
        if said := self.rcpt.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name that aiosmtpd calls
        if self.mode == "stalls":
            await asyncio.sleep(20)
        if self.mode == "drops":
            server.transport.abort()
            return "250 OK"
        if self.data:
            return self.data
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.to.append(envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 taken"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name that aiosmtpd calls
        if self.mode == "drops at the end":
            server.transport.abort()
        return self.quit or "221 Bye"

    def checked(self, server: Any, session: Any, envelope: Any, mechanism: str, account: LoginPassword) -> AuthResult:
        self.logins.append((account.login, account.password))
        if self.login:
            return AuthResult(success=False, handled=False, message=self.login)
        good = (account.login, account.password) == (b"shian", "秘密".encode()) or account.password == b"secret"
        return AuthResult(success=good, handled=False)


class _Server(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def posted(*, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, accounts: bool = False) -> Iterator[Mailbox]:
    """A running server: `tls` from the first byte on, or after STARTTLS."""
    mailbox = Mailbox()
    # The server does not know that a connection encrypted from its first byte is; it would warn of a login that it then requires.
    more: dict[str, Any] = {"authenticator": mailbox.checked, "auth_required": tls is None, "auth_require_tls": tls is None} if accounts else {}
    server = _Server(mailbox, "127.0.0.1", 0, ssl_context=tls, tls_context=starttls, require_starttls=starttls is not None, **more)
    server.start()
    mailbox.port = server.port
    try:
        yield mailbox
    finally:
        server.stop()


def certified(folder: Path, name: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """Make an authority and a certificate for `name`, or for an address; return the authority's file and the server's side."""
    now = datetime.datetime.now(datetime.UTC)

    def signed(subject: str, key: Any, issuer: str, by: Any, *extensions: Any) -> x509.Certificate:
        one = x509.CertificateBuilder(
            issuer_name=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]),
            subject_name=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]),
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - datetime.timedelta(days=1),
            not_valid_after=now + datetime.timedelta(days=1),
        )
        for extension in extensions:
            one = one.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return one.sign(by, hashes.SHA256())

    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = signed("root", authority, "root", authority, x509.BasicConstraints(ca=True, path_length=None))
    try:
        who: Any = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        who = x509.DNSName(name)
    leaf = signed(name, key, "root", authority, x509.SubjectAlternativeName([who]))
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(secret + leaf.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return folder / "root.pem", context

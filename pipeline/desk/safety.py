"""Keeps strangers off the desk: who may ask (Host), who may change (origin), what a page may load (CSP), where it may listen.

There are no users yet, so the desk answers this machine only; everything here holds without a session or a cookie.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.errors import ConfigError, Fault
from pipeline.desk.answers import refusal

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # Not no-referrer: with that, browsers send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Return whether the name or address is this machine's own and nobody else's."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def bindable(host: str) -> None:
    """Raise ConfigError unless `host` is a loopback address: without users, nobody else may reach the desk."""
    if not is_loopback(host):
        why = f"{host!r} can be reached from other machines, and the desk has no users yet; use 127.0.0.1 (behind a proxy that asks who is there)"
        raise ConfigError([Fault("settings.yaml", "desk.host", why)])


def named(host: str) -> str:
    """Return the name in a Host header, without its port; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def same_origin(headers: Headers, scheme: str) -> bool:
    """Return whether a change comes from the desk's own pages, or from a program that is no browser (neither header)."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin is None or origin == f"{scheme}://{headers.get('host', '')}"


class Safety:
    """ASGI middleware: refuses a foreign Host (DNS rebinding) and a foreign origin, and puts the policy on every answer."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def _covered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await (self._refused(scope) or self.app)(scope, receive, _covered)

    def _refused(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        host = named(headers.get("host", ""))
        if not is_loopback(host) and host not in self.hosts:
            return refusal(421, "host", "this desk is not called by that name; open it as http://127.0.0.1 or http://localhost")
        if scope["method"] not in READING and not same_origin(headers, scope["scheme"]):
            return refusal(403, "origin", "changes are taken from the desk's own pages only")
        return None

"""Keeps strangers off the desk: who may ask (Host), who may change (origin), what a page may load (CSP), where it may listen.

Everything here holds without a session or a cookie; who is there, and what they may do, is `pipeline.desk.auth`.
"""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.errors import ConfigError, Fault
from config.schema import DeskSettings
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


def bindable(desk: DeskSettings, peopled: Callable[[], bool] = lambda: False) -> None:
    """Raise ConfigError where others could reach a desk without users. `peopled`, whether there are any, is asked only if they could."""
    strange = next((("host" if host == desk.host else "hosts", host) for host in (desk.host, *desk.hosts) if not is_loopback(host)), None)
    if strange and not peopled():
        key, host = strange
        why = f"{host!r} can be reached from other machines, and the desk has no users yet; make one: shian user add NAME --role admin"
        raise ConfigError([Fault("settings.yaml", f"desk.{key}", why)])


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
    """ASGI middleware: refuses a foreign Host (DNS rebinding) and a foreign origin, and puts the policy on every answer.

    `hosts` are names besides those of this machine; the address that a request came in on is always good. `https` says that a proxy
    in front is asked over https, whatever it says itself.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = (), *, https: bool = False) -> None:
        self.app = app
        self.hosts = frozenset(host.strip("[]").lower() for host in hosts)
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.https:
            scope["scheme"] = "https"

        async def _covered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await (self._refused(scope) or self.app)(scope, receive, _covered)

    def _refused(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        host = named(headers.get("host", ""))
        if not is_loopback(host) and host not in self.hosts and not _is_address_of(host, scope):
            why = "this desk is not called by that name; open it as http://127.0.0.1 or http://localhost, or add the name to desk.hosts"
            return refusal(421, "host", why)
        if scope["method"] not in READING and not same_origin(headers, scope["scheme"]):
            return refusal(403, "origin", "changes are taken from the desk's own pages only")
        return None


def _is_address_of(host: str, scope: Scope) -> bool:
    """Whether a host is the number that the connection came in on: nobody can give that to another machine's name and still be asked by it."""
    try:
        mine = ip_address((scope.get("server") or ("",))[0])
        return ip_address(host) in (mine, getattr(mine, "ipv4_mapped", None))
    except ValueError:
        return False

"""Where crawls may go: public addresses of the web, and what the settings name."""

import re
import socket
import unicodedata
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_CARRIERS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
"""Networks whose addresses end with an IPv4 address, which is where they lead."""
_INSIDE = tuple(map(IPv6Network, ("fec0::/10", "64:ff9b:1::/48")))
"""Private networks that Python does not call so."""
_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
"""A host whose last part is a number is an IPv4 address, however it is written, or none at all."""
_HOME_NAMES = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


class Guard:
    """Decides on addresses; `allowed` are host:port that may be asked though they are private."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(where.lower() for where in allowed)
        self.hosts = frozenset(where.rpartition(":")[0].strip("[]") for where in self._allowed)
        """Names whose addresses may be private; their ports are looked at all the same."""

    def refusal(self, url: str) -> str:
        """Return why this address may not be asked; nothing where it may."""
        try:
            parts = urlsplit(url)
            host, port = plain(parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError:
            return "is no address"
        if parts.scheme not in ("http", "https") or not host:
            return "is no address of the web"
        if f"{host}:{port}" in self._allowed or f"[{host}]:{port}" in self._allowed:
            return ""
        if host in self.hosts:
            return f"port {port} of {host} is not among crawl.allow_private"
        if ":" not in host and _NUMBER.fullmatch(host):
            try:
                host = socket.inet_ntoa(socket.inet_aton(host))
            except OSError:
                return "is no address"
        if host == "localhost" or host.endswith(_HOME_NAMES) or not is_public(host, otherwise=True):
            return f"{host} is a private address"
        return ""


def plain(host: str) -> str:
    """Return a host as whoever connects to it reads it: `１２７。0.0.1.` is 127.0.0.1."""
    return unicodedata.normalize("NFKC", host).replace("。", ".").lower().rstrip(".")


def is_public(address: str, *, otherwise: bool = False) -> bool:
    """Return whether an IP address belongs to the public internet; `otherwise` for what is no IP address."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return otherwise
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and any(ip in network for network in _CARRIERS):
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if any(ip in network for network in _INSIDE):
            return False
    return ip.is_global and not ip.is_multicast

"""Serves the desk with uvicorn."""

import socket
from collections.abc import Callable

import uvicorn

from config.errors import ConfigError, Fault
from config.schema import DeskSettings
from pipeline.app import App, now
from pipeline.desk import bindable, desk
from pipeline.users import Users


def listening(settings: DeskSettings, peopled: Callable[[], bool]) -> socket.socket:
    """Return a socket that listens there; raise ConfigError, saying what to do, where that cannot be had.

    `peopled`, whether there are users, is asked only where others could reach the desk."""
    bindable(settings, peopled)
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        why = f"{host}:{port} cannot be used ({error.strerror}); end the program that listens there, or choose another: SHIAN_DESK_PORT={port + 1}"
        raise ConfigError([Fault("settings", "desk.port", why)]) from error
    sock.listen(128)
    return sock


def server(app: App) -> uvicorn.Server:
    """Return the server of the app's desk, not yet running."""
    site = desk(app.store, app.config, app.analyst, now=now)
    proxies = list(app.config.settings.desk.proxies)
    return uvicorn.Server(
        uvicorn.Config(
            site,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=3,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
        )
    )


def run(app: App) -> None:
    """Serve until interrupted."""
    sock = listening(app.config.settings.desk, lambda: Users(app.store.ledger).any())
    with sock:
        server(app).run(sockets=[sock])

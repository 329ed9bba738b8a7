"""Serves the desk with uvicorn."""

import socket

import uvicorn

from config.errors import ConfigError, Fault
from pipeline.app import App, now
from pipeline.desk import bindable, desk


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raise ConfigError, saying what to do, where that cannot be had."""
    bindable(host)
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
    return uvicorn.Server(uvicorn.Config(site, log_level="warning", server_header=False, timeout_graceful_shutdown=3))


def run(app: App) -> None:
    """Serve until interrupted."""
    settings = app.config.settings.desk
    sock = listening(settings.host, settings.port)
    with sock:
        server(app).run(sockets=[sock])

"""Serves the page: Solara's server, on an address of this machine, without any request to the network."""

from __future__ import annotations

import contextlib
import importlib.metadata
import ipaddress
import os
import socket
import tempfile
import threading
import warnings
import webbrowser
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

PACKAGES = ("solara", "solara-ui", "solara-server", "solara-assets", "ipyvuetify", "altair")
SETTINGS = {
    "SOLARA_APP": "cairn.dashboard.page",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_TELEMETRY_SERVER_USER_ID": "none",  # otherwise Solara makes and stores one
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
    "SOLARA_ASSETS_CDN": "none:",  # a script that is not installed fails instead of being fetched
    "SOLARA_KERNEL_CULL_TIMEOUT": "1h",
}


def missing_packages() -> list[str]:
    """Packages that the page needs and that are not installed."""

    def is_installed(name: str) -> bool:
        try:
            return bool(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            return False

    return [name for name in PACKAGES if not is_installed(name)]


def bind_error(host: str, port: int) -> str:
    """Why the server cannot listen on a port; empty if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as problem:
            return str(getattr(problem, "strerror", None) or problem)
    return ""


def same_origin_only(app: Any, host: str) -> Any:
    """Wrap an ASGI app so that it refuses requests made by other sites that are open in the browser.

    On a loopback address it also refuses any other host name, because a foreign name server can point a name of its
    own at this machine (DNS rebinding).

    Parameters
    ----------
    app : ASGI app
    host : IP address that it listens on
    """
    loopback = ipaddress.ip_address(host).is_loopback

    def is_allowed(headers: dict[bytes, bytes]) -> bool:
        requested_host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        try:
            name = urlsplit(f"//{requested_host}").hostname
        except ValueError:
            return False
        if loopback and name not in (host, "localhost"):
            return False
        return not origin or origin.partition("://")[2] == requested_host

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket") or is_allowed(dict(scope["headers"])):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"this server accepts requests from its own page only"})

    return guarded


def serve(
    host: str, port: int, members: int, open_browser: bool, announce: Callable[[str], None], query: str = ""
) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    host, port : IP address and port to listen on
    members : members of each scenario, where the page does not set another number
    open_browser : whether to open the page in a browser
    announce : called with the address of the page once the server answers
    query : part of the address after the path, with its `?`
    """
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # concerns embedded pages; this is not one
    with tempfile.TemporaryDirectory(prefix="cairn-page-") as home:
        os.environ.update(SETTINGS, SOLARA_HOME=home)
        _serve(host, port, members, open_browser, announce, query)


def _serve(host: str, port: int, members: int, open_browser: bool, announce: Callable[[str], None], query: str) -> None:
    import uvicorn  # imported here, like Solara, which reads its settings when it is imported
    from solara.server.starlette import app

    from cairn.dashboard.session import paired_arms

    paired_arms.default_members = members

    class Server(uvicorn.Server):
        """Announces the address once it answers."""

        async def startup(self, *args: Any, **kwargs: Any) -> None:
            await super().startup(*args, **kwargs)
            if self.started:
                _announce(host, port, open_browser, announce, query)

    guarded = same_origin_only(app, host)
    Server(uvicorn.Config(guarded, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)).run()


def _announce(host: str, port: int, open_browser: bool, announce: Callable[[str], None], query: str) -> None:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/{query}"
    announce(address)
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

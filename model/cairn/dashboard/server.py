"""Starting the page: Solara's server with nothing that asks the network, on an address of this machine."""

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

EXTRA = ("solara", "solara-ui", "solara-server", "solara-assets", "ipyvuetify", "altair")
SETTINGS = {
    "SOLARA_APP": "cairn.dashboard.page",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_TELEMETRY_SERVER_USER_ID": "none",  # else one is made and kept
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
    "SOLARA_ASSETS_CDN": "none:",  # what is not installed is not fetched, it fails
    "SOLARA_KERNEL_CULL_TIMEOUT": "1h",
}


def missing() -> list[str]:
    """Packages of the page that are not installed."""

    def there(name: str) -> bool:
        try:
            return bool(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            return False

    return [name for name in EXTRA if not there(name)]


def refused(host: str, port: int) -> str:
    """Why a port cannot be listened on, or nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except (OSError, OverflowError) as problem:
            return str(getattr(problem, "strerror", None) or problem)
    return ""


def guarded(app: Any, host: str) -> Any:
    """The app for its own page alone: other sites that a browser has open get no answer from it.

    On an address of this machine it also answers to no other name, which a stranger's name server could have given.
    """
    alone = ipaddress.ip_address(host).is_loopback

    def own(headers: dict[bytes, bytes]) -> bool:
        asked = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        try:
            name = urlsplit(f"//{asked}").hostname
        except ValueError:
            return False
        if alone and name not in (host, "localhost"):
            return False
        return not origin or origin.partition("://")[2] == asked

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket") or own(dict(scope["headers"])):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"this page answers to its own address alone"})

    return answer


def serve(host: str, port: int, members: int, open_browser: bool, say: Callable[[str], None], query: str = "") -> None:
    """Serve the page until interrupted; `say` is told the address, with this query, once it answers."""
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # of pages inside pages; ours is none
    with tempfile.TemporaryDirectory(prefix="cairn-page-") as home:
        os.environ.update(SETTINGS, SOLARA_HOME=home)
        _serve(host, port, members, open_browser, say, query)


def _serve(host: str, port: int, members: int, open_browser: bool, say: Callable[[str], None], query: str) -> None:
    import uvicorn  # and Solara, which reads its settings as it is imported
    from solara.server.starlette import app

    from cairn.dashboard.session import paired_arms

    paired_arms.served = members

    class Server(uvicorn.Server):
        """Says so once it answers."""

        async def startup(self, *arguments: Any, **named: Any) -> None:
            await super().startup(*arguments, **named)
            if self.started:
                _ready(host, port, open_browser, say, query)

    Server(
        uvicorn.Config(guarded(app, host), host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)
    ).run()


def _ready(host: str, port: int, open_browser: bool, say: Callable[[str], None], query: str) -> None:
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/{query}"
    say(address)
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

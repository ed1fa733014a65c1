"""Starting the page: Solara's server with nothing that asks the network, on an address of this machine."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import socket
import tempfile
import threading
import warnings
import webbrowser
from collections.abc import Callable
from typing import Any

EXTRA = ("solara", "solara-ui", "solara-server", "solara-assets", "ipyvuetify", "altair")
SETTINGS = {
    "SOLARA_APP": "model.dashboard.page",
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


def serve(host: str, port: int, members: int, open_browser: bool, say: Callable[[str], None], query: str = "") -> None:
    """Serve the page until interrupted; `say` is told the address, with this query, once it answers."""
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # of pages inside pages; ours is none
    with tempfile.TemporaryDirectory(prefix="cairn-page-") as home:
        os.environ.update(SETTINGS, SOLARA_HOME=home)
        _serve(host, port, members, open_browser, say, query)


def _serve(host: str, port: int, members: int, open_browser: bool, say: Callable[[str], None], query: str) -> None:
    import uvicorn  # and Solara, which reads its settings as it is imported
    from solara.server.starlette import app

    from model.dashboard import arms

    arms.served = members

    class Server(uvicorn.Server):
        """Says so once it answers."""

        async def startup(self, *arguments: Any, **named: Any) -> None:
            await super().startup(*arguments, **named)
            if self.started:
                _ready(host, port, open_browser, say, query)

    Server(uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)).run()


def _ready(host: str, port: int, open_browser: bool, say: Callable[[str], None], query: str) -> None:
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/{query}"
    say(address)
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

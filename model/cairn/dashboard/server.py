"""Serves the page: Solara's server, on an address of this machine, without any request to the network."""

from __future__ import annotations

import contextlib
import importlib.metadata
import ipaddress
import os
import re
import socket
import tempfile
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

PACKAGES = ("solara", "solara-ui", "solara-server", "solara-assets", "ipyvuetify", "altair")
SETTINGS = {
    "SOLARA_APP": "cairn.dashboard.page",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_TELEMETRY_SERVER_USER_ID": "none",  # otherwise Solara makes and stores one
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
    "SOLARA_ASSETS_CDN": "none:",  # a script that is not installed fails instead of being fetched
    "SOLARA_KERNEL_CULL_TIMEOUT": "45s",  # a closed tab is forgotten; its link has all it showed
}
SECURITY_HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
# a proxy would set these; from anyone else Solara would take them as its own address and keep it
PROXY_HEADERS = frozenset((b"script-name", b"x-script-name", b"x-forwarded-host", b"x-forwarded-proto"))
CONNECT, CLOSE = "/jupyter/api/kernels/", "/_solara/api/close/"
WARM_UP_AFTER_S = 5.0
MAX_SESSIONS = 40  # tabs that are open or were closed less than a minute ago
MAX_NAME = 200  # characters of the name of a session or of a page
MAX_MESSAGE = 4 * 2**20  # bytes that a tab sends at once: more than the largest scenario file in any encoding
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


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


def guard(app: Any, host: str, port: int, sessions: Mapping[str, Any]) -> Any:
    """Wrap Solara's ASGI app so that only its own page, open in a browser as a page of its own, gets an answer.

    Requests made by other sites that are open in the browser are refused. On a loopback address any host name but its
    own is refused too, because a foreign name server can point a name of its own at this machine (DNS rebinding).
    Requests that Solara would answer with an error of the server are refused as well: those that name no session, or a
    session that does not exist. Answers may not be shown in frames of other pages.

    Parameters
    ----------
    app : Solara's ASGI app
    host, port : IP address and port that it listens on
    sessions : Solara's sessions by kernel, each with `page_status` by page
    """

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
        elif status := refusal(scope, host, port, sessions):
            await _refuse(scope, status, send)
        else:
            headers = [(name, value) for name, value in scope["headers"] if name not in PROXY_HEADERS]
            await app({**scope, "headers": headers}, receive, _with_security_headers(send))

    return guarded


def refusal(scope: Mapping[str, Any], host: str, port: int, sessions: Mapping[str, Any]) -> int:
    """The HTTP status with which a request is refused; 0 if it is answered.

    Parameters
    ----------
    scope : of ASGI, for HTTP or a websocket
    host, port, sessions : as for `guard`
    """
    hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
    if len(hosts) != 1 or len(origins) > 1 or not _is_own_host(hosts[0], host, port):
        return 403
    own_origins = [f"{scheme}://{hosts[0]}" for scheme in ("http", "https")]
    is_connection = scope["type"] == "websocket"
    if (origins and origins[0] not in own_origins) or (is_connection and not origins):
        return 403
    path, pages = scope["path"], parse_qs(scope["query_string"].decode("latin-1")).get("session_id", [])
    if not is_connection and not path.startswith(CLOSE):
        return 0
    if len(pages) != 1 or len(pages[0]) > MAX_NAME:
        return 400
    if is_connection:
        name = path.removeprefix(CONNECT).partition("/")[0] if path.startswith(CONNECT) else ""
        return 0 if name in sessions or (0 < len(name) <= MAX_NAME and len(sessions) < MAX_SESSIONS) else 403
    session = sessions.get(path.removeprefix(CLOSE))
    return 0 if session is not None and pages[0] in session.page_status else 404


def _values(scope: Mapping[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header.lower() == name]


def _is_own_host(requested: str, host: str, port: int) -> bool:
    """Whether the name and port of a request are those of this server; on a public address any plain name is."""
    name, colon, requested_port = requested.rpartition(":")
    if not colon or requested_port.endswith("]"):  # no port: that of HTTP
        name, requested_port = requested, "80"
    if requested_port != str(port):
        return False
    if ipaddress.ip_address(host).is_loopback:
        return name in (f"[{host}]" if ":" in host else host, "localhost")
    return bool(_HOST_NAME.fullmatch(name))


async def _refuse(scope: Mapping[str, Any], status: int, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it is accepted: status 403
        return
    body = {400: b"a request without a session", 404: b"there is no such session"}
    headers = [(b"content-type", b"text/plain"), *SECURITY_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    text = body.get(status, b"this server accepts requests from its own page only")
    await send({"type": "http.response.body", "body": text})


def _with_security_headers(send: Any) -> Any:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *SECURITY_HEADERS]}
        await send(message)

    return sending


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
    from solara.server import kernel_context
    from solara.server.starlette import app

    from cairn.dashboard.session import paired_arms

    paired_arms.default_members = members
    _prepare()

    class Server(uvicorn.Server):
        """Announces the address once it answers."""

        async def startup(self, *args: Any, **kwargs: Any) -> None:
            await super().startup(*args, **kwargs)
            if self.started:
                _announce(host, port, open_browser, announce, query)
                threading.Thread(target=_warm_up, args=(members,), daemon=True).start()

    config = uvicorn.Config(
        guard(app, host, port, kernel_context.contexts),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
        proxy_headers=False,
        server_header=False,
        ws_max_size=MAX_MESSAGE,
    )
    Server(config).run()


def _prepare() -> None:
    """Import the page and read the scenarios that it lists, so that the first reader need not wait for it."""
    import cairn.dashboard.page  # noqa: F401, Solara would import it for the first reader
    from cairn.dashboard import controls, widgets
    from cairn.dashboard.session.first_answer import first_answer
    from cairn.dashboard.session.request import resolve_request
    from cairn.dashboard.session.url_state import PageState

    controls.scenario_list()
    widgets.static_map_json()
    first_answer(resolve_request(PageState(), 1))


def _warm_up(members: int) -> None:
    """Run the baseline once in the background, so that the first what-if of a reader runs only its own scenario."""
    from cairn.dashboard.session import paired_arms
    from cairn.scenario.scenario import Scenario

    time.sleep(WARM_UP_AFTER_S)  # the first page comes first
    paired_arms.run_arm(Scenario.load("baseline"), members, paired_arms.DEFAULT_SEED, lambda _: None)


def _announce(host: str, port: int, open_browser: bool, announce: Callable[[str], None], query: str) -> None:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/{query}"
    announce(address)
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

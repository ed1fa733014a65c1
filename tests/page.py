"""The live page in a real browser: a server of our own, Debian's Chromium, nothing let out of this machine."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
WAIT = 60_000  # milliseconds; machines are shared


def chromium() -> str | None:
    """The system's Chromium."""
    return shutil.which("chromium")


def a_free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return attempt.getsockname()[1]


@contextlib.contextmanager
def served(*options: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """The address of a running page, and the process, which is interrupted as by Ctrl-C at the end."""
    command = [sys.executable, "run.py", "dashboard", "--no-open", "--json", "--port", str(a_free_port()), *options]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SOLARA_")}
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        told = server.stdout.readline()
        assert told, server.communicate()[1]
        yield json.loads(told)["address"], server
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
            try:
                server.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.communicate()
                raise


@contextlib.contextmanager
def browsing() -> Iterator[Any]:
    """A browser, and one reader's tabs in it, that cannot resolve any name."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield browser.new_context(accept_downloads=True, permissions=["clipboard-write"])
        browser.close()


class Tab:
    """A tab on the page, with what it complained of and what it asked of anyone but the server."""

    def __init__(self, browser: Any, address: str, query: str = "", width: int = 1280):
        self.page = browser.new_page()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.set_default_timeout(WAIT)
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url, address))
        self.page.goto(address + query)
        self.ready()

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((address, f"blob:{address}", "data:")):
            self.outside.append(url)

    def ready(self) -> None:
        """Wait until all worlds have run and are drawn."""
        self.page.wait_for_selector(".cairn-chart")
        self.page.wait_for_function("!document.querySelector('[role=status].quiet').innerText.startsWith('Working')")

    def changes(self, what: str, before: str) -> str:
        """Wait until a text is another, and take it."""
        self.page.wait_for_function(
            "([what, before]) => { const e = document.querySelector(what); return e && e.innerText !== before; }",
            arg=[what, before],
        )
        return self.text(what)

    def text(self, what: str) -> str:
        """The text of the first part that fits."""
        return self.page.locator(what).first.inner_text()

    @property
    def quarter(self) -> str:
        """Where the played worlds stand."""
        return self.text(".cairn-slider output")

    def event(self, name: str) -> Any:
        """The switch of an event."""
        self.page.get_by_label("Find an event").fill(name)
        return self.page.locator(f"#on-{name}")

    def close(self) -> None:
        """Leave, after looking whether anything was wrong."""
        self.page.close()
        assert self.complaints == []
        assert self.outside == []

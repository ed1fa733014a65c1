"""The interactive page in a real browser: a local server and the system's Chromium, without network."""

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
QUARTER = "label:has-text('Quarter') + output"  # of the member that is played
WAIT = 60_000  # milliseconds; machines are shared


def chromium() -> str | None:
    """The system's Chromium."""
    return shutil.which("chromium")


def a_free_port() -> int:
    """A free port."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return attempt.getsockname()[1]


@contextlib.contextmanager
def served(*options: str, port: str = "") -> Iterator[tuple[str, subprocess.Popen]]:
    """Serve the page: its address, and the server process, which is interrupted at the end as by Ctrl-C."""
    command = [
        sys.executable,
        "run.py",
        "dashboard",
        "--no-open",
        "--json",
        "--port",
        port or str(a_free_port()),
        *options,
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SOLARA_")}
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, server.communicate()[1]
        yield json.loads(line)["address"], server
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
    """A browser context in which no host name can be resolved."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield browser.new_context(accept_downloads=True, permissions=["clipboard-write"])
        browser.close()


class Tab:
    """A browser tab with the page; it records errors, and requests to anything but the server."""

    def __init__(self, browser: Any, address: str, query: str = "", width: int = 1280):
        self.page = browser.new_page()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.set_default_timeout(WAIT)
        self.errors: list[str] = []
        self.foreign_requests: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._check_request(request.url, address))
        self.page.goto(address + query)
        self.ready()

    def _check_request(self, url: str, address: str) -> None:
        if not url.startswith((address, f"blob:{address}", "data:")):
            self.foreign_requests.append(url)

    def ready(self) -> None:
        """Wait until all members have run and the charts are drawn."""
        self.page.wait_for_selector(".cairn-chart")
        self.page.wait_for_function(
            "!document.querySelector('.status-line [role=status]').innerText.startsWith('Computing')"
            " && !document.querySelector('.stale')"
        )

    def wait_for_change(self, selector: str, before: str) -> str:
        """Wait until the text of an element changes, and return it."""
        self.page.wait_for_function(
            "([s, before]) => { const e = document.querySelector(s); return e && e.innerText !== before; }",
            arg=[selector, before],
        )
        return self.text(selector)

    def wait_for_quarter(self, is_it: Any) -> None:
        """Wait until the last quarter of the member that is played fulfils a condition."""
        for _ in range(WAIT // 100):
            if is_it(self.quarter):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"still {self.quarter}")

    def text(self, selector: str) -> str:
        """The text of the first element that matches."""
        return self.page.locator(selector).first.inner_text()

    @property
    def quarter(self) -> str:
        """The last quarter of the member shown."""
        return self.text(QUARTER)

    def event(self, name: str) -> Any:
        """Search an event and return its switch."""
        self.page.get_by_label("Find an event").fill(name)
        return self.page.locator(f"#on-{name}")

    def advanced(self) -> None:
        """Open the controls of Mesa, and the member that they play."""
        for text in ("Advanced:", "Play one member"):
            self.page.locator("summary", has_text=text).click()
        self.page.get_by_text("Step", exact=True).wait_for()

    def close(self) -> None:
        """Close the tab; fail if there were errors or foreign requests."""
        self.page.close()
        assert self.errors == []
        assert self.foreign_requests == []

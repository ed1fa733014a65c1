"""What the server of the live page answers, and what it refuses."""

import asyncio
import base64
import contextlib
import http.client
import os
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from cairn.dashboard import server
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.url_state import PageState
from cairn.scenario.scenario import Scenario, ScenarioError
from tests.page import ROOT, a_free_port, served

CHANNEL = f"{server.CONNECT}kernel-1/channels?session_id=page-1"


def answer(host="127.0.0.1", kind="http", path="/", headers=(), sessions=None):
    """What the guard does with a request: the status of a refusal, or 0 and the scope that the app got."""
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    async def send(message):
        sent.append(message)

    path, _, query = path.partition("?")
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": list(headers)}
    asyncio.run(server.guard(app, host, 8765, sessions or {})(scope, None, send))
    assert len(reached) == 1 or sent[0]["type"] in ("http.response.start", "websocket.close")
    return (0 if reached else sent[0].get("status", sent[0].get("code"))), reached, sent


@pytest.mark.parametrize(
    ("host", "requested", "origin", "answers"),
    [
        ("127.0.0.1", "127.0.0.1:8765", "http://127.0.0.1:8765", True),
        ("127.0.0.1", "localhost:8765", "http://localhost:8765", True),
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1:80", "http://127.0.0.1:80", False),
        ("127.0.0.1", "127.0.0.1:9999", "http://127.0.0.1:9999", False),
        ("127.0.0.1", "user@127.0.0.1:8765", "http://user@127.0.0.1:8765", False),
        ("127.0.0.1", "elsewhere.example@127.0.0.1:8765", "http://127.0.0.1:8765", False),
        ("127.0.0.1", "127.0.0.1:8765@elsewhere.example", "http://127.0.0.1:8765", False),
        ("127.0.0.1", "127.0.0.1:8765/x", "http://127.0.0.1:8765", False),
        ("127.0.0.1", "127.0.0.1.:8765", "http://127.0.0.1.:8765", False),
        ("127.0.0.1", "[", "http://127.0.0.1:8765", False),
        ("127.0.0.1", "", "http://127.0.0.1:8765", False),
        ("127.0.0.1", "127.0.0.1:8765", "http://127.0.0.1:9999", False),
        ("127.0.0.1", "127.0.0.1:8765", "http://localhost:8765", False),
        ("127.0.0.1", "127.0.0.1:8765", "null", False),
        ("127.0.0.1", "127.0.0.1:8765", "https://elsewhere.example", False),
        ("127.0.0.1", "127.0.0.1:8765", "ftp://127.0.0.1:8765", False),
        ("127.0.0.1", "elsewhere.example:8765", "http://elsewhere.example:8765", False),
        ("::1", "[::1]:8765", "http://[::1]:8765", True),
        ("::1", "::1:8765", "http://::1:8765", False),
        ("0.0.0.0", "machine.example:8765", "http://machine.example:8765", True),
        ("0.0.0.0", "machine.example:80", "http://machine.example:80", False),
        ("0.0.0.0", "a@machine.example:8765", "http://a@machine.example:8765", False),
        ("0.0.0.0", "machine.example:8765", "http://elsewhere.example", False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_other_sites_get_no_answer(kind, host, requested, origin, answers):
    headers = [(b"host", requested.encode()), (b"origin", origin.encode())]
    status, _, _ = answer(host, kind, CHANNEL if kind == "websocket" else "/", headers)
    assert status == (0 if answers else {"http": 403, "websocket": 1008}[kind])


OWN = (b"host", b"127.0.0.1:8765")
ORIGIN = (b"origin", b"http://127.0.0.1:8765")


def test_a_page_may_be_opened_without_an_origin_but_a_connection_needs_one():
    assert answer(headers=[OWN])[0] == 0
    assert answer(kind="websocket", path=CHANNEL, headers=[OWN])[0] == 1008
    assert answer(headers=[OWN, OWN])[0] == answer(headers=[])[0] == answer(headers=[OWN, ORIGIN, ORIGIN])[0] == 403


def test_every_answer_says_how_it_may_be_used():
    for headers in ([OWN], []):
        sent = dict(answer(headers=headers)[2][0]["headers"])
        assert sent[b"content-security-policy"] == b"frame-ancestors 'none'"
        assert sent[b"x-content-type-options"] == b"nosniff"


def test_headers_of_a_proxy_do_not_reach_the_app():
    forged = [(name, b"elsewhere") for name in server.PROXY_HEADERS]
    assert answer(headers=[OWN, *forged])[1][0]["headers"] == [OWN]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("kernel-1?session_id=page-1", 0),
        ("kernel-1?session_id=page-2", 404),
        ("kernel-2?session_id=page-1", 404),
        ("kernel-1", 400),
        ("kernel-1?session_id=", 400),
        ("kernel-1?session_id=page-1&session_id=page-1", 400),
        ("?session_id=page-1", 404),
        ("kernel-1/more?session_id=page-1", 404),
        ("kernel-1?session_id=" + "x" * 10_000, 400),
    ],
)
def test_a_close_of_what_is_not_there_is_an_error_of_the_request(path, status):
    sessions = {"kernel-1": SimpleNamespace(page_status={"page-1": "connected"})}
    assert answer(path=server.CLOSE + path, headers=[OWN], sessions=sessions)[0] == status


def test_a_connection_names_a_session_and_there_are_not_too_many():
    def connect(path, sessions):
        return answer(kind="websocket", path=path, headers=[OWN, ORIGIN], sessions=sessions)[0]

    full = {f"kernel-{n}": None for n in range(server.MAX_SESSIONS)}
    assert connect(CHANNEL, full) == 0, "a tab that is open comes back"
    assert connect(CHANNEL.replace("kernel-1", "new"), full) == 1008
    assert connect(CHANNEL.replace("kernel-1", "new"), dict.fromkeys(range(server.MAX_SESSIONS - 1))) == 0
    for path in ("/elsewhere?session_id=page-1", f"{server.CONNECT}?session_id=a", CHANNEL.partition("?")[0]):
        assert connect(path, {}) == 1008


def shake_hands(address: str, **changes: str) -> int:
    """The status with which the server answers a request for a websocket."""
    host = urlsplit(address).netloc
    headers = {
        "Host": host,
        "Origin": f"http://{host}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    with contextlib.closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        connection.request("GET", CHANNEL, headers=headers | changes)
        return connection.getresponse().status


def test_a_running_server_connects_its_own_page_only_and_closes_only_what_is_open():
    with served("--members", "2") as (address, _):
        assert shake_hands(address) == 101
        assert shake_hands(address, Origin="http://elsewhere.example") == 403
        assert shake_hands(address, Host="elsewhere.example") == 403
        host = urlsplit(address).netloc
        with contextlib.closing(http.client.HTTPConnection(host, timeout=60)) as connection:
            for path, status in (("kernel-9?session_id=a", 404), ("kernel-1", 400)):
                connection.request("POST", server.CLOSE + path)
                reply = connection.getresponse()
                assert reply.status == status and reply.read()
            connection.request("GET", "/")
            reply = connection.getresponse()
            assert reply.status == 200 and reply.getheader("X-Frame-Options") == "DENY" and reply.read()


RELEASED = """
import socket, sys, threading, time
from cairn.dashboard import server
server.SETTINGS["SOLARA_KERNEL_CULL_TIMEOUT"] = "1s"
port = int(sys.argv[1])

def visit(address):
    threading.Thread(target=watch, args=(address,), daemon=True).start()

def watch(address):
    import os, signal
    from solara.server.kernel_context import contexts
    lines = ["GET " + sys.argv[2] + " HTTP/1.1", "Host: 127.0.0.1:%d", "Origin: http://127.0.0.1:%d",
             "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", ""]
    one = socket.create_connection(("127.0.0.1", port))
    one.sendall("\\r\\n".join(lines).replace("%d", str(port)).encode())
    assert b" 101 " in one.recv(64)
    while not contexts:
        time.sleep(0.05)
    print("open", len(contexts), flush=True)
    one.close()  # as when a browser is killed: no message that the tab is closed
    while contexts:
        time.sleep(0.05)
    print("released", flush=True)
    os.kill(os.getpid(), signal.SIGINT)

server.serve("127.0.0.1", port, 2, False, visit)
"""


def test_the_session_of_a_tab_that_vanished_is_released():
    command = [sys.executable, "-c", RELEASED, str(a_free_port()), CHANNEL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.split("\n")[:2] == ["open 1", "released"], done.stderr
    assert server.SETTINGS["SOLARA_KERNEL_CULL_TIMEOUT"] == "45s", "within a minute"


def test_what_a_session_keeps_grows_with_its_members_alone_and_is_bounded(baseline):
    few, more = (paired_arms.run_arm(baseline, members, 3, lambda _: None) for members in (2, 4))

    def size(arm):
        return sum(values.nbytes for part in (arm.quarters, arm.years) for values in part.values())

    per_member = (size(more) - size(few)) / 2
    assert size(few) == 2 * per_member
    kept = (2 + paired_arms.CACHE_SIZE / server.MAX_SESSIONS) * paired_arms.MAX_MEMBERS * per_member
    assert kept < 256 * 2**20


@pytest.mark.parametrize("character", ["\u202e", "\u202a", "\u2066", "\u2069"])
def test_a_character_that_turns_the_text_around_is_refused_where_it_is_written(character):
    from cairn.dashboard.session.request import resolve_request

    with pytest.raises(ScenarioError, match=f"u{ord(character):x} cannot be shown"):
        Scenario.from_text(f'extends: baseline\ntitle: "A title {character} that turns"\n')
    edited = PageState().with_edit("title", f'"A title {character} that turns"')
    errors = resolve_request(edited, 2).errors
    assert len(errors) == 1 and errors[0].isprintable()

"""`dashboard`: the live page."""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys
from typing import Any

from cairn.cli.options import BadInput, common, plainly, scenario, whole

HOST, PORT, MEMBERS, MOST_MEMBERS = "127.0.0.1", 8765, 200, 1000


def add(commands: Any) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "dashboard", help="open the live page: toggle events, watch the region change", description=dashboard.__doc__
    )
    command.add_argument("scenario", nargs="?", help="name or file to open it on (default: baseline)")
    command.add_argument("--port", type=whole(1, 65535, "a port"), default=PORT, help=f"default: {PORT}")
    command.add_argument("--host", default=HOST, help=f"address to listen on (default: {HOST}, this machine alone)")
    members = whole(1, MOST_MEMBERS, "the number of worlds of the page")
    command.add_argument("--members", type=members, default=MEMBERS, help=f"worlds of each arm (default: {MEMBERS})")
    command.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=None, help="open a browser (default: on a terminal)"
    )
    common(command)
    command.set_defaults(handler=dashboard)


def dashboard(options: argparse.Namespace) -> int:
    """Serve the live page on this machine until interrupted. Nothing is fetched from the network."""
    from cairn.dashboard import server

    if missing := server.missing_packages():
        raise BadInput(
            f"not installed, and the page needs it: {', '.join(missing)}; `pip install -e '.[page]'` brings it"
        )
    try:
        host = "127.0.0.1" if options.host == "localhost" else str(ipaddress.ip_address(options.host))
    except ValueError:
        raise BadInput(f"--host: {options.host!r} is no address; {HOST} or 0.0.0.0, say") from None
    if reason := server.bind_error(host, options.port):
        raise BadInput(f"cannot listen on {host} port {options.port}: {reason}; choose another with --port")

    query = _link(options.scenario) if options.scenario else ""

    def say(address: str) -> None:
        if options.json:
            print(json.dumps({"address": address}), flush=True)
        elif not options.quiet:
            print(f"the page is at {address}, until Ctrl-C", flush=True)

    opens = sys.stdout.isatty() if options.open is None else options.open
    server.serve(host, options.port, options.members, opens, say, query)
    return 0


def _link(which: str) -> str:
    """The part of the page's address that says a scenario, by its name or with all that a file of one's own changes."""
    from cairn.dashboard.session.edits import from_yaml
    from cairn.dashboard.session.url_state import MAX_LINK_LENGTH, PageState, to_query
    from cairn.scenario.inheritance import find, known

    with plainly():
        if which in known():
            return "?" + to_query(PageState(scenario=which))
        scenario(which)  # says all that is wrong with it
        file = find(which)
        link = to_query(from_yaml(file.read_text(encoding="utf-8"), file.stem))
    if len(link) > MAX_LINK_LENGTH:
        raise BadInput(f"{which} is too long for a link; start the page without it and load the file there")
    return "?" + link

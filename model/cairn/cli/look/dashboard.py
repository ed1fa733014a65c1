"""Open the live page: switch events on and off and watch the region change.

The page is served on this machine until Ctrl-C and loads nothing from the network.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys

from cairn.cli.cli_errors import OK
from cairn.cli.options import add_members_option, bounded_int
from cairn.support.errors import InputError

SUMMARY = "live page: switch events, watch the region change"
HOST, PORT, MEMBERS, MAX_MEMBERS = "127.0.0.1", 8765, 200, 1000


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `dashboard`."""
    command.add_argument("scenario", nargs="?", help="name or file to start with (default: baseline)")
    port = bounded_int(1, 65535, "a port")
    command.add_argument("--port", type=port, default=PORT, metavar="N", help=f"port to listen on (default: {PORT})")
    command.add_argument(
        "--host", default=HOST, metavar="ADDRESS", help=f"address to listen on (default: {HOST}, this machine only)"
    )
    add_members_option(command, f"members of each run (default: {MEMBERS})", high=MAX_MEMBERS, default=MEMBERS)
    command.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=None, help="open a browser (default: on a terminal)"
    )


def execute(options: argparse.Namespace) -> int:
    """Serve the page."""
    from cairn.dashboard import server

    if missing := server.missing_packages():
        raise InputError(f"the page needs {', '.join(missing)}, not installed here: pip install -e '.[page]'")
    try:
        host = "127.0.0.1" if options.host == "localhost" else str(ipaddress.ip_address(options.host))
    except ValueError:
        raise InputError(f"--host: {options.host!r} is not an address; give one such as {HOST} or 0.0.0.0") from None
    if reason := server.bind_error(host, options.port):
        raise InputError(f"cannot listen on {host} port {options.port}: {reason}; choose another with --port")

    def announce(address: str) -> None:
        if options.json:
            print(json.dumps({"address": address}))  # one line, for programs that wait for it
        elif not options.quiet:
            print(f"the page is at {address}, until Ctrl-C")
        sys.stdout.flush()

    query = _query(options.scenario) if options.scenario else ""
    open_browser = sys.stdout.isatty() if options.open is None else options.open
    server.serve(host, options.port, options.members, open_browser, announce, query)
    return OK


def _query(which: str) -> str:
    """The query of the page's address that stands for a scenario: its name, or all that a file of the user changes."""
    from cairn.dashboard.session.edits import from_yaml
    from cairn.dashboard.session.url_state import MAX_LINK_LENGTH, PageState, to_query
    from cairn.scenario.inheritance import find_file, shipped_names
    from cairn.scenario.scenario import Scenario

    if which in shipped_names():
        return "?" + to_query(PageState(scenario=which))
    Scenario.load(which)  # an error names everything that is wrong with it
    file = find_file(which)
    link = to_query(from_yaml(file.read_text(encoding="utf-8"), file.stem))
    if len(link) > MAX_LINK_LENGTH:
        raise InputError(f"{which} is too long for a link; start the page without it and load the file there")
    return "?" + link

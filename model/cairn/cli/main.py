"""The parser of the command line: `run.py COMMAND ...` in a checkout, `cairn COMMAND ...` once installed."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from cairn.cli.calibrate_validate import calibrate, claims, condition, validate
from cairn.cli.cli_errors import BAD_INPUT, exit_code
from cairn.cli.explore import discover, robust, sensitivity, sweep
from cairn.cli.files import check, list_outcomes, new, show
from cairn.cli.files import list as list_command
from cairn.cli.look import dashboard, export, report
from cairn.cli.options import add_output_options, add_plugin_option
from cairn.cli.output import TEXT_WIDTH, release_folders, terminal_width
from cairn.cli.run_compare import bench, branch, compare, run
from cairn.support.text import one_line
from cairn.support.text_table import text_table

# A command is a module: its name, `SUMMARY`, its docstring as description, `add_options(parser)`, `execute(options)`.
GROUPS: dict[str, tuple[ModuleType, ...]] = {
    "run and compare": (run, compare, branch, bench),
    "explore": (sweep, sensitivity, discover, robust),
    "calibrate and validate": (calibrate, condition, validate, claims),
    "look": (report, dashboard, export),
    "files": (list_command, list_outcomes, check, show, new),
}


class Parser(argparse.ArgumentParser):
    """argparse with one line per error and, for the whole program, commands in groups."""

    def error(self, message: str) -> NoReturn:
        """Print the message and end with the exit code of bad input."""
        self.exit(BAD_INPUT, f"{self.prog}: {one_line(message)}. See `{self.prog} --help`.\n")


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    program = "cairn" if Path(sys.argv[0]).stem == "cairn" else "run.py"
    top = Parser(
        prog=program,
        usage=f"{program} [COMMAND] [options]",
        description=f"Cairn: cooperation among five countries of Central Asia, 1992-2040.\n\n{_list_of_commands()}",
        epilog=_paragraphs(
            f"`{program} COMMAND --help` explains a command. Without a command the scenario baseline is run."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(
        dest="command", metavar="COMMAND", help=argparse.SUPPRESS, prog=program, parser_class=Parser
    )
    for module in (module for group in GROUPS.values() for module in group):
        command = commands.add_parser(
            _name(module),
            description=_paragraphs(module.__doc__ or ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_options(command)
        add_plugin_option(command)
        add_output_options(command)
        command.set_defaults(execute=module.execute)
    return top


def _paragraphs(text: str) -> str:
    """A text with each paragraph filled to the width of the terminal."""
    width = min(terminal_width(), TEXT_WIDTH) - 2
    return "\n\n".join(textwrap.fill(" ".join(part.split()), width) for part in text.split("\n\n"))


def _name(module: ModuleType) -> str:
    return getattr(module, "COMMAND", module.__name__.rpartition(".")[2])


def _list_of_commands() -> str:
    """The commands with their summaries, under the headings of their groups."""
    width = max(len(_name(module)) for group in GROUPS.values() for module in group)
    blocks = []
    for heading, group in GROUPS.items():
        rows = [[f"{_name(module):{width}}", module.SUMMARY] for module in group]
        blocks.append(f"{heading}:\n{text_table(rows, align='<', indent=2)}")
    return "\n\n".join(blocks)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : command and options; default: those of this process. Without a command the command is `run`

    Returns
    -------
    int
        Exit code: 0 if all went well, 2 for bad input, 3 if a part of the work failed, 130 if interrupted.
    """
    given = sys.argv[1:] if arguments is None else arguments
    plugins, given = _split_plugins(given)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["run", *given]
    options: Any = parser().parse_args([*given[:1], *plugins, *given[1:]])
    try:
        return exit_code(lambda: _execute(options))
    finally:
        release_folders()


def _split_plugins(given: list[str]) -> tuple[list[str], list[str]]:
    """The options `--plugin` before the name of a command, and the rest.

    >>> _split_plugins(["--plugin", "my_events.py", "compare", "baseline", "quake.yaml"])
    (['--plugin', 'my_events.py'], ['compare', 'baseline', 'quake.yaml'])
    """
    count = 0
    while count < len(given) and given[count].partition("=")[0] == "--plugin":
        count += 1 if "=" in given[count] else 2
    return given[:count], given[count:]


def _execute(options: Any) -> int:
    if options.plugin:
        from cairn.support.plugins import load_plugin

        for plugin in options.plugin:
            load_plugin(plugin)
    return options.execute(options)

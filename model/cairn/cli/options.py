"""Options that several commands share, and readers that check their values."""

from __future__ import annotations

import argparse
import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cairn.core.calendar import parse_date
from cairn.support.errors import InputError

RESULTS = Path("results")
SWEEPS = RESULTS / "sweeps"
MAX_MEMBERS, MAX_SEED = 1_000_000, 2**63 - 1


# --- readers of values, for argparse ---


def bounded_int(low: int, high: int, name: str) -> Callable[[str], int]:
    """A reader of whole numbers from `low` to `high`; `name` says in messages what the number is.

    >>> bounded_int(1, 8, "the number of processes")("3")
    3
    """

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number; {name} is {low}..{high}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{value} is out of range; {name} is {low}..{high}")
        return value

    return read


def checkpoint_date(text: str) -> dt.date:
    """Read a date.

    >>> checkpoint_date("2016-07")
    datetime.date(2016, 7, 1)
    """
    try:
        return parse_date(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def shard(text: str) -> tuple[int, int]:
    """Read which shard of how many.

    >>> shard("2/8")
    (2, 8)
    """
    if match := re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text):
        k, n = int(match[1]), int(match[2])
        if 1 <= k <= n:
            return k, n
    raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a shard; write 1/8 to 8/8")


# --- options ---


def add_output_options(command: argparse.ArgumentParser) -> None:
    """`--quiet` and `--json`, which every command has."""
    command.add_argument("--quiet", action="store_true", help="print no progress and no table")
    command.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def add_plugin_option(command: argparse.ArgumentParser) -> None:
    """`--plugin`, which every command has."""
    command.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="FILE",
        help="a Python file, or an importable module, with event types or measures of your own; may be repeated",
    )


def add_out_option(command: argparse.ArgumentParser, text: str, default: Path | None = None) -> None:
    """`--out`: where results go."""
    command.add_argument("--out", type=Path, default=default, metavar="PATH", help=text)


def add_run_options(command: argparse.ArgumentParser, default_members: str) -> None:
    """`--members`, `--seed` and `--jobs`."""
    add_members_option(command, f"number of members (default: {default_members})")
    add_seed_option(command, "random seed (default: the scenario's own, or 1)")
    add_jobs_option(command)


def add_members_option(
    command: argparse.ArgumentParser, text: str, *, low: int = 1, high: int = MAX_MEMBERS, default: int | None = None
) -> None:
    """`--members`."""
    read = bounded_int(low, high, "the number of members")
    command.add_argument("--members", type=read, default=default, metavar="N", help=text)


def add_seed_option(command: argparse.ArgumentParser, text: str, default: int | None = None) -> None:
    """`--seed`."""
    read = bounded_int(0, MAX_SEED, "the seed")
    command.add_argument("--seed", type=read, default=default, metavar="N", help=text)


def add_jobs_option(command: argparse._ActionsContainer) -> None:
    """`--jobs`."""
    read = bounded_int(1, 512, "the number of processes")
    text = "number of processes (default: 1 for small jobs, else one per core)"
    command.add_argument("--jobs", type=read, metavar="N", help=text)


def add_outputs_option(command: argparse.ArgumentParser) -> None:
    """`--outputs`: which variables run.nc, summary.csv and the figures contain."""
    command.add_argument(
        "--outputs",
        default="all",
        metavar="WHICH",
        help="all, summary (variables of the region), or names of variables separated by commas (default: all)",
    )


def years(text: str) -> tuple[int, ...]:
    """Read years and ranges of years.

    >>> years("2024,2031-2033")
    (2024, 2031, 2032, 2033)
    """
    from cairn.scenario.outcome_names import parse_years

    try:
        return parse_years(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def add_outcome_options(
    command: argparse.ArgumentParser,
    outcome: str = "an outcome to answer first",
    years_of: str = "years of the answers and the table",
) -> None:
    """`--outcome` and `--years`: which results are shown, or shown first."""
    default = "those that the scenario names in look_at" if "first" in outcome else "all"
    command.add_argument(
        "--outcome",
        action="append",
        default=[],
        metavar="NAME",
        help=f"{outcome}, such as shortage:UZB or pair_trade:KAZ-UZB; may be repeated; run.py outcomes lists all "
        f"(default: {default})",
    )
    command.add_argument("--years", type=years, default=(), metavar="YEARS", help=f"{years_of}, such as 2031-2035")


def check_years(wanted: Sequence[int], scenarios: Sequence[Any], to_year: int | None) -> None:
    """Refuse years of `--years` that are not run."""
    first, last = scenarios[0].horizon.first, min(s.horizon.last for s in scenarios)
    last = min(last, to_year or last)
    if outside := [year for year in wanted if not first <= year <= last]:
        raise InputError(f"--years: {outside[0]} is outside {first}..{last}, the years that are run")


def add_to_option(command: argparse.ArgumentParser, text: str = "last year to run and report") -> None:
    """`--to`: the last year."""
    command.add_argument("--to", dest="to_year", type=bounded_int(0, 9999, "a year"), metavar="YEAR", help=text)


def add_parameters_option(command: argparse.ArgumentParser, conditioned: bool = True) -> None:
    """`--parameters` and `--condition-until`: which parameters the members use, and whether their past is the record's.

    Parameters
    ----------
    conditioned : whether members are conditioned on the record if nothing else is said
    """
    default = "conditioned" if conditioned else "posterior"
    which = command.add_mutually_exclusive_group()
    which.add_argument(
        "--parameters",
        default=default,
        metavar="WHICH",
        help="parameters of the members: conditioned, posterior, default, a CSV file of parameter sets, or a file of "
        f"the command condition (default: {default})",
    )
    if conditioned:
        which.add_argument(
            "--condition-until",
            dest="parameters",
            type=_condition_until,
            metavar="YEAR|none",
            help="last year in which members follow the record; none for a free run (default: 2025, its end)",
        )


def _condition_until(text: str) -> str:
    """The parameters of members conditioned to a year: `none` gives those of a free run.

    >>> _condition_until("2015"), _condition_until("none")
    ('conditioned-2015', 'posterior')
    """
    from cairn.record.conditioned_sets import shipped_years

    if text == "none":
        return "posterior"
    known = [str(year) for year in shipped_years()]
    if text not in known:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is no year to which conditioned members ship; give one of {', '.join(known)}, or none. "
            "run.py condition makes others, for 2003 to 2025"
        )
    return f"conditioned-{text}"


def add_coding_option(command: argparse.ArgumentParser) -> None:
    """`--coding`: another coding of the leaders."""
    from cairn.core.leader_names import CODINGS

    command.add_argument(
        "--coding",
        default="shipped",
        metavar="NAME",
        help="coding of the leaders (default: shipped): "
        + "; ".join(f"{name}, {about}" for name, about in CODINGS.items()),
    )


def add_sweep_size_options(command: argparse.ArgumentParser) -> None:
    """`--samples`, `--members` and `--seed` in place of what a sweep file says."""
    read = bounded_int(1, 10**10, "the number of samples")
    command.add_argument("--samples", type=read, metavar="N", help="samples of the design, in place of the file's")
    add_members_option(command, "members at each point, in place of the file's", high=100_000)
    add_seed_option(command, "random seed, in place of the file's")


def add_analysis_options(command: argparse.ArgumentParser, shipped: str) -> None:
    """Options of a command that runs what is missing of a sweep, by default a shipped one, and analyses it."""
    command.add_argument("sweep", nargs="?", default=shipped, help=f"a sweep or its folder (default: {shipped})")
    add_sweep_size_options(command)
    add_executor_options(command)
    add_out_option(command, "folder of the sweep; parts that it contains are not run again")


def add_executor_options(command: argparse.ArgumentParser) -> None:
    """`--jobs`, `--dask` and `--slurm`: where a sweep runs."""
    where = command.add_mutually_exclusive_group()
    add_jobs_option(where)
    where.add_argument("--dask", metavar="ADDRESS", help="run on a Dask scheduler, such as tcp://host:8786")
    read = bounded_int(1, 10_000, "the number of jobs")
    where.add_argument("--slurm", type=read, metavar="N", help="start N Slurm jobs and run on them")
    command.add_argument(
        "--slurm-option",
        action="append",
        default=[],
        metavar="OPTION",
        help="an #SBATCH option of these jobs, joined by =, such as --time=2:00:00; may be repeated",
    )

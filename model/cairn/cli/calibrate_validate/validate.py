"""Compare the model with the record, both the years it was fitted to and the years held back.

Prints the scores and those of simple benchmark forecasts; writes VALIDATION.md, a scorecard and figures.
"""

from __future__ import annotations

import argparse

from cairn.cli.cli_errors import OK
from cairn.cli.options import (
    RESULTS,
    add_jobs_option,
    add_members_option,
    add_out_option,
    add_parameters_option,
    add_seed_option,
)
from cairn.cli.output import own_folder, print_files, print_json, progress_bar, provenance
from cairn.support.errors import InputError

SUMMARY = "compare the model with the record and with benchmarks"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `validate`."""
    add_members_option(command, "number of members (default: 600)", low=2)
    add_seed_option(command, "random seed (default: 1)", default=1)
    add_jobs_option(command)
    add_parameters_option(command)
    add_out_option(
        command, "folder for VALIDATION.md and figures (default: results/validation)", RESULTS / "validation"
    )


def execute(options: argparse.Namespace) -> int:
    """Score the model and write the page."""
    from cairn.core.parameter_sets import ParameterSets

    sets = ParameterSets.load(options.parameters)
    try:
        import statsmodels  # noqa: F401
    except ImportError:
        raise InputError("validate needs statsmodels for one of its benchmarks: pip install -e '.[analysis]'") from None
    from cairn.calibration.posterior import shrinkage_by_name
    from cairn.calibration.validation import forecast_comparison, identifiability, scorecard, validation_page

    out, hidden = own_folder(options.out), options.quiet or options.json
    members = options.members or scorecard.MEMBERS
    fewer = min(members, identifiability.MEMBERS)
    profiled = identifiability.PROFILES * len(identifiability.GRID) * fewer
    with progress_bar(members + profiled, "validating", hidden=hidden) as bar:
        card = scorecard.compute_scorecard(sets, members, options.seed, jobs=options.jobs, progress=bar.update)
        comparison = forecast_comparison.compare_forecasts(card)
        names = identifiability.least_identified(shrinkage_by_name())
        profiles = identifiability.compute_profiles(names, sets, members=fewer, progress=bar.update)
    scorecard.save_scorecard(card, out / "scorecard.csv")
    files = [out / "scorecard.csv", *validation_page.save_validation(card, comparison, profiles, out)]
    if options.json:
        made = provenance(members, options.seed, sets.origin)
        scores = forecast_comparison.to_dict(card, comparison)
        print_json({**made, **scores, "files": [str(file) for file in files]})
    elif not options.quiet:
        print(forecast_comparison.to_text(card, comparison))
        print_files(files)
    return OK

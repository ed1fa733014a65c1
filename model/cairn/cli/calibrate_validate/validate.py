"""Compare the model with the record, both the years it was fitted to and the years held back.

Prints the scores and those of simple benchmark forecasts; writes VALIDATION.md, a scorecard and figures.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from cairn.cli.cli_errors import OK
from cairn.cli.options import (
    RESULTS,
    add_jobs_option,
    add_members_option,
    add_out_option,
    add_parameters_option,
    add_seed_option,
)
from cairn.cli.output import own_folder, print_files, print_json, progress_bar, provenance, writable_folder
from cairn.support.errors import InputError

SUMMARY = "compare the model with the record and with benchmarks"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `validate`."""
    add_members_option(command, "number of members (default: 600)", low=2)
    add_seed_option(command, "random seed (default: 1)", default=1)
    add_jobs_option(command)
    add_parameters_option(command, conditioned=False)
    command.add_argument(
        "--ablations",
        type=Path,
        metavar="FILE",
        help="also forecast without each mechanism (about ten minutes), write the scores to FILE and use them",
    )
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
    from cairn.calibration.repeats.mechanisms import MECHANISM_LIST
    from cairn.calibration.rolling import mechanism_scores, rolling_origins
    from cairn.calibration.validation import (
        band_coverage,
        border_violence,
        coding_headlines,
        forecast_comparison,
        identifiability,
        scorecard,
        validation_page,
    )
    from cairn.core.leader_names import CODINGS
    from cairn.ensemble.runner import run

    out, hidden = own_folder(options.out), options.quiet or options.json
    if options.ablations:
        writable_folder(options.ablations.parent)
    members = options.members or scorecard.MEMBERS
    fewer = min(members, identifiability.MEMBERS)
    profiled = identifiability.PROFILES * len(identifiability.GRID) * fewer
    forecast = min(members, rolling_origins.MEMBERS)
    total = members + profiled + forecast * len(rolling_origins.ORIGINS)
    per_coding = min(members, coding_headlines.MEMBERS)
    total += per_coding * len(CODINGS)
    of_mechanisms = min(members, mechanism_scores.MEMBERS)
    if options.ablations:
        total += of_mechanisms * (len(MECHANISM_LIST) + 1) * len(rolling_origins.ORIGINS)
    with progress_bar(total, "validating", hidden=hidden) as bar:
        card = scorecard.compute_scorecard(sets, members, options.seed, jobs=options.jobs, progress=bar.update)
        comparison = forecast_comparison.compare_forecasts(card)
        names = identifiability.least_identified(shrinkage_by_name())
        profiles = identifiability.compute_profiles(names, sets, members=fewer, progress=bar.update)
        rolling = rolling_origins.compute_rolling_origins(forecast, options.seed, progress=bar.update)
        if options.ablations:
            table = mechanism_scores.score_mechanisms(members=of_mechanisms, seed=options.seed, progress=bar.update)
            mechanism_scores.save_scores(table, options.ablations)
        headlines = coding_headlines.compute_headlines(per_coding, options.seed, jobs=options.jobs, progress=bar.update)
    outputs = (*band_coverage.BAND_VARIABLES, *border_violence.VIOLENCE_VARIABLES)
    plain_run = {"to_year": band_coverage.LAST_HELD_BACK, "outputs": outputs, "jobs": options.jobs}
    dataset = run("baseline", members, options.seed, parameters=sets, **plain_run)
    bands = band_coverage.run_band_coverage(dataset)
    hindcasts = band_coverage.compute_hindcasts(members, options.seed, dataset, options.jobs)
    scorecard.save_scorecard(card, out / "scorecard.csv")
    violence = border_violence.violence_of(dataset)
    scores = mechanism_scores.read_scores(options.ablations)
    results = validation_page.Results(
        card, comparison, profiles, rolling, bands, hindcasts, violence, scores, headlines, dataset
    )
    files = [out / "scorecard.csv", *validation_page.save_validation(results, out)]
    files += [options.ablations] if options.ablations else []
    if options.json:
        made = provenance(members, options.seed, sets.origin)
        document = forecast_comparison.to_dict(card, comparison)
        document |= {"run_bands": dataclasses.asdict(bands), "rolling_origins": rolling.to_dict()}
        document |= {"hindcasts": [h.to_dict() for h in hindcasts], "violence": violence.to_dict()}
        document |= {"mechanisms": [s.to_dict() for s in mechanism_scores.support_of(scores)]}
        document |= {"codings": [dataclasses.asdict(h) for h in headlines]}
        print_json({**made, **document, "files": [str(file) for file in files]})
    elif not options.quiet:
        print(forecast_comparison.to_text(card, comparison))
        print(rolling.to_text())
        print_files(files)
    return OK

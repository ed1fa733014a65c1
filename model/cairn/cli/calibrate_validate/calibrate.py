"""`calibrate` and `validate`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cairn.cli.options import RESULTS, BadInput, Bar, common, load_parameters, parameters_option, whole, writable

STEPS = 8  # that a calibration usually takes, for its progress bar


def add(commands: Any) -> None:
    """The commands and their options."""
    command = commands.add_parser(
        "calibrate", help="learn the numbers of the model from the record to 2015", description=calibrate.__doc__
    )
    command.add_argument("--sets", type=whole(200, 1_000_000, "the number of sets"), help="parameter sets in each step")
    command.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), default=1, help="seed (default: 1)")
    command.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: all cores)")
    command.add_argument("--out", type=Path, default=RESULTS / "calibration", help="folder for what is written")
    command.add_argument("--refits", action="store_true", help="also without each mechanism and under other codings")
    command.add_argument(
        "--check",
        type=whole(2, 10_000, "the number of records"),
        metavar="N",
        help="also put the method to N records that the model made itself",
    )
    common(command)
    command.set_defaults(handler=calibrate)
    command = commands.add_parser(
        "validate", help="the model against the record: scorecard, rivals, page", description=validate.__doc__
    )
    command.add_argument("--members", type=whole(2, 1_000_000, "the number of worlds"), help="worlds (default: 600)")
    command.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), default=1, help="seed (default: 1)")
    command.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: all cores)")
    parameters_option(command)
    command.add_argument(
        "--out", type=Path, default=RESULTS / "validation", help="folder for VALIDATION.md and pictures"
    )
    common(command)
    command.set_defaults(handler=validate)


def calibrate(options: argparse.Namespace) -> int:
    """Fit to the record to 2015; write posterior.csv and posterior.json. It carries on where it was interrupted."""
    from cairn.calibration import ablations, fit, posterior, sbc

    out, hidden = writable(options.out), options.quiet or options.json
    count = options.sets or fit.ENSEMBLE_SIZE
    with Bar(2 * STEPS * count, "calibrating", hidden) as progress:
        settings = {"jobs": options.jobs, "folder": out, "compare_rejection": True, "progress": progress}
        found = fit.calibrate(count, options.seed, **settings)
    files = posterior.save_posterior(found, out)
    if options.refits:
        rows: list[dict[str, Any]] = []
        fewer = min(count, ablations.ENSEMBLE_SIZE)
        with Bar(len(ablations.REFITS) * STEPS * fewer, "refitting", hidden) as progress:
            for row in ablations.run_refits(count=fewer, jobs=options.jobs, progress=progress):
                rows.append(row)
                ablations.save_refits(rows, out / "refits.csv")
        files.append(out / "refits.csv")
    if options.check:
        ranks: list[Any] = []
        fewer = min(count, sbc.ENSEMBLE_SIZE)
        with Bar(options.check * STEPS * fewer, "checking", hidden) as progress:
            for rank in sbc.run_sbc(options.check, fewer, options.seed, jobs=options.jobs, progress=progress):
                ranks.append(rank)
                sbc.save_ranks(found.calibrated, ranks, out / "sbc.csv")
        files.append(out / "sbc.csv")
    if options.json:
        print(files[1].read_text(encoding="utf-8"), end="")
    elif not options.quiet:
        print(posterior.to_text(found))
        print(f"Written: {', '.join(map(str, files))}.\nRun on them with --parameters {files[0]}")
    return 0


def validate(options: argparse.Namespace) -> int:
    """Hold the model against the record, fitted and held back: print scores, write VALIDATION.md and pictures."""
    sets = load_parameters(options.parameters)
    try:
        import statsmodels  # noqa: F401
    except ImportError:
        raise BadInput("validate needs statsmodels for a rival: pip install -e '.[analysis]'") from None
    from cairn.calibration.posterior import shrinkage_by_name
    from cairn.calibration.validation import forecast_comparison, identifiability, scorecard, validation_page

    out, hidden = writable(options.out), options.quiet or options.json
    members = options.members or scorecard.MEMBERS
    fewer = min(members, identifiability.MEMBERS)
    profiled = identifiability.PROFILES * len(identifiability.GRID) * fewer
    with Bar(members + profiled, "validating", hidden) as progress:
        card = scorecard.compute_scorecard(sets, members, options.seed, jobs=options.jobs, progress=progress)
        comparison = forecast_comparison.compare_forecasts(card)
        names = identifiability.least_identified(shrinkage_by_name())
        profiles = identifiability.compute_profiles(names, sets, members=fewer, progress=progress)
    scorecard.save_scorecard(card, out / "scorecard.csv")
    files = [out / "scorecard.csv", *validation_page.save_validation(card, comparison, profiles, out)]
    if options.json:
        print(json.dumps(forecast_comparison.to_dict(card, comparison) | {"files": [str(f) for f in files]}, indent=1))
    elif not options.quiet:
        print(forecast_comparison.to_text(card, comparison))
        print(f"Written: {', '.join(map(str, files))}")
    return 0

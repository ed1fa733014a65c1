"""`claims`: an article's claims put to the test."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cairn.cli.options import RESULTS, Bar, common, load_parameters, parameters_option, whole, writable


def add(commands: Any) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "claims", help="an article's claims on the region put to the test", description=claims.__doc__
    )
    command.add_argument(
        "claim", nargs="*", type=whole(1, 42, "the number of a claim"), help="numbers of claims (default: all)"
    )
    command.add_argument(
        "--members", type=whole(2, 1_000_000, "the number of worlds"), help="worlds of each arm (default: 300)"
    )
    command.add_argument("--seed", type=whole(0, 2**63 - 1, "the seed"), default=1, help="seed (default: 1)")
    command.add_argument("--jobs", type=whole(1, 512, "the number of processes"), help="processes (default: chosen)")
    parameters_option(command)
    command.add_argument("--list", action="store_true", help="print the claims and their tests, and run nothing")
    command.add_argument("--out", type=Path, default=RESULTS / "claims", help="folder for what is written")
    common(command)
    command.set_defaults(handler=claims)


def claims(options: argparse.Namespace) -> int:
    """Run each claim's experiment on common luck: effect, interval, verdicts of model and record; a report."""
    from cairn.claims.claim import claims as known

    wanted = sorted(set(options.claim)) or list(known())
    if options.list:
        return _listed([known()[n] for n in wanted], options.json)
    parameters, out = load_parameters(options.parameters), writable(options.out)
    from cairn.claims import claims_figures, claims_page, evaluation
    from cairn.claims.experiments import arm_runs
    from cairn.figures import write
    from cairn.report import save

    members, seed = options.members or evaluation.MEMBERS, options.seed
    names = evaluation.required_arms(wanted)
    quarters = arm_runs.member_quarters({"baseline", *names}, members) if names else 1
    with Bar(quarters, "evaluating claims", options.quiet or options.json) as progress:
        cases, found = evaluation.evaluate_claims(
            wanted, members, seed, parameters=parameters, jobs=options.jobs, progress=progress
        )
    drawn = _drawn(claims_figures, cases, found, members, seed)
    files = [out / "claims.csv", out / "claims.json"]
    evaluation.save_csv(cases, files[0])
    document = _document(evaluation.to_dicts(cases), members, options)
    files += [write(figure, out / f"{name}.png") for name, (figure, _) in drawn.items()]
    files.append(out / "report.html")
    about = {
        "members": members,
        "seed": seed,
        "parameters": parameters.origin,
        "command": _command(options, members),
    }
    save(claims_page.render_claims_page(cases, list(drawn.values()), about), files[-1])
    document["files"] = [str(file) for file in files]
    _save_json(document, files[1])
    if options.json:
        print(json.dumps(document, indent=1))
    elif not options.quiet:
        print(evaluation.to_text(cases))
        print(f"\nMedians, or means for meetings attended, over {members} worlds of each arm, seed {seed}.")
        print("sign: share of worlds with that sign; apart: where model and record disagree. Why: in report.html.")
        print(f"Written: {', '.join(str(file) for file in files)}")
    return 0


def _drawn(claims_figures: Any, cases: Any, found: Any, members: int, seed: int) -> dict[str, tuple[Any, str]]:
    """Pictures for which the claims that were heard have the worlds."""
    drawn = {}
    if any(case.test_result for case in cases):
        drawn["forest"] = claims_figures.forest_plot(cases, members, seed), "Effect of each claim that was tested"
    if found is not None and found.has("combination_0"):
        drawn["causes"] = claims_figures.contributions_of_causes(found), "What each of six causes accounts for"
    if found is not None and found.has("shock_all"):
        drawn["gains"] = claims_figures.required_gains(found), "How much gain cooperation needs to last"
    return drawn


def _command(options: argparse.Namespace, members: int) -> str:
    ids = "".join(f" {n}" for n in sorted(set(options.claim)))
    where = "" if options.parameters == "posterior" else f" --parameters {options.parameters}"
    return f"run.py claims{ids} --members {members} --seed {options.seed}{where}"


def _document(rows: Any, members: int, options: argparse.Namespace) -> dict[str, Any]:
    from cairn.support.provenance import commit, package_version

    return {
        "members": members,
        "seed": options.seed,
        "version": package_version(),
        "commit": commit(),
        "claims": rows,
    }


def _save_json(document: dict[str, Any], path: Path) -> None:
    from cairn.support.atomic_write import atomic_write

    with atomic_write(path) as part:
        part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _listed(wanted: Any, as_json: bool) -> int:
    """The claims and their tests, nothing run."""
    if as_json:
        print(json.dumps([claim.model_dump(mode="json") for claim in wanted], indent=1))
        return 0
    for claim in wanted:
        print(f"{claim.id:>2}  {claim.title}  ({claim.kind})\n    {claim.statement.strip()}")
        print(f"    Test: {claim.test.strip()}")
        if claim.testable:
            print(f"    Supports: {claim.supported_if.strip()}. Contradicts: {claim.contradicted_if.strip()}.")
        print()
    return 0

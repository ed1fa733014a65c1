"""Test the claims of an article on the region, or of another text.

Runs the experiment of each claim with common random numbers; gives its mean effect with a 90 % interval, the verdict,
and a report with a card for each claim. --file tests claims of your own; an example is
scenarios/claims/another_reading.yaml.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cairn.cli.cli_errors import OK, as_bad_input
from cairn.cli.options import (
    RESULTS,
    add_coding_option,
    add_jobs_option,
    add_members_option,
    add_out_option,
    add_parameters_option,
    add_seed_option,
    bounded_int,
)
from cairn.cli.output import own_folder, print_files, print_filled, print_json, progress_bar, provenance
from cairn.support.errors import InputError

SUMMARY = "test an article's claims on the region"


def add_options(command: argparse.ArgumentParser) -> None:
    """Options of `claims`."""
    claim = bounded_int(1, 42, "the number of a claim")
    command.add_argument("claim", nargs="*", type=claim, help="numbers of claims (default: all)")
    command.add_argument(
        "--file", type=Path, metavar="FILE", help="a file with claims of your own, in place of those of the article"
    )
    add_members_option(command, "members of each arm (default: 300)", low=2)
    add_seed_option(command, "random seed (default: 1)", default=1)
    add_jobs_option(command)
    add_parameters_option(command)
    add_coding_option(command)
    command.add_argument("--list", action="store_true", help="print the claims and their tests, run nothing")
    add_out_option(command, "folder for results (default: results/claims)", RESULTS / "claims")


def execute(options: argparse.Namespace) -> int:
    """Evaluate the claims and write the report."""
    from cairn.calibration.leader_codings import check_coding
    from cairn.claims.claim import claims

    with as_bad_input(ValueError):
        coding = check_coding(options.coding)
    if options.file is not None:
        return _own_claims(options, coding)
    chosen = sorted(set(options.claim)) or list(claims())
    if options.list:
        return _print_claims([claims()[n] for n in chosen], options)
    from cairn.core.parameter_sets import resolve_parameters

    parameters, out = resolve_parameters(options.parameters), own_folder(options.out)
    from cairn.claims import claims_figures, evaluation
    from cairn.claims.experiments import arm_runs

    members, seed = options.members or evaluation.MEMBERS, options.seed
    names = evaluation.required_arms(chosen, parameters)
    work = arm_runs.member_quarters({"baseline", *names}, members) if names else 1
    with progress_bar(work, "evaluating claims", hidden=options.quiet or options.json) as bar:
        cases, runs = evaluation.evaluate_claims(
            chosen, members, seed, parameters=parameters, jobs=options.jobs, progress=bar.update, coding=coding
        )
    figures = _figures(claims_figures, cases, runs, members, seed)
    about = {"text": _named_article(len(cases)), "source": "model/cairn/claims/claims.yaml"}
    return _write(options, cases, figures, about, members, parameters, out)


def _own_claims(options: argparse.Namespace, coding: str) -> int:
    """Evaluate the claims of a file."""
    from cairn.claims import own_claims

    if options.claim:
        raise InputError("numbers of claims belong to the article's; with --file all claims of the file are tested")
    file = own_claims.load_claims(options.file)
    if options.list:
        return _print_claims([own.as_claim(n) for n, own in enumerate(file.claims, 1)], options)
    from cairn.core.parameter_sets import resolve_parameters

    parameters, out = resolve_parameters(options.parameters), own_folder(options.out)
    from cairn.claims import claims_figures, evaluation

    members, seed = options.members or evaluation.MEMBERS, options.seed
    work = own_claims.member_quarters(file, members, parameters)
    with progress_bar(work, "evaluating claims", hidden=options.quiet or options.json) as bar:
        cases = own_claims.evaluate_own(
            file, members, seed, parameters=parameters, jobs=options.jobs, progress=bar.update, coding=coding
        )
    figures = _figures(claims_figures, cases, None, members, seed)
    about = {
        "text": f"This page tests {len(cases)} claims of a text: {file.text.strip()}.",
        "source": str(options.file),
    }
    return _write(options, cases, figures, about, members, parameters, out)


def _named_article(count: int) -> str:
    """A sentence that names the article as far as it is known."""
    from cairn.claims.claim import article

    about = article()
    return (
        f"This page tests {count} claims of {about.name}, written {about.written}; {about.unknown}. Its sections are "
        f"{', '.join(about.sections)}. The claims are in our own words. Each test was written down before it was run."
    )


def _write(
    options: argparse.Namespace,
    cases: list[Any],
    figures: dict[str, tuple[Any, str]],
    about: dict[str, Any],
    members: int,
    parameters: Any,
    out: Path,
) -> int:
    """Write tables, figures and report, and print the verdicts."""
    from cairn.claims import claims_page, evaluation
    from cairn.core.parameter_sets import origin_of
    from cairn.figures import write
    from cairn.report import save
    from cairn.support.atomic_write import write_json

    seed, origin = options.seed, origin_of(parameters)
    files = [out / "claims.csv", out / "claims.json"]
    evaluation.save_csv(cases, files[0])
    files += [write(figure, out / f"{name}.png") for name, (figure, _) in figures.items()]
    files.append(out / "report.html")
    about |= {"members": members, "seed": seed, "parameters": origin, "command": _command(options, members)}
    save(claims_page.render_claims_page(cases, list(figures.values()), about), files[-1])
    document = {
        "coding": options.coding,
        **provenance(members, seed, origin),
        "claims": evaluation.to_dicts(cases),
        "files": [str(file) for file in files],
    }
    write_json(files[1], document)
    if options.json:
        print_json(document)
    elif not options.quiet:
        print(evaluation.to_text(cases))
        print()
        for sentence in claims_page.summary(cases):
            print_filled(sentence)
        print_filled(
            f"Means of paired differences over {members} members, seed {seed}; sign: share of members with that "
            "sign; by: whether record or model decides. Reasons: report.html."
        )
        print_files(files)
    return OK


def _figures(claims_figures: Any, cases: Any, runs: Any, members: int, seed: int) -> dict[str, tuple[Any, str]]:
    """Figures for which the claims that were evaluated have the runs."""
    figures = {}
    if any(case.test_result for case in cases):
        figures["forest"] = claims_figures.forest_plot(cases, members, seed), "Effect of each claim that was tested"
    if runs is not None and runs.has("combination_0+"):
        figures["causes"] = (
            claims_figures.contributions_of_causes(runs.as_assumed()),
            "What each of six causes accounts for",
        )
    if runs is not None and runs.has("shock_all"):
        figures["gains"] = claims_figures.required_gains(runs), "How much gain cooperation needs to last"
    return figures


def _command(options: argparse.Namespace, members: int) -> str:
    """The command that gives the same results again."""
    ids = "".join(f" {n}" for n in sorted(set(options.claim))) + (f" --file {options.file}" if options.file else "")
    parameters = "" if options.parameters == "conditioned" else f" --parameters {options.parameters}"
    coding = "" if options.coding in ("", "shipped") else f" --coding {options.coding}"
    return f"run.py claims{ids} --members {members} --seed {options.seed}{parameters}{coding}"


def _print_claims(claims: list[Any], options: argparse.Namespace) -> int:
    """Claims and their tests, without running them."""
    if options.json:
        print_json([claim.model_dump(mode="json") for claim in claims])
        return OK
    for claim in () if options.quiet else claims:
        print(f"{claim.id:>2}  {claim.title}  ({claim.kind})\n    {claim.statement.strip()}")
        print(f"    Test: {claim.test.strip()}")
        if claim.testable:
            print(f"    Supports: {claim.supported_if.strip()}. Contradicts: {claim.contradicted_if.strip()}.")
        print()
    return OK

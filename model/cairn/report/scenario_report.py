"""The report on one scenario: question, changes, findings, caveats, figures, parameters, provenance."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cairn.core.calendar import quarter_name
from cairn.core.parameter_sets import ParameterSource
from cairn.core.parameters import Parameters
from cairn.effects.answers import Answer, Asked, answers, asked_of
from cairn.ensemble.comparison import Comparison
from cairn.figures import FIGURES, drawable
from cairn.figures.effect_charts import effects
from cairn.figures.paired_differences import paired
from cairn.report import caveats, inline, rendered
from cairn.report.effect_reader import EffectReader, Section, Statement
from cairn.report.findings import effect_sections
from cairn.report.first_page import FirstPage, difference_labels, first_page, first_page_of_run, is_shipped
from cairn.report.parameter_table import parameter_rows, parameters_of_run, scenario_parameters
from cairn.report.record_check import pair_trade_section, record_section
from cairn.report.single_run import course_section, states_section
from cairn.scenario.diff import Difference, differences
from cairn.scenario.scenario import Scenario
from cairn.support.provenance import commit, package_version

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

WITH_COMPARISON = (
    "integration",
    "trade_region",
    "borders",
    "toktogul",
    "map",
)  # figures of the run beside a comparison
CAPTIONS = {
    "integration": "The index, its parts and its dimensions",
    "trade_region": "Trade among the five",
    "trade_pairs": "Trade of each pair",
    "openness_trust": "Openness and trust of each pair",
    "borders": "The seven land borders",
    "toktogul": "The Toktogul reservoir",
    "map": "Trust and trade on the map",
    "meetings": "Regional meetings",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Report:
    """The results that a report on a scenario is made from.

    Parameters
    ----------
    scenario : the scenario
    run : its run, whole years
    parameters : as for `cairn.ensemble.runner.run`
    command : the command that makes the report again
    comparison : of the scenario with another one, which comes first; None for a report on the run alone
    asked : what is answered first; by default what the scenario says in `look_at`
    """

    scenario: Scenario
    run: xr.Dataset
    parameters: ParameterSource
    command: str
    comparison: Comparison | None = None
    asked: Sequence[Asked] = ()

    @property
    def members(self) -> int:
        """Number of members."""
        return self.run.sizes["member"]

    @property
    def last_year(self) -> int:
        """Last year of the run."""
        return int(self.run["time.year"][-1])

    @property
    def against(self) -> Scenario | None:
        """The scenario that it is compared with."""
        return self.comparison.scenarios[0] if self.comparison else None

    @property
    def titles(self) -> tuple[str, ...]:
        """Title of the scenario, after the title of the one that it is compared with if there is one."""
        return self.comparison.titles if self.comparison else (self.scenario.title,)

    def changes(self) -> list[Difference]:
        """What differs from the scenario that it is compared with."""
        return differences(self.against, self.scenario) if self.against else []

    def scenario_parameters(self) -> list[dict[str, Any]]:
        """The parameters that the scenario sets."""
        return scenario_parameters(self.scenario, self.parameters, self.members)

    def parameters_used(self) -> Parameters:
        """The parameters of each member."""
        return parameters_of_run(self.scenario, self.parameters, self.members)

    def sections(self) -> list[Section]:
        """Findings in the order of the page, caveats last."""
        findings = effect_sections(self.comparison) if self.comparison else single_run_sections(self.run)
        if said := self.answers():
            statements = [
                Statement(answer.text, answer.outcome.key, str(answer.year), answer.difference) for answer in said
            ]
            findings = [Section("The answer", statements), *findings]
        general = caveats.general_caveats(
            is_shipped(self.parameters), self.scenario_parameters(), self.last_year, self.members
        )
        return [*findings, Section("What the results depend on", [*self._caveats_of_effect(), *general])]

    def first_page(self) -> FirstPage:
        """Three sentences, a chart, how sure they are, and who gains and who loses."""
        shipped = is_shipped(self.parameters)
        if self.comparison is None or self.comparison.divergence() is None:
            statements = effect_sections(self.comparison)[0] if self.comparison else course_section(self.run)
            return first_page_of_run(self.run, [each.text for each in statements.statements], shipped=shipped)
        asked = self.asked or asked_of(self.scenario)
        return first_page(self.comparison, asked, self.changes(), shipped=shipped)

    def answers(self) -> list[Answer]:
        """The outcomes that answer the question; none without a comparison or where no member differs."""
        if self.comparison is None or self.comparison.divergence() is None:
            return []
        return answers(self.comparison, self.asked or asked_of(self.scenario))

    def _caveats_of_effect(self) -> list[Statement]:
        if self.comparison is None:
            return []
        return [
            *caveats.leader_caveat(self.comparison, self.changes()),
            *caveats.correlated_parameters(self.comparison, self.parameters_used()),
            *caveats.trust_caveat(self.comparison),
        ]


def single_run_sections(run: xr.Dataset) -> list[Section]:
    """Findings on a run without a comparison.

    Parameters
    ----------
    run : whole years, with all variables
    """
    sections = [make(run) for make in (course_section, record_section, pair_trade_section, states_section)]
    return [section for section in sections if section.statements or section.rows]


def page(report: Report) -> str:
    """The report as HTML. All text from files is escaped; the same report gives the same bytes."""
    scenario, against = report.scenario, report.against
    *sections, caveats_section = report.sections()
    return rendered(
        "report.html.j2",
        title=report.titles[-1],
        first=report.first_page(),
        labels=difference_labels(against, scenario) if against else {},
        scenario=scenario,
        against=against,
        against_title=report.titles[0],
        members=report.members,
        last_year=report.last_year,
        seed=report.run.attrs["seed"],
        origin=report.run.attrs["parameters"],
        differences=report.changes(),
        sections=sections,
        caveats=caveats_section,
        figures=figures(report),
        scenario_parameters=report.scenario_parameters(),
        parameters=parameter_rows(report.parameters_used(), scenario, is_shipped(report.parameters)),
        events=event_rows(scenario),
        command=report.command,
        hashes=[(s.name, digest(s)) for s in (scenario, against) if s is not None],
        diff=diff(against, scenario) if against else "",
    )


def brief(report: Report) -> str:
    """The first page alone, which fits one sheet of A4 in print."""
    members = f"{report.members} member{'s' * (report.members != 1)}"
    if report.against:
        method = (
            f"“{report.titles[-1]}” compared with “{report.titles[0]}” in {members} (seed {report.run.attrs['seed']}), "
            "each simulated with the same random numbers under both. 90 % of members: the middle 90 %."
        )
    else:
        method = f"{members}, seed {report.run.attrs['seed']}. 90 % of members: the middle 90 %."
    return rendered(
        "brief.html.j2",
        title=report.titles[-1],
        question=report.scenario.question,
        method=method,
        first=report.first_page(),
        command=report.command,
    )


def figures(report: Report) -> list[dict[str, Any]]:
    """Figures with their captions: first of the comparison, then of the scenario's own run."""
    drawn: list[tuple[str, Figure]] = []
    if report.comparison is not None and report.comparison.divergence() is not None:
        drawn.append(("Both scenarios and the paired difference within members", paired(report.comparison)))
        year = EffectReader(report.comparison).main_year
        drawn.append((f"Effects in {year}", effects(report.comparison, year=year)))
    for name in drawable(report.run):
        if report.comparison is None or name in WITH_COMPARISON:
            drawn.append((f"{CAPTIONS[name]} under “{report.titles[-1]}”", FIGURES[name](report.run)))
    return [
        {"src": inline(figure), "caption": caption, "wide": figure.get_figwidth() > figure.get_figheight()}
        for caption, figure in drawn
    ]


def digest(scenario: Scenario) -> str:
    """SHA-256 of the text of a scenario, with everything that it inherits."""
    return hashlib.sha256(scenario.text.encode("utf-8")).hexdigest()


def diff(a: Scenario, b: Scenario) -> str:
    """The texts of two scenarios, with everything that they inherit, as a unified diff."""
    names = (a.name, b.name)
    return "\n".join(difflib.unified_diff(a.text.splitlines(), b.text.splitlines(), *names, lineterm="", n=2))


def event_rows(scenario: Scenario) -> list[dict[str, str]]:
    """Every event in order of time: name, label, date, type, reason, source."""
    rows = []
    for name, event in scenario.events.items():
        when = str(getattr(event, "date", None) or getattr(event, "start", ""))
        until = str(getattr(event, "end", None) or getattr(event, "finish", None) or "")
        rows.append(
            {
                "name": name,
                "label": scenario.labels[name].partition(": ")[2],
                "when": when + (f" to {until}" if until else ""),
                "type": event.type.replace("_", " "),
                "why": event.why,
                "source": event.source,
            }
        )
    return sorted(rows, key=lambda row: (row["when"], row["name"]))


def to_dict(report: Report) -> dict[str, Any]:
    """The report as plain values, for JSON."""
    divergence = report.comparison.divergence() if report.comparison else None
    return {
        "scenario": report.scenario.name,
        "title": report.scenario.title,
        "against": report.against.name if report.against else None,
        "members": report.members,
        "seed": report.run.attrs["seed"],
        "version": package_version(),
        "commit": commit(),
        "parameters": report.run.attrs["parameters"],
        "sha256": digest(report.scenario),
        "last_year": report.last_year,
        "divergence": quarter_name(divergence[0]) if divergence else None,
        "summary": report.first_page().to_dict(),
        "answers": [answer.to_dict() for answer in report.answers()],
        "findings": [
            {"section": section.title, **statement.to_dict()}
            for section in report.sections()
            for statement in section.statements
        ],
    }

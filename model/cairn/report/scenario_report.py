"""The report on one scenario: question, what was changed, findings, figures, what it hangs on, numbers, origin."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
from typing import TYPE_CHECKING, Any

from cairn.core.calendar import quarter_name
from cairn.core.parameter_sets import POSTERIOR, ParameterSets, ParameterSource, resolve_parameters
from cairn.ensemble.comparison import Comparison
from cairn.figures import FIGURES, NEEDS
from cairn.figures.effect_charts import effects
from cairn.figures.paired_differences import paired
from cairn.report import caveats, findings, inline, parameter_table, record_check, rendered, single_run
from cairn.report.effect_reader import Finding, Group, Reading
from cairn.scenario.diff import Difference, differences
from cairn.scenario.scenario import Scenario
from cairn.support.provenance import commit, package_version

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

ITSELF = ("integration", "trade_region", "borders", "toktogul", "map")  # figures of the scenario's own worlds
CAPTIONS = {
    "integration": "The index, its parts and its dimensions",
    "trade_region": "Trade among the five",
    "trade_pairs": "Trade of each pair",
    "openness_trust": "Openness and trust of each pair",
    "borders": "The seven land borders",
    "toktogul": "Toktogul",
    "map": "Trust and trade on the map",
    "meetings": "Regional meetings",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Report:
    """All that is found about a scenario.

    found : the comparison with the scenario it stands against, None if it stands by itself
    worlds : the scenario's own run, whole years
    """

    scenario: Scenario
    worlds: xr.Dataset
    source: ParameterSource
    command: str
    found: Comparison | None = None

    @property
    def members(self) -> int:
        return self.worlds.sizes["member"]

    @property
    def last(self) -> int:
        """The last year."""
        return int(self.worlds["time.year"][-1])

    @property
    def against(self) -> Scenario | None:
        """What the scenario is compared with."""
        return self.found.scenarios[0] if self.found else None

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles, told apart by the name where a file has none of its own: what it stands against, then its own."""
        return self.found.titles if self.found else (self.scenario.title,)

    def changed(self) -> list[Difference]:
        """What the model is told otherwise."""
        return differences(self.against, self.scenario) if self.against else []

    def groups(self) -> list[Group]:
        """Findings in the order of the page, what they hang on last."""
        made = findings.groups(self.found) if self.found else by_itself(self.worlds)
        own = parameter_table.outside(self.scenario, self.source, self.members)
        common = caveats.common(is_shipped(self.source), own, self.last, self.members)
        return [*made, Group("What this hangs on", [*self._of_the_effect(), *common])]

    def _of_the_effect(self) -> list[Finding]:
        """What the effect of the scenario hangs on, if there is one."""
        if self.found is None:
            return []
        used = parameter_table.of_run(self.scenario, self.source, self.members)
        return [
            *caveats.judged(self.found, self.changed()),
            *caveats.goes_with(self.found, used),
            *caveats.through_trust(self.found),
        ]


def by_itself(worlds: xr.Dataset) -> list[Group]:
    """Findings on a run that stands by itself."""
    made = (single_run.course, record_check.against_record, record_check.trade_of_pairs, single_run.states)
    return [group for group in (make(worlds) for make in made) if group.findings or group.rows]


def is_shipped(source: ParameterSource) -> bool:
    """Whether worlds draw from the calibration that is shipped."""
    sets = resolve_parameters(source)
    return isinstance(sets, ParameterSets) and sets.origin == ParameterSets.load(POSTERIOR).origin


def page(report: Report) -> str:
    """The report as HTML. All that comes from files is escaped; the same report gives the same bytes."""
    scenario, against = report.scenario, report.against
    used = parameter_table.of_run(scenario, report.source, report.members)
    *made, hangs = report.groups()
    return rendered(
        "report.html.j2",
        title=report.titles[-1],
        scenario=scenario,
        against=against,
        against_title=report.titles[0],
        members=report.members,
        last=report.last,
        seed=report.worlds.attrs["seed"],
        origin=report.worlds.attrs["parameters"],
        differences=report.changed(),
        groups=made,
        hangs=hangs,
        figures=figures(report),
        own=parameter_table.outside(scenario, report.source, report.members),
        parameters=parameter_table.table(used, scenario, is_shipped(report.source)),
        sources=sources(scenario),
        command=report.command,
        hashes=[(s.name, digest(s)) for s in (scenario, against) if s is not None],
        diff=diff(against, scenario) if against else "",
    )


def figures(report: Report) -> list[dict[str, Any]]:
    """Pictures with their captions: of the comparison first, then of the scenario's own worlds."""
    drawn: list[tuple[str, Figure]] = []
    if report.found is not None and report.found.divergence() is not None:
        drawn.append(("Both scenarios and the paired difference within worlds", paired(report.found)))
        year = Reading(report.found).telling
        drawn.append((f"What differs in {year}", effects(report.found, year=year)))
    of_itself = [name for name in FIGURES if set(NEEDS[name]) <= set(report.worlds.data_vars)]
    for name in of_itself:
        if report.found is None or name in ITSELF:
            drawn.append((f"{CAPTIONS[name]} under “{report.titles[-1]}”", FIGURES[name](report.worlds)))
    return [
        {"src": inline(figure), "caption": caption, "wide": figure.get_figwidth() > figure.get_figheight()}
        for caption, figure in drawn
    ]


def digest(scenario: Scenario) -> str:
    """A fingerprint of what a scenario says, with all that it inherits."""
    return hashlib.sha256(scenario.text.encode("utf-8")).hexdigest()


def diff(a: Scenario, b: Scenario) -> str:
    """The two scenarios with all they inherit, as a diff."""
    names = (a.name, b.name)
    return "\n".join(difflib.unified_diff(a.text.splitlines(), b.text.splitlines(), *names, lineterm="", n=2))


def sources(scenario: Scenario) -> list[dict[str, str]]:
    """Every event with its date, what it is, why it is there and who says so, in order of time."""
    rows = []
    for name, event in scenario.events.items():
        when = str(getattr(event, "date", None) or getattr(event, "start", ""))
        until = str(getattr(event, "end", None) or getattr(event, "finish", None) or "")
        rows.append(
            {
                "name": name,
                "when": when + (f" to {until}" if until else ""),
                "type": event.type.replace("_", " "),
                "why": event.why,
                "source": event.source,
            }
        )
    return sorted(rows, key=lambda row: (row["when"], row["name"]))


def document(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    parting = report.found.divergence() if report.found else None
    return {
        "scenario": report.scenario.name,
        "title": report.scenario.title,
        "against": report.against.name if report.against else None,
        "members": report.members,
        "seed": report.worlds.attrs["seed"],
        "version": package_version(),
        "commit": commit(),
        "parameters": report.worlds.attrs["parameters"],
        "sha256": digest(report.scenario),
        "last_year": report.last,
        "divergence": quarter_name(parting[0]) if parting else None,
        "findings": [
            {"about": group.title, **finding.as_json()} for group in report.groups() for finding in group.findings
        ],
    }

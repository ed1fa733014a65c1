"""What a scenario changes, in sentences made of the paired differences of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cairn.core.calendar import quarter_name
from cairn.core.geography import BORDER_NAMES, CODES, NAMES, PAIR_NAMES
from cairn.core.parameters import Parameters
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.output_variables import annual_rule
from cairn.report.effect_reader import EACH_YEAR, Finding, Group, Reading, cell
from cairn.report.phrasing import LESS, MORE, Shift, brief, listed, percent, small, worlds
from cairn.report.report_outcomes import BY_KEY, OF_BORDER, OF_PAIR, OF_STATE, STORED, SUBJECTS, key, named

MOST_PAIRS = 3
SHARP = 3.0  # an average hides a year in which the effect is so much larger
OFTEN = 0.2  # share of worlds from which on a change that is not clear is named
DRIVES = 0.005  # a dimension that moves the index by less than this share is not named
DIMENSION = {
    "dim_trade": "trade",
    "dim_water": "water and energy",
    "dim_borders": "borders",
    "dim_security": "security",
    "dim_institutions": "institutions",
}


def groups(found: Comparison, scenario: str | None = None) -> list[Group]:
    """All findings on a scenario against the reference, in the order in which a reader asks for them."""
    of = Reading(found, scenario)
    if of.parting is None:
        text = "No world differs in any quarter: the effect on everything that is measured is exactly zero."
        return [Group("When the paths part", [Finding(text)])]
    return [parting(of), index(of), trade(of), borders(of), water(of), countries(of)]


def parting(of: Reading) -> Group:
    """When worlds begin to differ, and in how many they do."""
    assert of.parting is not None
    first, half = of.parting
    ever = of.found.share_diverged(of.scenario)
    before = f"Nothing differs before {quarter_name(first)}" if first else "The paths differ from the first quarter on"
    many = "the one world parts" if of.members == 1 else f"{worlds(ever)} part by the end of {of.last}"
    text = f"{before}; {many}" + (f", half of those that do by {quarter_name(half)}." if half != first else ".")
    findings = [Finding(text)]
    if ever < 1:
        findings.append(Finding(f"In the other {percent(1 - ever)} of worlds the scenario changes nothing at all."))
    return Group("When the paths part", findings)


def index(of: Reading) -> Group:
    """The index, what states do apart from what they sign, the five dimensions, and which of them drives it."""
    findings = [of.ending("integration_index"), *of.passing("integration_index")]
    clear = of.found.significant_from("integration_index", of.scenario)
    if clear and of.members > 1:
        findings.append(Finding(f"The interval of the index leaves out zero in every year from {clear} on."))
    findings += [level(of), of.ending("integration_de_facto"), of.ending("dim_institutions"), *driver(of)]
    years = sorted({of.telling, *of.found.table_years(of.scenario)})
    rows = [
        (title.capitalize(), [cell(of.at(name, y), BY_KEY[name]) for y in years]) for name, title in DIMENSION.items()
    ]
    return Group(
        "The index, de facto and de jure", findings, [str(y) for y in years], rows,
        "Effect on each dimension, from 0 to 1; the first four are de facto, institutions are de jure.",
    )  # fmt: skip


def level(of: Reading) -> Finding:
    """Where the index stands in both worlds."""
    place = of.last - int(of.found.years[0])
    texts = []
    for arm in (of.scenario, of.found.reference):
        values = of.found.values("integration_index", arm)[:, place]
        low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
        band = f" (90 % of worlds: {low:.2f} to {high:.2f})" if of.members > 1 else ""
        texts.append(f"{middle:.2f}{band} under “{of.found.title(arm)}”")
    return Finding(
        f"The level in {of.last}, between 0 and 1: {texts[0]}, {texts[1]}.", "integration_index", str(of.last)
    )


def driver(of: Reading) -> list[Finding]:
    """How much each dimension moves the index: it is a geometric mean, so that their parts multiply."""
    if not of.at("integration_index").clear:
        return []
    least, place = float(Parameters().dimension_least), of.last - int(of.found.years[0])
    parts = {}
    for name, title in DIMENSION.items():
        first, second = (np.log(np.maximum(values[:, place], least)) for values in of.both(name))
        parts[title] = float(np.expm1((second - first).mean() / len(DIMENSION)))
    ordered = sorted(parts.items(), key=lambda part: -abs(part[1]))
    down = [f"{percent(-share)} by {title}" for title, share in ordered if share < -DRIVES]
    up = [f"{percent(share)} by {title}" for title, share in ordered if share > DRIVES]
    sides = [f"{verb} {listed(some)}" for verb, some in (("lowered", down), ("raised", up)) if some]
    if not sides:
        return []
    text = f"What drives it: on average over worlds the index of {of.last} is {' and '.join(sides)}"
    return [Finding(f"{text} (it is the geometric mean of the five, so that their parts multiply).")]


def trade(of: Reading) -> Group:
    """Trade of the region and of the pairs."""
    findings = [
        of.ending("trade_total_usd_bn"),
        *of.passing("trade_total_usd_bn"),
        most_moved(of, "pair_trade_usd_bn", PAIR_NAMES),
    ]
    rows = [
        (pair.replace("-", "–\u2060"), [cell(of.at(key(v, pair), of.telling), BY_KEY[key(v, pair)]) for v in OF_PAIR])
        for pair in PAIR_NAMES
    ]
    head = [f"trade, {tied('bn USD/yr')}", f"openness, {tied('0 to 1')}", f"trust, {tied('0 to 1')}"]
    return Group("Trade and the ten pairs", findings, head, rows, f"Effect on each pair in {of.telling}.")


def borders(of: Reading) -> Group:
    """Openness, trust, what is undelimited, incidents, meetings."""
    findings = [
        of.ending("openness_mean"),
        most_moved(of, "openness", PAIR_NAMES),
        of.ending("trust_mean"),
        most_moved(of, "trust_pair", PAIR_NAMES),
        most_moved(of, "undelimited_share", BORDER_NAMES),
        of.ending("incidents_total"),
        of.ending("deaths_total"),
        most_moved(of, "incidents", BORDER_NAMES),
        of.ending("meeting_held"),
    ]
    return Group("Borders, trust, incidents and meetings", findings)


def tied(text: str) -> str:
    """The same with spaces at which no line breaks."""
    return text.replace(" ", "\u00a0")


def most_moved(of: Reading, variable: str, places: Sequence[str]) -> Finding:
    """Which pairs or borders a scenario moves most, among those it moves clearly."""
    summed = annual_rule(variable) == "sum"
    shifts = {p: of.sum_since(key(variable, p)) if summed else of.at(key(variable, p)) for p in places}
    outcome = BY_KEY[key(variable, places[0])]
    digits, unit = (0, "") if summed else (outcome.digits, outcome.unit)
    among = f"on any of the {len(places)} borders" if variable in OF_BORDER else f"in any of the {len(places)} pairs"
    text = f"{f'In {of.window}' if summed else f'By {of.last}'} {SUBJECTS[variable]}"
    clear = _clear(shifts, digits)
    if clear:
        told = [f"{named(p)}: {brief(shifts[p], digits, unit)}" for p in clear[:MOST_PAIRS]]
        among = among.replace("any of the", f"{len(clear)} of")
        return Finding(f"{text} changes clearly {among}{', most' if clear[1:] else ','} between {'; '.join(told)}.")
    if any(shift.clear for shift in shifts.values()):
        least = f"{0.5 * 10**-digits:.{digits + 1}f}{' ' + unit if unit else ''}"
        return Finding(f"{text} does not change by as much as {least} in the median {among}.")
    text = f"{text} does not change clearly {among}"
    often = max(places, key=lambda p: max(shifts[p].lower, shifts[p].higher))
    lower, higher = shifts[often].lower, shifts[often].higher
    if max(lower, higher) < OFTEN:
        return Finding(f"{text}.")
    way = f"{LESS if lower > higher else MORE} in {worlds(max(lower, higher))}"
    return Finding(f"{text}; the nearest to that is between {named(often)}, {way}.")


def _clear(shifts: Mapping[str, Shift], digits: int) -> list[str]:
    """The places that are moved clearly and by more than nothing, the most moved first."""
    some = [place for place, shift in shifts.items() if shift.clear and not small(shift, digits)]
    return sorted(some, key=lambda place: -abs(shifts[place].effect.median))


def water(of: Reading) -> Group:
    """Shortage, farm losses, unmet winter demand, reservoirs."""
    findings = []
    for variable in ("shortage", "agricultural_loss_pct_gdp", "winter_deficit_gwh"):
        findings.append(of_states(of, variable))
    findings += [of.ending(key("storage_km3", name)) for name in STORED]
    return Group("Water and energy", findings)


def of_states(of: Reading, variable: str) -> Finding:
    """In which states something changes clearly, on average over the years since the parting."""
    shifts = {code: of.mean_since(key(variable, code)) for code in CODES}
    tops = {code: of.at(key(variable, code), of.peak(key(variable, code))) for code in CODES}
    outcome = BY_KEY[key(variable, CODES[0])]
    clear = _clear(shifts, outcome.digits)
    sharp = {c for c in _clear(tops, outcome.digits) if abs(tops[c].effect.median) > SHARP * abs(_median(shifts[c]))}
    text = f"On average over {of.window} {OF_STATE[variable]}"
    if all(s.nowhere for s in shifts.values()):
        return Finding(f"{text} is the same in every world and state.")
    told = []
    for code in sorted({*clear, *sharp}, key=lambda code: -abs(_median(shifts[code]))):
        mean, top = (brief(each[code], outcome.digits, outcome.unit) for each in (shifts, tops))
        told.append(f"{named(code)} {mean}" + (f", {top} in {of.peak(key(variable, code))}" if code in sharp else ""))
    if not told:
        return Finding(f"{text} has no clear change in any state, or next to none.")
    return Finding(f"{text} changes clearly in {len(told)} of {len(CODES)} states: {'; '.join(told)}.")


def _median(shift: Shift) -> float:
    return shift.effect.median


def countries(of: Reading) -> Group:
    """A sentence and a row for each state."""
    findings, rows = [], []
    for code, name in zip(CODES, NAMES, strict=True):
        shifts = {v: of.mean_since(key(v, code)) if v in EACH_YEAR else of.at(key(v, code)) for v in OF_STATE}
        clear, unclear = [], []
        for v, shift in shifts.items():
            outcome = BY_KEY[key(v, code)]
            if shift.clear and not small(shift, outcome.digits):
                clear.append(f"{OF_STATE[v]} is {brief(shift, outcome.digits, outcome.unit)}")
            elif not shift.nowhere:
                unclear.append(OF_STATE[v])
        texts = [", ".join(clear)] if clear else []
        if unclear:
            texts.append(f"no clear effect, or next to none, on {listed(unclear)}")
        findings.append(Finding(f"{name}: {'; '.join(texts) or 'nothing that is watched here differs in any world'}."))
        rows.append((name, [cell(shifts[v], BY_KEY[key(v, code)]) for v in OF_STATE]))
    units = [BY_KEY[key(v, CODES[0])].unit or "0 to 1" for v in OF_STATE]
    head = [f"{name.removeprefix('the ')}, {tied(unit)}" for name, unit in zip(OF_STATE.values(), units, strict=True)]
    note = f"Trade in {of.last}; all else on average over {of.window}."
    return Group("Country by country", findings, head, rows, note)

"""The findings of a report: what a scenario changes, in sentences made from paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cairn.core.calendar import quarter_name
from cairn.core.geography import BORDER_NAMES, CODES, NAMES, PAIR_NAMES
from cairn.core.parameters import Parameters
from cairn.effects.phrasing import (
    LESS,
    MORE,
    PairedDifference,
    listed,
    median_is_negligible,
    members_text,
    percent,
    short_effect,
)
from cairn.effects.report_outcomes import BY_KEY, OF_BORDER, OF_PAIR, OF_STATE, RESERVOIRS, SUBJECTS, key, place_name
from cairn.ensemble.comparison import Comparison
from cairn.ensemble.output_variables import annual_rule
from cairn.report.effect_reader import EACH_YEAR, EffectReader, Section, Statement, cell, shown_in
from cairn.support.quantiles import interval

MAX_PAIRS = 3
SHARP = 3.0  # a year is reported in addition to an average if its effect is this many times larger
OFTEN = 0.2  # share of members from which a change that is not clear is reported
CONTRIBUTION = 0.005  # a dimension that changes the index by a smaller share is not reported
DIMENSION = {
    "dim_trade": "trade",
    "dim_water": "water and energy",
    "dim_borders": "borders",
    "dim_security": "security",
    "dim_institutions": "institutions",
}


def effect_sections(comparison: Comparison, scenario: str | None = None) -> list[Section]:
    """All findings on a scenario of a comparison, against the reference.

    Parameters
    ----------
    comparison : must contain `REPORT_OUTCOMES`
    scenario : its name; it can be left out where only one is compared with the reference
    """
    of = EffectReader(comparison, scenario)
    if of.divergence is None:
        text = "No member differs in any quarter: the effect on every outcome is exactly zero."
        return [Section("When the scenarios diverge", [Statement(text)])]
    return [
        divergence_section(of),
        index_section(of),
        trade_section(of),
        borders_section(of),
        water_section(of),
        country_section(of),
    ]


def divergence_section(of: EffectReader) -> Section:
    """When members begin to differ, and how many do."""
    assert of.divergence is not None
    first, half = of.divergence
    share = of.comparison.share_diverged(of.scenario)
    before = f"Nothing differs before {quarter_name(first)}" if first else "Members differ from the first quarter on"
    many = "the one member differs afterwards" if of.members == 1 else f"{members_text(share)} differ by {of.last_year}"
    by_half = f", half of these by {quarter_name(half)}" if half != first else ""
    statements = [Statement(f"{before}; {many}{by_half}.")]
    if share < 1:
        statements.append(Statement(f"In the other {percent(1 - share)} of members the scenario changes nothing."))
    return Section("When the scenarios diverge", statements)


def index_section(of: EffectReader) -> Section:
    """The index, its de facto and de jure parts, the five dimensions, and which of them changes it most."""
    statements = [of.final_effect("integration_index"), *of.passing_effect("integration_index")]
    clear_from = of.comparison.significant_from("integration_index", of.scenario)
    if clear_from and of.members > 1:
        statements.append(Statement(f"The interval of the index excludes zero in every year from {clear_from} on."))
    statements.append(level_statement(of))
    statements += [of.final_effect("integration_de_facto"), of.final_effect("dim_institutions")]
    statements += contribution_statement(of)
    years = sorted({of.main_year, *of.comparison.table_years(of.scenario)})
    rows = [
        (title.capitalize(), [cell(of.at(name, y), BY_KEY[name]) for y in years]) for name, title in DIMENSION.items()
    ]
    return Section(
        "The index, de facto and de jure", statements, [str(y) for y in years], rows,
        "Effect on each dimension, from 0 to 1; the first four are de facto, institutions are de jure.",
    )  # fmt: skip


def level_statement(of: EffectReader) -> Statement:
    """The level of the index under both scenarios."""
    column = of.last_year - int(of.comparison.years[0])
    texts = []
    for arm in (of.scenario, of.comparison.reference):
        values = of.comparison.values("integration_index", arm)[:, column]
        low, middle, high = interval(values)
        band = f" (90 % of members: {low:.2f} to {high:.2f})" if of.members > 1 else ""
        texts.append(f"{middle:.2f}{band} under “{of.comparison.title(arm)}”")
    return Statement(
        f"The level of the index in {of.last_year}, between 0 and 1, is {texts[0]} and {texts[1]}.",
        "integration_index",
        str(of.last_year),
    )


def contribution_statement(of: EffectReader) -> list[Statement]:
    """How much each dimension changes the index. It is a geometric mean, so the contributions multiply."""
    if not of.at("integration_index").clear:
        return []
    least, column = float(Parameters().dimension_least), of.last_year - int(of.comparison.years[0])
    contributions = {}
    for name, title in DIMENSION.items():
        before, after = (np.log(np.maximum(values[:, column], least)) for values in of.both(name))
        contributions[title] = float(np.expm1((after - before).mean() / len(DIMENSION)))
    ordered = sorted(contributions.items(), key=lambda part: -abs(part[1]))
    down = [f"{percent(-share)} by {title}" for title, share in ordered if share < -CONTRIBUTION]
    up = [f"{percent(share)} by {title}" for title, share in ordered if share > CONTRIBUTION]
    sides = [f"{verb} {listed(some)}" for verb, some in (("lowered", down), ("raised", up)) if some]
    if not sides:
        return []
    text = f"Contributions of the dimensions: on average over members the index of {of.last_year} is "
    return [Statement(f"{text}{' and '.join(sides)} (the index is their geometric mean, so contributions multiply).")]


def trade_section(of: EffectReader) -> Section:
    """Trade of the region and of the pairs."""
    statements = [
        of.final_effect("trade_total_usd_bn"),
        *of.passing_effect("trade_total_usd_bn"),
        largest_effects(of, "pair_trade_usd_bn", PAIR_NAMES),
    ]
    rows = [
        (
            pair.replace("-", "–\u2060"),
            [cell(of.at(key(v, pair), of.main_year), BY_KEY[key(v, pair)]) for v in OF_PAIR],
        )
        for pair in PAIR_NAMES
    ]
    head = [f"trade, {unbroken('bn USD/yr')}", f"openness, {unbroken('0 to 1')}", f"trust, {unbroken('0 to 1')}"]
    return Section("Trade and the ten pairs", statements, head, rows, f"Effect on each pair in {of.main_year}.")


def borders_section(of: EffectReader) -> Section:
    """Openness, trust, delimitation, incidents, meetings."""
    statements = [
        of.final_effect("openness_mean"),
        largest_effects(of, "openness", PAIR_NAMES),
        of.final_effect("trust_mean"),
        largest_effects(of, "trust_pair", PAIR_NAMES),
        largest_effects(of, "undelimited_share", BORDER_NAMES),
        of.final_effect("incidents_total"),
        of.final_effect("deaths_total"),
        largest_effects(of, "incidents", BORDER_NAMES),
        of.final_effect("meeting_held"),
    ]
    return Section("Borders, trust, incidents and meetings", statements)


def unbroken(text: str) -> str:
    """The text with spaces at which no line breaks."""
    return text.replace(" ", "\u00a0")


def largest_effects(of: EffectReader, variable: str, places: Sequence[str]) -> Statement:
    """The pairs or borders on which a scenario has the largest clear effects.

    Parameters
    ----------
    variable : a variable of pairs or borders
    places : names of the pairs or borders
    """
    summed = annual_rule(variable) == "sum"
    effects = {p: of.sum_since(key(variable, p)) if summed else of.at(key(variable, p)) for p in places}
    outcome = BY_KEY[key(variable, places[0])]
    digits, unit = (0, "") if summed else shown_in(outcome)
    among = f"on any of the {len(places)} borders" if variable in OF_BORDER else f"in any of the {len(places)} pairs"
    text = f"{f'In {of.window}' if summed else f'By {of.last_year}'} {SUBJECTS[variable]}"
    clear = _clear_places(effects, digits)
    if clear:
        shown = [f"{place_name(p)}: {short_effect(effects[p], digits, unit)}" for p in clear[:MAX_PAIRS]]
        among = among.replace("any of the", f"{len(clear)} of")
        return Statement(f"{text} changes clearly {among}{', most' if clear[1:] else ','} between {'; '.join(shown)}.")
    if any(effect.clear for effect in effects.values()):
        least = f"{0.5 * 10**-digits:.{digits + 1}f}{' ' + unit if unit else ''}"
        return Statement(f"{text} does not change by {least} or more in the median {among}.")
    text = f"{text} does not change clearly {among}"
    nearest = max(places, key=lambda p: max(effects[p].lower, effects[p].higher))
    lower, higher = effects[nearest].lower, effects[nearest].higher
    if max(lower, higher) < OFTEN:
        return Statement(f"{text}.")
    way = f"{LESS if lower > higher else MORE} in {members_text(max(lower, higher))}"
    return Statement(f"{text}; it changes most often between {place_name(nearest)}, {way}.")


def _clear_places(effects: Mapping[str, PairedDifference], digits: int) -> list[str]:
    """The places with a clear effect that does not round to zero, the largest first."""
    places = [place for place, effect in effects.items() if effect.clear and not median_is_negligible(effect, digits)]
    return sorted(places, key=lambda place: -abs(effects[place].effect.median))


def water_section(of: EffectReader) -> Section:
    """Shortage, farm losses, unmet winter demand, reservoirs."""
    statements = []
    for variable in ("shortage", "agricultural_loss_pct_gdp", "winter_deficit_gwh"):
        statements.append(state_effects(of, variable))
    statements += [of.final_effect(key("storage_km3", name)) for name in RESERVOIRS]
    return Section("Water and energy", statements)


def state_effects(of: EffectReader, variable: str) -> Statement:
    """The states in which a variable changes clearly, on average over the years since the divergence."""
    means = {code: of.mean_since(key(variable, code)) for code in CODES}
    peaks = {code: of.at(key(variable, code), of.peak(key(variable, code))) for code in CODES}
    outcome = BY_KEY[key(variable, CODES[0])]
    digits, unit = shown_in(outcome)
    clear = _clear_places(means, digits)
    sharp = {c for c in _clear_places(peaks, digits) if abs(_median(peaks[c])) > SHARP * abs(_median(means[c]))}
    text = f"On average over {of.window} {OF_STATE[variable]}"
    if all(effect.is_zero for effect in means.values()):
        return Statement(f"{text} is the same in every member and state.")
    shown = []
    for code in sorted({*clear, *sharp}, key=lambda code: -abs(_median(means[code]))):
        mean, peak = (short_effect(each[code], digits, unit) for each in (means, peaks))
        year = f", {peak} in {of.peak(key(variable, code))}" if code in sharp else ""
        shown.append(f"{place_name(code)} {mean}{year}")
    if not shown:
        return Statement(f"{text} has no clear change in any state, or a negligible one.")
    return Statement(f"{text} changes clearly in {len(shown)} of {len(CODES)} states: {'; '.join(shown)}.")


def _median(difference: PairedDifference) -> float:
    return difference.effect.median


def country_section(of: EffectReader) -> Section:
    """A sentence and a row for each state."""
    statements, rows = [], []
    for code, name in zip(CODES, NAMES, strict=True):
        effects = {v: of.mean_since(key(v, code)) if v in EACH_YEAR else of.at(key(v, code)) for v in OF_STATE}
        clear, unclear = [], []
        for v, effect in effects.items():
            digits, unit = shown_in(BY_KEY[key(v, code)])
            if effect.clear and not median_is_negligible(effect, digits):
                clear.append(f"{OF_STATE[v]} is {short_effect(effect, digits, unit)}")
            elif not effect.is_zero:
                unclear.append(OF_STATE[v])
        texts = [", ".join(clear)] if clear else []
        if unclear:
            texts.append(f"no clear effect, or a negligible one, on {listed(unclear)}")
        statements.append(Statement(f"{name}: {'; '.join(texts) or 'no outcome of this table differs in any member'}."))
        rows.append((name, [cell(effects[v], BY_KEY[key(v, code)]) for v in OF_STATE]))
    units = [shown_in(BY_KEY[key(v, CODES[0])])[1] or "0 to 1" for v in OF_STATE]
    head = [
        f"{name.removeprefix('the ')}, {unbroken(unit)}" for name, unit in zip(OF_STATE.values(), units, strict=True)
    ]
    note = f"Trade in {of.last_year}; everything else on average over {of.window}."
    return Section("Country by country", statements, head, rows, note)

"""The interactive page without a browser: links, edits, runs, tables, charts and the map."""

import json
import re
import socket
import subprocess
import sys

import numpy as np
import pytest

from cairn.cli.main import main
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import BORDER_NAMES, CODES, PAIR_NAMES, C
from cairn.dashboard.session import first_answer, paired_arms
from cairn.dashboard.session.edits import build_scenario, from_yaml, to_yaml
from cairn.dashboard.session.event_list import list_events, list_fields
from cairn.dashboard.session.outcome_menu import outcome_groups
from cairn.dashboard.session.player import PlayerModel, PlayRequest
from cairn.dashboard.session.request import errors_by_key, resolve_request
from cairn.dashboard.session.stories import STORIES
from cairn.dashboard.session.url_state import (
    DIAL,
    MAX_LINK_LENGTH,
    WORLDS,
    PageState,
    from_query,
    to_query,
    what_if_query,
)
from cairn.dashboard.views import (
    answer_text,
    country_panel,
    dial,
    encodings,
    ensemble_charts,
    map_data,
    year_tables,
)
from cairn.dashboard.views.attendance_chart import attendance_charts
from cairn.ensemble.comparison import compare
from cairn.ensemble.outcomes import outcome_from
from cairn.ensemble.runner import run, simulate
from cairn.ensemble.summary import by_year
from cairn.scenario.inheritance import shipped_names
from cairn.scenario.scenario import Scenario, ScenarioError

EDITED = (
    PageState(quarter=99, country="TJK", member=3, year=2030, against="canal_low")
    .with_edit("events.uzb_succession_2016", "off")
    .with_edit("events.qosh_tepa_canal.intake_km3", "12.5")
    .with_edit("events.rogun.start", "2027-06")
    .with_edit("parameters.reciprocity", "0.6")
    .with_edit("seed", "7")
    .with_edit("title", '"A title: with, signs & more"')
)


@pytest.fixture(scope="module")
def result(baseline):
    return paired_arms.run_paired_arms(baseline, baseline.without("uzb_succession_2016"), 8, 1)


@pytest.fixture(scope="module")
def player(baseline):
    request = PlayRequest((baseline, baseline.without("uzb_succession_2016")), 1)
    return PlayerModel(lambda: request, member=3, play_to=130)


# --- links and files ---


@pytest.mark.parametrize("state", [PageState(), EDITED, PageState(scenario="", quarter=0)])
def test_a_link_describes_the_whole_page_state(state):
    assert from_query(to_query(state)) == (state, [])
    assert len(to_query(state)) < MAX_LINK_LENGTH


def test_a_fresh_page_has_an_empty_link():
    assert to_query(PageState()) == ""


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("against=baselin", "did you mean 'baseline'"),
        ("against=/etc/passwd", "there is no scenario"),
        ("country=RUS", "one of KAZ, KGZ, TJK, TKM, UZB"),
        ("quarter=2016Q5", "1992Q1..2040Q4"),
        ("quarter=1066Q1", "1992Q1..2040Q4"),
        ("year=%1b[31m", "1992..2040"),
        ("member=-1", "0..999999"),
        ("member=" + "9" * 5000, "0..999999"),
        ("a=1&" * 600, "more than 500 parts"),
        ("a=" + "1" * 30_000, "longer than"),
    ],
)
def test_an_error_in_a_link_gives_one_line(query, message):
    state, errors = from_query(query)
    assert len(errors) == 1 and message in errors[0] and errors[0].isprintable()
    assert state == PageState()


def test_edits_give_the_same_scenario_as_changes_in_python(baseline):
    what_if = build_scenario(EDITED)
    by_hand = (
        baseline.without("uzb_succession_2016")
        .amend("qosh_tepa_canal", intake_km3=12.5)
        .amend("rogun", start="2027-06")
        .with_parameters(reciprocity=0.6)
    )
    assert paired_arms.simulation_key(what_if) == paired_arms.simulation_key(by_hand)
    assert what_if.title == "A title: with, signs & more" and what_if.seed == 7


def test_a_saved_file_passes_the_check_and_loads_as_the_same_edits(tmp_path, capsys):
    file = tmp_path / "saved.yaml"
    file.write_text(to_yaml(EDITED))
    assert main(["check", str(file)]) == 0 and "valid" in capsys.readouterr().out
    back = from_yaml(file.read_text())
    assert (back.scenario, dict(back.edits)) == (EDITED.scenario, dict(EDITED.edits))


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_can_be_extended_and_loaded(name):
    assert paired_arms.simulation_key(build_scenario(PageState(scenario=name))) == paired_arms.simulation_key(
        Scenario.load(name)
    )
    from cairn.scenario.inheritance import find_file

    loaded = from_yaml(find_file(name).read_text())
    assert paired_arms.simulation_key(build_scenario(loaded)) == paired_arms.simulation_key(Scenario.load(name))


def test_a_default_title_follows_the_edits():
    state = PageState().with_edit("events.rogun", "off")
    assert "title" in to_yaml(state) and "title" not in from_yaml(to_yaml(state)).edits


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("events.qosh_tepa_canal.finish", "2035-13"),
        ("events.qosh_tepa_canal.intake_km3", "900"),
        ("events.qosh_tepa_canal.intake_kn3", "9"),
        ("events.uzb_sucession_2016", "off"),
        ("events.uzb_succession_2016", "maybe"),
        ("events.rogun.start", "2051"),
        ("events.no_such.type", "volcano"),
        ("events.rogun.why", '"no end'),
        ("events.rogun.mw", "&anchor 3"),
        ("parameters.reciprocty", "0.5"),
        ("parameters.reciprocity", "[1, 2]"),
        ("horizon.last", "3000"),
        ("seed", "-3"),
        ("members", "many"),
        ("colour", "blue"),
    ],
)
def test_a_bad_value_gets_the_message_of_a_file_and_the_last_valid_request_is_kept(tmp_path, monkeypatch, key, value):
    monkeypatch.chdir(tmp_path)
    state = PageState().with_edit(key, value)
    (tmp_path / "what_if.yaml").write_text(to_yaml(state))
    with pytest.raises(ScenarioError) as of_a_file:
        Scenario.load("what_if.yaml")
    before = resolve_request(PageState(), 20)
    after = resolve_request(state, 20, before)
    assert after.errors == tuple(str(of_a_file.value).splitlines())
    assert after.what_if is before.what_if
    assert resolve_request(state, 20).errors == after.errors


def test_an_error_message_is_shown_at_its_field():
    errors = resolve_request(PageState().with_edit("events.rogun.mw", "1"), 20).errors
    assert set(errors_by_key(errors)) == {"events.rogun.mw"}


@pytest.mark.parametrize(
    "value", ["off\n  rogun: off", "off # off", "\x1b[31m", "{a: [", "!!python/object:os.system x"]
)
def test_a_value_cannot_add_other_yaml(value, baseline):
    request = resolve_request(PageState().with_edit("events.c5plus1", value), 5)
    assert request.errors or set(baseline.events) - set(request.what_if.events) == {"c5plus1"}


def test_a_link_opens_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.yaml").write_text("title: A secret\nquestion: Whose?\n")
    for name in ("secret", "secret.yaml", "./secret", str(tmp_path / "secret.yaml")):
        errors = resolve_request(PageState(scenario=name), 5).errors
        assert len(errors) == 1 and "A secret" not in errors[0] and "extends" in errors[0]


def test_too_many_members_are_refused_and_the_message_names_the_command_for_more():
    assert "run.py compare" in resolve_request(PageState().with_edit("members", "5000"), 20).errors[0]


# --- events and fields ---


def test_every_event_is_listed_and_every_field_says_what_it_accepts(baseline):
    listed = list_events(PageState())
    assert {entry.name for entry in listed} == set(baseline.events) and all(entry.on for entry in listed)
    state = PageState()
    for entry in listed:
        shown = list_fields(PageState(), entry.name)
        assert shown and all(field.allowed for field in shown)
        for field in shown:
            state = state.with_edit(field.key, field.inherited) if field.inherited else state
    assert len(state.edits) > 300
    assert paired_arms.simulation_key(build_scenario(state)) == paired_arms.simulation_key(baseline), (
        "inherited values, written out, change nothing"
    )


def test_switched_off_events_of_a_scenario_can_be_switched_on():
    state = PageState(scenario="karimov_line")
    dormant = [entry for entry in list_events(state) if entry.switch_writes == "on"]
    assert dormant and not any(entry.on for entry in dormant)
    name = dormant[0].name
    on = state.with_edit(f"events.{name}", "on")
    assert next(entry.on for entry in list_events(on) if entry.name == name)


def test_undo_removes_all_edits_of_an_event():
    state = EDITED.with_edit("events.rogun", "off").without_edits_to("rogun")
    assert not any(key.startswith("events.rogun") for key in state.edits) and "parameters.reciprocity" in state.edits


# --- runs ---


def test_arms_are_those_of_a_comparison(result, baseline):
    same = compare([baseline, baseline.without("uzb_succession_2016")], 8, 1, outcomes=paired_arms.PAGE_OUTCOMES)
    for outcome in paired_arms.PAGE_OUTCOMES:
        np.testing.assert_array_equal(result.comparison.dataset[outcome.series], same.dataset[outcome.series])
    np.testing.assert_array_equal(result.comparison.diverged_in, same.diverged_in)


def test_quarters_are_aggregated_to_years_as_elsewhere(baseline):
    dataset = run(baseline, 2, 1, outputs=paired_arms.RECORDED, jobs=1)
    arm = paired_arms.run_arm(baseline, 2, 1, lambda done: None)
    for name, values in dataset.data_vars.items():
        by_hand = by_year(values).transpose("member", "year", ...).values
        np.testing.assert_array_equal(arm.years[name], by_hand, err_msg=name)


def test_an_arm_is_cached_and_a_superseded_run_stops():
    short = Scenario.from_text("extends: baseline\nhorizon: {last: 1999}")
    reported = []
    paired_arms.run_paired_arms(short, short.without("cis_1991"), 3, 5, progress=reported.append)
    assert reported == sorted(reported) and reported
    again = []
    paired_arms.run_paired_arms(short, short.without("cis_1991"), 3, 5, progress=again.append)
    assert again == []
    with pytest.raises(paired_arms.Superseded):
        paired_arms.run_paired_arms(short, short.without("militancy"), 3, 5, is_needed=lambda: False)
    assert len(paired_arms._cache) <= paired_arms.CACHE_SIZE


def test_equal_scenarios_under_two_names_are_one_arm(baseline):
    same_twice = paired_arms.run_paired_arms(baseline, baseline.rename("other", title="Another title"), 8, 1)
    assert not same_twice.differ and len(year_tables.year_table(same_twice, 2040)[0]) == 2


def test_the_member_played_is_that_member_of_the_ensemble(player, baseline):
    member = simulate(baseline, 3, 1, 1, 131, "summary", "conditioned")
    for name in ("integration_index", "trade_total_usd_bn"):
        np.testing.assert_array_equal(player.history(name, 0).astype(np.float32), member[name][0])
    assert player.quarter == 130


def test_the_player_stops_at_the_horizon_and_a_reset_reads_the_request_again(baseline):
    requests = [PlayRequest((baseline,), 1), PlayRequest((baseline, baseline.without("rogun")), 1)]
    short = PlayerModel(lambda: requests[0], play_to=10_000)
    assert short.quarter == baseline.quarters - 1 and not short.running
    short.step()
    assert short.quarter == baseline.quarters - 1
    request = requests[0]
    model = PlayerModel(lambda: request, member=2)
    request = requests[1]
    fresh = type(model)(current_request=model.current_request, member=2)  # as Mesa's Reset does
    assert (fresh.arms, fresh.first_member, fresh.quarter) == (2, 2, 0)


def test_leaders_are_named_and_new_traits_keep_the_person(player):
    uzbekistan = CODES.index("UZB")
    assert country_panel.leader_text(player, 0, uzbekistan).startswith("Mirziyoyev, since 2016")
    assert country_panel.leader_text(player, 1, uzbekistan).startswith("Karimov, since before 1992")


def test_the_terms_of_willingness_add_up(player):
    for i in range(C):
        heads, rows = country_panel.willingness_table(player, i, 0)
        assert len(rows) == C - 1 and all(len(row) == len(heads) for row in rows)
        total = sum(player.countries[i].willingness_terms().values())
        for row, j in zip(rows, (j for j in range(C) if j != i), strict=True):
            values = [float(cell[0]) for cell in row[1 : 2 + len(country_panel.TERMS)]]
            assert values[0] == pytest.approx(total[j, 0], abs=0.006)
            assert values[0] == pytest.approx(sum(values[1:]), abs=0.04)


# --- charts and the map ---


def test_the_map_has_five_countries_ten_pairs_seven_borders_and_a_description_of_each(player, result, baseline):
    static = map_data.static_map()
    assert [one["code"] for one in static["countries"]] == list(CODES)
    assert [one["name"] for one in static["pairs"]] == list(PAIR_NAMES)
    assert [one["name"] for one in static["borders"]] == list(BORDER_NAMES)
    of_member = [map_data.snapshot_of_model(player, row, "2024Q3") for row in range(2)]
    years = result.arms[0].years.__getitem__
    of_year = [map_data.snapshot_of_year(years, 33, baseline.events, member) for member in (None, 2)]
    for snapshot in of_member + of_year:
        now = map_data.current_map(snapshot)
        for kind in ("countries", "pairs", "borders", "gauges", "rivers"):
            assert len(now[kind]) == len(static[kind])
            assert all(one["description"] for one in now[kind])
        assert "nan" not in json.dumps([static, now]).lower()


def test_the_map_of_one_member_has_its_values_and_that_of_all_their_medians(result, baseline):
    years = result.arms[0].years.__getitem__
    one = map_data.snapshot_of_year(years, 33, baseline.events, 2)
    np.testing.assert_array_equal(one.trust, result.arms[0].years["trust_pair"][2, 33])
    everyone = map_data.snapshot_of_year(years, 33, baseline.events)
    np.testing.assert_array_equal(everyone.trade_usd_bn, np.median(years("pair_trade_usd_bn")[:, 33], axis=0))


def test_dams_and_the_canal_appear_on_the_map_as_they_are_built(result, baseline):
    def of(year):
        years = result.arms[0].years.__getitem__
        return map_data.current_map(map_data.snapshot_of_year(years, year - FIRST_YEAR, baseline.events))

    assert [gauge["built"] for gauge in of(2025)["gauges"]] == [True, False, True, False]
    assert not of(2025)["canal"]["built"] and of(2028)["canal"]["built"] and not of(2028)["canal"]["done"]
    assert of(2040)["canal"]["done"] and all(gauge["built"] for gauge in of(2040)["gauges"])


def test_rivers_run_to_the_aral_sea_and_stay_on_the_map():
    static = map_data.static_map()
    numbers = [float(n) for river in static["rivers"] for n in re.findall(r"[\d.]+", river["path"])]
    assert all(0 <= x <= static["width"] for x in numbers[::2])
    amu = re.findall(r"([\d.]+) ([\d.]+)", static["rivers"][1]["path"])
    aral = map_data.locate(59.5, 43.7)
    assert min(abs(float(x) - aral[0]) + abs(float(y) - aral[1]) for x, y in amu) < 12
    assert len(amu) > 100, "a real course"
    assert {dam["name"] for dam in static["dams"]} == {"Toktogul", "Kambar-Ata-1", "Nurek", "Rogun"}


def test_a_member_is_never_shown_before_its_first_quarter(baseline):
    begins = PlayerModel(lambda: PlayRequest((baseline,), 1))
    assert begins.quarter == 0
    assert all(leader.name for leader in begins.leaders[0])
    assert map_data.current_map(map_data.snapshot_of_model(begins, begins.row(0), "1992Q1"))["pairs"]
    assert country_panel.attribute_rows(begins, 0) and country_panel.willingness_table(begins, 0, 0)[1]


def test_more_trust_is_paler_and_more_trade_wider():
    shades = [int(encodings.share_colour(share)[1:3], 16) for share in (0.1, 0.5, 0.9)]
    assert shades == sorted(shades)
    assert encodings.trade_width(0.1) < encodings.trade_width(5.0) and encodings.border_width(
        0.1
    ) > encodings.border_width(0.9)
    assert len({encodings.trust_dash(trust) for trust in (0.1, 0.5, 0.9)}) == 3
    assert all(one["text"] for kind in ("dashes", "widths", "borders") for one in encodings.legend()[kind])


def every_chart(result):
    small = [chart for group in outcome_groups() for chart in ensemble_charts.group_charts(result, group)]
    outcomes = [outcome for outcomes in outcome_groups().values() for outcome in outcomes]
    differences = [ensemble_charts.difference_chart(result, outcome) for outcome in outcomes] if result.differ else []
    large = [ensemble_charts.outcome_chart(result, outcome, large=True) for outcome in outcomes[:3]]
    return [*small, *differences, *large, *attendance_charts(result)]


def test_every_chart_stays_within_its_plot_and_has_unit_source_and_numbers(result, player):
    for chart in every_chart(result):
        assert "nan" not in chart.content_json.lower().replace("finance", "")
        paths = [path for fan in chart.content["fans"] for path in (fan["outer"], fan["inner"], fan["line"])]
        for path in [*paths, chart.member_path(player)]:
            places = [tuple(map(float, place.split())) for place in re.findall(r"[\d.-]+ [\d.-]+", path)]
            assert all(0 <= x <= chart.area.width and 0 <= y <= chart.area.height for x, y in places)
        assert chart.content["description"] and chart.content["unit"] and "members" in chart.content["source"]
        assert len(chart.content["series"][0]["median"]) == len(chart.content["years"]) == 49


def test_the_numbers_of_a_chart_are_those_of_the_comparison(result):
    outcome = outcome_from("shortage[UZB]")
    chart = ensemble_charts.outcome_chart(result, outcome)
    effect = result.comparison.effect(outcome, 2033)
    assert chart.content["series"][0]["median"][2033 - FIRST_YEAR] == pytest.approx(100 * effect.before, abs=1e-6)
    difference = ensemble_charts.difference_chart(result, outcome).content["series"][0]
    assert difference["median"][2033 - FIRST_YEAR] == pytest.approx(100 * effect.median, abs=1e-6)


def test_axes_have_a_least_span_so_that_noise_is_no_drama(result):
    for outcomes in outcome_groups().values():
        for outcome in outcomes:
            area = ensemble_charts.difference_chart(result, outcome).area
            levels = ensemble_charts.outcome_chart(result, outcome).area
            assert area.high - area.low >= 0.099 * (levels.high - (0 if levels.log else levels.low))
            assert levels.low == 0 or levels.log


def test_the_table_of_a_year_has_the_values_of_the_comparison(result):
    heads, rows = year_tables.year_table(result, 2040)
    assert heads == ["in 2040", "baseline", "what-if", "paired difference", "members with this sign"]
    effect = result.comparison.effect(paired_arms.INDEX, 2040)
    assert f"{effect.median:+.3f}" in rows[0][3]
    assert year_tables.year_table(result, FIRST_YEAR)[1][0][3].startswith("0.000")


def test_a_scenario_with_an_earlier_horizon_is_compared_in_its_years(baseline):
    short = Scenario.from_text("extends: baseline\nhorizon: {last: 1999}\nevents: {militancy: off}")
    early = paired_arms.run_paired_arms(baseline, short, 1, 1)
    assert early.years[-1] == 1999
    heads, rows = year_tables.year_table(early, 2040)
    assert heads[0] == "in 1999" and "nan" not in json.dumps(rows).lower()
    assert all("nan" not in ensemble_charts.outcome_chart(early, o).content_json for o in paired_arms.PAGE_OUTCOMES)
    assert PlayerModel(lambda: PlayRequest((baseline, short), 1), play_to=500).quarter == 31


# --- answers, stories, pins, the dial ---


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_every_story_card_gives_a_valid_what_if_with_its_outcome_and_year(story):
    state = story.apply(PageState().with_edit("members", "5"))
    request = resolve_request(state, 5)
    assert request.errors == () and request.differ and request.members == 5
    assert from_query(to_query(state)) == (state, []) and story.is_shown(state)
    assert answer_text.chosen_outcome(state, request.what_if).key == story.outcome
    assert not story.is_shown(state.with_edit("events.c5plus1", "off"))


def test_the_page_says_what_compare_says_of_the_saved_file(tmp_path, capsys):
    state = (
        STORIES[0].apply(PageState()).with_edit("events.qosh_tepa_canal.intake_km3", "9.5").with_edit("members", "6")
    )
    request = resolve_request(state, 6)
    shown = paired_arms.run_paired_arms(request.against, request.what_if, 6, request.seed)
    file = tmp_path / "what_if.yaml"
    file.write_text(to_yaml(state))
    assert main(["compare", "baseline", str(file), "--members", "6", "--seed", "1", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    told = [{key: value for key, value in one.items() if key != "scenario"} for one in printed["answers"]]
    on_page = [answer.to_dict() for answer in answer_text.answer_list(shown)]
    assert len(on_page) >= 4 and on_page == told
    assert answer_text.answer_sentences(shown)[0] == told[0]["text"]


def test_pinned_what_ifs_run_beside_the_others_and_change_nothing_about_them(baseline):
    short = "horizon"
    pinned = PageState().with_edit("events.uzb_succession_2016", "off")
    state = PageState(pins=(what_if_query(pinned),)).with_edit("events.c5plus1", "off")
    request = resolve_request(state, 4)
    assert request.errors == () and len(request.pinned) == 1, short
    with_pin = paired_arms.run_paired_arms(request.against, request.what_if, 4, 1, pinned=request.pinned)
    alone = paired_arms.run_paired_arms(request.against, request.what_if, 4, 1)
    assert answer_text.answer_sentences(with_pin) == answer_text.answer_sentences(alone)
    assert with_pin.titles == ("baseline", "what-if", "pin A") and with_pin.pinned == (2,)
    heads, rows = answer_text.pin_table(with_pin, paired_arms.INDEX, ["a", "b", "c"])
    assert len(rows) == 3 and all(len(row) == len(heads) for row in rows)
    assert from_query(to_query(state)) == (state, [])
    assert len(from_query("&".join(f"pin{n}=x" for n in range(1, 9)))[0].pins) == 3


def test_a_pin_with_an_error_is_reported(baseline):
    assert "nowhere" in resolve_request(PageState(pins=("scenario=nowhere",)), 4).errors[0]


def test_scenarios_that_contradict_each_other_give_the_message_of_a_stack():
    request = resolve_request(PageState(scenario="canal_high+canal_low"), 4)
    assert request.errors and "qosh_tepa_canal" in request.errors[0]
    assert list_events(PageState(scenario="canal_high+canal_low")) == []


def test_ticked_scenarios_are_saved_as_a_stack_and_loaded_again():
    state = PageState(scenario="canal_high+megadrought_2031")
    assert "extends: [canal_high, megadrought_2031]" in to_yaml(state)
    assert from_yaml(to_yaml(state)).scenario == state.scenario
    assert paired_arms.simulation_key(build_scenario(state)) == paired_arms.simulation_key(
        Scenario.load("canal_high") + Scenario.load("megadrought_2031")
    )


def test_a_world_is_the_member_that_its_rule_names(result):
    index = result.outcome(paired_arms.INDEX, 0)
    record = np.full((30, 10), np.nan)
    record[3:] = result.arms[0].years["pair_trade_usd_bn"][5, 3:30]
    chosen = {world: answer_text.chosen_member(result, 0, world, record) for world in WORLDS}
    assert chosen["best"] == index[:, -1].argmax() and chosen["worst"] == index[:, -1].argmin()
    assert chosen["nearest"] == 5 and chosen["median"] is None and chosen["typical"] is not None


def test_the_dial_compares_the_same_answers_under_all_codings():
    state = PageState(scenario="uzbek_reversal_2030").with_edit("horizon.last", "2032")
    rows = dial.dial_rows(state, resolve_request(state, 4))
    assert rows and all(set(row.texts) == set(DIAL) and set(row.flips) <= set(DIAL) for row in rows)
    assert all("shipped" not in row.flips for row in rows)
    assert len({row.texts["lower"] for row in rows} | {row.texts["higher"] for row in rows}) > len(rows)


def test_a_coding_applies_to_both_scenarios():
    coded = resolve_request(PageState(scenario="rogun_late", coding="higher"), 4)
    assert coded.against.parameters["openness_shift"] == coded.what_if.parameters["openness_shift"] == 0.15


# --- the answer that ships with the page ---


def test_the_shipped_answer_has_the_bands_of_the_run_that_it_summarises(result, baseline):
    arm = result.arms[0]
    summary = paired_arms.Arm({}, {k: v.astype(float) for k, v in first_answer.summarise(arm).items()})
    short = paired_arms.paired((baseline,), (summary,), 1, False)
    whole = paired_arms.run_paired_arms(baseline, baseline, 8, 1)
    assert answer_text.answer_sentences(short) == answer_text.answer_sentences(whole)
    for one, other in zip(every_chart(short), every_chart(whole), strict=True):
        for x, y in zip(one.content["series"], other.content["series"], strict=True):
            np.testing.assert_allclose(x["median"], y["median"], rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(x["low"], y["low"], rtol=1e-5, atol=1e-5)


def test_the_shipped_answer_is_used_for_its_own_settings_alone(tmp_path, monkeypatch, baseline, result):
    request = resolve_request(PageState(), 8)
    settings = first_answer._settings(baseline, 8, 1)
    years = {name: values.astype(float) for name, values in first_answer.summarise(result.arms[0]).items()}
    monkeypatch.setattr(first_answer, "_shipped", lambda: (settings, paired_arms.Arm({}, years)))
    assert first_answer.first_answer(request).members == 8
    assert first_answer.first_answer(resolve_request(PageState(), 9)) is None
    assert first_answer.first_answer(resolve_request(PageState().with_edit("seed", "4"), 8)) is None
    assert first_answer.first_answer(resolve_request(PageState(scenario="rogun_late"), 8)) is None


def test_the_shipped_answer_is_of_this_code():
    assert first_answer._shipped()[0] == first_answer._settings(
        Scenario.load("baseline"), paired_arms.DEFAULT_MEMBERS, paired_arms.DEFAULT_SEED
    ), "run `python -m cairn.dashboard.session.first_answer`"


# --- events in words ---


@pytest.mark.parametrize(
    ("word", "name"),
    [("winter", "grid_tjk_isolated"), ("mirziyoyev", "uzb_succession_2016"), ("osh", "kgz_unrest_2010")],
)
def test_events_are_found_by_words_of_readers(word, name):
    found = [entry.name for entry in list_events(PageState()) if word in entry.words]
    assert name in found and len(found) < 40


def test_events_are_grouped_by_theme_and_labelled_in_words(baseline):
    listed = list_events(PageState())
    themes = [entry.theme for entry in listed]
    assert len(set(themes)) == len([a for a, b in zip(themes, [*themes[1:], ""], strict=True) if a != b])
    assert next(e.label for e in listed if e.name == "uzb_succession_2016") == "2016: Mirziyoyev succeeds Karimov"


# --- the command ---


def test_help_does_not_import_the_packages_of_the_page():
    code = (
        "import sys; from cairn.cli.main import main\n"
        "try: main(['dashboard', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'solara', 'mesa', 'numpy', 'altair'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and "--port" in done.stdout, done.stderr


def test_missing_packages_give_one_line(monkeypatch, capsys):
    from cairn.dashboard import server

    monkeypatch.setattr(server, "PACKAGES", ("solara_that_is_not_there",))
    assert main(["dashboard"]) == 2
    error = capsys.readouterr().err
    assert "pip install -e '.[page]'" in error and len(error.splitlines()) == 1


def test_the_page_opens_on_a_scenario_or_a_file(tmp_path, monkeypatch, capsys):
    from cairn.dashboard import server

    queries = []
    monkeypatch.setattr(server, "serve", lambda *arguments: queries.append(arguments[-1]))
    assert main(["dashboard", "karimov_line"]) == 0 and main(["dashboard"]) == 0
    file = tmp_path / "mine.yaml"
    file.write_text("title: Mine\nextends: baseline\nevents: {rogun: off}\n")
    assert main(["dashboard", str(file)]) == 0
    assert queries == ["?scenario=karimov_line", "", "?title=Mine&events.rogun=off"]
    file.write_text("extends: baseline\nevents: {rogum: off}\n")
    assert main(["dashboard", str(file)]) == 2
    assert "mine.yaml:2:10: events.rogum" in capsys.readouterr().err and len(queries) == 3


def test_a_taken_port_and_a_wrong_host_give_one_line(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["dashboard", "--port", port]) == 2
        error = capsys.readouterr().err
        assert port in error and "--port" in error and len(error.splitlines()) == 1
    assert main(["dashboard", "--host", "nowhere.example"]) == 2
    assert "--host" in capsys.readouterr().err

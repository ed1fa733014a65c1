"""The live page without a browser: links, changes, what runs, what is drawn."""

import asyncio
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
from cairn.dashboard.session import paired_arms
from cairn.dashboard.session.edits import as_text, built, from_text
from cairn.dashboard.session.event_list import entries, fields
from cairn.dashboard.session.player import Asked, LiveWorld
from cairn.dashboard.session.request import by_key, running
from cairn.dashboard.session.url_state import LONGEST_LINK, Choice, as_link, from_link
from cairn.dashboard.views import country_panel, encodings, map_data, panels, year_tables
from cairn.ensemble.annual import by_year
from cairn.ensemble.comparison import compare
from cairn.ensemble.output_variables import SUMMARY
from cairn.ensemble.runner import run, simulate
from cairn.scenario.scenario import Scenario, ScenarioError, known

CHANGED = (
    Choice(quarter=99, country="TJK", world=3, year=2030, against="canal_low")
    .changed("events.uzb_succession_2016", "off")
    .changed("events.qosh_tepa_canal.intake_km3", "12.5")
    .changed("events.rogun.start", "2027-06")
    .changed("parameters.reciprocity", "0.6")
    .changed("seed", "7")
    .changed("title", '"A title: with, signs & more"')
)


@pytest.fixture(scope="module")
def found(baseline):
    return paired_arms.both(baseline, baseline.without("uzb_succession_2016"), 8, 1)


@pytest.fixture(scope="module")
def live(baseline):
    worlds = Asked((baseline, baseline.without("uzb_succession_2016")), 1)
    return LiveWorld(lambda: worlds, member=3, until=130)


# --- links and files ---


@pytest.mark.parametrize("choice", [Choice(), CHANGED, Choice(scenario="", quarter=0)])
def test_a_link_says_the_whole_choice(choice):
    assert from_link(as_link(choice)) == (choice, [])
    assert len(as_link(choice)) < LONGEST_LINK


def test_a_fresh_page_has_an_empty_link():
    assert as_link(Choice()) == ""


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("against=baselin", "did you mean 'baseline'"),
        ("against=/etc/passwd", "there is no scenario"),
        ("country=RUS", "one of KAZ, KGZ, TJK, TKM, UZB"),
        ("quarter=2016Q5", "1992Q1..2040Q4"),
        ("quarter=1066Q1", "1992Q1..2040Q4"),
        ("year=%1b[31m", "1992..2040"),
        ("world=-1", "0..999999"),
        ("world=" + "9" * 5000, "0..999999"),
        ("a=1&" * 600, "more than 500 parts"),
        ("a=" + "1" * 30_000, "longer than"),
    ],
)
def test_what_is_wrong_with_a_link_is_told_in_a_line(query, says):
    choice, wrong = from_link(query)
    assert len(wrong) == 1 and says in wrong[0] and wrong[0].isprintable()
    assert choice == Choice()


def test_changes_are_those_of_the_scenario_itself(baseline):
    what_if = built(CHANGED)
    by_hand = (
        baseline.without("uzb_succession_2016")
        .amend("qosh_tepa_canal", intake_km3=12.5)
        .amend("rogun", start="2027-06")
        .replace(reciprocity=0.6)
    )
    assert paired_arms.what_runs(what_if) == paired_arms.what_runs(by_hand)
    assert what_if.title == "A title: with, signs & more" and what_if.seed == 7


def test_what_is_saved_passes_the_check_and_comes_back(tmp_path, capsys):
    file = tmp_path / "saved.yaml"
    file.write_text(as_text(CHANGED))
    assert main(["check", str(file)]) == 0 and "fine" in capsys.readouterr().out
    back = from_text(file.read_text())
    assert (back.scenario, dict(back.changes)) == (CHANGED.scenario, dict(CHANGED.changes))


@pytest.mark.parametrize("name", known())
def test_every_shipped_scenario_can_be_built_on_and_loaded(name):
    assert paired_arms.what_runs(built(Choice(scenario=name))) == paired_arms.what_runs(Scenario.load(name))
    from cairn.scenario.inheritance import find

    loaded = from_text(find(name).read_text())
    assert paired_arms.what_runs(built(loaded)) == paired_arms.what_runs(Scenario.load(name))


def test_a_title_that_the_page_gave_follows_the_changes():
    choice = Choice().changed("events.rogun", "off")
    assert "title" in as_text(choice) and "title" not in from_text(as_text(choice)).changes


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
def test_a_bad_value_gets_the_words_of_a_file_and_what_ran_still_runs(tmp_path, monkeypatch, key, value):
    monkeypatch.chdir(tmp_path)
    choice = Choice().changed(key, value)
    (tmp_path / "what_if.yaml").write_text(as_text(choice))
    with pytest.raises(ScenarioError) as of_a_file:
        Scenario.load("what_if.yaml")
    before = running(Choice(), 20)
    after = running(choice, 20, before)
    assert after.wrong == tuple(str(of_a_file.value).splitlines())
    assert after.what_if is before.what_if
    assert running(choice, 20).wrong == after.wrong


def test_words_stand_at_the_field_they_are_about():
    wrong = running(Choice().changed("events.rogun.mw", "1"), 20).wrong
    assert set(by_key(wrong)) == {"events.rogun.mw"}


@pytest.mark.parametrize(
    "value", ["off\n  rogun: off", "off # off", "\x1b[31m", "{a: [", "!!python/object:os.system x"]
)
def test_a_value_is_never_more_than_a_value(value, baseline):
    what = running(Choice().changed("events.c5plus1", value), 5)
    assert what.wrong or set(baseline.events) - set(what.what_if.events) == {"c5plus1"}


def test_a_link_opens_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.yaml").write_text("title: A secret\nquestion: Whose?\n")
    for name in ("secret", "secret.yaml", "./secret", str(tmp_path / "secret.yaml")):
        wrong = running(Choice(scenario=name), 5).wrong
        assert len(wrong) == 1 and "A secret" not in wrong[0] and "extends" in wrong[0]


def test_more_worlds_than_the_page_runs_are_refused_with_what_takes_them():
    assert "run.py compare" in running(Choice().changed("members", "5000"), 20).wrong[0]


# --- events and fields ---


def test_every_event_is_listed_and_every_field_has_what_it_may_be(baseline):
    listed = entries(Choice())
    assert {entry.name for entry in listed} == set(baseline.events) and all(entry.on for entry in listed)
    choice = Choice()
    for entry in listed:
        shown = fields(Choice(), entry.name)
        assert shown and all(field.allowed for field in shown)
        for field in shown:
            choice = choice.changed(field.key, field.inherited) if field.inherited else choice
    assert len(choice.changes) > 300
    assert paired_arms.what_runs(built(choice)) == paired_arms.what_runs(baseline), (
        "what is inherited, written out, changes nothing"
    )


def test_switched_off_events_of_a_scenario_can_be_switched_on():
    choice = Choice(scenario="karimov_line")
    dormant = [entry for entry in entries(choice) if entry.switch == "on"]
    assert dormant and not any(entry.on for entry in dormant)
    name = dormant[0].name
    on = choice.changed(f"events.{name}", "on")
    assert next(entry.on for entry in entries(on) if entry.name == name)


def test_undoing_an_event_takes_all_its_changes_back():
    choice = CHANGED.changed("events.rogun", "off").without("rogun")
    assert (
        not any(key.startswith("events.rogun") for key in choice.changes) and "parameters.reciprocity" in choice.changes
    )


# --- worlds ---


def test_arms_are_those_of_a_comparison(found, baseline):
    same = compare([baseline, baseline.without("uzb_succession_2016")], 8, 1, outcomes=paired_arms.SHOWN)
    for outcome in paired_arms.SHOWN:
        assert found.comparison.difference(outcome).values.tobytes() == same.difference(outcome).values.tobytes()
    np.testing.assert_array_equal(found.comparison.diverged_in, same.diverged_in)


def test_years_are_made_of_quarters_as_everywhere(baseline):
    worlds = run(baseline, 2, 1, outputs=(*SUMMARY, "attended"), jobs=1)
    for name, values in worlds.data_vars.items():
        by_hand = by_year(values).transpose("member", "year", ...).values
        np.testing.assert_array_equal(paired_arms.yearly(name, values.values), by_hand, err_msg=name)


def test_an_arm_that_ran_is_kept_and_one_that_nobody_waits_for_stops():
    short = Scenario.read("extends: baseline\nhorizon: {last: 1999}")
    told = []
    paired_arms.both(short, short.without("cis_1991"), 3, 5, progress=told.append)
    assert told == sorted(told) and told
    again = []
    paired_arms.both(short, short.without("cis_1991"), 3, 5, progress=again.append)
    assert again == []
    with pytest.raises(paired_arms.Superseded):
        paired_arms.both(short, short.without("militancy"), 3, 5, wanted=lambda: False)
    assert len(paired_arms._kept) <= paired_arms.KEPT


def test_the_same_worlds_under_two_names_are_one_arm(baseline):
    alike = paired_arms.both(baseline, baseline.named("other", title="Another title"), 8, 1)
    assert not alike.differ and len(year_tables.year_table(alike, 2040)[0]) == 2


def test_the_played_world_is_that_member_of_the_ensemble(live, baseline):
    member = simulate(baseline, 3, 1, 1, 131, "summary")
    for name in ("integration_index", "trade_total_usd_bn"):
        np.testing.assert_array_equal(live.so_far(name, 0).astype(np.float32), member[name][0])
    assert live.quarter == 130


def test_the_played_world_rests_at_the_horizon_and_a_fresh_one_asks_again(baseline):
    asked = [Asked((baseline,), 1), Asked((baseline, baseline.without("rogun")), 1)]
    short = LiveWorld(lambda: asked[0], until=10_000)
    assert short.quarter == baseline.quarters - 1 and not short.running
    short.step()
    assert short.quarter == baseline.quarters - 1
    given = asked[0]
    model = LiveWorld(lambda: given, member=2)
    given = asked[1]
    fresh = type(model)(asked=model.asked, member=2)  # as Mesa's Reset does
    assert (fresh.rows, fresh.first_member, fresh.quarter) == (2, 2, -1)


def test_leaders_are_named_and_a_hardening_keeps_the_person(live):
    uzbekistan = CODES.index("UZB")
    assert country_panel.leader(live, 0, uzbekistan).startswith("Mirziyoyev, since 2016")
    assert country_panel.leader(live, 1, uzbekistan).startswith("Karimov, since before 1992")


def test_the_terms_of_willingness_add_up(live):
    for i in range(C):
        heads, rows = country_panel.willingness(live, i, 0)
        assert len(rows) == C - 1 and all(len(row) == len(heads) for row in rows)
        total = sum(live.countries[i].willingness_terms().values())
        for row, j in zip(rows, (j for j in range(C) if j != i), strict=True):
            values = [float(cell[0]) for cell in row[1 : 2 + len(country_panel.TERMS)]]
            assert values[0] == pytest.approx(total[0, j], abs=0.006)
            assert values[0] == pytest.approx(sum(values[1:]), abs=0.04)


# --- drawings ---


def test_the_map_has_five_states_ten_pairs_seven_borders_and_words_for_each(live):
    land = map_data.land()
    assert [one["code"] for one in land["countries"]] == list(CODES)
    assert [one["name"] for one in land["pairs"]] == list(PAIR_NAMES)
    assert [one["name"] for one in land["borders"]] == list(BORDER_NAMES)
    for row in range(2):
        now = map_data.now(live, row)
        for kind, parts in now.items():
            assert len(parts) == len(land[kind])
            assert all(one["words"] for one in parts)
    assert "nan" not in json.dumps([land, now]).lower()


def test_a_world_that_has_not_begun_can_be_drawn(baseline):
    begins = LiveWorld(lambda: Asked((baseline,), 1))
    assert (
        map_data.now(begins, 0)["pairs"]
        and country_panel.attributes(begins, 0)
        and country_panel.willingness(begins, 0, 0)
    )


def test_more_trust_is_paler_and_more_trade_wider():
    shades = [int(encodings.shade(share)[1:3], 16) for share in (0.1, 0.5, 0.9)]
    assert shades == sorted(shades)
    assert encodings.line_width(0.1) < encodings.line_width(5.0) and encodings.border_width(
        0.1
    ) > encodings.border_width(0.9)
    assert len({encodings.dash(trust) for trust in (0.1, 0.5, 0.9)}) == 3
    assert all(one["text"] for kind in ("dashes", "widths", "borders") for one in encodings.key()[kind])


def test_every_chart_lies_on_its_sheet(found, live):
    quantities, dimensions, meets = panels.all_charts(found)
    assert len(dimensions) == 5 and len(meets) == 2
    every = [chart for _, charts in quantities for chart in charts] + dimensions + meets
    assert all(len(charts) == 3 for _, charts in quantities)
    for chart in every:
        assert "nan" not in chart.text.lower()
        paths = [path for fan in chart.drawn["fans"] for path in (fan["wide"], fan["narrow"], fan["middle"])]
        for path in [*paths, chart.played(live)]:
            places = [tuple(map(float, place.split())) for place in re.findall(r"[\d.-]+ [\d.-]+", path)]
            assert all(0 <= x <= 300 and 0 <= y <= 190 for x, y in places)
        assert chart.drawn["words"]


def test_the_numbers_of_a_year_are_those_of_the_comparison(found):
    heads, rows = year_tables.year_table(found, 2040)
    assert heads == ["in 2040", "baseline", "what-if", "paired difference", "same sign in"]
    effect = found.comparison.effect(paired_arms.INDEX, 2040)
    assert f"{effect.median:+.3f}" in rows[0][3] and f"{effect.median:+.3f}" in year_tables.answer(found, 2040)
    assert year_tables.year_table(found, FIRST_YEAR)[1][0][3].startswith("0.000")


def test_a_world_that_ends_early_is_held_against_the_years_it_has(baseline):
    short = Scenario.read("extends: baseline\nhorizon: {last: 1999}\nevents: {militancy: off}")
    early = paired_arms.both(baseline, short, 1, 1)
    assert early.years[-1] == 1999
    heads, rows = year_tables.year_table(early, 2040)
    assert heads[0] == "in 1999" and "nan" not in json.dumps(rows).lower()
    assert all("nan" not in chart.text.lower() for _, charts in panels.all_charts(early)[0] for chart in charts)
    assert LiveWorld(lambda: Asked((baseline, short), 1), until=500).quarter == 31


# --- the command ---


def test_help_comes_without_the_packages_of_the_page():
    code = (
        "import sys; from cairn.cli.main import main\n"
        "try: main(['dashboard', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'solara', 'mesa', 'numpy', 'altair'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and "--port" in done.stdout, done.stderr


def test_missing_packages_are_said_in_one_line(monkeypatch, capsys):
    from cairn.dashboard import server

    monkeypatch.setattr(server, "EXTRA", ("solara_that_is_not_there",))
    assert main(["dashboard"]) == 2
    said = capsys.readouterr().err
    assert "pip install -e '.[page]'" in said and len(said.splitlines()) == 1


def test_the_page_opens_on_a_scenario_or_a_file_of_ones_own(tmp_path, monkeypatch, capsys):
    from cairn.dashboard import server

    asked = []
    monkeypatch.setattr(server, "serve", lambda *arguments: asked.append(arguments[-1]))
    assert main(["dashboard", "karimov_line"]) == 0 and main(["dashboard"]) == 0
    file = tmp_path / "mine.yaml"
    file.write_text("title: Mine\nextends: baseline\nevents: {rogun: off}\n")
    assert main(["dashboard", str(file)]) == 0
    assert asked == ["?scenario=karimov_line", "", "?title=Mine&events.rogun=off"]
    file.write_text("extends: baseline\nevents: {rogum: off}\n")
    assert main(["dashboard", str(file)]) == 2
    assert "mine.yaml:2:10: events.rogum" in capsys.readouterr().err and len(asked) == 3


@pytest.mark.parametrize(
    ("host", "asked", "origin", "answers"),
    [
        ("127.0.0.1", "127.0.0.1:8765", "", True),
        ("127.0.0.1", "127.0.0.1", "", True),
        ("127.0.0.1", "[", "", False),
        ("127.0.0.1", "localhost:8765", "http://localhost:8765", True),
        ("127.0.0.1", "127.0.0.1:8765", "http://127.0.0.1:9999", False),
        ("127.0.0.1", "127.0.0.1:8765", "https://elsewhere.example", False),
        ("127.0.0.1", "elsewhere.example:8765", "http://elsewhere.example:8765", False),
        ("::1", "[::1]:8765", "http://[::1]:8765", True),
        ("0.0.0.0", "machine.example:8765", "http://machine.example:8765", True),
        ("0.0.0.0", "machine.example:8765", "http://elsewhere.example", False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_other_sites_get_no_answer(kind, host, asked, origin, answers):
    from cairn.dashboard.server import guarded

    reached, sent = [], []

    async def app(*_):
        reached.append(True)

    async def send(message):
        sent.append(message)

    headers = [(b"host", asked.encode())] + [(b"origin", origin.encode())] * bool(origin)
    asyncio.run(guarded(app, host)({"type": kind, "headers": headers}, None, send))
    assert bool(reached) is answers and bool(sent) is not answers


def test_a_taken_port_and_a_wrong_host_are_said_in_one_line(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["dashboard", "--port", port]) == 2
        said = capsys.readouterr().err
        assert port in said and "--port" in said and len(said.splitlines()) == 1
    assert main(["dashboard", "--host", "nowhere.example"]) == 2
    assert "--host" in capsys.readouterr().err

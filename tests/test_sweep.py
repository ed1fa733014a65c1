"""Sweeps: designs, files, points as rows of one run, the table, the command."""

import datetime as dt
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cairn.cli.main import main
from cairn.core.calendar import FIRST_YEAR
from cairn.core.geography import PAIR_NAMES
from cairn.core.leader_names import LEADERS
from cairn.core.parameter_sets import ParameterSets, for_members, resolve_parameters
from cairn.core.parameters import Parameters
from cairn.ensemble.annual import by_year
from cairn.ensemble.outcomes import ALL_COMPARED, BY_PLACE
from cairn.ensemble.runner import run
from cairn.model import CentralAsia
from cairn.scenario.scenario import Scenario
from cairn.scenario.yaml_reader import ScenarioError
from cairn.step.measures import catalogue
from cairn.sweeps import Sweep, open_sweep, run_sweep
from cairn.sweeps.definition import shipped_sweeps, sweep_folder
from cairn.sweeps.designs import KINDS, Design, unit_samples
from cairn.sweeps.points import (
    check_feasible,
    inputs,
    levels,
    lever_combinations,
    parameters_of,
    run_points,
    scenarios_of,
    simulate,
    size,
)
from cairn.sweeps.store import Parts, Store, StoreError
from cairn.sweeps.sweep_spec import DesignSpec, FactorSpec, OutcomeSpec, SweepError, SweepSpec

SMALL = {
    "title": "Small sweep",
    "question": "Does it work?",
    "uncertainties": {
        "reciprocity": {"parameter": "reciprocity"},
        "bazaars": {"event": "bazaars_open_1992", "field": "activity.2008", "range": [0.5, 1.0]},
    },
    "design": {"kind": "random", "samples": 4},
    "members": 3,
    "to_year": 1994,
    "outcomes": {"index": {"measure": "integration_index", "year": 1994}},
}


def small(**changes) -> Sweep:
    content = {**SMALL, "uncertainties": {"reciprocity": {"parameter": "reciprocity"}}} | changes
    return Sweep.of("small", **content)


# --- designs ---


@pytest.mark.parametrize("kind", KINDS)
def test_a_design_gives_the_same_sample_however_it_is_asked_for(kind):
    design = Design(kind, 20, (4, 5, 3) if kind == "grid" else (0, 0, 0), 3)
    everything = unit_samples(design, 0, design.samples)
    parts = [unit_samples(design, k, min(7, design.samples - k)) for k in range(0, design.samples, 7)]
    assert everything.shape == (design.samples, 3) and (everything == np.concatenate(parts)).all()
    assert ((everything >= 0) & (everything <= 1)).all()
    if kind != "grid":
        assert (everything != unit_samples(Design(kind, 20, (0, 0, 0), 4), 0, design.samples)).any()


def test_a_grid_has_every_combination_once_and_half_of_it_is_even():
    design = Design("grid", 0, (7, 10, 6), 1)
    cells = np.floor(unit_samples(design, 0, 420) * np.array([7, 10, 6])).astype(int)
    assert len({tuple(cell) for cell in cells}) == 420
    for column, count in enumerate((7, 10, 6)):
        counts = np.bincount(cells[:210, column], minlength=count)
        assert np.abs(counts - 210 / count).max() <= 2, (column, counts)


@pytest.mark.parametrize("kind", ["sobol", "latin_hypercube", "random"])
def test_half_a_sweep_is_an_even_sample(kind):
    cube = unit_samples(Design(kind, 512, (0,) * 4, 1), 0, 256)
    counts = np.stack([np.histogram(column, 8, (0, 1))[0] for column in cube.T])
    assert np.abs(counts - 32).max() <= (1 if kind == "sobol" else 16)


def test_each_slice_of_a_latin_hypercube_is_hit_once():
    cube = unit_samples(Design("latin_hypercube", 50, (0,) * 3, 1), 0, 50)
    assert all(sorted(np.floor(column * 50)) == list(range(50)) for column in cube.T)


def test_indices_of_saltelli_and_morris_are_the_known_ones():
    from SALib.analyze import morris, sobol
    from SALib.test_functions import Ishigami

    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}
    design = Design("saltelli", 1024, (0, 0, 0), 1)
    values = Ishigami.evaluate(np.pi * (2 * unit_samples(design, 0, design.samples) - 1))
    indices = sobol.analyze(problem, values, calc_second_order=False, seed=1)
    assert np.allclose(indices["S1"], [0.314, 0.442, 0.0], atol=0.03)
    assert np.allclose(indices["ST"], [0.558, 0.442, 0.244], atol=0.03)
    design = Design("morris", 200, (0, 0, 0), 1)
    cube = unit_samples(design, 0, design.samples)
    assert ((np.diff(cube.reshape(200, 4, 3), axis=1) != 0).sum(-1) == 1).all()
    indices = morris.analyze(problem, cube, cube @ np.array([1.0, 2.0, -4.0]), num_levels=4)
    assert np.allclose(indices["mu_star"], [1, 2, 4]) and np.allclose(indices["mu"], [1, 2, -4])


# --- files ---


def test_every_shipped_sweep_loads_and_its_points_are_feasible():
    assert {"canal", "futures", "policies"} <= set(shipped_sweeps())
    for name in shipped_sweeps():
        check_feasible(Sweep.load(name))


def test_a_sweep_records_what_a_comparison_shows(tmp_path):
    file = tmp_path / "short.yaml"
    file.write_text(HEAD.split("outcomes")[0] + "uncertainties: {a: {parameter: trust_gain}}\nto_year: 2030\n")
    own = Sweep.load(file)
    assert {"integration_index", "shortage_uzb", "pair_trade_kaz_uzb", "incidents_kgz_tjk"} <= set(own.columns)
    assert own.columns["shortage_uzb"].start == 2026 and own.columns["visitors_kaz_uzb"].year == 2030
    compared = {outcome.variable for outcome in ALL_COMPARED if outcome.variable in BY_PLACE}
    for name in shipped_sweeps():
        sweep = Sweep.load(name)
        assert compared <= {outcome.measure for outcome in sweep.columns.values()}
        assert set(sweep.replace(members=1).columns) == set(sweep.columns)


def test_the_page_on_sweep_files_names_every_key_and_its_commands_work(tmp_path, monkeypatch, capsys):
    page = (sweep_folder() / "README.md").read_text()
    for part in (SweepSpec, FactorSpec, DesignSpec, OutcomeSpec):
        assert all(re.search(rf"\b{key}\b", page) for key in part.model_fields)
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^\.venv/bin/python run\.py (.+)$", page, re.MULTILINE)
    assert commands and all(main(command.split()) == 0 for command in commands)
    assert "futures\n    Futures to 2040." in capsys.readouterr().out
    for example in re.findall(r"^\| `({parameter.*?}|{event.*?}|{scenarios.*?})` \|", page, re.MULTILINE):
        file = tmp_path / "example.yaml"
        file.write_text(HEAD + f"uncertainties: {{a: {example}}}\n")
        check_feasible(Sweep.load(file))
    for example in re.findall(r"^\| `({measure.*?})` \|", page, re.MULTILINE):
        (tmp_path / "example.yaml").write_text(HEAD.split("outcomes")[0] + f"outcomes: {{x: {example}}}\n"
                                               "uncertainties: {a: {parameter: trust_gain}}\n")  # fmt: skip
        Sweep.load(tmp_path / "example.yaml")


HEAD = """title: An example
question: Does it load?
design: {kind: random, samples: 3}
outcomes: {x: {measure: integration_index, year: 2040}}
"""


def test_all_problems_of_a_file_are_reported_at_once_with_their_place(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(
        """title: A bad sweep
question: How many things are wrong?
uncertainties:
  a: {parameter: trust_gian}
  b: {event: qosh_tepa_canl, field: intake_km3, range: [1, 2]}
  c: {event: qosh_tepa_canal, field: intak, range: [1, 2]}
  d: {parameter: trust_gain, range: [0.01, 0.5]}
  e: {parameter: bloc_exposure}
  f: {parameter: reciprocity, range: [1, 0]}
levers:
  g: {parameter: trust_weight}
design: {kind: sobol, samples: 8}
outcomes:
  x: {measure: integration_indx, year: 2040}
  y: {measure: shortage, year: 2040}
goals:
  z: {at_least: 1}
"""
    )
    with pytest.raises(SweepError) as problem:
        Sweep.load(file)
    lines = str(problem.value).splitlines()
    assert len(lines) == 10 and all(line.startswith(f"{file}:") for line in lines)
    text = "\n".join(lines)
    for part in (
        ":4:7: uncertainties.a.parameter: no such parameter; did you mean 'trust_gain'",
        ":5:7: uncertainties.b.event: no event 'qosh_tepa_canl' in baseline; did you mean 'qosh_tepa_canal'",
        "did you mean 'intake_km3'",
        "is outside 0.02..0.09",
        "bloc_exposure has one value for each state; write bloc_exposure.KAZ",
        ":9:31: uncertainties.f.range: the first value of a range must be below the second",
        ":11:3: levers.g: a lever needs values",
        ":14:7: outcomes.x.measure: no such measure; did you mean 'integration_index'",
        "needs one of KAZ, KGZ, TJK, TKM, UZB",
        ":17:3: goals.z: no such outcome",
    ):
        assert part in text, (part, text)


def test_a_broken_file_never_causes_a_traceback(tmp_path):
    lines, rng = (sweep_folder() / "canal.yaml").read_text().splitlines(), random.Random(1)
    pieces = ["null", "[]", "{a: b}", "-1", "1e400", "true", "[1, 2]", "x", "'", "event", "range", "[null, 2030]"]
    pieces += ["{event: c5plus1, field: support, values: [{2030: 1}, 3]}", "{scenarios: [baseline, x]}"]
    pieces += ["{event: visa_tkm, field: end, range: [a, 2001]}", "{event: growth_to_2040, field: rates.UZB}"]
    refused = 0
    for _ in range(150):
        broken = list(lines)
        for _ in range(rng.choice((1, 1, 2))):
            line = rng.randrange(len(broken))
            words = re.findall(r"[\w.]+", broken[line])
            if words:
                broken[line] = broken[line].replace(rng.choice(words), rng.choice(pieces), 1)
        (tmp_path / "broken.yaml").write_text("\n".join(broken))
        try:
            Sweep.load(tmp_path / "broken.yaml")
        except ScenarioError as problem:
            refused += 1
            assert all(str(tmp_path) in line or "more" in line for line in str(problem).splitlines())
    assert refused > 100


def test_levels_of_several_types_are_text_in_the_table(tmp_path):
    figures = {"event": "reexports", "field": "activity", "values": [{"1992": 0.2, "1994": 0.5}, {"1992": 0.1}]}
    sweep = small(uncertainties={"a": figures, "b": {"event": "tjk_civil_war", "field": "end", "values": [None, 1993]}},
                  design={"kind": "grid"})  # fmt: skip
    run_sweep(sweep, tmp_path, jobs=1)
    frame = open_sweep(tmp_path).frame()
    assert set(frame.a) == {'{"1992": 0.2, "1994": 0.5}', '{"1992": 0.1}'}
    assert {None if pd.isna(value) else value for value in frame.b} == {None, dt.date(1993, 1, 1)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"designs": {}}, "designs: no such key; did you mean 'design'"),
        ({"design": {"kind": "sobl", "samples": 3}}, "did you mean 'sobol'"),
        ({"design": {"kind": "grid"}}, "a grid needs values, or a range with steps"),
        ({"design": {"kind": "random"}}, "samples is missing: the number of points"),
        ({"design": {"kind": "sobol", "samples": 2**33}}, "a Sobol sequence has 4294967296 terms"),
        ({"uncertainties": {}}, "a sweep needs at least one factor"),
        ({"uncertainties": {"point": {"parameter": "reciprocity"}}}, "every table has a column of this name"),
        ({"uncertainties": {"a": {"parameter": "naryn_inflow_share"}}}, "cannot be a factor"),
        ({"uncertainties": {"a": {"parameter": "reciprocity", "event": "c5plus1"}}}, "exactly one of them"),
        ({"outcomes": {"index": {"measure": "integration_index", "year": 2000}}}, "2000 is after 1994"),
        ({"outcomes": {"index": {"measure": "integration_index"}}}, "exactly one of year, statistic"),
        ({"members": 0}, "greater than or equal to 1; got 0"),
        ({"scenario": "baselin"}, "did you mean 'baseline'"),
        (
            {"uncertainties": {n: {"parameter": "reciprocity"} for n in ("a", "b")}},
            "changes the same thing as a",
        ),
    ],
)
def test_an_invalid_sweep_is_reported(changes, message):
    with pytest.raises(SweepError) as problem:
        Sweep.of("small", **(SMALL | {"uncertainties": {"a": {"parameter": "reciprocity"}}} | changes))
    assert message in str(problem.value)


def test_infeasible_points_are_named_before_anything_runs(tmp_path):
    dates = {
        "a": {"event": "qosh_tepa_canal", "field": "start", "range": ["2022", "2030"]},
        "b": {"event": "qosh_tepa_canal", "field": "finish", "range": ["2029", "2036"]},
    }
    crossing = small(
        uncertainties=dates,
        design={"kind": "random", "samples": 300},
        to_year=2040,
        outcomes={"x": {"measure": "dim_water", "year": 2040}},
    )
    with pytest.raises(SweepError, match=r"point \d+ \(a = .*, b = .*\): .*finish .* does not come after start"):
        run_sweep(crossing, tmp_path / "none", jobs=1)
    assert not (tmp_path / "none").exists()
    wide = {"a": {"event": "qosh_tepa_canal", "field": "intake_km3", "range": [5, 50]}}
    with pytest.raises(SweepError, match=r"intake_km3: input should be less than or equal to 20\.5"):
        check_feasible(crossing.replace(uncertainties=wide))
    with pytest.raises(SweepError, match="would come after 1994"):
        check_feasible(
            small(uncertainties={"a": {"event": "qosh_tepa_canal", "field": "finish", "range": [2029, 2036]}})
        )


def test_a_sweep_is_the_same_from_its_own_text():
    parameters = Parameters().replace(reciprocity=np.linspace(0.5, 1.5, 10), blame=0.5)
    sweep = Sweep.load("canal").replace(parameters=parameters)
    again = Sweep.from_text(sweep.text)
    assert again.text == sweep.text and again.factors == sweep.factors
    assert again.scenarios[0].events == sweep.scenarios[0].events
    assert (again.parameters.reciprocity == parameters.reciprocity).all() and again.parameters.blame == 0.5


@pytest.mark.parametrize("changed", [None, {"rung_cost": 0.3}])
def test_a_sweep_carries_the_noise_of_conditioned_members_in_its_text(changed, tmp_path):
    sets = resolve_parameters(changed, "conditioned-2015")
    sweep = small(to_year=2017, outcomes={"trade": {"measure": "trade_total_usd_bn", "year": (2014, 2017)}}).replace(
        parameters=sets.parameters(0, 3)
    )
    again = Sweep.from_text(sweep.text)
    assert again.text == sweep.text and again.parameters.conditioning.until == 2015
    for name, column in simulate(sweep, 0, 2).items():
        assert np.array_equal(column, simulate(again, 0, 2)[name]), name
    run_sweep(sweep.replace(design={"kind": "random", "samples": 1}), tmp_path / "store", jobs=1)
    store = Store(tmp_path / "store")
    assert store.sweep.parameters.conditioning.until == 2015 and "the record to 2015" in store.about["held_fixed"]
    free = small().replace(parameters=Parameters())
    assert "its past is free" in free.held_fixed and "the record to 2025" in small().held_fixed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"numbers": [0, -1, 2]}, "conditioning.numbers.1"),
        ({"residual": [[[0.5]]]}, "conditioning.residual"),
        ({"until": 1800}, "conditioning.until"),
    ],
)
def test_a_text_with_noise_that_cannot_be_is_refused(change, message, tmp_path):
    sweep = small().replace(parameters=ParameterSets.load("conditioned-2015").parameters(0, 3))
    run_sweep(sweep.replace(design={"kind": "random", "samples": 1}), tmp_path, jobs=1)
    about = json.loads((tmp_path / "sweep.json").read_text())
    text = json.loads(about["text"])
    text["conditioning"].update(change)
    (tmp_path / "sweep.json").write_text(json.dumps(about | {"text": json.dumps(text)}))
    with pytest.raises(StoreError, match=message):
        _ = Store(tmp_path).sweep


# --- points ---


def mixed() -> Sweep:
    """Every kind of factor at once."""
    return Sweep.of(
        "mixed",
        title="All kinds of factor",
        question="Is a point of a sweep the run of its scenario?",
        uncertainties={
            "gain": {"parameter": "trust_gain"},
            "power": {"parameter": "contested_power", "values": [1.0, 2.0]},
            "exposure": {"parameter": "bloc_exposure.UZB", "range": [0.1, 0.9]},
            "open": {"event": "uzb_leader_1992", "field": "openness", "range": [0.1, 0.9]},
            "merger": {"event": "uzb_hardening_1999", "field": "date", "range": [1994, 1998]},
            "akayev": {"event": "kgz_leader_1992", "values": ["on", "off"]},
        },
        levers={"world": {"scenarios": ["baseline", "no_taliban", "no_closures"]}},
        design={"kind": "latin_hypercube", "samples": 5},
        members=4,
        seed=3,
        to_year=1999,
        outcomes={
            "index": {"measure": "integration_index", "year": (1995, 1999)},
            "trade": {"measure": "pair_trade_usd_bn", "of": "KAZ-UZB", "statistic": "maximum", "relative_to": 1993},
            "trust": {"measure": "trust", "of": "KAZ>UZB", "year": 1999},
            "deaths": {"measure": "deaths_total", "statistic": "sum"},
            "store": {"measure": "storage_km3", "of": "toktogul", "year": 1996},
            "quarrel": {"measure": "incidents_total", "first_year_above": 5.0, "start": 1993},
        },
    )


def by_hand(sweep: Sweep, point: int) -> dict[str, np.ndarray]:
    """One point as a run of a scenario made with the public methods of scenarios; outcomes computed with xarray."""
    values = inputs(sweep, point)
    world = Scenario.load(values["world"])
    if not values["akayev"]:
        world = world.without("kgz_leader_1992")
    world = world.amend("uzb_leader_1992", openness=values["open"]).amend("uzb_hardening_1999", date=values["merger"])
    world = world.with_parameters(
        trust_gain=values["gain"], contested_power=values["power"], bloc_exposure={"UZB": values["exposure"]}
    )
    result = run(world, members=4, seed=3, to_year=1999)
    trade = by_year(result.pair_trade_usd_bn.sel(pair="KAZ-UZB"))
    incidents = by_year(result.incidents_total).sel(year=slice(1993, None))
    over = incidents > 5
    return {
        "index_1995": by_year(result.integration_index).sel(year=1995).values,
        "index_1999": by_year(result.integration_index).sel(year=1999).values,
        "trade": (trade.max("year") / trade.sel(year=1993)).values,
        "trust": by_year(result.trust.sel(country="KAZ", partner="UZB")).sel(year=1999).values,
        "deaths": by_year(result.deaths_total).sum("year").values,
        "store": by_year(result.storage_km3.sel(reservoir="toktogul")).sel(year=1996).values,
        "quarrel": np.where(over.any("year"), 1993 + over.values.argmax(1), np.nan),
    }


def test_a_point_of_a_sweep_is_the_run_of_its_scenario():
    sweep = mixed()
    outcomes = simulate(sweep, 0, 15)
    assert size(sweep) == 15 and lever_combinations(sweep) == 3 and list(outcomes) == list(sweep.columns)
    for point in (1, 8, 12):
        rows = slice(point * 4, point * 4 + 4)
        for name, expected in by_hand(sweep, point).items():
            assert np.allclose(outcomes[name][rows], expected, rtol=2e-6, equal_nan=True), (point, name)


def test_which_points_share_a_run_does_not_change_a_bit():
    sweep = mixed()
    whole = simulate(sweep, 0, 15)
    for first, count in ((0, 1), (4, 1), (6, 7)):
        part = simulate(sweep, first, count)
        for name, values in part.items():
            assert np.array_equal(values, whole[name][first * 4 :][: count * 4], equal_nan=True), name


def test_all_levers_are_run_in_the_same_futures():
    sweep = mixed()
    at = levels(sweep, 0, 15)
    assert (at["world"] == np.tile([0, 1, 2], 5)).all()
    assert all((at[f.name].reshape(5, 3) == at[f.name].reshape(5, 3)[:, :1]).all() for f in sweep.factors[:-1])


def test_points_with_the_same_events_share_a_scenario():
    sweep = small(uncertainties={"a": {"parameter": "trust_gain"}, "b": {"event": "kgz_leader_1992"}},
                  design={"kind": "random", "samples": 40})  # fmt: skip
    scenarios = scenarios_of(sweep, levels(sweep, 0, 40), 40)
    assert len({id(scenario) for scenario in scenarios}) == 2


def test_parameters_differ_by_member_and_a_factor_overrides_them():
    posterior = Parameters().replace(trust_gain=np.array([0.03, 0.05, 0.08]), reciprocity=np.array([0.1, 0.9, 1.9]))
    sweep = small(members=3).replace(parameters=posterior)
    index = simulate(sweep, 0, 4)["index"].reshape(4, 3)
    value = levels(sweep, 2, 1)["reciprocity"][0]
    for member in range(3):
        parameters = Parameters().replace(trust_gain=float(posterior.trust_gain[member]), reciprocity=float(value))
        alone = run("baseline", members=1, seed=1, first_member=member, parameters=parameters, to_year=1994)
        assert by_year(alone.integration_index).values[0, -1] == pytest.approx(index[2, member], rel=1e-6)


def test_more_members_than_fit_into_a_run_are_the_same_members(monkeypatch):
    whole = simulate(small(members=10), 1, 1)
    monkeypatch.setattr("cairn.sweeps.points.ROWS", 4)
    assert np.array_equal(simulate(small(members=10), 1, 1)["index"], whole["index"])


def test_every_measure_of_a_run_can_be_kept():
    assert set(catalogue()) == set(run("baseline", members=1, seed=1, to_year=FIRST_YEAR).data_vars)


# --- the table ---


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sweeps") / "mixed"
    run_sweep(mixed(), path, jobs=1)
    return path


def test_the_table_reads_as_pandas_and_xarray(folder):
    table = open_sweep(folder)
    frame, ds = table.frame(), table.dataset()
    assert list(frame.columns) == ["point", "member", *(f.name for f in table.sweep.factors), *table.sweep.columns]
    assert len(frame) == 60 and frame[["point", "member"]].drop_duplicates().shape == (60, 2)
    assert (frame.sort_values(["point", "member"]).index == frame.index).all()
    assert ds.index_1999.dims == ("point", "member") and ds.attrs["seed"] == 3
    assert (ds.index_1999.values.ravel() == frame.index_1999.to_numpy()).all()
    assert frame.merger.iloc[0] == inputs(table.sweep, 0)["merger"] and isinstance(frame.merger.iloc[0], dt.date)
    assert set(frame.world) == {"baseline", "no_taliban", "no_closures"}
    assert table.points().loc[7, "trust"] == pytest.approx(frame[frame.point == 7].trust.mean())
    assert frame.quarrel.dropna().between(1993, 1999).all()


def test_duckdb_polars_and_pandas_read_the_files_as_they_are(folder):
    import duckdb
    import polars

    files = f"{folder}/table/*.parquet"
    mine = open_sweep(folder).frame().groupby("world").index_1999.mean()
    rows = duckdb.sql(f"select world, avg(index_1999) from '{files}' group by world").fetchall()
    lazy = polars.scan_parquet(files).group_by("world").agg(polars.col("index_1999").mean()).collect()
    plain = pd.read_parquet(folder / "table").groupby("world").index_1999.mean()
    for world, value in mine.items():
        assert dict(rows)[world] == pytest.approx(value, rel=1e-5)
        assert dict(lazy.iter_rows())[world] == pytest.approx(value, rel=1e-5)
        assert plain[world] == pytest.approx(value, rel=1e-5)


def test_the_provenance_is_written_beside_the_table(folder):
    about = json.loads((folder / "sweep.json").read_text())
    assert about["points"] == 15 and about["seed"] == 3 and about["versions"]["numpy"] == np.__version__
    assert Sweep.from_text(about["text"]).scenarios[1].events == Scenario.load("no_taliban").events


def test_a_folder_of_another_sweep_or_program_is_not_touched(folder, tmp_path, monkeypatch):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(StoreError, match="contains another sweep"):
        run_sweep(mixed().replace(seed=4), folder, jobs=1)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    monkeypatch.setattr("cairn.sweeps.store.program_digest", lambda *_: "another")
    assert run_sweep(mixed(), folder, jobs=1).kept == 1  # a table that is whole can be read by any version
    Store(tmp_path).begin(small())
    monkeypatch.setattr("cairn.sweeps.store.program_digest", lambda *_: "a third")
    with pytest.raises(StoreError, match="begun with another version of the program"):
        run_sweep(small(), tmp_path, jobs=1)
    assert not list((tmp_path / "table").iterdir())


def test_a_failing_point_is_recorded_and_the_rest_finish(tmp_path, monkeypatch, capsys):
    from cairn.sweeps import points

    sweep = small(design={"kind": "random", "samples": 12}, points_per_file=6)
    value, honest = levels(sweep, 4, 1)["reciprocity"][0], points.parameters_of

    def parameters_of(sweep, chosen, *rest):
        if value in chosen["reciprocity"]:
            raise ZeroDivisionError("a point that cannot be run")
        return honest(sweep, chosen, *rest)

    monkeypatch.setattr(points, "parameters_of", parameters_of)
    done = run_sweep(sweep, tmp_path / "a", jobs=1)
    assert done.failed == 1 and done.parts == 2
    frame = open_sweep(tmp_path / "a").frame()
    assert sorted(set(frame.point)) == [0, 1, 2, 3, *range(5, 12)]
    (failure,) = open_sweep(tmp_path / "a").failures
    assert failure["point"] == 4 and failure["inputs"] == {"reciprocity": value} and failure["seed"] == 1
    assert "ZeroDivisionError: a point that cannot be run" in failure["traceback"]
    command = failure["rerun"].removeprefix("python run.py ").split()
    assert main(["sweep", str(tmp_path / "a"), "--resume"]) == 3
    assert "point 4 failed: ZeroDivisionError" in capsys.readouterr().err
    assert main(command) == 3 and "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"]["index"] == pytest.approx(simulate(sweep, 4, 1)["index"])


def test_an_outcome_that_is_not_a_number_is_a_failure(monkeypatch):
    sweep = small(outcomes={"trade": {"measure": "dim_trade", "year": 1994, "relative_to": 1993}})
    monkeypatch.setattr(CentralAsia, "observe", lambda model, names: dict.fromkeys(names, np.zeros(model.rows)))
    _, failures = run_points(sweep, 0, levels(sweep, 0, 2))
    assert [f.problem for f in failures] == ["FloatingPointError: outcome trade is not a finite number"] * 2


def test_damaged_files_are_run_again_and_complete_ones_are_kept(tmp_path):
    sweep = small(points_per_file=1)
    run_sweep(sweep, tmp_path, jobs=1)
    files = sorted((tmp_path / "table").iterdir())
    before = {path.name: path.read_bytes() for path in files}
    files[0].write_bytes(before[files[0].name][:-7])
    files[1].unlink()
    flipped = bytearray(before[files[2].name])
    flipped[40] ^= 1
    files[2].write_bytes(flipped)
    kept = files[3].stat().st_mtime_ns
    (tmp_path / "table" / f".{files[0].stem}.abc.part").write_bytes(b"half a file")
    done = run_sweep(sweep, tmp_path, jobs=1)
    assert done.kept == 1 and files[3].stat().st_mtime_ns == kept
    assert {path.name: path.read_bytes() for path in (tmp_path / "table").iterdir()} == before


# --- the command ---


def test_the_command_runs_resumes_and_refuses(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["sweep", "canal", "--samples", "2", "--members", "1"]
    assert main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["held_fixed"].startswith("Held fixed at every point: the chances and the residuals of trade that")
    assert result["points"] == 4 and result["failed"] == [] and result["folder"] == "results/sweeps/canal"
    assert main(arguments) == 2 and "--resume" in capsys.readouterr().err
    assert main(["sweep", result["folder"], "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files_kept"] == 1
    assert main(["sweep", "canal", "--out", "nothing", "--resume"]) == 2
    assert "nothing to resume" in capsys.readouterr().err
    assert main(["sweep", result["folder"], "--point", "99"]) == 2
    assert main(["sweep", "canl"]) == 2 and "did you mean 'canal'" in capsys.readouterr().err
    assert main(["sweep", result["folder"], "--resume", "--members", "3"]) == 2
    with pytest.raises(SystemExit, match="2"):
        main(["sweep", "canal", "--shard", "9/8"])


def test_without_pyarrow_one_sentence_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert main(["sweep", "canal", "--out", str(tmp_path / "x")]) == 2
    assert "pip install" in capsys.readouterr().err and not (tmp_path / "x" / "sweep.json").exists()


def test_a_disk_that_is_full_is_one_sentence_and_leaves_no_half_file(tmp_path, monkeypatch, capsys):
    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["sweep", "canal", "--samples", "1", "--members", "1", "--out", str(tmp_path), "--quiet"]) == 2
    assert capsys.readouterr().err.endswith(
        "No space left on device; files that were finished stay, go on with --resume\n"
    )
    assert not list((tmp_path / "table").iterdir())


def test_a_store_can_be_read_while_it_grows(tmp_path):
    sweep = small(design={"kind": "sobol", "samples": 8}, points_per_file=2)
    run_sweep(sweep, tmp_path, jobs=1, shard=(2, 2))
    assert sorted(set(open_sweep(tmp_path).frame().point)) == [2, 3, 6, 7]
    with pytest.raises(StoreError, match="no results yet"):
        Store(tmp_path / "new").begin(sweep)
        open_sweep(tmp_path / "new").frame()


def test_files_stay_few_and_small_however_large_a_sweep():
    for samples, rows in ((10, 1e2), (10**5, 1e6), (10**7, 1e8), (10**9, 1e10)):
        parts = Parts(small(design={"kind": "random", "samples": samples}, members=10))
        assert parts.points_per_file * 10 <= 2**18 and len(parts) <= max(4096, rows / 2**17)
        assert parts[len(parts) - 1].first + parts[len(parts) - 1].count == samples


def test_importing_sweeps_imports_no_library_that_is_not_needed_yet():
    heavy = ("dask", "distributed", "SALib", "ema_workbench", "sklearn", "statsmodels", "matplotlib.pyplot")
    modules = [f"cairn.sweeps.{name}" for name in ("sweep_run", "store", "results", "executors")]
    modules += [f"cairn.exploration.{name}" for name in ("adapters", "indices", "discovery", "robustness", "plots")]
    code = f"import sys, {', '.join(modules)}\n"
    code += f"sys.exit(str([name for name in {heavy} if name in sys.modules] or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_one_value_of_a_pair_or_a_leader_is_a_factor():
    sweep = Sweep.of(
        "pairs",
        title="Pairs",
        question="Does one pair change alone?",
        uncertainties={
            "affinity": {"parameter": "pair_affinity.KAZ-UZB", "range": [-0.5, 0.5]},
            "karimov": {"parameter": "openness_offset.Karimov", "range": [-0.1, 0.1]},
        },
        design={"kind": "random", "samples": 3},
        members=2,
        to_year=1993,
        outcomes={"index": {"measure": "integration_index", "year": 1993}},
    )
    parameters = parameters_of(sweep, levels(sweep, 0, 3), 3, 0, 2)
    drawn = for_members(None, 0, slice(0, 2))
    for name, place in (("pair_affinity", PAIR_NAMES.index("KAZ-UZB")), ("openness_offset", LEADERS.index("Karimov"))):
        table, others = getattr(parameters, name), np.arange(len(getattr(parameters, name))) != place
        assert len(np.unique(table[place])) == 3 and (table[place, ::2] == table[place, 1::2]).all()
        assert np.array_equal(table[others], np.tile(getattr(drawn, name)[others], 3))
    with pytest.raises(SweepError, match=r"one value for each pair; write pair_affinity\.KAZ-KGZ"):
        Sweep.of(
            "pairs",
            title="Pairs",
            question="Which pair?",
            uncertainties={"affinity": {"parameter": "pair_affinity"}},
            design={"kind": "random", "samples": 3},
            outcomes={"index": {"measure": "integration_index", "year": 1993}},
        )

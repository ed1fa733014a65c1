"""Plugins: event types and measures of a user's own, in files, commands, sweeps and worker processes."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from loky import ProcessPoolExecutor

from cairn import Scenario, Sweep, branch, compare, load_plugin, open_sweep, run, run_sweep
from cairn.cli.main import main
from cairn.core.geography import CODES
from cairn.ensemble.checkpoint import CheckpointError
from cairn.ensemble.own_code import provenance_of
from cairn.scenario.inheritance import scenario_folder
from cairn.scenario.scenario import ScenarioError
from cairn.scenario.schema import build_schema
from cairn.support.plugins import PluginError
from cairn.sweeps import store_records
from cairn.sweeps.store import StoreError

EVENTS = (Path(__file__).parent / "data" / "quakes.txt").read_text(encoding="utf-8")
QUAKE = """
title: A quake
question: What does it change?
plugins: [quakes]
events:
  quake: {type: earthquake, country: KGZ, date: 1993-04, loss: 0.2, why: a test}
"""
CALM = "title: Calm\nquestion: What if not?\n"
SWEEP = """
title: Quakes
question: How strong?
scenario: quake
uncertainties:
  loss: {event: quake, field: loss, range: [0, 0.5]}
levers:
  happens: {event: quake}
design: {kind: random, samples: 3}
members: 2
to_year: 1993
points_per_file: 2
outcomes:
  income: {measure: gdp_usd_bn, of: KGZ, year: 1993}
  share: {measure: income_share, of: KGZ, year: 1993}
"""
NOT_LOADED = (
    "plugins: quakes is not loaded; add `--plugin quakes.py` to the command, or call "
    'cairn.load_plugin("quakes.py") first'
)


@pytest.fixture
def folder(registry, tmp_path, monkeypatch):
    """A folder, which is the present one, with a plugin and files that need it."""
    for name, text in (("quakes.py", EVENTS), ("quake.yaml", QUAKE), ("calm.yaml", CALM), ("quakes.yaml", SWEEP)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_stack_needs_the_plugins_of_its_parts(folder):
    (folder / "dry.yaml").write_text("extends: baseline\ntitle: Dry\nquestion: What if?\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^quake\.yaml:4:1: plugins: quakes is not loaded"):
        Scenario.load("dry.yaml+quake.yaml")
    load_plugin("quakes.py")
    for stacked in (Scenario.load("dry.yaml+quake.yaml"), Scenario.load("dry.yaml") + Scenario.load("quake.yaml")):
        assert stacked.plugins == ("quakes",) and "quake" in stacked.events
    asked = Scenario.load("quake.yaml").text + "look_at:\n- {outcome: income_share, of: [KGZ], years: 1993-1994}\n"
    assert Scenario.from_text(asked.replace("look_at: []\n", "")).look_at[0].keys == ("income_share[KGZ]",)


def test_results_of_a_plugin_are_exported_without_it(folder, registry):
    code = "import sys; from cairn.cli.main import main; sys.exit(main(sys.argv[1:]))"
    options = ["--members", "2", "--to", "1994", "--outputs", "income_share", "--out", "out", "--plugin", "quakes.py"]
    ran = subprocess.run([sys.executable, "-c", code, "run", "baseline", *options], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for form, name in (("csv", "results.csv"), ("iamc", "iamc.csv")):
        assert main(["export", "out", "--format", form, "--quiet"]) == 0
        assert len((folder / "out" / name).read_text(encoding="utf-8").splitlines()) > 5 * 3
    assert "share of the region's income" in (folder / "out" / "iamc-variables.yaml").read_text(encoding="utf-8")
    assert "plugins quakes sha256" in (folder / "out" / "ro-crate-metadata.json").read_text(encoding="utf-8")


def test_a_file_says_which_plugin_it_needs_and_has_none_imported(folder, capsys):
    (folder / "quakes.py").write_text("import pathlib\npathlib.Path('imported').touch()\n" + EVENTS, encoding="utf-8")
    assert main(["check", "quake.yaml"]) == 2
    assert capsys.readouterr().err == f"quake.yaml:4:1: {NOT_LOADED}\n"
    (folder / "again.yaml").write_text("extends: quake\nevents: {quake: {loss: 0.1}}", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^quake\.yaml:4:1: plugins: quakes is not loaded"):
        Scenario.load("again.yaml")
    with pytest.raises(ScenarioError, match="plugins: sys is not loaded"):
        Scenario.from_text(CALM + "plugins: [sys]")  # a module that is imported, but not named as a plugin
    with pytest.raises(ScenarioError, match=r"plugins: write quakes, the name without \.py$"):
        Scenario.from_text(CALM + "plugins: [quakes.py]")
    with pytest.raises(ScenarioError, match=r"plugins\.0: string should match pattern"):
        Scenario.from_text(CALM + "plugins: [my/quakes]")
    with pytest.raises(ScenarioError, match="plugins: input should be a valid tuple; got 'quakes'"):
        Scenario.from_text(CALM + "plugins: quakes")
    assert not (folder / "imported").exists()
    assert main(["check", "quake.yaml", "again.yaml", "--plugin", "quakes.py"]) == 0
    assert (folder / "imported").exists()


def test_a_plugin_can_be_given_before_or_after_the_command(folder, capsys):
    for arguments in (["--plugin", "quakes.py", "check", "quake.yaml"], ["check", "quake.yaml", "--plugin=quakes.py"]):
        assert main(arguments) == 0, capsys.readouterr().err


def test_a_file_needs_the_plugins_of_the_file_it_extends(folder):
    load_plugin("quakes.py")
    (folder / "more.py").write_text("", encoding="utf-8")
    (folder / "again.yaml").write_text("extends: quake\nplugins: [more]", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^again\.yaml:2:1: plugins: more is not loaded"):
        Scenario.load("again.yaml")
    load_plugin("more.py")
    scenario = Scenario.load("again.yaml")
    assert scenario.plugins == ("more", "quakes")
    assert "plugins:\n- more\n- quakes" in scenario.text and "plugins" not in Scenario.load("calm.yaml").text


def test_an_event_of_a_plugin_acts_in_runs_and_comparisons_in_worker_processes_too(folder):
    module = load_plugin("quakes.py")
    assert module.Earthquake.__name__ == "Earthquake" and load_plugin(folder / "quakes.py") is module
    here, there = (run("quake.yaml", 4, 1, to_year=1993, jobs=jobs, chunk=2) for jobs in (1, 2))
    assert here.equals(there)
    calm = run("calm.yaml", 4, 1, to_year=1993)
    ratio = (here.gdp_usd_bn / calm.gdp_usd_bn).sel(country="KGZ").values
    assert np.allclose(ratio[:, :5], 1) and np.allclose(ratio[:, 5], 0.8)
    comparison = compare(["calm.yaml", "quake.yaml"], 4, 1, to_year=1993, jobs=2, outcomes=["income_share"])
    assert comparison.effects("income_share", 1993)["median"].loc["quake", "income_share[KGZ]"] < 0
    assert here.income_share.annual == "last"


@contextlib.contextmanager
def bare_processes():
    """Processes that know nothing of this one, like workers of Dask on another machine."""
    with ProcessPoolExecutor(1) as pool:
        yield pool, lambda: 2


def test_an_event_of_a_plugin_is_a_factor_of_a_sweep_wherever_it_runs(folder):
    load_plugin("quakes.py")
    sweep = Sweep.load("quakes.yaml")
    run_sweep(sweep, "here", jobs=1)
    run_sweep(sweep, "there", jobs=2)
    run_sweep(sweep, "elsewhere", executor=bare_processes)
    frames = [open_sweep(name).frame() for name in ("here", "there", "elsewhere")]
    assert len(frames[0]) == 12 and frames[0].equals(frames[1]) and frames[0].equals(frames[2])
    shaken, calm = (frames[0][frames[0].happens == happens] for happens in (True, False))
    assert np.allclose(shaken.income.values / calm.income.values, 1 - shaken.loss * 0.75, atol=0.05)


def test_a_worker_without_the_plugin_is_one_sentence(folder):
    load_plugin("quakes.py")
    sweep = Sweep.load("quakes.yaml")
    (folder / "quakes.py").rename(folder / "moved.py")
    with pytest.raises(PluginError, match=r"^there is no plugin file \S+quakes\.py$"):
        run_sweep(sweep, "elsewhere", executor=bare_processes)
    with pytest.raises(PluginError, match=r"^there is no plugin file \S+quakes\.py$"):
        run("quake.yaml", 4, 1, to_year=1993, jobs=2, chunk=2)
    (folder / "quakes.py").write_text(EVENTS + "\n# another version\n", encoding="utf-8")
    with pytest.raises(PluginError, match=r"quakes\.py is another version than where the run was started$"):
        run("quake.yaml", 4, 1, to_year=1993, jobs=2, chunk=2)
    with pytest.raises(PluginError, match=r"quakes\.py has changed since it was loaded; start Python again$"):
        load_plugin("quakes.py")


def test_results_say_which_plugins_were_loaded(folder, capsys):
    assert not provenance_of()
    load_plugin("quakes.py")
    plugin = provenance_of()["plugins"]
    assert plugin.startswith("quakes sha256 ") and provenance_of() == {"plugins": plugin}
    result, (checkpoint,) = run(
        "quake.yaml", 2, 1, to_year=1993, checkpoints=["1993"], store="run.nc", parameters="posterior"
    )
    result.close()
    with xr.open_dataset("run.nc", engine="h5netcdf") as file:
        assert file.attrs["plugins"] == plugin and file.income_share.annual == "last"
    arguments = ["compare", "calm.yaml", "quake.yaml", "--members", "2", "--to", "1993", "--out", "x.html", "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["plugins"] == plugin
    run_sweep(Sweep.load("quakes.yaml"), "sweep", jobs=1)
    assert json.loads(Path("sweep/sweep.json").read_text())["plugins"] == plugin
    assert open_sweep("sweep").dataset().attrs["plugins"] == plugin
    assert branch(checkpoint, to_year=1993).attrs["plugins"] == plugin
    assert compare(["calm.yaml", "quake.yaml"], 2, 1, to_year=1993).dataset.attrs["plugins"] == plugin


def test_a_checkpoint_and_a_sweep_go_on_under_the_same_plugins_only(folder, capsys):
    command = ["quake.yaml", "--members", "2", "--to", "1993", "--out", "run", "--checkpoint", "1993", "--quiet"]
    command += ["--condition-until", "none"]
    assert main(["run", *command, "--outputs", "summary", "--plugin", "quakes.py"]) == 0
    run_sweep(Sweep.load("quakes.yaml"), "sweep", jobs=1)
    (folder / "more.py").write_text("", encoding="utf-8")
    load_plugin("more.py")
    with pytest.raises(
        CheckpointError, match=r"1993Q1\.npz is of a run with plugins quakes sha256 \w+, this is plugins"
    ):
        branch("run/1993Q1.npz")
    with pytest.raises(StoreError, match=r"^sweep was begun with plugins quakes sha256 \w+, this is plugins quakes"):
        run_sweep(Sweep.load("quakes.yaml"), "sweep", jobs=1)
    assert main(["sweep", "sweep", "--point", "1"]) == 2
    assert "sweep was begun with plugins quakes" in capsys.readouterr().err


def test_files_that_need_a_plugin_are_one_sentence_without_it(folder, capsys, registry):
    load_plugin("quakes.py")
    _, (checkpoint,) = run("quake.yaml", 2, 1, to_year=1993, checkpoints=["1993"], parameters="posterior")
    checkpoint.save("kept.npz")
    run_sweep(Sweep.load("quakes.yaml"), "sweep", jobs=1)
    Sweep.from_text.cache_clear()
    store_records._sweep_of.cache_clear()
    _unload()
    assert main(["branch", "kept.npz"]) == 2
    assert "kept.npz is of a run with plugins quakes" in capsys.readouterr().err
    assert main(["sweep", "sweep", "--resume"]) == 2
    error = capsys.readouterr().err
    assert (
        error.startswith(f"sweep/sweep.json: text: scenarios: {NOT_LOADED}; it needs the plugins quakes sha256 ")
        and error.count("\n") == 1
    )


def _unload():
    """As if Python had been started again."""
    from cairn.events.base import _LISTENERS, EVENT_TYPES
    from cairn.step.measures import MEASURES
    from cairn.support.plugins import _LOADED

    del _LOADED["quakes"], EVENT_TYPES["earthquake"], MEASURES["income_share"], sys.modules["quakes"]
    for listener in _LISTENERS:
        listener()


@pytest.mark.parametrize(
    ("file", "text", "given", "message"),
    [
        ("", "", "nothing.py", "there is no plugin file nothing.py"),
        ("", "", "nothing_here", "there is no plugin module 'nothing_here'; a file ends in .py"),
        ("mine.py", "", "mine", "there is no plugin module 'mine'; did you mean the file mine.py?"),
        ("my-events.py", "", "my-events.py", "plugin my-events.py: the file of a plugin is named by letters"),
        ("json.py", "", "json.py", "plugin json.py would hide another module 'json'; give the file another name"),
        ("wave.py", "", "wave.py", "plugin wave.py would hide another module 'wave'; give the file another name"),
        ("mine.py", "x = 1\ny = z", "mine.py", "plugin mine.py cannot be imported: NameError in line 2: name 'z'"),
        ("mine.py", "import nowhere", "mine.py", "plugin mine.py cannot be imported: ModuleNotFoundError in line 1"),
        ("mine.py", "x = (", "mine.py", "plugin mine.py cannot be imported: SyntaxError: '(' was never closed"),
        ("mine.py", "raise SystemExit(0)", "mine.py", "plugin mine.py cannot be imported: SystemExit in line 1: 0"),
    ],
)  # fmt: skip
def test_a_plugin_that_cannot_be_loaded_is_one_sentence(folder, capsys, file, text, given, message):
    if file:
        (folder / file).write_text(text, encoding="utf-8")
    assert main(["check", "calm.yaml", "--plugin", given]) == 2
    error = capsys.readouterr().err
    assert error.startswith(message) and error.count("\n") == 1
    assert "mine" not in sys.modules


def test_an_error_of_an_event_of_a_plugin_ends_a_command_with_one_sentence(folder, capsys):
    text = EVENTS.replace('("gdp_usd_bn",)', '("trust",)')
    (folder / "quakes.py").write_text(text, encoding="utf-8")
    for jobs in ("1", "2"):
        arguments = ["compare", "calm.yaml", "quake.yaml", "--members", "4", "--jobs", jobs, "--to", "1993"]
        assert main([*arguments, "--plugin", "quakes.py", "--quiet"]) == 2
        message = "event 'quake' (Earthquake) in 1993Q2 changes 'gdp_usd_bn', which it does not declare"
        assert capsys.readouterr().err.startswith(message)


def test_the_schema_of_shipped_types_is_the_same_with_a_plugin(folder):
    load_plugin("quakes.py")
    shipped = json.loads((scenario_folder() / "scenario.schema.json").read_text(encoding="utf-8"))["$defs"]
    made = build_schema()["$defs"]
    assert made.keys() - shipped.keys() == {"earthquake"}
    assert all(made[name] == shipped[name] for name in shipped.keys() - {"event"})
    assert CODES[1] in made["earthquake"]["properties"]["country"]["enum"]

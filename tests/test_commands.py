"""`list`, `check`, `show` and `new` as a user meets them, and the commands that scenarios/README.md shows."""

import json
import re
import shlex
from pathlib import Path

import pytest

from cairn.cli.main import main
from cairn.ensemble.netcdf_store import open_run
from cairn.scenario.inheritance import scenario_folder, shipped_names
from cairn.scenario.scenario import Scenario

ROOT = Path(__file__).parent.parent
SHOWN = re.findall(r"^\.venv/bin/python run\.py (.+)$", (scenario_folder() / "README.md").read_text(), re.MULTILINE)


def test_check_reports_all_errors_of_all_files(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text("title: A\nquestion: What if?\nextends: baseline\nevnts: {}\nmembers: none\n")
    (tmp_path / "b.yaml").write_text("title: [\n")
    files = [str(tmp_path / name) for name in ("a.yaml", "b.yaml", "c.yaml")]
    assert main(["check", "baseline", *files]) == 2
    printed = capsys.readouterr()
    assert "baseline: valid, 98 events" in printed.out
    lines = printed.err.splitlines()
    assert len(lines) == 5 and all(str(tmp_path) in line for line in lines)
    assert "a.yaml:4:1: evnts: no such key; did you mean 'events'?" in printed.err
    assert main(["check", "--json", "baseline", files[0]]) == 2
    document = json.loads(capsys.readouterr().out)
    assert len(document["valid"]) == 1 and len(document["errors"]) == 3


def test_a_file_with_control_characters_in_its_name_gets_one_line(tmp_path, capsys):
    for name in ("new\nline.yaml", "red\x1b[31m.yaml"):
        (tmp_path / name).write_text("extends: baseline\n")
        assert main(["check", str(tmp_path / name)]) == 2
        printed = capsys.readouterr().err
        assert printed.count("\n") == 1 and printed[:-1].isprintable()


def test_every_shipped_file_passes_check(capsys):
    assert main(["check", *map(str, scenario_folder().glob("*.yaml"))]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(shipped_names())


def test_show_names_the_origin_of_each_value_and_loads_again(tmp_path, capsys):
    assert main(["show", "karimov_line"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^title: Karimov.*# karimov_line\.yaml:2$|^title: \"Karimov.*# karimov_line\.yaml:2$", text, re.M)
    visas = text[text.index("  visa_tjk_uzb_2000:") :]
    assert re.search(r"end: 2040-12-31  # karimov_line\.yaml:\d+", visas)
    assert re.search(r"start: 2000-05-16  # baseline\.yaml:\d+", visas)
    assert re.search(r"level: 1\.0  # default", visas)
    file = tmp_path / "karimov_line.yaml"
    file.write_text(text)
    assert Scenario.load(file) == Scenario.load("karimov_line")


def test_show_as_json_names_the_line_of_every_value(capsys):
    assert main(["show", "no_taliban", "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["title"]["from"].startswith("no_taliban.yaml:")
    line = int(rows["events.rogun.volume_km3"]["from"].split(":")[1])
    assert "volume_km3: 13.3" in (scenario_folder() / "baseline.yaml").read_text().splitlines()[line - 1]


def test_show_changes_prints_only_what_differs(capsys):
    assert main(["show", "canal_high", "--changes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "~ events.qosh_tepa_canal.finish: 2032-01-01 -> 2029-01-01",
        "~ events.qosh_tepa_canal.intake_km3: 7.1 -> 10",
    ]


def test_new_writes_a_file_that_passes_check_and_changes_nothing(tmp_path, capsys):
    out = tmp_path / "mine.yaml"
    assert main(["new", "mine", "--extends", "karimov_line", "--out", str(out)]) == 0
    assert "#" in out.read_text() and main(["check", str(out)]) == 0
    assert Scenario.load(out).events == Scenario.load("karimov_line").events
    capsys.readouterr()
    assert main(["new", "mine", "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_new_extends_a_file_beside_it_and_names_the_next_commands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine", "--out", "mine.yaml", "--quiet"]) == 0
    assert main(["new", "next", "--extends", "mine", "--out", "next.yaml"]) == 0
    for command in re.findall(r"run\.py ([^;\n`]+)", capsys.readouterr().out + Path("next.yaml").read_text()):
        assert main([*shlex.split(command), *(["--members", "1"] if "compare" in command else [])]) == 0, command
    schema = re.match(r"# yaml-language-server: \$schema=(.+)", Path("next.yaml").read_text())
    assert schema and Path(schema[1]).resolve() == (scenario_folder() / "scenario.schema.json").resolve()


def test_the_starter_works_with_its_examples_uncommented(tmp_path):
    out = tmp_path / "mine.yaml"
    assert main(["new", "mine", "--out", str(out), "--quiet"]) == 0
    text = out.read_text().replace("events: {}", "events:").replace("parameters: {}", "parameters:")
    out.write_text(re.sub(r"^# (?=horizon|members|seed)", "", re.sub(r"^#  (?= )", "", text, flags=re.M), flags=re.M))
    scenario = Scenario.load(out)
    assert "harsh_years" in scenario.events and "uzb_succession_2016" not in scenario.events
    assert (scenario.members, scenario.seed, scenario.parameters["reciprocity"]) == (200, 1, 0.6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "My World"], "small letters"),
        (["new", "mine", "--extends", "baselin"], "did you mean 'baseline'"),
        (["new", "mine", "--out", "/proc/nowhere/mine.yaml"], "--out"),
        (["show", "nothing_like_it"], "run.py list"),
    ],
)
def test_bad_arguments_are_refused_with_a_reason(arguments, message, capsys):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_the_commands_that_the_scenarios_page_shows_work(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert {shlex.split(command)[0] for command in SHOWN} >= {"list", "new", "check", "show", "compare"}
    for command in SHOWN:
        assert main(shlex.split(command)) == 0, command


@pytest.mark.parametrize("command", ["run", "compare", "claims"])
def test_an_unknown_coding_is_one_sentence_with_the_nearest_name(command, tmp_path, capsys):
    scenarios = {"compare": ["baseline", "karimov_line"]}.get(command, [])
    assert main([command, *scenarios, "--coding", "magalony", "--out", str(tmp_path / "out")]) == 2
    seen = capsys.readouterr()
    assert seen.out == "" and seen.err.count("\n") == 1 and "did you mean 'magaloni'?" in seen.err
    assert not (tmp_path / "out").exists()


def test_a_run_under_another_coding_says_so(tmp_path, capsys):
    arguments = ["--members", "2", "--to", "1993", "--outputs", "leader_openness", "--json", "--out", str(tmp_path)]
    assert main(["run", "baseline", "--coding", "first_year", *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["scenario"], document["coding"]) == ("baseline-first_year", "first_year")
    with open_run(tmp_path / "run.nc") as dataset:
        assert dataset.attrs["name"] == "baseline-first_year" and "first_year" in dataset.attrs["title"]
        assert "openness_offset" in dataset.attrs["scenario"]

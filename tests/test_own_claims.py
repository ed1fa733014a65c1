"""Claims of a user's own: a file is checked to the key, and evaluated by the rules of the shipped ones."""

import json
import re
from pathlib import Path

import pytest

from cairn.claims.own_claims import ClaimsFileError, evaluate_own, load_claims
from cairn.claims.verdicts import Verdict
from cairn.cli.main import main

EXAMPLE = Path(__file__).parent.parent / "scenarios" / "claims" / "another_reading.yaml"
ONE = """\
text: a text on trial
claims:
- title: The merger ended cooperation
  statement: Without the merger the region would have kept its own organisation.
  place: the main argument
  test: No merger in 2005 must leave more institutions in 2010.
  source: an essay
  arms: {scenario: no_merger_2005}
  outcome: dim_institutions
  years: 2008-2010
  rule: {expect: higher, smallest: 0.02}
  needs: [attendance_memory]
  would_change: meetings that went on
"""
RECORD, OWN_SOURCE = "  record: {verdict: ", "summary: what was seen, sources: [a list]}\n"


def written(tmp_path, text: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_example_has_three_claims_of_another_reading():
    file = load_claims(EXAMPLE)
    assert len(file.claims) == 3
    assert any(own.about_leaders for own in file.claims) and any(own.record for own in file.claims)


def test_an_own_claim_is_evaluated_and_the_opposite_claim_gets_the_opposite_result(tmp_path):
    [result] = evaluate_own(load_claims(written(tmp_path, ONE)), 8, 1, jobs=1)
    assert result.test_result.assessment.verdict is Verdict.SUPPORTED
    assert result.assessment.verdict is result.overall.verdict is Verdict.FOLLOWS
    assert result.other_noise[1] == 2004
    [opposite] = evaluate_own(
        load_claims(written(tmp_path, ONE.replace("expect: higher", "expect: lower"))), 8, 1, jobs=1
    )
    assert opposite.test_result.assessment.verdict is Verdict.CONTRADICTED
    assert opposite.overall.verdict is Verdict.NOT_IDENTIFIED
    needs_what_forecasts_support = ONE.replace("attendance_memory", "organisation")
    [supported] = evaluate_own(load_claims(written(tmp_path, needs_what_forecasts_support)), 8, 1, jobs=1)
    assert supported.overall.verdict is Verdict.SUPPORTED


def test_a_claim_about_leaders_is_evaluated_under_every_coding(tmp_path):
    about_leaders = ONE.replace("no_merger_2005", "karimov_person").replace("2008-2010", "2018").replace(
        "  would_change", "  about_leaders: true\n  would_change"
    )  # fmt: skip
    [result] = evaluate_own(load_claims(written(tmp_path, about_leaders)), 4, 1, jobs=1)
    assert [c.title for c in result.test_result.codings if c.blind] == [
        "codes from acts of the first year",
        "codes dealt anew among leaders",
    ]
    assert len(result.test_result.codings) == 9


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("  test: No", "  tset: No", 3, "claims.0.test: this key is missing"),
        ("  test: No", "  tset: No", 6, "no such key"),
        ("  source: an essay\n", "", 3, "claims.0.source: this key is missing"),
        ("no_merger_2005", "no_merger_2006", 8, "no_merger_2006"),
        ("dim_institutions", "dim_institution", 9, "dim_institutions"),
        ("2008-2010", "1890", 10, "1890 is outside 1992..2040"),
        ("expect: higher", "expect: more", 11, "'higher' or 'lower'"),
        ("smallest: 0.02", "smallest: -1", 11, "greater than or equal to 0"),
        ("attendance_memory", "attendance_memry", 12, "attendance_memory"),
        ("text: a text on trial\n", "", 1, "text: this key is missing"),
        ("scenario: no_merger_2005", "scenario: baseline", 8, "cannot be compared with itself"),
        ("outcome: dim_institutions", "outcome: pair_trade", 3, "needs the key `of`, with some of KAZ-KGZ"),
        ("outcome: dim_institutions", "outcome: pair_trade\n  of: [KAZ-UKR]", 10, "KAZ-UKR"),
        ("  would_change", f"{RECORD}supported, {OWN_SOURCE}  would_change", 13, "cannot support a cause"),
        ("  would_change", f"{RECORD}yes, {OWN_SOURCE}  would_change", 13, "not testable"),
    ],
)
def test_a_wrong_file_is_told_by_file_line_and_key(old, new, line, message, tmp_path, capsys):
    path = written(tmp_path, ONE.replace(old, new, 1))
    with pytest.raises(ClaimsFileError):
        load_claims(path)
    assert main(["claims", "--file", str(path), "--out", str(tmp_path / "out")]) == 2
    errors = capsys.readouterr().err
    assert "Traceback" not in errors
    assert re.search(rf"mine\.yaml:{line}:\d+: .*{re.escape(message)}", errors), errors


def test_what_is_no_file_of_claims_is_one_sentence(tmp_path, capsys):
    for arguments in (["--file", str(tmp_path / "none.yaml")], ["3", "--file", str(EXAMPLE)]):
        assert main(["claims", *arguments]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_command_writes_the_same_bytes_for_the_same_file_and_seed(tmp_path, capsys):
    path = written(tmp_path, ONE)
    for jobs in ("1", "2"):
        arguments = ["--members", "4", "--jobs", jobs, "--out", str(tmp_path / jobs)]
        assert main(["claims", "--file", str(path), *arguments]) == 0
    assert "follows from assumptions" in capsys.readouterr().out
    for name in ("claims.csv", "report.html", "forest.png"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    document = json.loads((tmp_path / "1" / "claims.json").read_text())
    assert document["claims"][0]["verdict"] == "follows from assumptions"
    assert main(["claims", "--file", str(path), "--list"]) == 0
    assert "The merger ended cooperation" in capsys.readouterr().out

"""The same bytes of arrays whatever clock, time zone, locale and hash seed a process has."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.same_bytes import digest

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = {
    "a time zone ahead": {"TZ": "Pacific/Kiritimati"},
    "a time zone behind, before 1970": ({"TZ": "Etc/GMT+12"}, -3e8),
    "a clock in 2099": ({}, 4.1e9),
    "the plain locale": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a locale that there is not": {"LC_ALL": "tr_TR.ISO-8859-9", "LANG": "tr_TR"},
    "another order of hashes": {"PYTHONHASHSEED": "4711"},
    "a comma in numbers": {"LC_ALL": "tr_TR.UTF-8", "LOCPATH": ""},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
}


@pytest.fixture(scope="module")
def here() -> str:
    return digest(to_year=2030)


@pytest.fixture(scope="module")
def locales(tmp_path_factory) -> Path:
    """A folder with the Turkish locale: a comma in numbers, and two letters i."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef"):
        command = ["localedef", "-i", "tr_TR", "-f", "UTF-8", str(folder / "tr_TR.UTF-8")]
        subprocess.run(command, capture_output=True, timeout=100)
    return folder


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_arrays_of_a_run_do_not_depend_on_the_environment(name, here, locales):
    given = ENVIRONMENTS[name]
    variables, clock = given if isinstance(given, tuple) else (given, None)
    if "LOCPATH" in variables:
        if not any(locales.iterdir()):
            pytest.skip("no locale can be made here")
        variables = variables | {"LOCPATH": str(locales)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.same_bytes", *([] if clock is None else [str(clock)])],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "model"), str(ROOT)]), **variables},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (done.stdout.strip(), done.returncode) == (here, 0), done.stderr[-2000:]

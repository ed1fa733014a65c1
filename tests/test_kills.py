"""Commands that are killed lose nothing, in a small size: `python -m tests.kills` is the large one."""

import os

import pytest

from cairn.support.atomic_write import remove_left
from tests.kills import COMMANDS, kill


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_and_run_again_has_the_same_bytes_and_no_file_more(name):
    found = kill(name, 2)
    assert found.kills == 2 and found.partial == [] and found.differ == []


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path):
    (tmp_path / "figures").mkdir()
    dead, lives = 2**22 + 1, os.getpid()  # the first is above the largest number of a process
    left = [tmp_path / f".run.nc.{dead}.part", tmp_path / "figures" / f".a.png.{dead}.part"]
    stay = [tmp_path / f".run.nc.{lives}.part", tmp_path / ".hidden", tmp_path / ".x.part", tmp_path / "run.nc"]
    for path in (*left, *stay):
        path.write_text("text")
    remove_left(tmp_path)
    assert not [path for path in left if path.exists()] and all(path.exists() for path in stay)

"""Failpoints cost nothing and do nothing until somebody arms one on purpose."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine import failpoints
from engine.errors import ConfigurationError
from engine.failpoints import NAMES, Armed, Crash, Lost, reached
from engine.store.writes import Writes
from tests.each import each

ROOT = Path(__file__).parents[2]


def test_nothing_happens_where_nothing_is_armed() -> None:
    for name in NAMES:
        reached(name)
    assert failpoints._fate is None


def test_the_failpoints_in_the_code_are_those_in_the_list() -> None:
    files = [path for path in (ROOT / "engine").rglob("*.py") if path.name != "failpoints.py"]
    said = [name for path in files for name in re.findall(r'reached\("([^"]+)"\)', path.read_text())]
    said += [f"store.flush.{statement.name}" for statement in Writes.ORDER]
    assert sorted(said) == sorted(NAMES), "each stands in one place"


def test_it_acts_when_it_is_reached_for_that_time() -> None:
    with failpoints.watched(Armed("store.commit.after", 2, "raise")):
        reached("store.commit.after")
        reached("store.commit.before")
        with pytest.raises(Crash):
            reached("store.commit.after")
        reached("store.commit.after")
    reached("store.commit.after")


def test_a_lost_answer_is_an_error_of_the_disk() -> None:
    with failpoints.watched(Armed("store.commit.after", 1, "lost")), pytest.raises(Lost):
        reached("store.commit.after")


@each(
    "words",
    ["", "store.commit.after", "store.commit.after:1", "nowhere:1:exit", "store.commit.after:0:exit",
     "store.commit.after:x:exit", "store.commit.after:１:exit", "store.commit.after:1:bang",
     "store.commit.after:1:exit:"],
)  # fmt: skip
def test_malformed_words_arm_nothing(words: str) -> None:
    with pytest.raises(ConfigurationError, match="no failpoint"):
        failpoints.arm(words)
    assert failpoints._fate is None


@pytest.mark.parametrize(("faults", "status"), [({}, 2), ({"KEFUFLOW_FAULTS": "1"}, 137)])
def test_a_program_dies_on_purpose_only_where_it_is_asked_for_twice(
    tmp_path: Path, faults: dict[str, str], status: int
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    environment = {**os.environ, "KEFUFLOW_FAILPOINT": "store.migrate.after:1:exit", **faults}
    command = [sys.executable, "-m", "engine", "--database", url, "db", "upgrade"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == status
    assert "dies on purpose" in ended.stderr if faults else "KEFUFLOW_FAULTS=1" in ended.stderr
    assert (tmp_path / "x.db").exists() == bool(faults)

"""Recorded commands give the same bytes again: here, in another process with other seeds, without Python's eval."""

from __future__ import annotations

import builtins
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.bpmn import compile_definition
from engine.model import InstanceStatus, Outcome
from tests.sample import some, times
from tests.unit.bpmn.running import re_execute
from tests.unit.bpmn.shapes import SHAPES, walk

_ROOT = Path(__file__).parents[3]
SEEDS = range(times(200, 15))


def fingerprint(outcomes: list[Outcome]) -> str:
    digest = hashlib.sha256()
    for outcome in outcomes:
        digest.update(repr(outcome).encode())
    return digest.hexdigest()


def all_fingerprints(seeds: range) -> str:
    """What a run of all shapes gives, for comparison between processes."""
    return ",".join(fingerprint(walk(shape, seed).outcomes) for shape in SHAPES for seed in seeds)


@pytest.mark.parametrize("shape", SHAPES)
def test_recorded_commands_re_execute_to_the_same_outcomes_byte_for_byte(shape: str) -> None:
    ends = set()
    fresh = compile_definition(SHAPES[shape]().xml(), decisions={})
    for seed in SEEDS:
        running = walk(shape, seed)
        again = re_execute(fresh, running.log)
        assert fingerprint(again) == fingerprint(running.outcomes)
        ends.add(running.last.status)
    assert InstanceStatus.COMPLETED in ends or InstanceStatus.CANCELLED in ends


def test_another_process_with_another_hash_seed_and_time_zone_gives_the_same() -> None:
    code = "from bpmn.test_determinism import all_fingerprints; print(all_fingerprints(range(5)))"
    paths = os.pathsep.join((str(_ROOT), str(_ROOT / "tests" / "unit")))
    there = []
    for hash_seed, zone in some((("1", "America/New_York"), ("77", "Asia/Kolkata")), 1):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        there.append(done.stdout.strip())
    assert set(there) == {all_fingerprints(range(5))}


def test_nothing_is_evaluated_as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError("Python text was run")

    before = all_fingerprints(range(3))
    monkeypatch.setattr(builtins, "eval", forbidden)
    monkeypatch.setattr(builtins, "exec", forbidden)
    assert all_fingerprints(range(3)) == before


def test_no_step_reads_a_clock_or_draws_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError("the step asked the world")

    for name in ("time.time", "time.monotonic", "uuid.uuid4", "os.urandom", "SpiffWorkflow.task.uuid4"):
        monkeypatch.setattr(name, forbidden)
    walk("nested", 1)
    walk("events", 2)


def test_each_token_enters_and_leaves_once_on_every_walk() -> None:
    for shape in SHAPES:
        for seed in range(times(40, 10)):
            walk(shape, seed, commands=60)  # Running.check_laws holds it after each step

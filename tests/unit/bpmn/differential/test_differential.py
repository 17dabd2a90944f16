"""Random processes of every construct: after each command the engine tells what the reference interpreter tells.

``DIFFERENTIAL_MINUTES=30 pytest tests/unit/bpmn/differential`` goes on for half an hour with new examples.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from engine.bpmn import compile_definition
from engine.bpmn.lint.supported import EXECUTED
from tests.sample import some, times
from tests.unit.bpmn.differential.chances import Drawn, Seeded
from tests.unit.bpmn.differential.draw import draw_process
from tests.unit.bpmn.differential.generator import EVENTS, Generator, some_kinds
from tests.unit.bpmn.differential.lanes import Chance
from tests.unit.bpmn.differential.side_by_side import Pair, play
from tests.unit.bpmn.running import re_execute
from tests.unit.bpmn.test_determinism import fingerprint

_ROOT = Path(__file__).parents[4]
_MINUTES = float(os.environ.get("DIFFERENTIAL_MINUTES", "0"))
_SETTINGS = settings(deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


def play_one(chance: Chance, size: int) -> Pair:
    """A random process run to its end; it has left nothing, and its commands give the same bytes again."""
    process = Generator(chance, some_kinds(chance), EVENTS, size).process()
    pair = play(process, chance)
    fresh = compile_definition(draw_process(process), decisions={})
    assert fingerprint(re_execute(fresh, pair.running.log)) == fingerprint(pair.running.outcomes)
    return pair


def all_fingerprints() -> str:
    """What processes of some seeds give, for comparison between processes of the machine."""
    return ",".join(fingerprint(play_one(Seeded(number), 20).running.outcomes) for number in range(times(30, 8)))


# Making a failing example smaller may take minutes.
@pytest.mark.timeout(600)
@settings(_SETTINGS, max_examples=times(600, 60), derandomize=True)
@given(st.data())
def test_engine_and_reference_tell_the_same_after_every_command(data: st.DataObject) -> None:
    chance = Drawn(data)
    play_one(chance, 8 + chance.below(20))


@pytest.mark.parametrize("start", some(range(0, 750, 250), 1))
def test_engine_and_reference_agree_on_larger_processes(start: int) -> None:
    for number in range(start, start + times(250, 60)):
        try:
            play_one(Seeded(number), 30)
        except Exception as problem:
            problem.add_note(f"seed {number}")
            raise


def test_every_sort_of_element_is_gone_through() -> None:
    seen, all_kinds = set[str](), set(EXECUTED) - {"businessRuleTask", "callActivity"}
    for number in range(1000, 1150):
        pair = play_one(Seeded(number), 30)
        elements = pair.running.definition.elements
        seen |= {elements[name].kind for name in pair.counts["completed"] if name in elements}
        if seen == all_kinds:
            break
    assert seen == all_kinds


def test_another_process_with_another_hash_seed_gives_the_same() -> None:
    code = f"from {__name__} import all_fingerprints; print(all_fingerprints())"
    there = set()
    for hash_seed in some(("1", "77"), 1):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(_ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        there.add(done.stdout.strip())
    assert there == {all_fingerprints()}


@pytest.mark.skipif(not _MINUTES, reason="DIFFERENTIAL_MINUTES says how long")
@pytest.mark.timeout(0)
def test_it_goes_on_for_minutes() -> None:
    end = time.monotonic() + 60 * _MINUTES
    turn = time.time_ns()  # other examples in each run; a failure shows how to repeat it
    while time.monotonic() < end:
        turn += 1

        @seed(turn)
        @settings(_SETTINGS, max_examples=500, database=None)
        @given(st.data())
        def again(data: st.DataObject) -> None:
            chance = Drawn(data)
            play_one(chance, 8 + chance.below(30))

        again()

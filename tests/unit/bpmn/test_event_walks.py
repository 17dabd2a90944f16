"""Random walks through mixtures of events: whatever comes when, the history balances and the state is what it says."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest

from engine.bpmn import codec
from engine.model import ID_BASE, Facts, InstanceStatus
from tests.each import each
from tests.sample import times
from tests.unit.bpmn.event_shapes import SHAPES, walk
from tests.unit.bpmn.running import MONDAY_9AM, Running, balance

_ROOT = Path(__file__).parents[3]
_MOST = 100
SEEDS = range(times(_MOST, 7))


@cache
def walked(shape: str) -> list[Running]:
    return [walk(shape, seed) for seed in SEEDS]


def live_tokens(running: Running) -> list[dict[str, object]]:
    tokens: list[dict[str, object]] = msgspec.json.decode(running.state.state or b"{}").get("tokens", [])
    return tokens


@pytest.mark.parametrize("shape", SHAPES)
def test_laws_of_every_walk(shape: str) -> None:
    ends: Counter[InstanceStatus] = Counter()
    for seed, running in enumerate(walked(shape)):
        ends[running.last.status] += 1
        if running.last.status is not InstanceStatus.ACTIVE:
            assert live_tokens(running) == [], (shape, seed)
        open_ones = balance(running.events)
        assert set(open_ones.values()) <= {1}, (shape, seed, open_ones)
        for row in running.rows.values():
            assert open_ones.get((row.element, row.id % ID_BASE)) == 1, (shape, seed, row)
        again = codec.load(running.definition.spec, running.state, Facts(now=MONDAY_9AM))
        assert codec.dump(again) == running.state.state, (shape, seed)
    assert ends[InstanceStatus.COMPLETED], ends


@pytest.mark.parametrize("shape", SHAPES)
def test_walks_come_by_every_element(shape: str) -> None:
    missing = set(walked(shape)[0].definition.elements)
    for seed in range(_MOST):
        running = walked(shape)[seed] if seed in SEEDS else walk(shape, seed)
        missing -= {event.element for event in running.events}
        if not missing:
            break
    assert missing == set()


@pytest.mark.parametrize("shape", SHAPES)
def test_recorded_walks_are_re_executed_to_the_same_outcomes(shape: str) -> None:
    for running in walked(shape):
        running.proven()


def fingerprint(seeds: int) -> str:
    """What the first walks through all shapes give, for comparison between processes."""
    digest = hashlib.sha256()
    for shape in SHAPES:
        for seed in range(seeds):
            digest.update(repr(walk(shape, seed).outcomes).encode())
    return digest.hexdigest()


def test_another_process_with_another_hash_seed_and_time_zone_gives_the_same() -> None:
    seeds = times(8, 3)
    code = f"from tests.unit.bpmn.test_event_walks import fingerprint; print(fingerprint({seeds}))"
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "America/New_York", "PYTHONPATH": str(_ROOT)}
    there = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=100
    )
    assert there.stdout.strip() == fingerprint(seeds)


#: Where tokens may wait for what cannot come: joins and conditions.
WAITING_IN_VAIN = {"c1", "c2", "at", "cut", "on_seen", "j", "out"}


@each("shape", SHAPES)
def test_only_joins_and_conditions_wait_for_what_cannot_come(shape: str) -> None:
    told = [event for running in walked(shape) for event in running.told("incident.created")]
    kinds = Counter(event.value["kind"] for event in told)
    assert kinds["stalled"] == 0
    assert {event.element for event in told if event.value["kind"] == "deadlocked"} <= WAITING_IN_VAIN

"""The shipped scenarios, each file read once a process: reading them all takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from engine.scenarios import Scenario, read_scenarios
from tests.processes.process_drawing import ROOT

FOLDER = ROOT / "processes/scenarios"


@cache
def read(process: str) -> tuple[Scenario, ...]:
    """The scenarios of one process."""
    path = FOLDER / f"{process}.yaml"
    return tuple(read_scenarios({path.name: path.read_bytes()}))


@cache
def scenarios_of(process: str) -> Mapping[str, Scenario]:
    """Number → scenario of one process."""
    return {scenario.no: scenario for scenario in read(process)}


@cache
def all_scenarios() -> Mapping[str, Scenario]:
    """Number → scenario, of all processes."""
    return {scenario.no: scenario for path in sorted(FOLDER.glob("*.yaml")) for scenario in read(path.stem)}

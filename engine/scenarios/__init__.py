"""Tests of processes in their owners' words: what is fed in and what must come out, run by the real engine."""

from engine.scenarios.coverage import Coverage
from engine.scenarios.reading import ScenarioRefused, read_scenarios
from engine.scenarios.result import Result
from engine.scenarios.scenario import Scenario
from engine.scenarios.stage import Stage, prepare

__all__ = ["Coverage", "Result", "Scenario", "ScenarioRefused", "Stage", "prepare", "read_scenarios"]

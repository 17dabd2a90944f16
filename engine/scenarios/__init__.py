"""Tests of processes in their owners' words: what is fed in and what must come out, run by the real engine."""

from engine.scenarios.action import Action, ActionKind, Occasion, Step, Visit, actions_of
from engine.scenarios.coverage import Coverage, Gaps
from engine.scenarios.parsing import ScenarioRefused
from engine.scenarios.performer import MAX_ACTIONS, Performer
from engine.scenarios.problem import Mismatch
from engine.scenarios.reading import read_scenarios
from engine.scenarios.result import Result
from engine.scenarios.scenario import Occurrence, Scenario, Turn, Visits
from engine.scenarios.stage import START, Stage, deploy_into, prepare, run_on
from engine.scenarios.waits import OpenTask, Trouble, WaitingEvent, Waits

__all__ = [
    "MAX_ACTIONS",
    "START",
    "Action",
    "ActionKind",
    "Coverage",
    "Gaps",
    "Mismatch",
    "Occasion",
    "Occurrence",
    "OpenTask",
    "Performer",
    "Result",
    "Scenario",
    "ScenarioRefused",
    "Stage",
    "Step",
    "Trouble",
    "Turn",
    "Visit",
    "Visits",
    "WaitingEvent",
    "Waits",
    "actions_of",
    "deploy_into",
    "prepare",
    "read_scenarios",
    "run_on",
]

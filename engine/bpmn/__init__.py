"""BPMN: the only door to SpiffWorkflow; reads, checks, compiles and steps process instances. Pure."""

from engine.bpmn.definition import Definition, Element, MessageStart, SignalStart, TimerStart, Way, compile_definition
from engine.bpmn.lint import Said, World, check, said_by
from engine.bpmn.migrating import find_obstacles
from engine.bpmn.obstacles import Obstacle
from engine.bpmn.repairs import LiveToken
from engine.bpmn.schedule import DEFAULT_ZONE, Cron, parse_cron, zone_of
from engine.bpmn.step import migrate, movable, step, variables_of
from engine.bpmn.xml import read_xml

__all__ = [
    "DEFAULT_ZONE",
    "Cron",
    "Definition",
    "Element",
    "LiveToken",
    "MessageStart",
    "Obstacle",
    "Said",
    "SignalStart",
    "TimerStart",
    "Way",
    "World",
    "check",
    "compile_definition",
    "find_obstacles",
    "migrate",
    "movable",
    "parse_cron",
    "read_xml",
    "said_by",
    "step",
    "variables_of",
    "zone_of",
]

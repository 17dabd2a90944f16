"""BPMN: the only door to SpiffWorkflow; reads, checks, compiles and steps process instances. Pure."""

from engine.bpmn.definition import Definition, Element, MessageStart, SignalStart, Way, compile_definition
from engine.bpmn.lint import Said, World, check, said_by
from engine.bpmn.repairs import LiveToken
from engine.bpmn.step import movable, step, variables_of
from engine.bpmn.xml import read_xml

__all__ = [
    "Definition",
    "Element",
    "LiveToken",
    "MessageStart",
    "Said",
    "SignalStart",
    "Way",
    "World",
    "check",
    "compile_definition",
    "movable",
    "read_xml",
    "said_by",
    "step",
    "variables_of",
]

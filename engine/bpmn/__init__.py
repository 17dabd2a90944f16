"""BPMN: the only door to SpiffWorkflow; reads, checks, compiles and steps process instances. Pure."""

from engine.bpmn.definition import Definition, Element, MessageStart, SignalStart, compile_definition
from engine.bpmn.lint import World, check
from engine.bpmn.repairs import LiveToken
from engine.bpmn.step import movable, step, variables_of
from engine.bpmn.xml import read_xml

__all__ = [
    "Definition",
    "Element",
    "LiveToken",
    "MessageStart",
    "SignalStart",
    "World",
    "check",
    "compile_definition",
    "movable",
    "read_xml",
    "step",
    "variables_of",
]

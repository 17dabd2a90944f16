"""Decision models of the DMN standard on FEEL: tables with every hit policy, and graphs of requirements."""

from engine.dmn.elements import Decision
from engine.dmn.lint import check
from engine.dmn.loader import load
from engine.dmn.model import Model
from engine.dmn.results import DecisionResult, InputClause, OutputClause, Rule, TableTrace

__all__ = ["Decision", "DecisionResult", "InputClause", "Model", "OutputClause", "Rule", "TableTrace", "check", "load"]

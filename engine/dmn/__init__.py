"""Decision models of the DMN standard on FEEL: tables with every hit policy, and graphs of requirements."""

from engine.dmn.lint import check
from engine.dmn.loader import load
from engine.dmn.model import Decision, Model
from engine.dmn.results import DecisionResult, InputClause, OutputClause, Rule

__all__ = ["Decision", "DecisionResult", "InputClause", "Model", "OutputClause", "Rule", "check", "load"]

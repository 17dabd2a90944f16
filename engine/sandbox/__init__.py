"""Sandboxes (沙箱): a process tried by clicking, on a database of its own; what was clicked becomes a scenario."""

from engine.sandbox.kept import Kept
from engine.sandbox.place import LIFETIME, MOST, Sandboxes
from engine.sandbox.problems import NoSandbox, NotPossible, NotRecordable, TooManySandboxes
from engine.sandbox.reaching import nearest
from engine.sandbox.recording import proposed, record
from engine.sandbox.running import Bench, Report, run_scenarios, scenarios_of
from engine.sandbox.sandbox import Sandbox, opened

__all__ = [
    "LIFETIME",
    "MOST",
    "Bench",
    "Kept",
    "NoSandbox",
    "NotPossible",
    "NotRecordable",
    "Report",
    "Sandbox",
    "Sandboxes",
    "TooManySandboxes",
    "nearest",
    "opened",
    "proposed",
    "record",
    "run_scenarios",
    "scenarios_of",
]

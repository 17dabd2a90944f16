"""Commands: everything that changes an instance goes through here, one transaction a command."""

from engine.runtime.bulk import MAX_REPAIRS, Repair, RepairResult, repair_many
from engine.runtime.cascade import Calls
from engine.runtime.runtime import Runtime, Started
from engine.runtime.typed import TypedAs, typed_value

__all__ = [
    "MAX_REPAIRS",
    "Calls",
    "Repair",
    "RepairResult",
    "Runtime",
    "Started",
    "TypedAs",
    "repair_many",
    "typed_value",
]

"""Commands: everything that changes an instance goes through here, one transaction a command."""

from engine.runtime.bulk import MAX_REPAIRS, Repair, RepairResult, repair_many
from engine.runtime.cascade import Calls
from engine.runtime.many_tasks import (
    MAX_TASKS,
    UNDO_FOR,
    Deed,
    Said,
    TaskResult,
    Wish,
    do_many,
    undo_many,
)
from engine.runtime.registering import EventOver
from engine.runtime.runtime import Runtime, Started
from engine.runtime.typed import TypedAs, typed_value

__all__ = [
    "MAX_REPAIRS",
    "MAX_TASKS",
    "UNDO_FOR",
    "Calls",
    "Deed",
    "EventOver",
    "Repair",
    "RepairResult",
    "Runtime",
    "Said",
    "Started",
    "TaskResult",
    "TypedAs",
    "Wish",
    "do_many",
    "repair_many",
    "typed_value",
    "undo_many",
]

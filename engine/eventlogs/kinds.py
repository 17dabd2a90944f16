"""What an event of a history is to process mining: an activity with its transition, in the words of IEEE 1849."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.model import Value
from engine.narrative.kinds import word_of

#: Kinds whose subject is an element of the diagram: the element's name is the activity.
_SUBJECTS: Final = frozenset({"user_task", "job", "timer", "subscription", "call", "element"})
#: Kind → transition of the standard's life cycle of an activity; of elements the others are ``unknown``.
_TRANSITIONS: Final[Mapping[str, str]] = {
    "user_task.created": "schedule",
    "user_task.claimed": "start",
    "user_task.unclaimed": "reassign",
    "user_task.completed": "complete",
    "user_task.cancelled": "ate_abort",
    "job.created": "schedule",
    "job.completed": "complete",
    "job.cancelled": "ate_abort",
    "timer.armed": "schedule",
    "timer.fired": "complete",
    "timer.cancelled": "withdraw",
    "subscription.opened": "schedule",
    "subscription.correlated": "complete",
    "subscription.cancelled": "withdraw",
    "call.started": "start",
    "call.completed": "complete",
    "call.failed": "ate_abort",
    "call.cancelled": "ate_abort",
    "element.entered": "start",
    "element.completed": "complete",
    "element.cancelled": "ate_abort",
    "element.skipped": "manualskip",
    "instance.started": "start",
    "instance.completed": "complete",
    "instance.cancelled": "pi_abort",
    "instance.suspended": "suspend",
    "instance.resumed": "resume",
}
#: The way of a token and what a step worked out: told in full by the tables, no activities to mining.
_SILENT: Final = frozenset(
    {"flow.taken", "variables.changed", "decision.evaluated", "definition.pinned", "instance.migrated"}
)


def is_mined(kind: str, element_kind: str | None) -> bool:
    """Whether the event is an activity: no way of a token, no gateway, nothing that a step only worked out."""
    return kind not in _SILENT and not (element_kind or "").endswith("Gateway")


def activity_of(kind: str, element_name: str | None) -> str:
    """The activity's name: the element's, or what happened where it is no element's life cycle."""
    subject = kind.partition(".")[0]
    return element_name if element_name and subject in _SUBJECTS else word_of(kind)


def transition_of(kind: str, value: Value) -> str:
    """The transition in the standard's life cycle; what happened in one moment is complete.

    Source: IEEE 1849-2016, lifecycle extension, standard transactional model.
    """
    if kind == "user_task.assigned":
        before = value.get("before") if isinstance(value, Mapping) else None
        return "reassign" if before else "assign"
    default = "unknown" if kind.partition(".")[0] in _SUBJECTS else "complete"
    return _TRANSITIONS.get(kind, default)


def changes_of(kind: str, value: Value) -> Mapping[str, Value]:
    """The variables that an event set, by name; of a register's row its columns."""
    if not isinstance(value, Mapping):
        return {}
    for name in ("after", "values", "variables"):
        found = value.get(name)
        if isinstance(found, Mapping) and (name != "values" or kind == "register.written"):
            return found
    return {}

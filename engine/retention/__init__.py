"""Retention: what cases know of people goes when its time is over, and what stays can still be proved.

``run`` and the worker's ``Look`` redact what is due by the rules; ``hold`` keeps something all the same. What is left
of a history is masks and what was no personal data; hashes and commitments never change.
"""

from engine.retention.cases import redact_case
from engine.retention.due import DueCase, Kept
from engine.retention.erasing import compact
from engine.retention.holds import Hold, HoldKind, hold, lift, list_holds, may_hold
from engine.retention.looking import Look, Taken, list_due, run
from engine.retention.overview import LOG_PAGE, Done, Overview, ProcessLine, list_done, read_overview, redacted_at
from engine.retention.rules import (
    DAYS,
    EVERY,
    LEAST_DAYS,
    MAX_REASON,
    MOST_DAYS,
    REGISTER_DAYS,
    Rule,
    Rules,
    may_read,
    may_set_rules,
    read_rules,
    set_rule,
)

__all__ = [
    "DAYS",
    "EVERY",
    "LEAST_DAYS",
    "LOG_PAGE",
    "MAX_REASON",
    "MOST_DAYS",
    "REGISTER_DAYS",
    "Done",
    "DueCase",
    "Hold",
    "HoldKind",
    "Kept",
    "Look",
    "Overview",
    "ProcessLine",
    "Rule",
    "Rules",
    "Taken",
    "compact",
    "hold",
    "lift",
    "list_done",
    "list_due",
    "list_holds",
    "may_hold",
    "may_read",
    "may_set_rules",
    "read_overview",
    "read_rules",
    "redact_case",
    "redacted_at",
    "run",
    "set_rule",
]

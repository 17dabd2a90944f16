"""Histories of cases as event logs for auditors and process mining: CSV, Excel, JSON lines, XES and OCEL 2.0."""

from engine.eventlogs.exporting import (
    FORMATS,
    MOST_CASES,
    Format,
    LogFile,
    count_selected,
    export,
    may_take,
    may_take_unmasked,
)
from engine.eventlogs.reading import Counted
from engine.eventlogs.selection import MOST_CASE_IDS, Selection, read_selection

__all__ = [
    "FORMATS",
    "MOST_CASES",
    "MOST_CASE_IDS",
    "Counted",
    "Format",
    "LogFile",
    "Selection",
    "count_selected",
    "export",
    "may_take",
    "may_take_unmasked",
    "read_selection",
]

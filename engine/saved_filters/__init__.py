"""Filters of the inbox: what can be asked of it, how that stands in an address, and those that people keep."""

from engine.saved_filters.asked import (
    Asked,
    Due,
    FollowUp,
    InboxScope,
    Priority,
    Problem,
    Sort,
    read,
    read_query,
)
from engine.saved_filters.keeping import (
    MAX_FILTERS,
    MAX_NAME,
    SavedFilter,
    delete,
    keep,
    list_filters,
    move,
    pin,
    rename,
    shareable_groups,
)

__all__ = [
    "MAX_FILTERS",
    "MAX_NAME",
    "Asked",
    "Due",
    "FollowUp",
    "InboxScope",
    "Priority",
    "Problem",
    "SavedFilter",
    "Sort",
    "delete",
    "keep",
    "list_filters",
    "move",
    "pin",
    "read",
    "read_query",
    "rename",
    "shareable_groups",
]

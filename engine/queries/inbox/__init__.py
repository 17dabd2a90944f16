"""The inbox: open user tasks by page, each page a few seeks in an index however many tasks wait."""

from engine.queries.inbox.counts import Counts
from engine.queries.inbox.page import read_inbox, read_named_tasks
from engine.queries.inbox.sought import cases_found

__all__ = ["Counts", "cases_found", "read_inbox", "read_named_tasks"]

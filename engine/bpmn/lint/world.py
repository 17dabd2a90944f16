"""What exists outside a diagram, so that the lint can say which names lead nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

ONE_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Names that a diagram may refer to.

    All are ids: forms (``p10_courier_query.check_logistics``), decisions, processes (the file's own is always
    known), groups, job types of service and send tasks, codes of message templates. A literal timer shorter than
    ``minimum_timer`` is refused; test profiles set it lower.
    """

    forms: frozenset[str] = frozenset()
    decisions: frozenset[str] = frozenset()
    processes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    job_types: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    minimum_timer: timedelta = ONE_MINUTE

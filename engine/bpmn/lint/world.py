"""What exists outside a diagram, so that the lint can say which names lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

ONE_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Names that a diagram may refer to.

    All are ids: forms (``p10_courier_query.check_logistics``), decisions, processes (the file's own is always
    known), groups, job types of service and send tasks, codes of message templates, permissions. A literal timer
    shorter than ``minimum_timer`` is refused; test profiles set it lower.

    What is None is not known, and no rule asks for it: ``variables`` that forms, other processes, jobs and the platform
    set; names of messages that are ``sent`` or ``awaited`` elsewhere; keys of the ``fields`` by form id, of forms that
    are not in it; names of the shop's ``settings``. ``group_names`` are the groups' names for people, by which lanes
    are called.
    """

    forms: frozenset[str] = frozenset()
    decisions: frozenset[str] = frozenset()
    processes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    job_types: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    group_names: Mapping[str, str] = field(default_factory=dict)
    variables: frozenset[str] | None = None
    sent: frozenset[str] | None = None
    awaited: frozenset[str] | None = None
    fields: Mapping[str, frozenset[str]] | None = None
    settings: frozenset[str] | None = None
    minimum_timer: timedelta = ONE_MINUTE

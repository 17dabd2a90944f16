"""Quality checks as indicators count them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, literal, select

from engine.kpi.facts.base import Scope
from engine.store.tables import quality_check

_C = quality_check.c


def checks(scope: Scope) -> Select[Any]:
    """K09: cases checked in the period; hit: the score in force, of 100."""
    return select(
        _C.agent.label("person"),
        _C.checked_at.label("at"),
        _C.id.label("ref"),
        _C.case_id.label("case_id"),
        _C.score.label("hit"),
        literal(1).label("weight"),
        _C.process_id.label("what"),
    ).where(_C.checked_at >= scope.since, _C.checked_at < scope.until, _C.checked_at.is_not(None))

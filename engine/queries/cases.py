"""The list of cases, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, select

from engine import search
from engine.clock import from_microseconds, instant_or_none
from engine.masking import mask
from engine.model import Actor
from engine.queries.base import Names, keyset, page_size
from engine.queries.case_views import CasePage, CaseRow
from engine.queries.inbox import cases_found
from engine.queries.visibility import visible_case
from engine.queries.waits import waits_of
from engine.store.tables import incident, process_instance

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

_COLUMNS = tuple(
    process_instance.c[name]
    for name in (
        "key", "case_id", "definition", "process_id", "status", "end_state", "customer_id", "order_id", "opened_at",
        "ended_at", "owner",
    )
)  # fmt: skip

#: Words that stand in more cases than this show these: open ones first, then the newest.
_MAX_FOUND = 500


def read_cases(
    connection: Connection,
    definitions: Definitions,
    actor: Actor,
    *,
    status: str | None,
    process_id: str | None,
    sought: str | None,
    after: str | None,
    limit: int,
) -> CasePage:
    """A page of the cases that the actor may see.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    behind = keyset(after)
    size = page_size(limit)
    # depth, not parent: SQLite would take the index of parents and sort all roots instead of going down the keys
    wanted = select(*_COLUMNS).where(process_instance.c.depth == 0, visible_case(actor))
    if status:
        wanted = wanted.where(process_instance.c.status == status)
    if process_id:
        wanted = wanted.where(process_instance.c.process_id == process_id)
    if sought and sought.strip():
        known = set(connection.execute(cases_found(sought.strip()).limit(_MAX_FOUND)).scalars())
        found = known or search.cases_matching(connection, sought, _MAX_FOUND, actor)
        wanted = wanted.where(process_instance.c.case_id.in_(found))
    if behind is not None:
        wanted = wanted.where(process_instance.c.key < behind)
    rows = connection.execute(wanted.order_by(process_instance.c.key.desc()).limit(size + 1)).all()
    page = rows[:size]
    return CasePage(
        rows=case_rows(connection, definitions, page), next_after=str(page[-1].key) if len(rows) > size else None
    )


def read_rows(connection: Connection, definitions: Definitions, keys: Sequence[int]) -> tuple[CaseRow, ...]:
    """The cases of these root instances, in this order; callers have made sure that they may be seen."""
    rows = connection.execute(select(*_COLUMNS).where(process_instance.c.key.in_(keys))).all() if keys else []
    return case_rows(connection, definitions, sorted(rows, key=lambda row: keys.index(row.key)))


def case_rows(connection: Connection, definitions: Definitions, page: Sequence[Row[Any]]) -> tuple[CaseRow, ...]:
    """Views of rows of root instances."""
    ids = [row.case_id for row in page]
    names = Names(connection, definitions, [row.owner for row in page])
    waits = waits_of(connection, names, ids) if ids else {}
    counted = select(incident.c.case_id, func.count()).where(incident.c.case_id.in_(ids)).group_by(incident.c.case_id)
    incidents = {row[0]: row[1] for row in connection.execute(counted)} if ids else {}
    return tuple(
        CaseRow(
            case_id=row.case_id,
            process_id=row.process_id,
            name=names.deployed(row.definition).name,
            status=row.status,
            end_state_name=end_state_name(names.deployed(row.definition), row.end_state),
            customer_id=mask("customer_id", row.customer_id),
            order_id=row.order_id,
            opened_at=from_microseconds(row.opened_at),
            ended_at=instant_or_none(row.ended_at),
            owner=row.owner,
            owner_name=names.person(row.owner),
            waits_for=waits.get(row.case_id, ()),
            incidents=incidents.get(row.case_id, 0),
        )
        for row in page
    )


def end_state_name(deployed: Deployed, end_state: str | None) -> str | None:
    """The name of the end event, or None while there is none."""
    return None if end_state is None else deployed.element_name(end_state)

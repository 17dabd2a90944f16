"""What a case was about and how it came out, for every process (E17): issue type and result text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from engine import canonical
from engine.clock import from_microseconds
from engine.labels import labels_for
from engine.masking import mask_within
from engine.model import Value
from engine.queries.cases import end_state_name
from engine.store.tables import case_result, process_instance

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

#: Variables by which the processes say what a case is about, the first that is filled counts.
_TYPES: Final = ("issue_type", "complaint_type", "return_reason", "exchange_reason", "change_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a case was about and how it came out."""

    issue_type: str
    #: None while the case runs.
    result: str | None
    #: Who said more of the result than the name of its end, and when; None: nobody.
    noted_by: str | None = None
    noted_at: datetime | None = None


def issue_type(deployed: Deployed, variables: Mapping[str, Value]) -> str:
    """What a case is about, in Chinese: as its form says, else the name of its process.

    Args:
        deployed: the version of the case's root.
        variables: the root's.
    """
    labels = labels_for(deployed)
    for name in _TYPES:
        value = variables.get(name)
        if isinstance(value, list | tuple) and value:
            value = value[0]
        if isinstance(value, str) and value:
            said = labels.value(name, value)
            return str(said)
    return deployed.name


def read_outcome(connection: Connection, definitions: Definitions, case_id: str) -> Outcome:
    """The outcome of a case that there is, visible or not: who asks has checked."""
    column = process_instance.c
    wanted = select(column.definition, column.variables, column.end_state).where(
        column.case_id == case_id, column.depth == 0
    )
    row = connection.execute(wanted).one()
    deployed = definitions.get(row.definition)
    noted = connection.execute(select(case_result).where(case_result.c.case_id == case_id)).one_or_none()
    return Outcome(
        issue_type=issue_type(deployed, canonical.decode(row.variables)),
        result=end_state_name(deployed, row.end_state) if noted is None else mask_within(noted.text),
        noted_by=None if noted is None else noted.noted_by,
        noted_at=None if noted is None else from_microseconds(noted.noted_at),
    )

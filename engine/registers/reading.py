"""Rows of registers: pages of them, filtered and sorted by the index of their cells, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, tuple_

from engine import canonical
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.labels import Labels
from engine.masking import mask
from engine.model import Value
from engine.registers.asking import Asked, Place, write_place
from engine.store.register_cells import sort_key
from engine.store.tables import register_cell, register_row
from engine.store.teams import of_team

#: Larger numbers of rows are told as "more than".
MOST_COUNTED: Final = 10_000
_ESCAPE: Final = "\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A row of a register; times aware UTC."""

    id: int
    register: str
    case_id: str
    #: That opened the row.
    instance: int
    #: That wrote last.
    element: str
    #: Column id → value; personal data masked, unless they were asked for as they are.
    values: Mapping[str, Value]
    opened_at: datetime
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows; ``next_after`` is the place of the next page, None on the last."""

    rows: tuple[RegisterRow, ...]
    next_after: str | None


def column_labels(labels: Labels, values: Mapping[str, Value]) -> dict[str, str]:
    """Column id → Chinese label, by the forms of the process first."""
    return {column: labels.name(column) for column in values}


def rows_of_case(connection: Connection, case_id: str, *, unmasked: bool = False) -> tuple[RegisterRow, ...]:
    """All register rows of a case, in the order in which they were last written.

    Masks change what is masked already: who masks by columns asks for the values as they are.
    """
    rows = select(register_row).where(register_row.c.case_id == case_id)
    ordered = rows.order_by(register_row.c.written_at, register_row.c.id)
    return tuple(_row(row, unmasked=unmasked) for row in connection.execute(ordered))


def count_rows(connection: Connection, team: frozenset[str] | None = None) -> dict[str, int]:
    """Register id → its number of rows, of a team's cases where one is given."""
    counted = select(register_row.c.register, func.count()).group_by(register_row.c.register)
    if team is not None:
        counted = counted.where(of_team(register_row.c.case_id, team))
    return {row[0]: row[1] for row in connection.execute(counted)}


def last_row(connection: Connection) -> int:
    """The id of the row opened last in any register; 0: there is none."""
    return connection.execute(select(func.max(register_row.c.id))).scalar_one() or 0


def count_found(connection: Connection, register: str, asked: Asked, *, most: int = MOST_COUNTED) -> int:
    """How many rows the filters leave; ``most`` + 1 where there are more."""
    found = select(register_row.c.id).where(*_filters(register, asked)).limit(most + 1).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def list_rows(
    connection: Connection,
    register: str,
    asked: Asked | None = None,
    *,
    after: Place | None = None,
    limit: int = 50,
    unmasked: bool = False,
) -> Page:
    """A page of a register's rows; who may read it (P13) is asked by the caller.

    Rows without the column by which they are sorted come behind all others, by their opening.
    """
    asked = asked or Asked()
    found: list[Row[Any]] = []
    if asked.sort and (after is None or after.key is not None):
        found += connection.execute(_by_cell(register, asked, after).limit(limit + 1)).all()
    if len(found) <= limit:
        behind = None if after is None or (asked.sort and after.key is not None) else after
        rest = connection.execute(_by_opening(register, asked, behind).limit(limit + 1 - len(found))).all()
        found += rest
    page = found[:limit]
    place = _place(page[-1], asked) if len(found) > limit else None
    return Page(
        rows=tuple(_row(row, unmasked=unmasked) for row in page),
        next_after=None if place is None else write_place(place),
    )


def _place(row: Row[Any], asked: Asked) -> Place:
    return Place(row._mapping.get("sort") if asked.sort else None, row.opened_at, row.id)


def _by_cell(register: str, asked: Asked, after: Place | None) -> Select[Any]:
    """Rows that have the column, in the order of its index."""
    cell = register_cell.alias("sorted")
    wanted = (
        select(*register_row.columns, cell.c.sort)
        .select_from(cell.join(register_row, register_row.c.id == cell.c.row))
        .where(cell.c.register == register, cell.c.column == asked.sort, *_narrowed(register, asked))
    )
    if after is not None:
        wanted = wanted.where(_behind((cell.c.sort, cell.c.row), (after.key, after.row), asked))
    return wanted.order_by(*_ordered((cell.c.sort, cell.c.row), asked))


def _by_opening(register: str, asked: Asked, after: Place | None) -> Select[Any]:
    """All rows, or those without the column by which the others were sorted."""
    columns = (register_row.c.opened_at, register_row.c.id)
    wanted = select(*register_row.columns).where(*_filters(register, asked))
    if asked.sort:
        of_row = and_(register_cell.c.row == register_row.c.id, register_cell.c.column == asked.sort)
        wanted = wanted.where(~exists().where(of_row))
    if after is not None:
        wanted = wanted.where(_behind(columns, (after.opened_at, after.row), asked))
    return wanted.order_by(*_ordered(columns, asked))


def _behind(columns: Sequence[ColumnElement[Any]], place: Sequence[Any], asked: Asked) -> ColumnElement[bool]:
    return tuple_(*columns) < tuple_(*place) if asked.descending else tuple_(*columns) > tuple_(*place)


def _ordered(columns: Sequence[ColumnElement[Any]], asked: Asked) -> list[ColumnElement[Any]]:
    return [column.desc() if asked.descending else column.asc() for column in columns]


def _filters(register: str, asked: Asked) -> list[ColumnElement[bool]]:
    return [register_row.c.register == register, *_narrowed(register, asked)]


def _narrowed(register: str, asked: Asked) -> list[ColumnElement[bool]]:
    """The filters but that of the register itself, which the index of cells knows too."""
    conditions: list[ColumnElement[bool]] = []
    if asked.since is not None:
        conditions.append(register_row.c.opened_at >= _midnight(asked.since))
    if asked.until is not None:
        conditions.append(register_row.c.opened_at < _midnight(asked.until, days=1))
    if asked.last_row is not None:
        conditions.append(register_row.c.id <= asked.last_row)
    for criterion in asked.criteria:
        cells = select(register_cell.c.row).where(
            register_cell.c.register == register,
            register_cell.c.column == criterion.column,
            register_cell.c.sort.between(criterion.least, criterion.greatest),
        )
        conditions.append(register_row.c.id.in_(cells))
    if asked.team is not None:
        conditions.append(of_team(register_row.c.case_id, asked.team))
    if asked.text:
        conditions.append(or_(register_row.c.case_id == asked.text, _says(asked.text)))
    return conditions


def _says(text: str) -> ColumnElement[bool]:
    escaped = text.replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_")
    of_row = register_cell.c.row == register_row.c.id
    return exists().where(of_row, register_cell.c.text.like(f"%{escaped}%", escape=_ESCAPE))


def _midnight(day: date, *, days: int = 0) -> int:
    """The beginning of a day on the shop's clock, in microseconds; beyond the calendar's ends, the end."""
    bounded = min(max(day, date(1970, 1, 2)), date(9998, 12, 31))
    return to_microseconds(datetime.combine(bounded + timedelta(days=days), time(), SHANGHAI))


def _row(row: Row[Any], *, unmasked: bool) -> RegisterRow:
    found = row._mapping
    values: Mapping[str, Value] = canonical.decode(found["values"])
    return RegisterRow(
        id=found["id"],
        register=found["register"],
        case_id=found["case_id"],
        instance=found["instance"],
        element=found["element"],
        values=values if unmasked else {column: mask(column, value) for column, value in values.items()},
        opened_at=from_microseconds(found["opened_at"]),
        written_at=from_microseconds(found["written_at"]),
    )


def is_kept(connection: Connection, register: str, column: str, value: Value) -> bool:
    """Whether a row of a register has this value in a column (personal data are kept masked and never found)."""
    cell = register_cell.c
    here = (cell.register == register, cell.column == column, cell.sort == sort_key(value, str(value)))
    return connection.execute(select(cell.row).where(*here, cell.text == str(value)).limit(1)).first() is not None

"""Finds the instances that are asked for, the newest first, and no more than can be looked at in a page's time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from engine import access, canonical
from engine.clock import SHANGHAI, to_microseconds
from engine.flow_analysis.asked import Asked, Condition, Moment, Operator, Standing
from engine.model import Actor, InstanceStatus, Value
from engine.queries.visibility import visible_case
from engine.store.tables import case_sum, definition, process_instance

_CHUNK: Final = 500
_STANDINGS: Final[Mapping[Standing, tuple[InstanceStatus, ...]]] = {
    Standing.RUNNING: (InstanceStatus.ACTIVE, InstanceStatus.SUSPENDED),
    Standing.COMPLETED: (InstanceStatus.COMPLETED,),
    Standing.CANCELLED: (InstanceStatus.CANCELLED,),
}
_YES_NO: Final[Mapping[str, bool]] = {"true": True, "是": True, "yes": True, "false": False, "否": False, "no": False}


class Chosen(NamedTuple):
    """An instance."""

    key: int
    definition: int
    case_id: str
    status: str
    end_state: str | None
    opened_at: int
    ended_at: int | None


def version_keys(connection: Connection, process_id: str) -> dict[int, int]:
    """Number of a version → its key, the newest first."""
    found = select(definition.c.version, definition.c.key).where(definition.c.process_id == process_id)
    return {row.version: row.key for row in connection.execute(found.order_by(definition.c.version.desc()))}


def choose(connection: Connection, process_id: str, asked: Asked, most: int) -> list[Chosen]:
    """The newest instances that are asked for, at most so many and one more that says that there are others."""
    of_process = select(process_instance.c.key).where(process_instance.c.process_id == process_id)
    # The index has all that is asked here; the rows themselves hold large variables.
    hinted = of_process.with_hint(process_instance, "INDEXED BY ix_process_instance_case", "sqlite")
    keys = sorted(connection.execute(hinted).scalars(), reverse=True)
    versions = version_keys(connection, process_id)
    wanted = {versions[number] for number in asked.versions if number in versions}
    found: list[Chosen] = []
    for chosen in _read(connection, keys, asked):
        if not asked.versions or chosen.definition in wanted:
            found.append(chosen)
            if len(found) > most:
                break
    return found


def visible_roots(connection: Connection, case_ids: Iterable[str], actor: Actor) -> list[int]:
    """Keys of the roots of these cases that the actor may see, in their order."""
    keys = [int(one) for one in case_ids]
    if access.sees_all_cases(actor):
        return keys
    may: set[int] = set()
    for start in range(0, len(keys), _CHUNK):
        row = process_instance.c
        seen = select(row.key).where(row.key.in_(keys[start : start + _CHUNK]), visible_case(actor))
        may.update(connection.execute(seen).scalars())
    return [key for key in keys if key in may]


def _read(connection: Connection, keys: Sequence[int], asked: Asked) -> Iterator[Chosen]:
    row = process_instance.c
    columns = [row[name] for name in Chosen._fields]
    if asked.variables:
        columns.append(row.variables)
    tests = list(_tests(asked))
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        query = select(*columns).where(row.key.in_(part), *tests).order_by(row.key.desc())
        rows = connection.execute(query).all()
        if asked.variables:
            rows = [one for one in rows if _meets(one.variables, asked.variables)]
        found = [Chosen(*one[: len(Chosen._fields)]) for one in rows]
        yield from _with_money(connection, found, asked)


def _tests(asked: Asked) -> Iterator[Any]:
    row = process_instance.c
    column = row.opened_at if asked.by is Moment.OPENED else row.ended_at
    if asked.since is not None:
        yield column >= _midnight(asked.since)
    if asked.until is not None and asked.until < date.max:
        yield column < _midnight(asked.until + timedelta(days=1))
    if asked.standing is not None:
        yield row.status.in_([status.value for status in _STANDINGS[asked.standing]])
    if asked.outcome is not None:
        yield row.end_state == asked.outcome


def _midnight(day: date) -> int:
    return to_microseconds(datetime.combine(day, time(), SHANGHAI))


def _with_money(connection: Connection, found: list[Chosen], asked: Asked) -> Iterable[Chosen]:
    """Those whose case asked for, and paid, as much."""
    tests = []
    for name, least, most in (
        ("asked", asked.asked_from, asked.asked_to), ("paid", asked.paid_from, asked.paid_to),
    ):  # fmt: skip
        column = case_sum.c[name]
        tests += [] if least is None else [column >= int(least * 100)]
        tests += [] if most is None else [column <= int(most * 100)]
    if not tests or not found:
        return found
    roots = {int(one.case_id) for one in found}
    met = set(connection.execute(select(case_sum.c.case_key).where(case_sum.c.case_key.in_(roots), *tests)).scalars())
    return [one for one in found if int(one.case_id) in met]


def _meets(variables: bytes, conditions: Iterable[Condition]) -> bool:
    known = canonical.decode(variables)
    return all(meets(known.get(one.name), one) for one in conditions)


def meets(value: Value, condition: Condition) -> bool:
    """Whether a value is as asked: numbers as numbers, days and texts by their signs, of a list any part."""
    if value is None:
        return False
    if isinstance(value, list | tuple):
        return any(meets(one, condition) for one in value)
    if condition.operator is Operator.CONTAINS:
        return condition.value.casefold() in _text(value).casefold()
    if isinstance(value, bool):
        return condition.operator is Operator.EQUAL and _YES_NO.get(condition.value.casefold()) is value
    if isinstance(value, Decimal | int):
        number = condition.number
        return number is not None and _compared(Decimal(value), number, condition.operator)
    return _compared(_text(value), condition.value, condition.operator)


def _compared(value: Any, other: Any, operator: Operator) -> bool:
    match operator:
        case Operator.LESS:
            return bool(value < other)
        case Operator.GREATER:
            return bool(value > other)
        case _:
            return bool(value == other)


def _text(value: Value) -> str:
    if isinstance(value, Mapping):
        name = value.get("name")
        return name if isinstance(name, str) else ""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return str(value)

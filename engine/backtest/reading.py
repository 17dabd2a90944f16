"""Reads recorded cases from the tables, many at a time, as they can be run again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine.definitions import schedule_of_record
from engine.errors import EngineError
from engine.history import decode_command
from engine.model import Migrate
from engine.queries.moves import Moves
from engine.rerun import RecordedCase, RecordedCommand, RecordedInstance
from engine.store.tables import history_redaction, history_value, process_instance

#: Bound parameters of one statement.
_MANY: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A case that cannot be run again, and why."""

    case_id: str
    process_id: str
    zh: str
    en: str
    #: Whether its time was over, so that nothing of it is left to be run.
    redacted: bool = False


def read_recorded(connection: Connection, case_ids: Sequence[str]) -> list[RecordedCase | Unreadable]:
    """The recorded commands of cases, in the order asked for; ids of no case are left out."""
    instances: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in _in_parts(connection, case_ids):
        instances[row.case_id].append(row)
    keys = [row.key for rows in instances.values() for row in rows]
    steps, redacted = _commands(connection, keys), _redacted(connection, keys)
    schedules = cache(partial(schedule_of_record, connection))  # content by its hash: the same for every case
    found: list[RecordedCase | Unreadable] = []
    for case_id in case_ids:
        rows = instances.get(case_id)
        if not rows:
            continue
        if any(row.key in redacted for row in rows):
            zh, en = "保管期限已到,记录的内容已删除。", "Its time was over: what was recorded has been deleted."
            gone = Unreadable(case_id=case_id, process_id=rows[0].process_id, zh=zh, en=en, redacted=True)
            found.append(gone)
            continue
        try:
            found.append(
                RecordedCase(case_id=case_id, instances=tuple(_instance(r, steps, schedules, connection) for r in rows))
            )
        except (EngineError, ValueError, TypeError, LookupError) as problem:
            zh, en = f"记录无法读取:{problem}", f"The record cannot be read: {problem}"
            found.append(Unreadable(case_id=case_id, process_id=rows[0].process_id, zh=zh, en=en))
    return found


def _instance(row: Row[Any], steps: dict[int, list[bytes]], schedules: Any, connection: Connection) -> RecordedInstance:
    commands = []
    for data in steps.get(row.key, ()):
        decoded = decode_command(data, schedules)
        if decoded is not None:
            commands.append(RecordedCommand(command=decoded[0], facts=decoded[1]))
    if not commands:
        raise LookupError(f"instance {row.key} has no recorded command")
    began = row.definition
    if any(isinstance(recorded.command, Migrate) for recorded in commands):
        began = Moves(connection, [row.key]).version_at(row.key, 0, row.definition)
    return RecordedInstance(
        key=row.key,
        process_id=row.process_id,
        definition=began,
        parent=row.parent,
        parent_call=row.parent_call,
        commands=tuple(commands),
    )


def _in_parts(connection: Connection, case_ids: Sequence[str]) -> list[Row[Any]]:
    columns = [process_instance.c[n] for n in ("key", "case_id", "process_id", "definition", "parent", "parent_call")]
    found: list[Row[Any]] = []
    for start in range(0, len(case_ids), _MANY):
        some = case_ids[start : start + _MANY]
        query = select(*columns).where(process_instance.c.case_id.in_(some)).order_by(process_instance.c.key)
        found += connection.execute(query).all()
    return found


def _commands(connection: Connection, keys: Sequence[int]) -> dict[int, list[bytes]]:
    step = history_value.c
    found: dict[int, list[bytes]] = defaultdict(list)
    for start in range(0, len(keys), _MANY):
        some = keys[start : start + _MANY]
        query = select(step.stream, step.command).where(step.stream.in_(some)).order_by(step.stream, step.revision)
        for stream, command in connection.execute(query):
            found[stream].append(command)
    return found


def _redacted(connection: Connection, keys: Sequence[int]) -> frozenset[int]:
    found: set[int] = set()
    for start in range(0, len(keys), _MANY):
        some = keys[start : start + _MANY]
        query = select(history_redaction.c.stream).where(history_redaction.c.stream.in_(some))
        found |= set(connection.execute(query).scalars())
    return frozenset(found)

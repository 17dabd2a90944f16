"""Which past cases a back-test runs: those that ran on what would be otherwise, as far as a filter lets them pass."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select

from engine.clock import to_microseconds
from engine.errors import InvalidValue
from engine.store.tables import process_instance

#: One back-test runs no more cases than these, the newest.
MAX_CASES: Final = 20_000
_RUNNING: Final = ("active", "suspended")


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which cases; None and empty: all."""

    #: Process of the case itself; the affected ones where it is empty.
    process_id: str = ""
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    #: Id of the end event that the case reached.
    end_state: str = ""
    #: Cases that are not over yet too.
    running: bool = False
    #: The newest so many.
    limit: int = MAX_CASES


def check_filter(wanted: CaseFilter) -> CaseFilter:
    """The filter, if it makes sense.

    Raises:
        InvalidValue: it ends before it begins, or wants more than there may be.
    """
    if wanted.opened_from is not None and wanted.opened_to is not None and wanted.opened_to <= wanted.opened_from:
        raise InvalidValue("The period ends before it begins.", message_zh="结束日期要晚于开始日期。")
    if not 1 <= wanted.limit <= MAX_CASES:
        raise InvalidValue(f"Choose between 1 and {MAX_CASES} cases.", message_zh=f"工单数须在 1 到 {MAX_CASES} 之间。")
    return wanted


def choose(connection: Connection, versions: Collection[int], wanted: CaseFilter) -> list[tuple[str, str]]:
    """(case id, process id) of the cases, the newest first.

    Args:
        connection: to read with.
        versions: keys of the versions that would run otherwise.
        wanted: the filter.
    """
    touched = select(process_instance.c.case_id).where(process_instance.c.definition.in_(sorted(versions)))
    root = process_instance.c
    rules: list[Any] = [root.depth == 0, root.case_id.in_(touched)]
    if not wanted.running:
        rules.append(root.status.not_in(_RUNNING))
    if wanted.process_id:
        rules.append(root.process_id == wanted.process_id)
    if wanted.end_state:
        rules.append(root.end_state == wanted.end_state)
    if wanted.opened_from is not None:
        rules.append(root.opened_at >= to_microseconds(wanted.opened_from))
    if wanted.opened_to is not None:
        rules.append(root.opened_at < to_microseconds(wanted.opened_to))
    query = select(root.case_id, root.process_id).where(*rules).order_by(root.key.desc()).limit(wanted.limit)
    return [(row.case_id, row.process_id) for row in connection.execute(query)]


def count_affected(connection: Connection, versions: Collection[int]) -> int:
    """How many cases, running ones too, ran on what would be otherwise."""
    touched = select(process_instance.c.case_id).where(process_instance.c.definition.in_(sorted(versions)))
    root = process_instance.c
    query = select(func.count()).where(root.depth == 0, root.case_id.in_(touched))
    return connection.execute(query).scalar_one()

"""Which cases an event log holds: by process, by the day they were opened, by status, or by their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement

from engine.clock import SHANGHAI, to_microseconds
from engine.errors import InvalidValue
from engine.model import Actor, InstanceStatus, Value
from engine.queries.visibility import visible_case
from engine.store.tables import process_instance

#: Case numbers that one selection may list.
MOST_CASE_IDS: Final = 5000
_CASE_ID: Final = re.compile(r"\d{1,18}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """All cases, narrowed down by what is given; days are those of Asia/Shanghai, both included."""

    process_id: str | None = None
    since: date | None = None
    until: date | None = None
    status: InstanceStatus | None = None
    case_ids: tuple[str, ...] = ()


def read_selection(
    *, process: str = "", since: str = "", until: str = "", status: str = "", case_ids: Iterable[str] = ()
) -> Selection:
    """The selection as people type it; "" leaves a criterion open. Days are written 2026-01-31.

    Raises:
        InvalidValue: a day, a status or a case number cannot be read, or the days are the wrong way round.
    """
    first, last = _read_day(since), _read_day(until)
    if first and last and first > last:
        raise InvalidValue(
            "The first day is later than the last. Please swap them.", message_zh="开始日期晚于结束日期,请对调。"
        )
    if status and status not in set(InstanceStatus):
        raise InvalidValue(f"{status[:20]!r} is no status of a case.", message_zh="没有这个工单状态,请重新选择。")
    ids = tuple(dict.fromkeys(one.strip() for one in case_ids if one.strip()))
    wrong = next((one for one in ids if not _CASE_ID.fullmatch(one)), None)
    if wrong is not None:
        raise InvalidValue(
            f"{wrong[:20]!r} is no case number; these are digits.",
            message_zh=f"「{wrong[:20]}」不是工单号,工单号是数字。",
        )
    if len(ids) > MOST_CASE_IDS:
        raise InvalidValue(
            f"There are more than {MOST_CASE_IDS} case numbers. Please choose by days instead.",
            message_zh=f"工单号超过 {MOST_CASE_IDS} 个,请改为按日期选择。",
        )
    return Selection(
        process_id=process.strip() or None,
        since=first,
        until=last,
        status=InstanceStatus(status) if status else None,
        case_ids=ids,
    )


def _read_day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        if not _DAY.fullmatch(text.strip()):
            raise ValueError
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidValue(
            f"{text[:20]!r} is no day; write it like 2026-01-31.",
            message_zh=f"「{text[:20]}」不是日期,请写成 2026-01-31 的样子。",
        ) from None


def conditions(selection: Selection, actor: Actor) -> list[ColumnElement[bool]]:
    """Conditions on rows of process_instance: roots that are selected, and that the actor may see."""
    row = process_instance.c
    found: list[ColumnElement[bool]] = [row.depth == 0, visible_case(actor)]
    if selection.process_id is not None:
        found.append(row.process_id == selection.process_id)
    if selection.since is not None:
        found.append(row.opened_at >= _midnight(selection.since))
    if selection.until is not None and selection.until < date.max:
        found.append(row.opened_at < _midnight(selection.until + timedelta(days=1)))
    if selection.status is not None:
        found.append(row.status == selection.status.value)
    if selection.case_ids:
        found.append(row.key.in_([int(one) for one in selection.case_ids]))
    return found


def _midnight(day: date) -> int:
    return to_microseconds(datetime.combine(day, time(), SHANGHAI))


def told(selection: Selection) -> dict[str, Value]:
    """What the history says of a selection: the criteria that were given."""
    given = {
        "process": selection.process_id,
        "since": selection.since,
        "until": selection.until,
        "status": selection.status.value if selection.status else None,
        "cases": list(selection.case_ids) or None,
    }
    return {name: value for name, value in given.items() if value is not None}

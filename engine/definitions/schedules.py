"""The task SLA as deployed (the decision ``task_sla``) together with the working calendars: by what tasks are due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, select

from engine import calendars, dmn
from engine.access import GROUPS
from engine.bpmn.timing import parse_duration
from engine.calendars import ANY_SHOP, CalendarVersion
from engine.errors import DefinitionRefused, EngineError, HistoryBroken, NotFound
from engine.store.tables import current_resource, resource
from engine.worktime import Calendar, Schedule, SlaRow

#: Id of the decision with the inputs ``group`` and ``priority`` and the outputs ``duration`` and ``escalates_to``.
TASK_SLA: Final = "task_sla"
PRIORITIES: Final = ("normal", "high")
MAX_DURATION: Final = timedelta(days=60)
MAX_LEVELS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Schedules:
    """What is in force: the table, and the versions of each calendar, the newest first."""

    sla_hash: str
    rows: Mapping[tuple[str, str], SlaRow]
    lines: Mapping[str, tuple[CalendarVersion, ...]]
    _made: dict[int, Schedule] = field(default_factory=dict)

    @property
    def by_shop(self) -> bool:
        """Whether a shop has a calendar of its own."""
        return len(self.lines) > 1 or (bool(self.lines) and ANY_SHOP not in self.lines)

    def at(self, now: datetime, shop: str | None = None) -> Schedule | None:
        """The schedule of a shop at an instant; None where no calendar counts yet."""
        for line in (shop, ANY_SHOP):
            for version in self.lines.get(line, ()) if line is not None else ():
                if version.valid_from <= now:
                    return self._schedule(version)
        return None

    def find_calendar(self, key: int) -> Calendar | None:
        """The calendar of a version's key, as of when this was read."""
        return next((v.calendar for versions in self.lines.values() for v in versions if v.key == key), None)

    def _schedule(self, version: CalendarVersion) -> Schedule:
        made = self._made.get(version.key)
        if made is None:
            made = Schedule(
                calendar=version.calendar,
                calendar_hash=version.hash,
                sla_hash=self.sla_hash,
                calendar_key=version.key,
                rows=self.rows,
            )
            self._made[version.key] = made
        return made


def read_schedules(connection: Connection) -> Schedules | None:
    """What is in force; None where no task SLA is deployed."""
    found = connection.execute(
        select(resource.c.hash, resource.c.content)
        .join(current_resource, current_resource.c.hash == resource.c.hash)
        .where(current_resource.c.kind == "decision", current_resource.c.id == TASK_SLA)
    ).one_or_none()
    if found is None:
        return None
    lines: dict[str, list[CalendarVersion]] = {}
    for version in reversed(calendars.list_all(connection)):
        lines.setdefault(version.shop, []).append(version)
    return Schedules(
        sla_hash=found.hash,
        rows=sla_rows(_bytes(found.content)),
        lines={shop: tuple(versions) for shop, versions in lines.items()},
    )


def schedule_of_record(connection: Connection, calendar_hash: str, sla_hash: str) -> Schedule:
    """The schedule that a command recorded, from what the database holds now.

    Raises:
        HistoryBroken: the calendar or the table is gone, or is not what it was.
    """
    content = connection.execute(select(resource.c.content).where(resource.c.hash == sla_hash)).scalar_one_or_none()
    if content is None or sha256(_bytes(content)).hexdigest() != sla_hash:
        raise HistoryBroken(f"the task SLA {sla_hash[:12]} is not stored as it was")
    try:
        calendar = calendars.get_by_hash(connection, calendar_hash)
        rows = sla_rows(_bytes(content))
    except NotFound as problem:
        raise HistoryBroken(str(problem)) from problem
    return Schedule(calendar=calendar, calendar_hash=calendar_hash, sla_hash=sla_hash, rows=rows)


@lru_cache(maxsize=8)
def sla_rows(content: bytes) -> Mapping[tuple[str, str], SlaRow]:
    """The rows of a task SLA by group and priority; a group with no duration has none.

    Remembered: every recorded command names its table, which seldom changes.

    Raises:
        DefinitionRefused: the file does not hold the decision, or a row of it is none.
    """
    decision = dmn.load(content).decisions.get(TASK_SLA)
    if decision is None:
        raise DefinitionRefused(f"the file does not hold the decision {TASK_SLA}")
    rows = {}
    for group in GROUPS:
        for priority in PRIORITIES:
            output = decision.evaluate({"group": group, "priority": priority}.get).output
            if output is not None and not (isinstance(output, Mapping) and output.get("duration") is None):
                rows[group, priority] = _row(group, priority, output)
    return MappingProxyType(rows)


def check_task_sla(content: bytes) -> Iterator[tuple[str, str]]:
    """What is wrong with a task SLA, as sentences in Chinese and English; nothing where it can be used."""
    try:
        rows = sla_rows(content)
    except EngineError as problem:
        yield problem.message_zh, str(problem)
        return
    if not rows:
        yield "任务时限表没有任何岗位的时限。", "The task SLA has a row for no group."


def _row(group: str, priority: str, output: Any) -> SlaRow:
    where, where_zh = f"the row of {group}, {priority}", f"任务时限表中“{GROUPS[group]}”({priority})"
    text, names = (output.get("duration"), output.get("escalates_to")) if isinstance(output, Mapping) else (None, None)
    length = parse_duration(text) if isinstance(text, str) else None
    if length is None or length.months or not timedelta(minutes=1) <= length.rest <= MAX_DURATION:
        raise DefinitionRefused(
            f"{where}: {text!r} is no duration from PT1M to P60D",
            message_zh=f"{where_zh}的时限“{text}”须是1分钟到60天的时长,例如 PT4H。",
        )
    levels = tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else ()
    if unknown := sorted(set(levels) - set(GROUPS)) or len(levels) > MAX_LEVELS:
        raise DefinitionRefused(
            f"{where}: escalates_to names {unknown}; at most {MAX_LEVELS} known groups",
            message_zh=f"{where_zh}的升级对象“{names}”须是已有岗位,最多{MAX_LEVELS}级。",
        )
    return SlaRow(duration=length.rest, text=str(text), escalates_to=levels)


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content

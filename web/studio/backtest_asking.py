"""What an owner asks a back-test for: the process, the period, the end, how many cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final

from flask import request

from engine.backtest.choosing import MAX_CASES, CaseFilter
from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from web.i18n import gettext
from web.posted import text
from web.wiring import parts

_MAX_ID: Final = 100


def read_form() -> CaseFilter:
    """The filter in the posted form.

    Raises:
        InvalidValue: a day or the number cannot be read.
    """
    process_id, _, end = text("end", 2 * _MAX_ID).partition("/")
    chosen = text("process", _MAX_ID)
    if end and chosen and chosen != process_id:
        raise InvalidValue(
            "This end is one of another process. Please choose an end of the process.",
            message_zh="所选结局属于另一个流程,请选择该流程的结局。",
        )
    until = _day("to", gettext("截止日期"))
    return CaseFilter(
        process_id=process_id if end else chosen,
        opened_from=_day("from", gettext("开始日期")),
        opened_to=None if until is None else until + timedelta(days=1),
        end_state=end,
        running=request.form.get("running") == "1",
        limit=_number(),
    )


def ends_of(processes: Iterable[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(process id, its name, (id, name) of its ends) of the versions in force."""
    found = []
    for process_id in sorted(processes):
        deployed = parts().definitions.find_latest(process_id)
        if deployed is None:
            continue
        elements = deployed.definition.elements.values()
        ends = [(one.id, one.name or one.id) for one in elements if one.kind == "endEvent" and one.scope is None]
        found.append((process_id, deployed.name, ends))
    return found


def _day(name: str, label: str) -> datetime | None:
    """The beginning of a day, on the clock of the shop."""
    sent = text(name, 20)
    if not sent:
        return None
    try:
        day = date.fromisoformat(sent)
        if day.year >= date.max.year:
            raise ValueError("no day after it")
        return datetime.combine(day, time(), SHANGHAI)
    except ValueError as problem:
        raise InvalidValue(
            f"Write “{label}” like 2026-01-05.", message_zh=gettext("%(label)s写成 2026-01-05 的样子。", label=label)
        ) from problem


def _number() -> int:
    sent = text("limit", 10)
    if not sent:
        return MAX_CASES
    if not sent.isascii() or not sent.isdigit():
        raise InvalidValue("How many cases? Please write a whole number.", message_zh="工单数请填整数。")
    return int(sent)

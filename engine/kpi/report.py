"""The report of a period as a file, and a month's analysis (SLA-22) as a page reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Final

from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from engine.exports import CSV, FORMATS, ExportFile, Sheet, write_csv, write_xlsx
from engine.kpi.board import Board
from engine.kpi.evidence import issue_counts
from engine.kpi.indicator import Indicator
from engine.kpi.indicators import GROUPS, INDICATORS, of_group, said
from engine.kpi.kept_sheets import Sheet as Assessment
from engine.kpi.readings import TOTAL, Reading, Unit
from engine.kpi.rules import Rules
from engine.kpi.sheets import read_sheets
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system

_TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_UNITS: Final = {Unit.SHARE: "%", Unit.SECONDS: "秒", Unit.MONEY: "元", Unit.POINTS: "分", Unit.NUMBER: ""}
_HEADER: Final = (
    "客服", "指标", "名称", "值", "单位", "分子", "分母", "来源", "底线", "目标", "没有值的原因", "说明",
)  # fmt: skip
_ISSUES: Final = 20


def export_report(tx: Transaction, board: Board, actor: Actor, *, form: str) -> ExportFile:
    """Everybody's indicators of the period as a file; it stands in the system's history before it leaves (E02).

    Args:
        tx: the caller's transaction; the board reads by its connection.
        board: of the period, with the people whom the actor sees.
        actor: who takes it; P14 is asked by the caller.
        form: csv or xlsx.

    Raises:
        InvalidValue: no such format.
    """
    if form not in FORMATS:
        raise InvalidValue(
            f"{form[:20]!r} is no format of a report. Please choose CSV or Excel.", message_zh="请选择 CSV 或 Excel。"
        )
    lines = [_line(board, key, indicator) for key in board.keys for indicator in INDICATORS.values()]
    local = board.now.astimezone(SHANGHAI)
    who = f"{actor.name or actor.id}({actor.id})"
    name = f"绩效-{board.period.code}"
    mark = f"绩效 {board.period.name} · 导出人 {who} · {local:%Y-%m-%d %H:%M:%S} · {len(lines)} 行 · 内部资料,请勿外传"
    sheet = Sheet(title=name, mark=mark, author=who, header=_HEADER, rows=lines)
    content: IO[bytes] = write_csv(sheet) if form == CSV else write_xlsx(sheet)
    value = {"period": board.period.code, "rows": len(lines), "format": form, "people": len(board.people)}
    append_system(tx, [Event(kind="kpi_report.exported", value=value)], at=board.now, actor=actor.id)
    return ExportFile(
        name=f"{name}-{local:%Y%m%d-%H%M}.{form}", mimetype=_TYPES[form], content=content, rows=len(lines)
    )


def _line(board: Board, key: str, indicator: Indicator) -> list[str | Decimal | int | None]:
    reading = board.read(indicator)[key]
    goal = board.rules.goal(indicator.id)
    hundredfold = indicator.unit is Unit.SHARE

    def shown(value: Decimal | None) -> Decimal | None:
        if value is None:
            return None
        return (value * 100).quantize(Decimal("0.01")) if hundredfold else said(indicator, value)

    return [
        board.circle.total_name if key == TOTAL else board.circle.members[key].name,
        indicator.id,
        indicator.name,
        shown(reading.value),
        _UNITS[indicator.unit],
        _plain(reading.numerator),
        _plain(reading.denominator),
        reading.source,
        None if goal is None else shown(goal.floor),
        None if goal is None else shown(goal.target),
        reading.missing,
        ";".join(part for part in ("暂定" if reading.provisional else "", reading.caveat) if part),
    ]


def _plain(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.01")).normalize() + 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An indicator of the month beside the month before."""

    indicator: Indicator
    now: Reading
    before: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReport:
    """满意度和运作统计分析 of a month."""

    #: Name of the group → its indicators over all people.
    groups: tuple[tuple[str, tuple[Compared, ...]], ...]
    #: (process id, cause, cases), the most frequent first.
    issues: tuple[tuple[str, str, int], ...]
    sheets: tuple[Assessment, ...]
    rules: Rules
    as_of: datetime


def month_report(board: Board) -> MonthReport:
    """The analysis of the board's month."""
    before = board.at(board.period.previous())
    groups = tuple(
        (
            name,
            tuple(
                Compared(indicator=one, now=board.read(one)[TOTAL], before=before.read(one)[TOTAL])
                for one in of_group(group)
            ),
        )
        for group, name in GROUPS.items()
    )
    return MonthReport(
        groups=groups,
        issues=tuple(issue_counts(board, board.within)[:_ISSUES]),
        sheets=read_sheets(board),
        rules=board.rules,
        as_of=board.now,
    )

"""Event logs as CSV and as Excel files: a line an event, written as it is read, no cell of them ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryDirectory
from typing import IO, Any, Final, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from engine.eventlogs.attributes import text_of
from engine.eventlogs.marks import TITLE, Mark, stamp
from engine.eventlogs.reading import LoggedCase, LoggedEvent
from engine.exports import safe_text
from engine.narrative.kinds import word_of

#: Lines of a sheet that Excel takes, but for the mark, the header and a few to spare.
MOST_ROWS: Final = 1_048_000
_MAX_CELL: Final = 32_767
_WIDTH: Final = 16
Cell: TypeAlias = str | int | None
HEADER: Final = (
    "工单号", "流程", "流程名称", "版本", "订单号", "客户", "工单状态", "事件", "时间", "执行人", "执行人姓名",
    "候选组", "事件类型", "发生了什么", "环节", "环节名称", "所在流程", "活动", "活动状态", "内容",
)  # fmt: skip


def _cells(case: LoggedCase, event: LoggedEvent) -> tuple[Cell, ...]:
    return (
        case.case_id,
        case.root.process_id,
        case.root.process_name,
        case.root.version,
        case.order_id,
        case.customer,
        case.root.status,
        event.id,
        stamp(event.at),
        event.actor,
        event.actor_name,
        event.group,
        event.kind,
        word_of(event.kind),
        event.element,
        event.element_name,
        event.instance.process_name,
        event.activity if event.mined else None,
        event.transition if event.mined else None,
        None if event.value is None else text_of(event.value),
    )


def _rows(cases: Iterable[LoggedCase]) -> Iterator[tuple[Cell, ...]]:
    return (_cells(case, event) for case in cases for event in case.events)


def write_csv(cases: Iterable[LoggedCase], mark: Mark, target: IO[bytes]) -> None:
    """UTF-8 with a byte order mark, so that Excel reads Chinese; the mark is the first line, the header the second."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text)
    writer.writerow([safe_text(mark.sentence)])
    writer.writerow(HEADER)
    for row in _rows(cases):
        writer.writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in row])
    text.flush()
    text.detach()


def write_xlsx(cases: Iterable[LoggedCase], mark: Mark, target: IO[bytes]) -> None:
    """One sheet; its mark in the first row, on every printed page and in its properties.

    Callers have made sure that there are no more than ``MOST_ROWS`` events. Cells end after 32 767 characters.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with TemporaryDirectory() as folder:  # where the writer lays its lines aside
        book = xlsxwriter.Workbook(target, options | {"strings_to_numbers": False, "tmpdir": folder})
        try:
            _fill(book, cases, mark)
        finally:
            book.close()  # what is laid aside is closed by nothing else


def _fill(book: Any, cases: Iterable[LoggedCase], mark: Mark) -> None:
    book.set_properties({"title": TITLE, "author": mark.taken_by, "comments": mark.sentence})
    page = book.add_worksheet(TITLE)
    shown = mark.sentence.replace("&", "&&")[:200]
    page.set_header(f"&L{shown}")
    page.set_footer(f"&L{shown}&R&P / &N")
    page.freeze_panes(2, 0)
    page.set_column(0, len(HEADER) - 1, _WIDTH)
    _write_row(page, 0, [mark.sentence])
    _write_row(page, 1, HEADER, book.add_format({"bold": True}))
    for number, row in enumerate(_rows(cases), 2):
        _write_row(page, number, row)


def _write_row(page: Any, number: int, row: Sequence[Cell], form: Any = None) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            page.write_number(number, column, cell, form)
        elif cell:
            page.write_string(number, column, safe_text(cell)[:_MAX_CELL], form)

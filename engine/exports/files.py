"""Tables as CSV and as Excel files, marked with who took them and when; no cell of them is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, Final, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

CSV: Final = "csv"
XLSX: Final = "xlsx"
FORMATS: Final = (CSV, XLSX)
#: With these, and their full-width forms, a spreadsheet takes a cell for a formula.
_FORMULA: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")
_MAX_CELL: Final = 32_767
#: What a binary float holds exactly enough to be shown as it was.
_DIGITS: Final = 15
Cell: TypeAlias = str | Decimal | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table on its way into a file."""

    title: str
    #: Who took it, when, what it holds and whether personal data are masked: the file's first line.
    mark: str
    author: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def safe_text(text: str) -> str:
    """A text that no spreadsheet executes: ``'`` before what looks like a formula, behind spaces too."""
    beginning = text.lstrip(" \u3000\u00a0")
    return f"'{text}" if text[:1] in _FORMULA or beginning[:1] in _FORMULA else text


def write_csv(sheet: Sheet) -> IO[bytes]:
    """UTF-8 with a byte order mark, so that Excel reads Chinese; at its beginning. Rows are few: see content.LIMIT."""
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([safe_text(sheet.mark)])
    writer.writerow([safe_text(name) for name in sheet.header])
    for row in sheet.rows:
        writer.writerow([_plain(cell) for cell in row])
    text.flush()
    text.detach()
    raw.seek(0)
    return raw


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return safe_text(cell) if isinstance(cell, str) else f"{Decimal(cell):f}"


def write_xlsx(sheet: Sheet) -> IO[bytes]:
    """An Excel file with one sheet, its mark in the first row, on every printed page and in its properties."""
    raw = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(raw, options | {"strings_to_numbers": False})
    book.set_properties({"title": sheet.title, "author": sheet.author, "comments": sheet.mark})
    page = book.add_worksheet(_sheet_name(sheet.title))
    bold = book.add_format({"bold": True})
    _write_row(page, 0, [sheet.mark])
    _write_row(page, 1, list(sheet.header), bold)
    for number, row in enumerate(sheet.rows, 2):
        _write_row(page, number, row)
    page.freeze_panes(2, 0)
    page.set_column(0, max(len(sheet.header) - 1, 0), 16)
    shown = sheet.mark.replace("&", "&&")[:200]
    page.set_header(f"&L{shown}")
    page.set_footer(f"&L{shown}&R&P / &N")
    book.close()
    raw.seek(0)
    return raw


def _write_row(page: Any, number: int, row: Sequence[Cell], form: Any = None) -> None:
    for column, cell in enumerate(row):
        if cell is None or cell == "":
            continue
        if not isinstance(cell, str) and _is_exact(Decimal(cell)):
            page.write_number(number, column, float(cell), form)
        else:
            text = cell if isinstance(cell, str) else f"{Decimal(cell):f}"
            page.write_string(number, column, safe_text(text)[:_MAX_CELL], form)


def _is_exact(value: Decimal) -> bool:
    return len(value.as_tuple().digits) <= _DIGITS and -_DIGITS <= value.adjusted() <= _DIGITS


def _sheet_name(title: str) -> str:
    """At most 31 characters, and none of those that Excel refuses."""
    plain = "".join("_" if char in "[]:*?/\\'" else char for char in title)
    return plain[:31] or "Sheet1"

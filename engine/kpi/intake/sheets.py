"""Reads the cells of a file: CSV in UTF-8 or GB 18030, or the first sheet of an Excel file (.xlsx).

An Excel file is a zip of XML: what it unpacks to is bounded before anything is read, and its lines come one by one.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from engine.errors import InvalidValue

MAX_BYTES: Final = 5 * 1024 * 1024
#: Unpacked, a file may be so much larger.
_MAX_UNPACKED: Final = 64 * 1024 * 1024
_MAX_CELL: Final = 1_000
_MAX_COLUMNS: Final = 200
_ZIP: Final = b"PK\x03\x04"
#: Where a DOCTYPE would stand.
_BEGINNING: Final = 2048
#: Of a sheet: a row may claim to stand further down, and all empty ones before it would be gone through.
_LAST_ROW: Final = 1_048_576
#: Larger numbers are none of a shop's.
_MOST: Final = 1e15

#: Line → cells by their place, as texts.
Line = tuple[int, list[str]]


def read_lines(name: str, content: bytes, *, most: int) -> Iterator[Line]:
    """The lines of a file, counted from 1; empty ones are passed over.

    Raises:
        InvalidValue: it cannot be read as what it is, or has more lines than ``most``.
    """
    if len(content) > MAX_BYTES:
        raise InvalidValue(
            "The file is too large: more than 5 MB. Please split it.", message_zh="文件超过 5 MB,请拆分后再导入。"
        )
    lines = _read_xlsx(content) if content.startswith(_ZIP) else _read_csv(name, content)
    count = 0
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > most:
            raise InvalidValue(
                f"There are more than {most - 1} lines. Please split the file.",
                message_zh=f"超过 {most - 1} 行,请拆分后再导入。",
            )
        if len(cells) > _MAX_COLUMNS or any(len(cell) > _MAX_CELL for cell in cells):
            raise InvalidValue(
                f"Line {number} is too long. Please check the file.", message_zh=f"第 {number} 行过长,请检查文件。"
            )
        yield number, cells


def _read_csv(name: str, content: bytes) -> Iterator[Line]:
    if name.lower().endswith((".xls", ".xlsx")):
        raise InvalidValue(
            "This is no Excel file (.xlsx). Please save an old .xls as .xlsx or CSV.",
            message_zh="不是有效的 Excel 文件(.xlsx);旧的 .xls 请另存为 .xlsx 或 CSV。",
        )
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as problem:
        raise InvalidValue(
            f"Line {reader.line_num} is no CSV: {problem}.", message_zh=f"第 {reader.line_num} 行不是有效的 CSV。"
        ) from problem


def _decoded(content: bytes) -> str:
    if b"\x00" not in content:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise InvalidValue(
        "The file must be a CSV in UTF-8 or GBK, or an Excel file (.xlsx).",
        message_zh="文件编码须为 UTF-8 或 GBK 的 CSV,或 Excel(.xlsx)。",
    )


# --- Excel ---------------------------------------------------------------------------------------


def _read_xlsx(content: bytes) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if sum(one.file_size for one in members) > _MAX_UNPACKED:
                raise InvalidValue(
                    "The Excel file is too large when it is unpacked. Please split it.",
                    message_zh="Excel 文件展开后过大,请拆分后再导入。",
                )
            if any(_has_doctype(packed, one) for one in members):
                raise InvalidValue(
                    "The Excel file holds something that is not allowed (a DOCTYPE).",
                    message_zh="Excel 文件含有不允许的内容。",
                )
        yield from _lines(content)
    except _NO_WORKBOOK as problem:
        raise InvalidValue("This is no Excel file (.xlsx).", message_zh="不是有效的 Excel 文件(.xlsx)。") from problem


#: What a reader of workbooks may raise over bytes that are none.
_NO_WORKBOOK: Final = (
    zipfile.BadZipFile, InvalidFileException, SyntaxError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    NotImplementedError, RuntimeError, EOFError, OSError, OverflowError,
)  # fmt: skip


def _has_doctype(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether a part declares entities, which no program of spreadsheets writes."""
    with packed.open(member) as part:
        return b"<!" in part.read(_BEGINNING).replace(b"<!--", b"")


def _lines(content: bytes) -> Iterator[Line]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # a file may claim any size; what counts is what stands there
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number > _LAST_ROW:
                raise InvalidValue(
                    "A line number in the Excel file is out of bounds.", message_zh="Excel 文件的行号超出范围。"
                )
            yield number, [_text(cell) for cell in cells]
    finally:
        book.close()


def _text(cell: object) -> str:
    """A cell as people would type it; a number without the noise of its binary form: 19.899999999999999 is 19.9."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and not isinstance(cell, bool):
        return f"{Decimal(cell).quantize(Decimal('1E-9')).normalize():f}" if abs(cell) < _MOST else str(cell)
    return str(cell)

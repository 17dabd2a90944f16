"""What goes into a file of a register: which rows, which columns, in which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Final

from sqlalchemy import Connection

from engine import outbox, registers
from engine.clock import SHANGHAI
from engine.definitions import Definitions
from engine.errors import InvalidValue
from engine.exports.files import CSV, FORMATS, XLSX, Cell, Sheet, write_csv, write_xlsx
from engine.model import Actor, Value
from engine.queries.records import register_columns
from engine.registers import Asked, Column, RegisterRow

#: Rows of a file (E02).
LIMIT: Final = 5000
MAX_REASON: Final = 500
_BATCH: Final = 500
_TYPES: Final[Mapping[str, str]] = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file that may leave: its history has been written. ``content`` stands at its beginning."""

    name: str
    mimetype: str
    content: IO[bytes]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What goes into a file."""

    register: str
    asked: Asked
    format: str
    unmasked: bool
    columns: Sequence[Column]


def read_wanted(
    connection: Connection,
    definitions: Definitions,
    actor: Actor,
    register: str,
    arguments: Mapping[str, str],
    form: str,
    *,
    unmasked: bool,
) -> Wanted:
    """What is asked for, with the register's columns.

    Raises:
        NotFound: there is no such register for the actor.
        InvalidValue: no such format, or a filter that cannot be read.
    """
    if form not in FORMATS:
        raise InvalidValue(
            f"{form[:20]!r} is no format of an export. Please choose CSV or Excel.", message_zh="请选择 CSV 或 Excel。"
        )
    columns = register_columns(connection, definitions, register, actor)
    asked, problems = registers.read_asked(arguments, columns)
    if problems:  # a filter left out would give more than was meant
        raise InvalidValue("The filter cannot be read. Please correct it first.", message_zh="筛选条件有误,请先改正。")
    asked = registers.within_team(asked, registers.team_of(actor))
    return Wanted(register=register, asked=asked, format=form, unmasked=unmasked, columns=columns)


def count_checked(connection: Connection, wanted: Wanted) -> int:
    """How many rows there are.

    Raises:
        InvalidValue: more than a file may have.
    """
    found = registers.count_found(connection, wanted.register, wanted.asked, most=LIMIT)
    if found > LIMIT:
        raise InvalidValue(
            f"There are more than {LIMIT} rows. Please narrow the filter down.",
            message_zh=f"超过 {LIMIT} 行,请缩小筛选范围。",
        )
    return found


def read_rows(connection: Connection, wanted: Wanted) -> list[RegisterRow]:
    """All rows, in one snapshot.

    Raises:
        InvalidValue: more than a file may have.
    """
    count_checked(connection, wanted)
    return list(_pages(connection, wanted))


def _pages(connection: Connection, wanted: Wanted) -> Iterator[RegisterRow]:
    after = None
    while True:
        page = registers.list_rows(connection, wanted.register, wanted.asked, after=after, limit=_BATCH, unmasked=True)
        yield from page.rows
        after = registers.read_place(page.next_after)
        if after is None:
            return


def written(wanted: Wanted, rows: Sequence[RegisterRow], actor: Actor, now: datetime) -> IO[bytes]:
    """The file, marked with who takes it and when."""
    name = registers.name_of(wanted.register)
    masked = "未打码" if wanted.unmasked else "已打码"
    who = f"{actor.name or actor.id}({actor.id})"
    sheet = Sheet(
        title=name,
        mark=f"{name} · 导出人 {who} · {_local(now)} · {len(rows)} 行 · {masked} · 内部资料,请勿外传",
        author=who,
        header=["工单号", *(column.label for column in wanted.columns), "登记时间", "最后更新"],
        rows=(_cells(row, wanted) for row in rows),
    )
    return write_csv(sheet) if wanted.format == CSV else write_xlsx(sheet)


def _cells(row: RegisterRow, wanted: Wanted) -> list[Cell]:
    cells = [_cell(row.values.get(column.id), column, unmasked=wanted.unmasked) for column in wanted.columns]
    return [row.case_id, *cells, _local(row.opened_at), _local(row.written_at)]


def _cell(value: Value, column: Column, *, unmasked: bool) -> Cell:
    shown = value if unmasked else column.masked(value)
    if shown is None or shown == "":
        return None
    if isinstance(shown, Decimal):
        return shown
    return outbox.say(column.said(shown))


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def told(wanted: Wanted, rows: int, reason: str) -> dict[str, Value]:
    """What the history says of a file."""
    return {
        "register": wanted.register,
        "filters": registers.describe(wanted.asked, wanted.columns),
        "rows": rows,
        "format": wanted.format,
        "masked": not wanted.unmasked,
        "reason": reason.strip()[:MAX_REASON],
    }


def file_of(wanted: Wanted, content: IO[bytes], rows: int, now: datetime) -> ExportFile:
    """The file with its name."""
    name = f"{registers.name_of(wanted.register)}-{now.astimezone(SHANGHAI):%Y%m%d-%H%M}.{wanted.format}"
    return ExportFile(name=name.replace("/", "-"), mimetype=_TYPES[wanted.format], content=content, rows=rows)

"""Registers (登记表, 台账): their names, their columns, and the rows that elements of processes wrote.

The step itself writes rows (``engine.runtime.register_rows``).
"""

from engine.registers.asking import (
    Asked,
    Criterion,
    Place,
    decode_asked,
    describe,
    encode_asked,
    read_asked,
    read_place,
    until_row,
    within_team,
)
from engine.registers.columns import Column, Kind, columns_of, declared_registers
from engine.registers.names import (
    CAUSES,
    PEOPLE,
    REGISTERS,
    check_readable,
    may_ask_for_export,
    may_export,
    may_read,
    name_of,
    reads_registers,
    team_of,
)
from engine.registers.reading import (
    MOST_COUNTED,
    Page,
    RegisterRow,
    column_labels,
    count_found,
    count_rows,
    is_kept,
    last_row,
    list_rows,
    rows_of_case,
)

__all__ = [
    "CAUSES",
    "MOST_COUNTED",
    "PEOPLE",
    "REGISTERS",
    "Asked",
    "Column",
    "Criterion",
    "Kind",
    "Page",
    "Place",
    "RegisterRow",
    "check_readable",
    "column_labels",
    "columns_of",
    "count_found",
    "count_rows",
    "declared_registers",
    "decode_asked",
    "describe",
    "encode_asked",
    "is_kept",
    "last_row",
    "list_rows",
    "may_ask_for_export",
    "may_export",
    "may_read",
    "name_of",
    "read_asked",
    "read_place",
    "reads_registers",
    "rows_of_case",
    "team_of",
    "until_row",
    "within_team",
]

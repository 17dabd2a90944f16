"""Decision tables: as they are written, compiled, and what becomes of the rows that hit."""

from engine.dmn.table.evaluation import compile_table
from engine.dmn.table.source import TableSource, read_table

__all__ = ["TableSource", "compile_table", "read_table"]

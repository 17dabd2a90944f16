"""Files that were taken, and the numbers that they put others in the place of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.clock import from_microseconds
from engine.kpi.figures import KIND_NAMES, FigureKind
from engine.store.tables import kpi_figure_past, kpi_import


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """A file that was taken."""

    key: int
    kind: FigureKind
    name: str
    rows: int
    added: int
    replaced: int
    first_day: str
    last_day: str
    imported_by: str
    imported_at: datetime

    @property
    def kind_name(self) -> str:
        """What it holds, in words."""
        return KIND_NAMES[self.kind]


def list_imports(connection: Connection, *, before: int | None = None, limit: int = 20) -> tuple[ImportView, ...]:
    """Files that were taken, the newest first; ``before`` is the key behind which the page begins."""
    found = select(kpi_import).order_by(kpi_import.c.key.desc()).limit(limit)
    if before is not None:
        found = found.where(kpi_import.c.key < before)
    return tuple(map(import_view, connection.execute(found)))


def past_of(connection: Connection, import_key: int, *, limit: int = 500) -> tuple[Row[Any], ...]:
    """What an import put other numbers in the place of: rows with day, name, person, channel, before."""
    found = select(kpi_figure_past).where(kpi_figure_past.c.import_key == import_key)
    ordered = found.order_by(kpi_figure_past.c.day, kpi_figure_past.c.name, kpi_figure_past.c.person)
    return tuple(connection.execute(ordered.limit(limit)).all())


def import_view(row: Row[Any]) -> ImportView:
    """An import as it is shown."""
    return ImportView(
        key=row.key,
        kind=FigureKind(row.kind),
        name=row.name,
        rows=row.rows,
        added=row.added,
        replaced=row.replaced,
        first_day=row.first_day,
        last_day=row.last_day,
        imported_by=row.imported_by,
        imported_at=from_microseconds(row.imported_at),
    )

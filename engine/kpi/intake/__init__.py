"""Figures of chat and shop systems: files with Chinese headings, looked at before they are taken, as a whole or not."""

from engine.kpi.intake.reading import MAX_BYTES, MAX_ROWS, CellProblem, FigureRow, ReadFile, read_file, template
from engine.kpi.intake.taking import (
    ImportView,
    Preview,
    list_imports,
    look,
    past_of,
    preview_of,
    take,
    throw_away,
    upload,
)

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "CellProblem",
    "FigureRow",
    "ImportView",
    "Preview",
    "ReadFile",
    "list_imports",
    "look",
    "past_of",
    "preview_of",
    "read_file",
    "take",
    "template",
    "throw_away",
    "upload",
]

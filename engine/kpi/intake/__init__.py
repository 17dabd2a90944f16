"""Figures of chat and shop systems: files with Chinese headings, looked at before they are taken, as a whole or not."""

from engine.kpi.intake.past import ImportView, list_imports, past_of
from engine.kpi.intake.reading import MAX_BYTES, MAX_ROWS, CellProblem, FigureRow, ReadFile, read_file, template
from engine.kpi.intake.taking import Preview, look, preview_of, take, throw_away, upload

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

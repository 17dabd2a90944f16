"""Two versions of a diagram, a decision table, a form, a text or scenarios: what exactly is different. Pure."""

from engine.studio.comparing.compare import KINDS, compare
from engine.studio.comparing.model import (
    Cell,
    Change,
    Column,
    Comparison,
    Difference,
    Grid,
    Kind,
    Line,
    Pair,
    Problem,
    Row,
    Words,
)

__all__ = [
    "KINDS",
    "Cell",
    "Change",
    "Column",
    "Comparison",
    "Difference",
    "Grid",
    "Kind",
    "Line",
    "Pair",
    "Problem",
    "Row",
    "Words",
    "compare",
]

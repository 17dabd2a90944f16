"""What an indicator is: its words, and the recipe by which it is counted."""

from __future__ import annotations

from dataclasses import dataclass

from engine.kpi.readings import Unit
from engine.kpi.recipes import Recipe

CALENDAR, WORKING = "自然时间", "营业时间"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator; texts are Chinese."""

    id: str
    name: str
    group: str
    formula: str
    numerator: str
    denominator: str
    unit: Unit
    #: True: higher is better, False: lower, None: neither.
    higher: bool | None
    #: P, I, M in the order in which they are asked.
    sources: str
    #: To whom it is credited.
    credited: str
    recipe: Recipe
    clock: str = "—"
    #: What the definition decides beyond its formula.
    note: str = ""
    #: Digits behind the point of what people read.
    places: int = 2

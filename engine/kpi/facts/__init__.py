"""The rows that indicators of process data count: each kind a query, from which sums and lists come alike."""

from engine.kpi.facts.base import (
    Facts,
    Item,
    ItemPage,
    Scope,
    Side,
    Tally,
    count_items,
    list_items,
    sum_up,
    whole_of,
)
from engine.kpi.facts.catalogue import FACTS

__all__ = [
    "FACTS",
    "Facts",
    "Item",
    "ItemPage",
    "Scope",
    "Side",
    "Tally",
    "count_items",
    "list_items",
    "sum_up",
    "whole_of",
]

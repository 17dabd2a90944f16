"""The shop's orders and parcels: what the desk knows of them, and how they come in."""

from engine.shop.facts import (
    CHANNELS,
    ORDER_LABELS,
    ORDER_STAGES,
    PARCEL_LABELS,
    PARCEL_STAGES,
    changes_of,
    order_context,
    order_facts,
    parcel_facts,
    taken,
)
from engine.shop.intake import ImportReport, Problem, import_file, import_rows
from engine.shop.rows import RowKind

__all__ = [
    "CHANNELS",
    "ORDER_LABELS",
    "ORDER_STAGES",
    "PARCEL_LABELS",
    "PARCEL_STAGES",
    "ImportReport",
    "Problem",
    "RowKind",
    "changes_of",
    "import_file",
    "import_rows",
    "order_context",
    "order_facts",
    "parcel_facts",
    "taken",
]

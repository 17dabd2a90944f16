"""The shop's orders and parcels: what the desk knows of them, and how they come in."""

from engine.shop.facts import (
    CHANNELS,
    ORDER_LABELS,
    ORDER_STAGES,
    PARCEL_LABELS,
    PARCEL_STAGES,
    START_FACTS,
    changes_of,
    order_context,
    order_facts,
    parcel_facts,
    start_facts,
    taken,
    tracking_stage,
    with_lines,
)
from engine.shop.intake import ImportReport, Problem, import_file, import_rows, parcel_news
from engine.shop.rows import RowKind

__all__ = [
    "CHANNELS",
    "ORDER_LABELS",
    "ORDER_STAGES",
    "PARCEL_LABELS",
    "PARCEL_STAGES",
    "START_FACTS",
    "ImportReport",
    "Problem",
    "RowKind",
    "changes_of",
    "import_file",
    "import_rows",
    "order_context",
    "order_facts",
    "parcel_facts",
    "parcel_news",
    "start_facts",
    "taken",
    "tracking_stage",
    "with_lines",
]

"""The shop's orders and parcels: what the desk knows of them, and how they come in."""

from engine.shop.facts import (
    CHANNELS,
    ORDER_LABELS,
    ORDER_STAGES,
    PARCEL_LABELS,
    PARCEL_STAGES,
    order_context,
    order_facts,
    parcel_facts,
    taken,
)

__all__ = [
    "CHANNELS",
    "ORDER_LABELS",
    "ORDER_STAGES",
    "PARCEL_LABELS",
    "PARCEL_STAGES",
    "order_context",
    "order_facts",
    "parcel_facts",
    "taken",
]

"""The outbox: texts to customers, couriers and staff, and how they leave the house."""

from engine.outbox.addressing import address_for, address_of, addressed, are_addresses_set
from engine.outbox.delivery import (
    DELIVER,
    Delivery,
    Message,
    Spool,
    delivery_job,
    list_messages,
    mark_delivered,
    read_row,
    write,
)
from engine.outbox.texts import EMPTY, check_template, placeholders, render, replaced, say

__all__ = [
    "DELIVER",
    "EMPTY",
    "Delivery",
    "Message",
    "Spool",
    "address_for",
    "address_of",
    "addressed",
    "are_addresses_set",
    "check_template",
    "delivery_job",
    "list_messages",
    "mark_delivered",
    "placeholders",
    "read_row",
    "render",
    "replaced",
    "say",
    "write",
]

"""The outbox: texts to customers, couriers and staff, and how they leave the house."""

from engine.outbox.addressing import (
    Addressing,
    Wanted,
    address_for,
    address_in_talk,
    address_of,
    address_on,
    addressed,
    preferred_address,
    read_addressing,
)
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
    "Addressing",
    "Delivery",
    "Message",
    "Spool",
    "Wanted",
    "address_for",
    "address_in_talk",
    "address_of",
    "address_on",
    "addressed",
    "check_template",
    "delivery_job",
    "list_messages",
    "mark_delivered",
    "placeholders",
    "preferred_address",
    "read_addressing",
    "read_row",
    "render",
    "replaced",
    "say",
    "write",
]

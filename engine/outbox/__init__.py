"""The outbox: texts to customers, couriers and staff, and how they leave the house."""

from engine.outbox.delivery import DELIVER, Adapter, Message, Spool, deliver, list_messages, write
from engine.outbox.texts import EMPTY, check_template, placeholders, render, say

__all__ = [
    "DELIVER",
    "EMPTY",
    "Adapter",
    "Message",
    "Spool",
    "check_template",
    "deliver",
    "list_messages",
    "placeholders",
    "render",
    "say",
    "write",
]

"""How far a message to somebody is."""

from __future__ import annotations

from enum import StrEnum


class LetterState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    SENT = "sent"
    #: At least one try failed; the next one comes by itself as long as no incident holds it.
    FAILED = "failed"

"""What a process says of its turns, and what becomes of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from engine.definitions import Deployed


class Missed(StrEnum):
    """What becomes of turns that fell into a time in which nothing ran (property ``missed``)."""

    EACH = "each"
    LATEST = "latest"
    SKIP = "skip"

    @classmethod
    def of(cls, deployed: Deployed) -> Self:
        """What a process says; SKIP where it says nothing."""
        return cls(deployed.definition.properties.get("missed", cls.SKIP))


class Roster(StrEnum):
    """For whom a turn is (property ``roster``)."""

    ON_DUTY = "on_duty"
    EACH_STARTING = "each_starting"
    EACH_ENDING = "each_ending"
    EACH_MEMBER = "each_member"
    NOBODY = ""

    @classmethod
    def of(cls, deployed: Deployed) -> Self:
        """What a process says; NOBODY where it says nothing."""
        return cls(deployed.definition.properties.get("roster", cls.NOBODY))


class Outcome(StrEnum):
    """What became of a turn."""

    STARTED = "started"
    MADE_UP = "made_up"
    SKIPPED = "skipped"
    NOBODY = "nobody"

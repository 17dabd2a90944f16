"""What an import needs of the runtime, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from engine.clock import Clock
from engine.model import Actor, Value, Variables
from engine.store.database import Database

MAX_PROBLEMS: Final = 1000


class Publisher(Protocol):
    """The part of the runtime that an import needs."""

    @property
    def db(self) -> Database:
        """Where the rows go."""

    @property
    def clock(self) -> Clock:
        """What tells the time."""

    def publish(
        self,
        name: str,
        correlation_key: str,
        payload: Value,
        *,
        actor: Actor,
        message_id: str | None = None,
        ttl: timedelta = ...,
    ) -> list[int]:
        """Publish a message; gives the keys of the instances that took it."""

    def refusal(self, name: str, correlation_key: str, payload: Variables) -> str | None:
        """Why a message does not fit those who wait for it; None: it does, or nobody waits."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row, or a part of the file, was not taken."""

    #: Line of a CSV file, number of a JSON object; None: the file as a whole.
    line: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.line is None else f"第 {self.line} 行:{self.text}"


@dataclass(slots=True)
class ImportReport:
    """What came of an import."""

    #: Rows that were right, whether they changed anything or not.
    orders: int = 0
    parcels: int = 0
    #: Payments, rulings and goods sent back.
    events: int = 0
    #: Rows that were new or changed something.
    changed: int = 0
    #: Messages that were published.
    messages: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int | None, text: str) -> None:
        """Note a problem; a file that is wrong throughout names the first thousand."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line, text))

"""What every contestant of a benchmark can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case of W1: its number within a turn, and what its user tasks are completed with, one after the other."""

    number: int
    steps: tuple[dict[str, Any], ...]

    @property
    def order_id(self) -> str:
        """As every contestant keeps it."""
        return f"SO-{self.number}"


class Contestant(Protocol):
    """Runs W1: start → user task a → gateway → user task b or c → script → end."""

    what: str

    def start(self, number: int) -> Any:
        """Start a case (not timed); it waits at user task a."""

    def prepare(self, case: Any, values: dict[str, Any]) -> Callable[[], None]:
        """What will be timed: complete the open user task with these values, run on, save and commit."""

    def check(self, case: Any) -> None:
        """Raise unless the case has ended as it should."""

    def bytes_per_case(self) -> int:
        """Bytes of database a finished case."""

    def close(self) -> None:
        """Let go of files."""


@runtime_checkable
class ContestantApart(Protocol):
    """The same in a process of its own, which times itself, so that the pipe is not measured."""

    what: str

    def turn(self, cases: Sequence[Case]) -> list[float]:
        """Start, complete, time and check these cases, one after the other: seconds of each completion."""

    def bytes_per_case(self) -> int:
        """Bytes of database a finished case."""

    def close(self) -> None:
        """Let go of files, and end the process."""

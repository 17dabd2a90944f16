"""What every contestant of a benchmark can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


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

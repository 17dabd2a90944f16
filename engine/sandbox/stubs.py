"""What takes the place of connectors and called processes in a sandbox."""

from __future__ import annotations

from engine.model import Variables
from engine.scenarios import Action, ActionKind


class Stubs:
    """What the owner has said that the next job of a service task, or the next call, gives."""

    def __init__(self, pending: list[Action]) -> None:
        self._pending = pending

    def job(self, element: str, calls: tuple[str, ...]) -> Variables | None:
        """What a job gives; None: its connector works."""
        return self._next(ActionKind.ANSWER, element, calls)

    def call(self, element: str, calls: tuple[str, ...]) -> Variables | None:
        """With what a call ends; None: it is run."""
        return self._next(ActionKind.CALL, element, calls)

    def _next(self, kind: ActionKind, element: str, calls: tuple[str, ...]) -> Variables | None:
        key = "/".join((*calls, element))
        found = next((one for one in self._pending if one.kind is kind and one.key == key), None)
        if found is None:
            return None
        self._pending.remove(found)
        return found.values

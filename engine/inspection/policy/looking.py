"""The worker's turn: reads on, and asks the rules about what it has read."""

from __future__ import annotations

from time import monotonic
from typing import Final

from engine.inspection.policy.judging import judge
from engine.inspection.policy.observing import observe
from engine.inspection.policy.pseudonyms import Pseudonyms
from engine.runtime import Runtime

#: Of a worker's turn: it has timers to fire, and people's pages share the processor with it.
_SECONDS: Final = 0.25


def look(runtime: Runtime) -> bool:
    """Watch what has happened since, for a quarter of a second at the most; makes no jobs."""
    bring(runtime, until=monotonic() + _SECONDS)
    return False


def bring(runtime: Runtime, *, until: float | None = None) -> None:
    """Read and judge until nothing is left, or ``until`` (monotonic) has come.

    Nothing is judged while the histories are still being read: the rules count what came before.
    """
    pseudonyms = Pseudonyms(runtime.db.file)
    while observe(runtime.db, pseudonyms, runtime.clock.now()):
        if until is not None and monotonic() >= until:
            return
    while judge(runtime.db, runtime.clock.now()):
        if until is not None and monotonic() >= until:
            return

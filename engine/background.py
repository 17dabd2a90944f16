"""Long work that is kept in the database: a thread of its own does it a piece at a time while there is any."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

_log = structlog.get_logger(__name__)


class Background:
    """Runs ``work`` until it says that nothing is left; any number of processes may do so at once."""

    def __init__(self, name: str, work: Callable[[], bool]) -> None:
        """``work`` does one piece and tells whether there may be more; what it did must stand when it is stopped."""
        self._name, self._work = name, work
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._again = False

    def wake(self) -> None:
        """There may be work: begin, or look once more before going to sleep."""
        with self._lock:
            self._again = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Until nothing is left to do."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while self._goes_on():
            try:
                while self._work():
                    pass
            except Exception:  # noqa: BLE001  a thread has nobody else to tell; the next wake-up tries again
                _log.exception("background.failed", work=self._name)

    def _goes_on(self) -> bool:
        with self._lock:
            again, self._again = self._again, False
            if not again:
                self._thread = None
            return again

"""Processes that are made in milliseconds: forked off one that has everything loaded and no thread, file or lock."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.faults.plan"])
KILLED: Final = -signal.SIGKILL


class Child:
    """A process of its own, which tells its parent things by ``tell``; what it told before it died is not lost."""

    def __init__(self, target: Callable[..., None], *args: Any) -> None:
        self._ear, mouth = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=target, args=(mouth, *args))
        self._process.start()
        mouth.close()  # ours: when the child's is closed too, it has said everything

    def hear(self) -> Any:
        """The next thing it tells.

        Raises:
            EOFError: it has ended, and said no more.
        """
        return self._ear.recv()

    def hears(self, seconds: float) -> bool:
        """Whether it tells something, or ends, within so many seconds."""
        return self._ear.poll(seconds)

    def told(self) -> list[Any]:
        """All that it tells until it ends."""
        heard = []
        try:
            while True:
                heard.append(self.hear())
        except EOFError:
            return heard

    def kill(self) -> None:
        """SIGKILL; it may have ended by itself."""
        self._process.kill()

    def end(self) -> int | None:
        """Wait for its end; gives its exit status."""
        self._process.join(60)
        status = self._process.exitcode
        self._process.close()
        self._ear.close()
        return status


Mouth = Connection

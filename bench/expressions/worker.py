"""A contestant in a process of its own: reads what to do as a line of JSON, answers with a line.

It times itself, so that the pipe is not measured: ``python -m bench.expressions.worker ours``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any, Final, Protocol

from bench.expressions.work import ANSWER

CONTESTANTS: Final = {
    "ours": "bench.expressions.ours:Ours",
    "bkflow": "bench.expressions.bkflow:Bkflow",
    "zen": "bench.expressions.zen_engine:Zen",
    "zen-bare": "bench.expressions.zen_engine:ZenWithoutTrace",
}
Answer = Callable[[dict[str, Any]], Any]


class Contestant(Protocol):
    """Compiles what the work asks for; another salt must not profit from what was compiled before."""

    what: str

    def condition(self, name: str, salt: int) -> Answer: ...

    def values(self, name: str, which: str) -> dict[str, Any]: ...

    def table(self, policy: str, salt: int) -> Answer | None:
        """None where it has no such hit policy."""

    def table_values(self) -> dict[str, Any]: ...


class Work:
    """One piece of work, compiled and checked."""

    def __init__(self, contestant: Contestant, name: str) -> None:
        self._salt = 0
        self._compile: Callable[[int], Answer | None]
        if name.startswith("table:"):
            self._compile = lambda salt: contestant.table(name.removeprefix("table:"), salt)
            self._values = contestant.table_values()
            wanted: tuple[tuple[dict[str, Any], Any], ...] = ((self._values, ANSWER),)
        else:
            self._compile = lambda salt: contestant.condition(name, salt)
            self._values = contestant.values(name, "true")
            wanted = ((self._values, True), (contestant.values(name, "false"), False))
        self.answer = self._compile(0)
        for values, right in wanted if self.answer else ():
            found = self.answer(values) if self.answer else None
            if found != right or type(found) is not type(right):
                raise AssertionError(f"{name}: {found!r} instead of {right!r} for {values}")

    def times(self, batches: int, size: int) -> list[float]:
        """Seconds an evaluation, batch by batch."""
        answer, values = self.answer, self._values
        found = []
        for _ in range(batches):
            began = perf_counter()
            for _ in range(size):
                answer(values)  # type: ignore[misc]  # who has no answer is not asked
            found.append((perf_counter() - began) / size)
        return found

    def cold(self, batches: int) -> list[float]:
        """Seconds from the text to the first answer."""
        found = []
        for _ in range(batches):
            self._salt += 1
            began = perf_counter()
            answer = self._compile(self._salt)
            answer(self._values)  # type: ignore[misc]
            found.append(perf_counter() - began)
        return found


def main(name: str) -> None:
    """Answer until the input ends."""
    module, _, kind = CONTESTANTS[name].partition(":")
    contestant: Contestant = getattr(import_module(module), kind)()
    prepared: dict[str, Work] = {}
    print(json.dumps(contestant.what), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        work = prepared.get(asked["work"])
        if work is None:
            work = prepared[asked["work"]] = Work(contestant, asked["work"])
        if work.answer is None:
            found = None
        elif asked.get("cold"):
            found = work.cold(asked["batches"])
        else:
            found = work.times(asked["batches"], asked["size"])
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

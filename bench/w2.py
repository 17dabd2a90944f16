"""W2: one instance that goes round a loop of user tasks for ever; a step must not cost more for a long history.

An old instance (10 000 rounds done) and ever new ones (10 rounds done) take turns, so that the machine's moods hit both
alike. Bare SpiffWorkflow is measured as far as it gets: after some 330 rounds it no longer sees its own tasks.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import text

from bench.bare import NaiveBare
from bench.drawing import feel_w2, python_w2
from bench.ours import AGENT, open_runtime
from engine.model import SYSTEM

#: Rounds of the old instance.
LONG = 10_000
#: Completions of one instance before the other's turn.
TURN = 40
YOUNG = 10
#: How many times as long a step of the old instance may take.
PROMISE = 1.2
BARE_ROUNDS = (10, 100, 300)


class _Loop:
    """One instance of ours in the loop."""

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime
        self._key = runtime.start("w2", {"order_id": "SO-1"}, SYSTEM).instance_key
        self._open = text("SELECT id FROM user_task WHERE instance = :key AND status = 'open'")

    def go(self, rounds: int) -> list[float]:
        """Seconds of each completion."""
        return [self._once() for _ in range(rounds)]

    def _once(self) -> float:
        with self._runtime.db.read() as connection:
            task = connection.execute(self._open, {"key": self._key}).scalar_one()
        began = perf_counter()
        self._runtime.complete(task, {"again": True}, AGENT, submission_key=str(task))
        return perf_counter() - began

    def state_bytes(self) -> int:
        with self._runtime.db.read() as connection:
            state = text("SELECT length(state) FROM process_instance WHERE key = :key")
            return int(connection.execute(state, {"key": self._key}).scalar_one())


def ours(folder: str, turns: int) -> dict[str, Any]:
    """Medians of both instances in µs, their ratio turn by turn, and the bytes of the state."""
    db, runtime = open_runtime(Path(folder) / "w2.db", {"w2.bpmn": feel_w2()}, "w2.a")
    old = _Loop(runtime)
    old.go(LONG)
    times: dict[str, list[list[float]]] = {"old": [], "young": []}
    for _ in range(turns + 1):
        young = _Loop(runtime)
        young.go(YOUNG)
        times["young"].append(young.go(TURN))
        times["old"].append(old.go(TURN))
    pairs = list(zip(times["old"], times["young"], strict=True))[1:]
    found = {
        "median_us_at_10": round(median(median(one) for _, one in pairs) * 1e6, 1),
        "median_us_at_10000": round(median(median(one) for one, _ in pairs) * 1e6, 1),
        "ratio": round(median(median(one) / median(other) for one, other in pairs), 3),
        "state_bytes_at_10000": old.state_bytes(),
    }
    db.close()
    return found


def bare(folder: str) -> dict[str, float]:
    """Median µs of twenty completions of bare SpiffWorkflow after so many rounds."""
    contestant = NaiveBare(Path(folder) / "bare.db", python_w2())
    case, done, found = contestant.start(1), 0, {}
    for rounds in BARE_ROUNDS:
        for _ in range(rounds - done):
            contestant.prepare(case, {"again": True})()
        times = []
        for _ in range(20):
            step = contestant.prepare(case, {"again": True})
            began = perf_counter()
            step()
            times.append(perf_counter() - began)
        done = rounds + 20
        found[str(rounds)] = round(median(times) * 1e6, 1)
    contestant.close()
    return found


def main(rounds: int) -> tuple[dict[str, Any], bool]:
    """Run and print; the facts, and whether the promise is kept."""
    print(f"W2, a loop of user tasks: {rounds} turns of {TURN} completions, one of {LONG} rounds beside new ones\n")
    with tempfile.TemporaryDirectory(prefix="kefuflow-bench-") as folder:
        mine, theirs = ours(folder, rounds), bare(folder)
    print(
        f"ours   after {YOUNG} rounds {mine['median_us_at_10']} µs, after {LONG} {mine['median_us_at_10000']} µs",
        end="",
    )
    print(f" ({mine['state_bytes_at_10000']} bytes of state)")
    print("bare   " + ", ".join(f"after {n} rounds {us} µs" for n, us in theirs.items()))
    kept = mine["ratio"] <= PROMISE
    print(f"≤ {PROMISE} × at {LONG} rounds: {mine['ratio']} {'kept' if kept else 'MISSED'}")
    facts = {"workload": "W2", "at": datetime.now(UTC).isoformat(timespec="seconds"), "ours": mine, "bare_us": theirs}
    return facts, kept

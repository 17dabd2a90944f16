"""W1 at the engine layer, ours beside bare SpiffWorkflow, step and commit."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from bench.bare import BestBare, NaiveBare
from bench.contestant import Contestant
from bench.ours import Ours

#: Completions of one contestant before the next one's turn: small, so that the machine's moods hit all alike.
TURN = 50
#: A file system in memory, where there is one.
MEMORY = Path("/dev/shm")
#: The first slice's promise: (contestant, how many times faster we are at least).
PROMISES = (("naive", 3.0), ("best", 1.0))


def measure(contestants: dict[str, Contestant], rounds: int) -> dict[str, list[list[float]]]:
    """Seconds of each completion: contestant → round → completion; the first round warms up and is dropped."""
    times: dict[str, list[list[float]]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, contestant in contestants.items():
            turn = _turn(contestant)
            if number:
                times[name].append(turn)
    return times


def _turn(contestant: Contestant) -> list[float]:
    turn: list[float] = []
    while len(turn) < TURN:
        case = contestant.start(len(turn))
        for values in ({"ok": len(turn) % 4 < 2}, {"note": "已处理"}):
            step: Callable[[], None] = contestant.prepare(case, values)
            began = perf_counter()
            step()
            turn.append(perf_counter() - began)
        contestant.check(case)
    return turn


def summary(times: dict[str, list[list[float]]], contestants: dict[str, Contestant]) -> dict[str, Any]:
    """Medians and p99 in µs, completions a second, and ratios round by round."""
    rows = {}
    for name, turns in times.items():
        all_of_them = [seconds for turn in turns for seconds in turn]
        rows[name] = {
            "what": contestants[name].what,
            "median_us": round(median(all_of_them) * 1e6, 1),
            "p99_us": round(quantiles(all_of_them, n=100)[98] * 1e6, 1),
            "completions_per_s": round(len(all_of_them) / sum(all_of_them)),
            "bytes_per_case": contestants[name].bytes_per_case(),
        }
    ratios = {
        name: round(
            median(median(theirs) / median(ours) for theirs, ours in zip(times[name], times["ours"], strict=True)), 2
        )
        for name in times
        if name != "ours"
    }
    return {"rows": rows, "ratios": ratios}


def report(place: str, found: dict[str, Any]) -> str:
    """The figures as people read them."""
    lines = [f"{place}:", f"{'':8}{'median µs':>11}{'p99 µs':>10}{'per s':>8}{'B/case':>8}  what"]
    for name, row in found["rows"].items():
        lines.append(
            f"{name:8}{row['median_us']:>11}{row['p99_us']:>10}{row['completions_per_s']:>8}"
            f"{row['bytes_per_case']:>8}  {row['what']}"
        )
    ratios = ", ".join(f"{ratio:.2f} × {name}" for name, ratio in found["ratios"].items())
    return "\n".join([*lines, f"ours is {ratios}", ""])


def run(folder: str | None, rounds: int) -> dict[str, Any]:
    """Measure all contestants with their databases in one folder."""
    with tempfile.TemporaryDirectory(prefix="kefuflow-bench-", dir=folder) as place:
        contestants: dict[str, Contestant] = {
            "naive": NaiveBare(Path(place) / "naive.db"),
            "best": BestBare(Path(place) / "best.db"),
            "ours": Ours(Path(place) / "ours.db"),
        }
        found = summary(measure(contestants, rounds), contestants)
        for contestant in contestants.values():
            contestant.close()
    return found


def main(rounds: int) -> tuple[dict[str, Any], bool]:
    """Run and print; the facts, and whether every promise is kept."""
    print(f"W1, {rounds} rounds of {TURN} completions in turn; step and commit, SQLite WAL, synchronous=FULL\n")
    places = {"on the disk of temporary files": run(None, rounds)}
    if MEMORY.is_dir():
        places["in memory (a commit costs nothing: the program's own work)"] = run(str(MEMORY), rounds)
    for place, found in places.items():
        print(report(place, found))
    ratios = list(places.values())[-1]["ratios"]
    for name, floor in PROMISES:
        kept = "kept" if ratios[name] >= floor else "MISSED"
        print(f"≥ {floor} × {name}: {ratios[name]:.2f} {kept}")
    facts = {
        "workload": "W1",
        "rounds": rounds,
        "turn": TURN,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "spiffworkflow": version("SpiffWorkflow"),
        "places": places,
    }
    return facts, all(ratios[name] >= floor for name, floor in PROMISES)

"""W1 at the engine layer, ours beside bare SpiffWorkflow and bpmn-engine, step and commit."""

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
from bench.contestant import Case, Contestant, ContestantApart
from bench.drawing import javascript_w1
from bench.node_engine import KINDS, LEFT_OUT, NodeEngine, find_node
from bench.ours import Ours

#: Completions of one contestant before the next one's turn: small, so that the machine's moods hit all alike.
TURN = 50
#: Turns of each that are dropped: node compiles what it runs often, and takes its time to.
WARM_UP = 5
#: A file system in memory, where there is one.
MEMORY = Path("/dev/shm")
#: A turn's cases: of two completions each, every other one by the other way of the gateway.
CASES = [Case(number=n, steps=({"ok": n % 4 < 2}, {"note": "已处理"})) for n in range(0, TURN, 2)]
#: The promise: (contestant, how many times faster we are at least).
PROMISES = (("naive", 4.0), ("best", 1.3))
Contestants = dict[str, Contestant | ContestantApart]


def measure(contestants: Contestants, rounds: int) -> dict[str, list[list[float]]]:
    """Seconds of each completion: contestant → round → completion; the first rounds warm up and are dropped."""
    times: dict[str, list[list[float]]] = {name: [] for name in contestants}
    for number in range(-WARM_UP, rounds):
        for name, contestant in contestants.items():
            turn = contestant.turn(CASES) if isinstance(contestant, ContestantApart) else _turn(contestant)
            if number >= 0:
                times[name].append(turn)
    return times


def _turn(contestant: Contestant) -> list[float]:
    turn: list[float] = []
    for wanted in CASES:
        case = contestant.start(wanted.number)
        for values in wanted.steps:
            step: Callable[[], None] = contestant.prepare(case, values)
            began = perf_counter()
            step()
            turn.append(perf_counter() - began)
        contestant.check(case)
    return turn


def summary(times: dict[str, list[list[float]]], contestants: Contestants) -> dict[str, Any]:
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
    lines = [f"{place}:", f"{'':18}{'median µs':>11}{'p99 µs':>10}{'per s':>8}{'B/case':>8}  what"]
    for name, row in found["rows"].items():
        lines.append(
            f"{name:18}{row['median_us']:>11}{row['p99_us']:>10}{row['completions_per_s']:>8}"
            f"{row['bytes_per_case']:>8}  {row['what']}"
        )
    ratios = ", ".join(f"{ratio:.2f} × {name}" for name, ratio in found["ratios"].items())
    return "\n".join([*lines, f"ours is {ratios}", ""])


def run(folder: str | None, rounds: int) -> dict[str, Any]:
    """Measure all contestants with their databases in one folder; who has no node, without bpmn-engine."""
    with tempfile.TemporaryDirectory(prefix="kefuflow-bench-", dir=folder) as place:
        contestants: Contestants = {
            "naive": NaiveBare(Path(place) / "naive.db"),
            "best": BestBare(Path(place) / "best.db"),
            "ours": Ours(Path(place) / "ours.db"),
        }
        if node := find_node():
            for name in KINDS:
                contestants[name] = NodeEngine(node, name, Path(place) / f"{name}.db", javascript_w1())
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
    if find_node() is None:
        print(LEFT_OUT)
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
        "left_out": None if find_node() else LEFT_OUT,
        "places": places,
    }
    return facts, all(ratios[name] >= floor for name, floor in PROMISES)

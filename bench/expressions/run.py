"""Measures the contestants in turn: small batches, A B C A B C, each in a process of its own."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from bench.expressions.work import CONDITIONS

ROOT: Final = Path(__file__).parents[2]
#: The other engines' packages, of other versions than ours: scripts/setup.sh bench.
THEIRS: Final = ROOT / ".venv" / "bench" / "bin" / "python"
#: Contestant → the interpreter that has its packages.
CONTESTANTS: Final = {"ours": Path(sys.executable), "bkflow": THEIRS, "zen": THEIRS, "zen-bare": THEIRS}
TABLES: Final = ("table:UNIQUE", "table:FIRST")
#: Batches before the next one's turn, and evaluations a batch: a batch of conditions is long enough for the clock.
TURN: Final = 10
CONDITION_BATCH: Final = 100
#: Rounds of compiled work for one of cold.
WARM_ROUNDS: Final = 5
#: Work → microseconds that we promise to need at most, at the median.
PROMISES: Final = {"simple": 2.0, "table:UNIQUE": 60.0, "table:FIRST": 60.0}


class Worker:
    """A contestant's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.what: str = self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a contestant has ended: see above")
        return json.loads(line)

    def ask(self, work: str, *, cold: bool = False) -> list[float] | None:
        """Seconds an evaluation of a turn's batches; None when the contestant has no such thing."""
        size = 1 if work.startswith("table:") else CONDITION_BATCH
        batches = TURN if size > 1 or cold else TURN * 10
        assert self._process.stdin is not None
        print(
            json.dumps({"work": work, "batches": batches, "size": size, "cold": cold}),
            file=self._process.stdin,
            flush=True,
        )
        found: list[float] | None = self._read()
        return found


@contextmanager
def worker(name: str, python: Path) -> Iterator[Worker]:
    """A contestant's process, ended when done."""
    arguments = [str(python), "-m", "bench.expressions.worker", name]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Worker(process)
        finally:
            process.terminate()


#: Work → contestant → round → batch: seconds.
Times = dict[str, dict[str, list[list[float]]]]


def measure(workers: dict[str, Worker], works: Iterable[str], rounds: int, *, cold: bool = False) -> Times:
    """Every round goes over all work and all contestants; the first round warms up and is dropped."""
    times: Times = {work: {} for work in works}
    for number in range(rounds + 1):
        for work, of_contestants in times.items():
            for name, each in workers.items():
                turn = each.ask(work, cold=cold)
                if number and turn:
                    of_contestants.setdefault(name, []).append(turn)
    return times


def summary(times: dict[str, list[list[float]]]) -> dict[str, Any]:
    """Medians and p99 in µs, and how many times our time the others take, round by round."""
    rows = {}
    for name, turns in times.items():
        batches = [seconds for turn in turns for seconds in turn]
        ratio = median(median(theirs) / median(ours) for theirs, ours in zip(turns, times["ours"], strict=True))
        rows[name] = {
            "median_us": round(median(batches) * 1e6, 2),
            "p99_us": round(quantiles(batches, n=100)[98] * 1e6, 2),
            "times_ours": round(ratio, 2),
        }
    return rows


def report(title: str, found: dict[str, dict[str, Any]]) -> str:
    """The figures as people read them."""
    lines = [f"{title}:", f"{'':14}" + "".join(f"{name:>28}" for name in CONTESTANTS)]
    for work, rows in found.items():
        cells = (_cell(rows.get(name)) for name in CONTESTANTS)
        lines.append(f"{work:14}" + "".join(f"{cell:>28}" for cell in cells))
    return "\n".join([*lines, ""])


def _cell(row: dict[str, Any] | None) -> str:
    return "-" if row is None else f"{row['median_us']:.2f} / {row['p99_us']:.2f} ({row['times_ours']:.2f} ×)"


def main(rounds: int) -> tuple[dict[str, Any], bool]:
    """Run and print; the facts, and whether every promise is kept."""
    if not THEIRS.exists():
        raise SystemExit("the other engines are not installed: sh scripts/setup.sh bench")
    with ExitStack() as stack:
        workers = {name: stack.enter_context(worker(name, python)) for name, python in CONTESTANTS.items()}
        works = (*CONDITIONS, *TABLES)
        warm = {work: summary(times) for work, times in measure(workers, works, WARM_ROUNDS * rounds).items()}
        cold = {work: summary(times) for work, times in measure(workers, works, rounds, cold=True).items()}
        whats = {name: each.what for name, each in workers.items()}
    print(f"Rules, {WARM_ROUNDS * rounds} rounds in turn (cold: {rounds}); median / p99 in µs (× ours)\n")
    print("\n".join(f"{name:9} {what}" for name, what in whats.items()), end="\n\n")
    print(report("compiled once, one evaluation", warm))
    print(report("from the text to the first answer", cold))
    good = True
    for work, ceiling in PROMISES.items():
        found = warm[work]["ours"]["median_us"]
        good = good and found <= ceiling
        print(f"≤ {ceiling:g} µs, {work}: {found:g} {'kept' if found <= ceiling else 'MISSED'}")
    facts = {
        "workload": "rules",
        "rounds": rounds,
        "turn": TURN,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "contestants": whats,
        "evaluation": warm,
        "cold": cold,
    }
    return facts, good

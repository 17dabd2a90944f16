"""``make soak``: twelve hours of two hundred agents with 1 % faults; exit status 1 when something does not hold."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from tests.soak.day import live


def main() -> int:
    """Live a day, print what came of it; with ``--json`` all of it."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=12)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--faults", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=float, default=15, help="minutes between two deeds of an agent")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kefuflow-soak-") as folder:
        report = live(
            Path(folder), hours=options.hours, agents=options.agents, faults=options.faults, seed=options.seed,
            each=timedelta(minutes=options.each),
        )  # fmt: skip
    told = Counter(report.done)
    print(
        f"{report.hours:g} h of {report.agents} agents, {report.faults:.1%} faults, seed {report.seed}: "
        f"{report.actions:,} actions, {report.cases:,} cases, {report.tasks:,} tasks, {report.events:,} events "
        f"in {report.seconds:.0f} s"
    )
    print(f"crashes {told['crash']}, clock jumps {told['the clock jumps']}, sent again {told['sent again']}")
    print(f"memory {report.memory[0]:.0f} → {report.memory[-1]:.0f} MB, {report.growth:+.1f} MB an hour at the end")
    print("\n".join(report.wrong[:20]) or "every invariant holds, every case re-executes, every proof verifies")
    if options.json:
        options.json.write_text(json.dumps({**asdict(report), "growth": report.growth}, ensure_ascii=False, indent=1))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

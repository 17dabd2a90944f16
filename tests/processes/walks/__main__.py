"""Walks more seeds than the test does, and tells what they find and what they reach."""

from __future__ import annotations

import argparse
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.processes.walks.stage import walk_stage
from tests.processes.walks.walker import Walk


def main() -> None:
    """Walk seeds FIRST-LAST."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-5")
    parser.add_argument("--cases", type=int, default=10)
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--logs", type=Path)
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    only = tuple(name for name in given.only.split(",") if name)
    done: Counter[str] = Counter()
    end = time.monotonic() + 60 * given.minutes
    with walk_stage() as stage:
        for seed in range(int(first), int(last or first) + 1):
            if time.monotonic() > end:
                break
            began = time.monotonic()
            walk: Walk | None = None
            try:
                walk = stage.open(seed, cases=given.cases, orders=given.orders, only=only)
                walk.run()
                found = stage.judge(walk)
            except Exception as problem:  # noqa: BLE001 - the next seed goes on
                found = [f"{type(problem).__name__}: {problem}"]
                if not isinstance(problem, AssertionError):
                    found.append(traceback.format_exc(limit=-6))
            if walk is not None:
                done += walk.done
                if given.logs and found:
                    (given.logs / f"walk-{seed}.log").write_text("\n".join([*walk.log, "", *found]), "utf-8")
            actions = 0 if walk is None else len(walk.log)
            print(
                f"seed {seed}: {time.monotonic() - began:.0f} s, {actions} actions, {len(found)} findings", flush=True
            )
            for line in found:
                print(f"   {line[:1500]}", flush=True)
        if given.logs:
            (given.logs / "coverage.txt").write_text(stage.coverage(), "utf-8")
        print(stage.summary())
    print({name: count for name, count in sorted(done.items()) if not name.startswith("complete ")})


if __name__ == "__main__":
    main()

"""``make bench``: a user task (w1), a long loop (w2) and sleeping timers (w3) beside bare SpiffWorkflow and others, the
rules beside others' (feel), search among a million cases (search), the inbox with a million tasks (inbox), fifty
browsers (desk), the proof of a million events (proof), a back-test of a thousand cases (backtest), what waiting
instances weigh and how long a server takes to start (memory). ``--table`` prints what was measured last."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from bench import backtest, desk, inbox, memory, proof, search, w1, w2, w3
from bench.expressions import run as feel
from bench.table import table

SECTIONS = {
    "w1": w1.main, "w2": w2.main, "w3": w3.main, "feel": feel.main, "search": search.main, "inbox": inbox.main,
    "desk": desk.main, "proof": proof.main, "backtest": backtest.main, "memory": memory.main,
}  # fmt: skip


def kept(path: Path) -> dict[str, Any]:
    """What earlier runs found, section by section."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {name: found[name] for name in SECTIONS if name in found}


def where() -> dict[str, Any]:
    """What it is measured on; the load is that of the minute before, a section measured just then included."""
    return {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": platform.python_version()}


def main() -> int:
    """Run, print, write JSON; 1 when a promise is missed."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path, default=Path("bench/results.json"))
    parser.add_argument("--table", action="store_true", help="measure nothing: print what was measured last")
    options = parser.parse_args()
    everything = kept(options.json)
    if options.table:
        print(table(everything))
        return 0
    good = True
    for name, section in SECTIONS.items():
        if options.only in (None, name):
            measured_on = where()
            facts, promises_kept = section(options.rounds)
            everything[name] = {**facts, "where": measured_on}
            good = good and promises_kept
            options.json.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n", "utf-8")
            print()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

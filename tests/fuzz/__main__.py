"""``make fuzz``: every target for a minute; what breaks a promise is kept in .cache/fuzz/found.

Arguments other than ``--only`` go to libFuzzer (``-max_total_time=600``, ``-runs=1000``); its last one wins.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = ROOT / "tests" / "unit" / "feel" / "corpus"
WORK: Final = ROOT / ".cache" / "fuzz"
TARGETS: Final = ("source", "tree", "model")
_MAX_BYTES: Final = {"source": 4200, "tree": 400, "model": 8000}


def command(target: str, more: list[str]) -> list[str]:
    """The run of one target: new inputs go to the first folder, the committed ones are read too."""
    corpus = WORK / target
    corpus.mkdir(parents=True, exist_ok=True)
    (WORK / "found").mkdir(exist_ok=True)
    flags = [
        f"-max_len={_MAX_BYTES[target]}",
        f"-dict={ROOT / 'tests' / 'fuzz' / 'words.dict'}",
        f"-artifact_prefix={WORK / 'found' / target}-",
        "-max_total_time=60",
        "-timeout=10",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    return [sys.executable, "-m", "tests.fuzz.harness", target, str(corpus), str(SEEDS / target), *flags, *more]


def main() -> int:
    """Run them one after the other; 1 when one found something."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", choices=TARGETS)
    options, more = parser.parse_known_args()
    broken = []
    for target in (options.only,) if options.only else TARGETS:
        print(f"fuzz: {target}", flush=True)
        if subprocess.run(command(target, more), cwd=ROOT, check=False).returncode:
            broken.append(target)
    print(f"fuzz: {', '.join(broken)} broke a promise: see .cache/fuzz/found" if broken else "fuzz: nothing found")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

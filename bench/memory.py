"""What waiting instances weigh, and how long a server takes until it serves: each by a process of its own.

``python -m bench.memory <database> <count>`` is the process that starts the instances, so many before it begins to
measure; it prints what it found as JSON.
"""

from __future__ import annotations

import gc
import json
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from sqlalchemy import text

from bench.drawing import feel_w1
from bench.ours import open_runtime
from bench.serving import Server, resident_mb, serving, wait_until_calm, wait_until_ready
from engine.model import SYSTEM
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.migrate import upgrade

INSTANCES: Final = 10_000
#: So many are started before: what is kept once (compiled diagram, statements) is there then; and so many that the
#: database's page cache is full as well, so that what still grows is held for each instance.
FEW: Final = 100
MANY: Final = 20_000
#: A server is started so many times at most.
STARTS: Final = 5
_WAITING: Final = text("SELECT count(*) FROM user_task WHERE element = 'a' AND status = 'open'")


# --- in the process that starts them -------------------------------------------------------------


def start_instances(path: Path, already: int) -> dict[str, float]:
    """Start so many, then those that are measured, each waiting at user task a: megabytes here, bytes of database."""
    db, runtime = open_runtime(path, {"w1.bpmn": feel_w1()}, "w1.a", "w1.b", "w1.c")
    opened_mb = resident_mb()
    _start(runtime, already)
    before_mb, before_bytes = _settled(), _bytes(db, path)
    began = perf_counter()
    _start(runtime, INSTANCES)
    seconds = perf_counter() - began
    after_mb, after_bytes = _settled(), _bytes(db, path)
    with db.read() as connection:
        waiting = connection.execute(_WAITING).scalar_one()
    db.close()
    if waiting != already + INSTANCES:
        raise AssertionError(f"{waiting} wait at user task a")
    return {
        "before": already,
        "mb_opened": round(opened_mb, 1),
        "mb_before": round(before_mb, 1),
        "mb_after": round(after_mb, 1),
        "bytes_asleep": (after_bytes - before_bytes) // INSTANCES,
        "started_per_s": round(INSTANCES / seconds),
    }


def _start(runtime: Runtime, count: int) -> None:
    for number in range(count):
        runtime.start("w1", {"order_id": f"SO-{number}"}, SYSTEM)


def _settled() -> float:
    gc.collect()
    return resident_mb()


def _bytes(db: Database, path: Path) -> int:
    """Of the file, with what its log held."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


# --- in the process that measures ----------------------------------------------------------------


def run(folder: Path, starts: int) -> dict[str, Any]:
    """Instances first, then a server on an empty database and on the one with the first of them."""
    empty, full, larger = (folder / name / "kefuflow.db" for name in ("empty", "full", "larger"))
    for path in (empty, full, larger):
        path.parent.mkdir()
    upgrade(f"sqlite:///{empty}")
    return {
        "instances": [_start_apart(full, FEW), _start_apart(larger, MANY)],
        "serving": {"an empty database": serve(empty, starts), f"{FEW + INSTANCES:,} instances": serve(full, starts)},
    }


def _start_apart(path: Path, already: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.memory", str(path), str(already)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def serve(path: Path, starts: int) -> dict[str, float]:
    """Seconds until a server is ready, megabytes that it holds then, and once it has nothing left to do."""
    with serving(path, quiet=True) as server:
        first = wait_until_ready(server)
        wait_until_calm(server)
    times, megabytes, calm_mb = [], [], 0.0
    for number in range(starts):
        with serving(path, quiet=True) as server:
            times.append(wait_until_ready(server))
            megabytes.append(server.resident_mb())
            if number == starts - 1:
                calm_mb = _calm_mb(server)
    return {
        "s_first": round(first, 2),
        "s_ready": round(median(times), 2),
        "s_slowest": round(max(times), 2),
        "mb_ready": round(median(megabytes), 1),
        "mb_calm": round(calm_mb, 1),
    }


def _calm_mb(server: Server) -> float:
    wait_until_calm(server)
    return server.resident_mb()


def report(found: dict[str, Any]) -> str:
    """The figures as people read them."""
    lines = [
        f"{INSTANCES:,} more after {of['before']:,}: {of['mb_before']} → {of['mb_after']} MB "
        f"(+{of['mb_after'] - of['mb_before']:.1f}), {of['bytes_asleep']:,} bytes of database each, "
        f"{of['started_per_s']:,} started/s"
        for of in found["instances"]
    ]
    lines.append(f"\n{'kefuflow serve':22}{'first s':>9}{'ready s':>9}{'slowest':>9}{'MB ready':>10}{'MB calm':>9}")
    for name, row in found["serving"].items():
        lines.append(
            f"{name:22}{row['s_first']:>9}{row['s_ready']:>9}{row['s_slowest']:>9}{row['mb_ready']:>10}{row['mb_calm']:>9}"
        )
    return "\n".join(lines)


def main(rounds: int) -> tuple[dict[str, Any], bool]:
    """Run and print; the facts. Nothing is promised."""
    starts = min(rounds, STARTS)
    print(f"Memory: {INSTANCES:,} instances of W1 that wait for a person, and {starts} starts of a server\n")
    with tempfile.TemporaryDirectory(prefix="kefuflow-bench-") as folder:
        found = run(Path(folder), starts)
    print(report(found))
    facts = {
        "workload": "memory",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "count": INSTANCES,
        "starts": starts,
        **found,
    }
    return facts, True


if __name__ == "__main__":
    print(json.dumps(start_instances(Path(sys.argv[1]), int(sys.argv[2]))))

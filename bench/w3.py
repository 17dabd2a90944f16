"""W3: sleeping timers that all come due, and a worker beside a million that sleep on.

Ours: the runtime with history, hashes and jobs, the clock moved to where all are due. Bare SpiffWorkflow: one row an
instance, loaded and dumped whole; it keeps no history and asks nothing else. bpmn-engine: the same, in a process of its
own that times itself. Then the sleeping instances are copied within the database until there are as many as asked, and
a minute of the worker's polls is timed.
"""

from __future__ import annotations

import platform
import sqlite3
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any, Final

from sqlalchemy import Table, text

from bench.bare import NaiveBare
from bench.drawing import feel_w3, javascript_w3, python_w3
from bench.node_engine import LEFT_OUT, NodeEngine, find_node
from bench.serving import resident_mb
from engine.clock import VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import ID_BASE, SYSTEM
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.store.tables import job, process_instance
from engine.worker import Worker

#: Timers of ours that come due at once, and of the others, which are slower.
TIMERS: Final = 10_000
BARE_TIMERS: Final = 1_000
#: After so many seconds the last of bpmn-engine's timers is due: it knows no clock but the machine's.
_DUE_SECONDS: Final = 1.1
#: Fired a second, at least; and seconds of CPU that a worker uses in a minute beside a million that sleep.
FIRED: Final = 3_000
IDLE_SECONDS: Final = 0.1
#: So many sleep at the worker's side; the first are those that were really started.
SLEEPING: Final = (10_000, 100_000, 1_000_000)
_POLL: Final = 5
#: A poll that uses less CPU has nothing to catch up with; so many in a row, and so many are waited for at most.
_QUIET_SECONDS: Final = 0.02
_QUIET_POLLS: Final = 120 // _POLL
_LONGEST: Final = 20_000
_HOUR: Final = timedelta(hours=1)
_BEGIN: Final = datetime(2026, 1, 2, 1, tzinfo=UTC)
_MB: Final = 2**20


class _Shop:
    """A database with one process, on a clock of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        url = f"sqlite:///{path}"
        upgrade(url)
        self.db, self.clock = Database.open(url), VirtualClock(_BEGIN)
        definitions = Definitions(self.db, self.clock)
        definitions.deploy({"w3.bpmn": feel_w3()}, SYSTEM)
        self.runtime = Runtime(self.db, self.clock, definitions, CONNECTORS)
        self.worker = Worker(self.runtime, deliver=lambda _: None)

    def start(self, count: int) -> float:
        """Start so many; gives the seconds that it took."""
        began = perf_counter()
        for number in range(count):
            self.runtime.start("w3", {"order_id": f"SO-{number}"}, SYSTEM)
        return perf_counter() - began

    def number(self, sql: str) -> int:
        """What a query counts."""
        with self.db.read() as connection:
            return int(connection.execute(text(sql)).scalar_one())

    def bytes(self) -> int:
        """Of the file, with what its log held."""
        with self.db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.stat().st_size


def ours(folder: Path) -> dict[str, Any]:
    """How fast timers are armed and fired, and what one that sleeps weighs."""
    shop = _Shop(folder / "w3.db")
    empty, before = shop.bytes(), resident_mb()
    seconds = shop.start(TIMERS)
    after, weight = resident_mb(), shop.bytes() - empty
    shop.clock.advance(_HOUR)
    began = perf_counter()
    shop.worker.drain(looks=False)
    fired = perf_counter() - began
    if shop.number("SELECT count(*) FROM process_instance WHERE status = 'completed'") != TIMERS:
        raise AssertionError("a timer was lost")
    if shop.number("SELECT count(*) FROM history_event WHERE kind = 'timer.fired'") != TIMERS:
        raise AssertionError("a timer fired twice")
    shop.db.close()
    return {
        "started_per_s": round(TIMERS / seconds),
        "fired_per_s": round(TIMERS / fired),
        "bytes_asleep": weight // TIMERS,
        "resident_mb_for_10000": round(after - before, 1),
    }


def bare(folder: Path) -> dict[str, Any]:
    """Bare SpiffWorkflow with SQLite: timers that are due, fired one after the other."""
    contestant = NaiveBare(folder / "bare.db", python_w3())
    for number in range(BARE_TIMERS):
        contestant.start(number)
    began = perf_counter()
    for key in range(1, BARE_TIMERS + 1):
        contestant.fire(key)
    seconds = perf_counter() - began
    contestant.close()
    return {"fired_per_s": round(BARE_TIMERS / seconds)}


def node_engine(folder: Path) -> dict[str, Any] | None:
    """bpmn-engine with SQLite, recovered from its saved state: the same; None where there is no node for it."""
    if not (node := find_node()):
        return None
    contestant = NodeEngine(node, "bpmn-engine", folder / "node.db", javascript_w3())
    contestant.start([f"SO-{number}" for number in range(BARE_TIMERS)])
    sleep(_DUE_SECONDS)
    seconds = contestant.fire(BARE_TIMERS)
    contestant.close()
    return {"fired_per_s": round(BARE_TIMERS / seconds), **contestant.versions}


def sleeping(folder: Path) -> dict[str, dict[str, float]]:
    """CPU of a minute of polls, by how many sleep."""
    shop = _Shop(folder / "asleep.db")
    shop.start(SLEEPING[0])
    found = {}
    for count in SLEEPING:
        _copy(shop, SLEEPING[0], count)
        _calm(shop)
        began, wall = process_time(), perf_counter()
        for _ in range(60 // _POLL):
            shop.clock.advance(timedelta(seconds=_POLL))
            shop.worker.drain()
        found[str(count)] = {
            "cpu_s": round(process_time() - began, 3),
            "wall_s": round(perf_counter() - wall, 3),
            "start_up_s": round(_start_up(shop), 3),
            "file_mb": round(shop.bytes() / _MB),
        }
    shop.db.close()
    return found


def _calm(shop: _Shop) -> None:
    """Let the worker catch up with what is new to it; some of it is looked at once a minute, so two must be quiet."""
    quiet = 0
    for _ in range(_LONGEST):
        began = process_time()
        shop.worker.drain()
        quiet = quiet + 1 if process_time() - began < _QUIET_SECONDS else 0
        if quiet > _QUIET_POLLS:
            return
        shop.clock.advance(timedelta(seconds=_POLL))
    raise AssertionError("the worker finds no rest")


def _start_up(shop: _Shop) -> float:
    """Seconds until another process's worker has looked once."""
    began = perf_counter()
    db = Database.open(f"sqlite:///{shop.path}")
    worker = Worker(Runtime(db, shop.clock, Definitions(db, shop.clock), CONNECTORS), deliver=lambda _: None)
    worker.drain(looks=False)
    seconds = perf_counter() - began
    db.close()
    return seconds


def _copy(shop: _Shop, known: int, wanted: int) -> None:
    """Copy the first instances and their timers, under further keys, until there are as many as wanted."""
    have = shop.number("SELECT count(*) FROM process_instance")
    with sqlite3.connect(shop.path, isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN IMMEDIATE")
        while have < wanted:
            keys = {"key": f"key + {have}", "case_id": f"CAST(key + {have} AS TEXT)", "start_key": "NULL"}
            _insert(connection, process_instance, keys, f"key <= {known}")
            jobs = {
                "id": f"id + {have * ID_BASE}",
                "instance": f"instance + {have}",
                "case_id": f"CAST(instance + {have} AS TEXT)",
            }
            _insert(connection, job, jobs, f"instance <= {known}")
            have += known
        connection.execute("COMMIT")
    connection.close()


def _insert(connection: sqlite3.Connection, table: Table, changed: Mapping[str, str], where: str) -> None:
    names = [column.name for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(changed.get(name, f'"{name}"') for name in names)
    connection.execute(f'INSERT INTO "{table.name}" ({columns}) SELECT {values} FROM "{table.name}" WHERE {where}')


def main(_rounds: int) -> tuple[dict[str, Any], bool]:
    """Measure and print; false when a promise is missed."""
    with tempfile.TemporaryDirectory(prefix="kefuflow-w3-") as name:
        folder = Path(name)
        mine, theirs, of_node, asleep = ours(folder), bare(folder), node_engine(folder), sleeping(folder)
    print(f"W3: {TIMERS:,} timers due at once")
    print(f"  ours: {mine['fired_per_s']:,} fired/s, {mine['started_per_s']:,} started/s, "
          f"{mine['bytes_asleep']:,} bytes each asleep")  # fmt: skip
    print(f"  bare SpiffWorkflow + SQLite: {theirs['fired_per_s']:,} fired/s")
    print(f"  bpmn-engine + SQLite: {of_node['fired_per_s']:,} fired/s" if of_node else f"  {LEFT_OUT}")
    for count, row in asleep.items():
        print(f"  {int(count):,} asleep: a minute of polls uses {row['cpu_s']} s CPU, start-up {row['start_up_s']} s")
    idle = asleep[str(SLEEPING[-1])]["cpu_s"]
    kept = mine["fired_per_s"] >= FIRED and idle < IDLE_SECONDS
    print("  promises kept" if kept else f"  PROMISE MISSED: ≥ {FIRED:,} fired/s, < {IDLE_SECONDS} s CPU a minute")
    facts = {
        "workload": "W3",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "timers": TIMERS,
        "ours": mine,
        "bare": theirs,
        "bpmn-engine": of_node,
        "asleep": asleep,
    }
    return facts, kept

"""A process killed for real, at any moment: what was answered is kept, what was not leaves no half step."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.audit import re_execute
from engine.clock import VirtualClock
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.support import LI, Engine
from tests.unit.bpmn.drawing import Drawing

ROOT = Path(__file__).parents[2]
#: Completes open tasks for ever and says which, after the commit.
AGENT = """
import sys
from engine.clock import VirtualClock
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.support import LI, Engine
engine = Engine(Database.open(sys.argv[1]), VirtualClock(FRIDAY_9AM))
while True:
    engine.worker.drain()
    for task in engine.tasks():
        engine.runtime.complete(task, {"round": str(task)}, LI)
        print(task, flush=True)
"""


def loop() -> Drawing:
    """A user task and a job, for ever."""
    drawing = Drawing("p").start().gateway("again").user("ask").service("job")
    return drawing.flow("start", "again", "ask", "job", "again")


@pytest.mark.timeout(240)
def test_twelve_kills_lose_no_answered_completion_and_leave_no_half_step(db: Database, database_url: str) -> None:
    engine = Engine(db, VirtualClock(FRIDAY_9AM))
    engine.deploy(loop())
    keys = [engine.start() for _ in range(5)]
    chance, answered = random.Random(7), []
    for _ in range(12):
        answered += killed_after(database_url, chance.uniform(0.0, 0.25))
    completed = engine.column("SELECT id FROM user_task WHERE status = 'completed'")
    assert len(answered) == len(set(answered))
    assert set(answered) <= {str(task) for task in completed}
    assert len(completed) - len(answered) <= 12, "at most the one in flight at each kill was not answered"
    assert len(answered) > 12
    for key in keys:
        assert engine.kinds(key).count("user_task.completed") == len(
            engine.column("SELECT id FROM user_task WHERE status = 'completed' AND instance = :key", key=key)
        )
        assert re_execute(db, str(key)).same
    waiting = engine.column("SELECT instance FROM user_task WHERE status = 'open'")
    waiting += engine.column("SELECT instance FROM job")
    assert sorted(waiting) == keys, "every instance waits at exactly one place"  # type: ignore[type-var]
    check = sqlite3.connect(db.file)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def killed_after(url: str, seconds: float) -> list[str]:
    """Let an agent work, kill -9 it so long after its first answer; gives what it answered."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", AGENT, url]
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        threading.Event().wait(seconds)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return [line for line in (first + rest).splitlines(keepends=False) if line]


@pytest.mark.timeout(120)
def test_two_processes_on_one_database_do_each_job_once(db: Database, database_url: str) -> None:
    engine = Engine(db, VirtualClock(FRIDAY_9AM))
    drawing = Drawing("p").start().service("job").end().flow("start", "job", "end")
    engine.deploy(drawing)
    for _ in range(60):
        engine.start()
    program = AGENT.partition("while True")[0] + "print(engine.worker.drain())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, database_url], cwd=ROOT, env=environment, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    done = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(done) == 60
    assert engine.column("SELECT count(*) FROM history_event WHERE kind = 'job.completed'") == [60]
    assert engine.count("job") == 0
    assert LI.id not in engine.column("SELECT DISTINCT actor FROM history_event WHERE kind = 'job.completed'")

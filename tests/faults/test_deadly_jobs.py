"""A job that ends the program, whatever it is that dies in it: it is found out and held, and all others are done."""

from __future__ import annotations

import os
import signal

import pytest

from engine.clock import VirtualClock
from engine.connectors import JobContext
from engine.model import Variables
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.runtime.test_poison import works
from tests.engine.support import ZHAO, Engine
from tests.faults.children import KILLED, Child, Mouth
from tests.faults.invariants import violations

SEGFAULT = 139
OTHERS = 19
#: Once in the batch, then three times alone.
DEATHS = 4


def dies(context: JobContext) -> Variables:
    if context.variables["number"] == 1:
        os._exit(SEGFAULT)
    return {}


def is_killed(context: JobContext) -> Variables:
    if context.variables["number"] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


CONNECTORS = {SEGFAULT: dies, KILLED: is_killed}


def engine_on(url: str, **connectors: object) -> Engine:
    return Engine(Database.open(url), VirtualClock(FRIDAY_9AM), dict(connectors))  # type: ignore[arg-type]


def live(mouth: Mouth, url: str, how: int) -> None:
    """In a process of its own: do all that is due."""
    mouth.send(engine_on(url, work=CONNECTORS[how]).worker.drain())


def started(url: str) -> Engine:
    engine = engine_on(url)
    engine.deploy(works())
    for number in range(1 + OTHERS):
        engine.start(number=number)
    return engine


def outlived(url: str, how: int, at_once: int = 1) -> int:
    """Lives until all of them end well; gives how many were ended."""
    deaths = 0
    while True:
        children = [Child(live, url, how) for _ in range(at_once)]
        for child in children:
            child.told()
        ends = [child.end() for child in children]
        assert set(ends) <= {0, how}
        if ends == [0] * at_once:
            return deaths
        deaths += at_once - ends.count(0)
        assert deaths < 20


@pytest.mark.parametrize("how", [SEGFAULT, KILLED])
def test_one_of_twenty_jobs_that_ends_the_program_is_held_and_all_others_are_done(database_url: str, how: int) -> None:
    engine = started(database_url)
    assert outlived(database_url, how) == DEATHS
    assert len(engine.tasks(element="after")) == OTHERS
    assert engine.column("SELECT kind FROM incident") == ["job"]
    assert "the program has ended 3 times" in str(engine.column("SELECT message FROM incident")[0])
    assert engine.column("SELECT i.incidents FROM process_instance i JOIN incident n ON n.instance = i.key") == [0]
    assert not violations(engine.db)
    (incident,) = engine.column("SELECT id FROM incident")
    engine.runtime.resolve_incident(int(str(incident)), ZHAO)
    assert outlived(database_url, how) == DEATHS - 1, "it is tried again, and was alone from the beginning"
    assert engine.count("incident") == 1
    engine.runtime.resolve_incident(int(str(incident)), ZHAO)
    assert engine.worker.drain() == 1, "mended"
    assert len(engine.tasks(element="after")) == 1 + OTHERS
    assert not violations(engine.db)
    engine.db.close()


def test_three_workers_at_once_die_of_it_and_do_all_others_once(database_url: str) -> None:
    engine = started(database_url)
    assert outlived(database_url, SEGFAULT, at_once=3) == DEATHS
    assert len(engine.tasks(element="after")) == OTHERS
    assert engine.column("SELECT kind FROM incident") == ["job"]
    assert engine.column("SELECT count(*) FROM history_event WHERE kind = 'job.completed'") == [OTHERS]
    assert not violations(engine.db)
    engine.db.close()

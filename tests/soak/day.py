"""Twelve hours of a shop with two hundred agents, in a few minutes: what was done, and what does not hold."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from engine.audit import verify
from engine.store.database import Database
from engine.store.tables import history_event, process_instance, user_task
from tests.faults.invariants import unlike_their_commands, violations
from tests.processes.walks.stage import WalkStage
from tests.soak.floor import Floor

#: Between two looks of the worker, at the memory and at incidents.
_ROUND: Final = timedelta(minutes=15)


@dataclass(slots=True)
class Report:
    """What came of a day."""

    hours: float
    agents: int
    faults: float
    seed: int
    actions: int = 0
    seconds: float = 0.0
    cases: int = 0
    tasks: int = 0
    events: int = 0
    #: Resident MB of the process after each quarter of an hour.
    memory: list[float] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    #: Sentences on what does not hold.
    wrong: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """MB an hour by which memory grows in the second half: the slope of the line of least squares."""
        later = self.memory[len(self.memory) // 2 :]
        if len(later) < 2:
            return 0.0
        hours = [n * (_ROUND / timedelta(hours=1)) for n in range(len(later))]
        middle, mean = sum(hours) / len(hours), sum(later) / len(later)
        above = sum((hour - middle) * (mb - mean) for hour, mb in zip(hours, later, strict=True))
        return above / sum((hour - middle) ** 2 for hour in hours)


def live(
    folder: Path, *, hours: float, agents: int, faults: float, seed: int, each: timedelta, checks: int = 4
) -> Report:
    """Let a shop live, then ask everything of its record.

    Args:
        folder: an empty one for its database.
        hours: of the shop.
        agents: people who work in it.
        faults: the share of what goes wrong.
        seed: the same gives the same day.
        each: how often one of the agents does something.
        checks: so many times on the way the invariants are asked, by a process of its own.
    """
    report = Report(hours=hours, agents=agents, faults=faults, seed=seed)
    began = time.monotonic()
    stage = WalkStage(folder)
    floor = Floor(stage.database(), seed, agents=agents, faults=faults)
    step = each / agents
    end = floor.clock.now() + timedelta(hours=hours)
    rounds = max(1, round(timedelta(hours=hours) / _ROUND))
    for number in range(rounds):
        for _ in _steps(floor, min(end, floor.clock.now() + _ROUND), step):
            floor.act()
            report.actions += 1
        _look_after(floor, report)
        if (number + 1) % max(1, rounds // checks) == 0:
            report.wrong += _elsewhere(str(floor.db.file), frozenset(floor.answered))
    _close(floor, report)
    report.seconds = time.monotonic() - began
    floor.db.close()
    return report


def _steps(floor: Floor, until: datetime, step: timedelta) -> Iterator[None]:
    while floor.clock.now() < until:
        yield
        floor.pass_time(step)


def _look_after(floor: Floor, report: Report) -> None:
    floor.look()
    floor.resolve()
    floor.forget_ended()
    report.memory.append(_resident())


def _close(floor: Floor, report: Report) -> None:
    """The evening: what failed is tried again until it holds, then every case and proof is checked."""
    floor.calm()
    for _ in range(20):
        floor.clock.advance(timedelta(minutes=30))
        floor.worker.drain(looks=False)
        if not floor.resolve():
            break
    floor.worker.drain()  # the log is sealed, too
    report.wrong += violations(floor.db, answered=floor.answered)
    report.wrong += unlike_their_commands(floor.db, floor.cases())
    report.wrong += [str(flaw) for flaw in verify(floor.db).flaws]
    with floor.db.read() as connection:
        for name, table in (("cases", process_instance), ("tasks", user_task), ("events", history_event)):
            setattr(report, name, connection.execute(select(func.count()).select_from(table)).scalar_one())
    report.done = dict(sorted(floor.done.items()))


def _elsewhere(file: str, answered: frozenset[int]) -> list[str]:
    """The invariants, asked by another process: reading all of a day's history is no part of the shop's memory."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_ask, file, answered).result()


def _ask(file: str, answered: frozenset[int]) -> list[str]:
    db = Database.open(f"sqlite:///{file}")
    try:
        return violations(db, answered=answered)
    finally:
        db.close()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

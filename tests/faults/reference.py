"""The workload without a fault, and the shop as it was between any two steps: what every crash is held against."""

from __future__ import annotations

import shutil
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from engine import failpoints
from engine.store.database import Database
from tests.faults.invariants import unlike_their_commands, violations
from tests.faults.outcome import differences, lines, outcome, spooled
from tests.faults.plan import PLAN, live


@dataclass(frozen=True)
class Place:
    """A failpoint within a step: reached there for that time."""

    step: int
    name: str
    time: int


@dataclass(frozen=True)
class Reference:
    """``folders[n]`` and ``outcomes[n]``: before step n; the last ones: at the end."""

    folders: list[Path]
    outcomes: list[dict[str, list[Any]]]
    #: By name, in the order in which they were reached.
    places: dict[str, list[Place]]

    @classmethod
    def made_in(cls, folder: Path) -> Reference:
        """Do the workload."""
        work = folder / "work"
        work.mkdir()
        made = cls([], [], defaultdict(list))
        for number, step in enumerate(PLAN):
            made._keep(work, folder / str(number))
            trace: list[str] = []
            with failpoints.watched(trace.append):
                live(work, step)
            for index, name in enumerate(trace):
                made.places[name].append(Place(number, name, trace[: index + 1].count(name)))
        made._keep(work, folder / "end")
        return made

    def _keep(self, work: Path, folder: Path) -> None:
        shutil.copytree(work, folder)
        self.folders.append(folder)
        self.outcomes.append(outcome(folder))

    def some(self, name: str) -> list[Place]:
        """Where a failpoint is reached for the first, the second and the last time."""
        found = self.places[name]
        return list(dict.fromkeys((*found[:2], *found[-1:])))

    # -- what must hold ---------------------------------------------------------------------------

    def copied(self, place: Place, folder: Path) -> Path:
        """The shop as it was before the step in which the fault comes."""
        return Path(shutil.copytree(self.folders[place.step], folder))

    def faults_after_death(self, place: Place, folder: Path) -> list[str]:
        """What does not hold behind a crash, before anything is done again."""
        if place.step == 0:
            return _unsound(folder)  # there may be no schema yet, but nothing between none and a whole one
        return _unsound(folder) + _unlawful(folder, self._completed(place.step), again=False)

    def faults_after_redoing(self, place: Place, folder: Path, steps: int = 1, *, again: bool) -> list[str]:
        """What does not hold when the step was done again: the shop must be as if there had been no fault.

        ``steps``: how many were done from there on. ``again``: every case is executed again, too.
        """
        step = place.step + steps
        found = differences(outcome(folder), self.outcomes[step])
        found += _unsound(folder) + _unlawful(folder, self._completed(step), again=again)
        if len(lines(folder)) > len(spooled(folder)) + 1:
            found.append("more messages left twice than there were crashes")
        return found

    def _completed(self, step: int) -> list[int]:
        db = Database.open(f"sqlite:///{self.folders[step] / 'shop.db'}")
        try:
            with db.read() as connection:
                return list(connection.execute(text("SELECT id FROM user_task WHERE status = 'completed'")).scalars())
        finally:
            db.close()


def _unsound(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "shop.db")
    try:
        (word,) = connection.execute("PRAGMA integrity_check").fetchone()
        return [] if word == "ok" else [f"integrity_check: {word}"]
    finally:
        connection.close()


def _unlawful(folder: Path, answered: list[int], *, again: bool) -> list[str]:
    """``again``: every case is executed again from its commands, too."""
    db = Database.open(f"sqlite:///{folder / 'shop.db'}")
    try:
        with db.read() as connection:
            cases = connection.execute(text("SELECT DISTINCT case_id FROM process_instance")).scalars().all()
        return violations(db, answered=answered) + (unlike_their_commands(db, cases) if again else [])
    finally:
        db.close()

"""Where the walks take place: the shipped processes, deployed once, and a copy of that database for each walk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.clock import VirtualClock
from engine.definitions import Definitions, Deployed
from engine.model import SYSTEM
from engine.scenarios.trace import read_taken
from engine.store.database import Database
from engine.store.migrate import upgrade
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import shipped_files
from tests.processes.walks.record import Record
from tests.processes.walks.rules import findings
from tests.processes.walks.walker import Walk


class WalkStage:
    """A folder with the deployed processes; remembers what the walks took of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        content, self.processes = _deployed()
        (folder / "deployed.db").write_bytes(content)
        #: (process id, flow or element), (decision id, rule) that were taken.
        self.taken: set[tuple[str, str]] = set()

    def open(self, seed: int, *, cases: int, orders: int = 5, only: tuple[str, ...] = ()) -> Walk:
        """A walk on a database of its own."""
        return Walk(self.database(), seed, cases=cases, orders=orders, only=only)

    def database(self) -> Database:
        """A database with the deployed processes, in place of the last one."""
        for file in self._folder.glob("walk.db*"):
            file.unlink()
        shutil.copy(self._folder / "deployed.db", self._folder / "walk.db")
        return Database.open(f"sqlite:///{self._folder / 'walk.db'}")

    def judge(self, walk: Walk) -> list[str]:
        """What does not hold after a walk."""
        for case_id in Record.read(walk).cases:
            self.taken |= read_taken(walk.db, walk.definitions, case_id)
        found = findings(walk)
        walk.db.close()
        return found

    def summary(self) -> str:
        """The first part of each line of ``coverage``."""
        return "\n".join(line.partition("; not taken")[0] for line in self.coverage().splitlines())

    def coverage(self) -> str:
        """How much of each process was taken, and the ends that were not."""
        lines = []
        for deployed in self.processes:
            definition = deployed.definition
            flows = set(definition.flow_ids.values())
            taken = {name for process, name in self.taken if process == deployed.process_id}
            ends = {e.id for e in definition.elements.values() if e.kind == "endEvent"}
            lines.append(
                f"{deployed.process_id}: flows {len(flows & taken)}/{len(flows)}, ends {len(ends & taken)}/{len(ends)}"
                f"; not taken: {', '.join(sorted((ends | flows) - taken))}"
            )
        return "\n".join(lines)


@cache
def _deployed() -> tuple[bytes, list[Deployed]]:
    """A database in which everything shipped is deployed, made once a process, and the processes of it."""
    with TemporaryDirectory(prefix="kefuflow-deployed-") as folder:
        file = Path(folder) / "deployed.db"
        upgrade(f"sqlite:///{file}")
        db = Database.open(f"sqlite:///{file}")
        definitions = Definitions(db, VirtualClock(FRIDAY_9AM))
        definitions.deploy(shipped_files(), SYSTEM)
        processes = definitions.all_latest()
        db.close()
        return file.read_bytes(), processes


@contextmanager
def walk_stage() -> Iterator[WalkStage]:
    """A stage in a folder that goes away."""
    with TemporaryDirectory(prefix="kefuflow-walks-") as folder:
        yield WalkStage(Path(folder))

"""Where scenarios run: the processes under test, deployed once into a database that every scenario gets a copy of."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from types import TracebackType
from typing import Final, Self

from engine.clock import SHANGHAI, VirtualClock
from engine.definitions import Definitions, Deployed
from engine.model import SYSTEM, JobKind
from engine.scenarios import people
from engine.scenarios.coverage import Coverage
from engine.scenarios.play import Play
from engine.scenarios.result import Result
from engine.scenarios.scenario import Scenario
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.store.tables import job

#: Where every scenario's clock starts: a Friday morning.
START: Final = datetime(2026, 1, 2, 9, 0, tzinfo=SHANGHAI)
_DEPLOYED: Final = "deployed.db"


class Stage:
    """A folder with the deployed processes; leave the ``with`` block and it is gone."""

    def __init__(self, folder: Path, processes: Iterable[Deployed]) -> None:
        self._folder = folder
        self._processes = {deployed.process_id: deployed for deployed in processes}
        self._known = {deployed.key: deployed for deployed in self._processes.values()}
        self._copy = _Copy(folder / _DEPLOYED, folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._copy.close()
        shutil.rmtree(self._folder)

    def run(self, scenario: Scenario) -> Result:
        """Run a scenario on a database of its own."""
        return self._copy.play(scenario, self._known)

    def missing(self, scenarios: Iterable[Scenario], coverage: Coverage) -> list[str]:
        """What no scenario takes, of the processes that the scenarios test."""
        under_test = {scenario.process for scenario in scenarios}
        return coverage.missing(d for name, d in self._processes.items() if name in under_test)


class _Copy:
    """A copy of a database for one scenario after the other: each finds it as it was.

    It is the same ``Database`` all the time, which knows the statements that the others have asked.
    """

    def __init__(self, deployed: Path, folder: Path) -> None:
        self._deployed = deployed
        self._db = Database.open(f"sqlite:///{folder / 'scenario.db'}", lasting=False)

    def play(self, scenario: Scenario, known: dict[int, Deployed] | None = None) -> Result:
        self.close()
        file = self._db.file
        for left in file.parent.glob(f"{file.name}*"):
            left.unlink()
        shutil.copy(self._deployed, file)
        with self._db.begin() as tx:  # the duties of other processes are another story
            others = job.c.kind == JobKind.START.value, job.c.type != scenario.process
            tx.connection.execute(job.delete().where(*others))
        return Play(scenario, self._db, VirtualClock(START), known=known).run()

    def close(self) -> None:
        self._db.close()


def run_on(deployed: Path, scenario: Scenario) -> Result:
    """Run a scenario on a copy of a database with the deployed processes, in a folder that goes away."""
    with TemporaryDirectory(prefix="kefuflow-scenario-") as folder, closing(_Copy(deployed, Path(folder))) as copy:
        return copy.play(scenario)


def prepare(files: Mapping[str, bytes], passed: frozenset[str] = frozenset()) -> Stage:
    """Deploy the processes under test.

    Args:
        files: name → content of diagrams, decisions, forms and texts.
        passed: names of those that are in force in the shop as they are: they are not checked again.

    Raises:
        DefinitionRefused: they do not pass the lint (``findings``).
    """
    folder = Path(mkdtemp(prefix="kefuflow-scenarios-"))
    try:
        return Stage(folder, deploy_into(folder / _DEPLOYED, files, passed))
    except BaseException:
        shutil.rmtree(folder)
        raise


def deploy_into(file: Path, files: Mapping[str, bytes], passed: frozenset[str] = frozenset()) -> list[Deployed]:
    """Make a database in which the files are deployed; gives the processes. The arguments are those of ``prepare``.

    Raises:
        DefinitionRefused: they do not pass the lint (``findings``).
    """
    upgrade(f"sqlite:///{file}")
    db = Database.open(f"sqlite:///{file}")
    try:
        definitions = Definitions(db, VirtualClock(START))
        definitions.deploy(files, SYSTEM, passed=passed)
        people.hire(db)
        return definitions.all_latest()
    finally:
        db.close()

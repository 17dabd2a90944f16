"""Runs the scenarios of files among all that would be in force: for pages, one by one, and for who demands that they
all pass before a deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

from engine import canonical
from engine.clock import VirtualClock
from engine.definitions import Definitions
from engine.definitions.bundle import SCENARIO, kind_of
from engine.errors import EngineError, InvalidValue
from engine.sandbox.place import Sandboxes, write_whole
from engine.scenarios import START, Coverage, Gaps, Result, Scenario, Step, read_scenarios, run_on
from engine.scenarios.writing import write
from engine.store.database import Database

#: Seconds that all scenarios of a deployment may take together.
MAX_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What all scenarios of some processes gave."""

    results: tuple[Result, ...]
    #: What no scenario takes, by process; those of which nothing is missing are there, too.
    missing: tuple[Gaps, ...]
    #: Numbers of the scenarios for which there was no time.
    left: tuple[str, ...] = ()
    #: Processes that were asked for and have no scenario.
    without: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Result, ...]:
        """Those that do not hold."""
        return tuple(result for result in self.results if not result.ok)

    @property
    def ok(self) -> bool:
        """Whether all were run and hold."""
        return not self.failed and not self.left


def run_scenarios(
    files: Mapping[str, bytes],
    processes: Iterable[str] | None = None,
    *,
    seconds: float = MAX_SECONDS,
    place: Sandboxes | None = None,
) -> Report:
    """Run all scenarios of processes on the files.

    Args:
        files: name → content of all that would be in force, scenario files (``.yaml``) among them.
        processes: whose scenarios are run; None: those of all.
        seconds: when this time is over no more are begun.
        place: keeps what is deployed and what scenarios gave, for the next who asks; None: nothing is kept.

    Raises:
        DefinitionRefused: the files do not pass the lint (``findings``).
        ScenarioRefused: a scenario file cannot be read.
    """
    if place is None:
        with TemporaryDirectory(prefix="kefuflow-scenarios-") as folder:
            return run_scenarios(files, processes, seconds=seconds, place=Sandboxes(Path(folder)))
    wanted = None if processes is None else set(processes)
    scenarios = [one for one in scenarios_of(files) if wanted is None or one.process in wanted]
    bench = Bench(place, files)
    end = monotonic() + seconds
    results: list[Result] = []
    for scenario in scenarios:
        if monotonic() > end:
            break
        results.append(bench.run(scenario))
    tested = {one.process for one in scenarios}
    return Report(
        results=tuple(results),
        missing=bench.gaps(sorted(tested), results),
        left=tuple(one.no for one in scenarios[len(results) :]),
        without=tuple(sorted((wanted or set()) - tested)),
    )


def scenarios_of(files: Mapping[str, bytes], name: str | None = None) -> list[Scenario]:
    """The scenarios of all files, or of one.

    Raises:
        ScenarioRefused: a file cannot be read.
    """
    return read_scenarios({
        file: content
        for file, content in sorted(files.items())
        if kind_of(file) == SCENARIO and name in (None, file)
    })  # fmt: skip


@dataclass(slots=True)
class Bench:
    """Where scenarios are run on some files; what one gave is kept until the files or the scenario change."""

    place: Sandboxes
    files: Mapping[str, bytes]
    #: Names of files that are in force as they are: they are not checked again.
    passed: frozenset[str] = frozenset()
    _deployed: Path | None = field(default=None, init=False)

    @property
    def deployed(self) -> Path:
        """The database with the files.

        Raises:
            DefinitionRefused: they do not pass the lint (``findings``).
        """
        if self._deployed is None:
            self._deployed = self.place.deployed(self.files, self.passed)
        return self._deployed

    def find(self, scenario: Scenario) -> Result | None:
        """What a scenario gave when it was run last; None: it was not, or not in this form."""
        try:
            return _decode(scenario, self._file(scenario).read_bytes())
        except (OSError, InvalidValue):
            return None

    def run(self, scenario: Scenario) -> Result:
        """What a scenario gives."""
        found = self.find(scenario)
        if found is not None:
            return found
        result = run_on(self.deployed, scenario)
        with suppress(InvalidValue):  # what cannot be kept is run again the next time
            write_whole(self._file(scenario), _encode(result))
        return result

    def gaps(self, processes: Sequence[str], results: Iterable[Result]) -> tuple[Gaps, ...]:
        """What of the processes the results do not take."""
        coverage = Coverage()
        for result in results:
            coverage.add(result)
        db = Database.open(f"sqlite:///{self.deployed}")
        try:
            definitions = Definitions(db, VirtualClock(START))
            known = [definitions.find_latest(process) for process in processes]
            return tuple(coverage.gaps(deployed) for deployed in known if deployed is not None)
        finally:
            db.close()

    def _file(self, scenario: Scenario) -> Path:
        said = "\n".join([scenario.process, *write(scenario)])
        return self.place.results(self.files) / f"{sha256(said.encode()).hexdigest()[:40]}.json"


def _encode(result: Result) -> bytes:
    value: dict[str, Any] = {
        "end": result.end,
        "path": list(result.path),
        "variables": dict(result.variables),
        "problem": result.problem,
        "problem_zh": result.problem_zh,
        "taken": [list(one) for one in sorted(result.taken)],
        "steps": [step.as_value() for step in result.steps],
    }
    return canonical.encode(value)


def _decode(scenario: Scenario, content: bytes) -> Result:
    value: Any = canonical.decode(content)
    try:
        return Result(
            no=scenario.no,
            title=scenario.title,
            end=value["end"],
            path=tuple(value["path"]),
            variables=value["variables"],
            problem=value["problem"],
            problem_zh=value["problem_zh"],
            taken=frozenset((process, name) for process, name in value["taken"]),
            steps=tuple(Step.of_value(one) for one in value["steps"]),
        )
    except (KeyError, TypeError, ValueError, EngineError) as problem:
        raise InvalidValue("this is no result") from problem

"""Scenarios of a change: which processes it touches, and their tests on what it would put in force."""

from __future__ import annotations

import multiprocessing
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from multiprocessing.connection import Connection
from typing import Final

from engine.bpmn import Definition
from engine.definitions.bundle import BPMN, DECISION, FORM, SCENARIO, ids_of
from engine.definitions.loading import compile_version
from engine.errors import DefinitionRefused, EngineError
from engine.scenarios import Result, ScenarioRefused, prepare, read_scenarios
from engine.studio.kinds import file_name, resource_of

_KEPT: Final = 30
#: A process that has said everything gets so many seconds to go.
_LEAVE: Final = 10
_SPAWN: Final = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRun:
    """A run of the scenarios of the processes that a change touches."""

    #: Of everything that would be in force.
    digest: str
    processes: tuple[str, ...] = ()
    #: Touched, and without scenarios.
    untested: tuple[str, ...] = ()
    running: bool = True
    total: int = 0
    #: (process id, what came of a scenario), in order.
    results: tuple[tuple[str, Result], ...] = ()
    #: Why the scenarios could not be run, in Chinese and English; empty: they could.
    problem_zh: str = ""
    problem_en: str = ""

    @property
    def failed(self) -> tuple[tuple[str, Result], ...]:
        """Those in which something was not as the scenario says."""
        return tuple(one for one in self.results if not one[1].ok)

    @property
    def passed(self) -> bool:
        """Whether it has ended and everything held."""
        return not self.running and not self.problem_zh and not self.failed


def digest_of(files: Mapping[str, bytes]) -> str:
    """A fingerprint of files with their names."""
    total = sha256()
    for name, content in sorted(files.items()):
        total.update(f"{name}\n{sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def changed_processes(around: Mapping[str, bytes], changed: Mapping[str, bytes]) -> tuple[str, ...]:
    """Processes whose diagram, forms or decisions are among the changed files: each would get a version of its own.

    Args:
        around: all that would be in force.
        changed: those of them that a change has drafts of.

    Raises:
        DefinitionRefused: a diagram or a decision cannot be compiled.
    """
    return tuple(sorted(_changed(_compile(around), changed)))


def touched_processes(around: Mapping[str, bytes], changed: Mapping[str, bytes]) -> tuple[str, ...]:
    """Those, the ones whose scenarios are among the changed files, and all that call one of them.

    Args:
        around: all that would be in force.
        changed: those of them that a change has drafts of.

    Raises:
        DefinitionRefused: a diagram or a decision cannot be compiled.
    """
    compiled = _compile(around)
    touched = _changed(compiled, changed) | (_ids(changed, SCENARIO) & compiled.keys())
    grown = True
    while grown:
        callers = {process for process, definition in compiled.items() if definition.called & touched}
        grown = not callers <= touched
        touched |= callers
    return tuple(sorted(touched))


def _changed(compiled: Mapping[str, Definition], changed: Mapping[str, bytes]) -> set[str]:
    diagrams, forms, decisions = (_ids(changed, kind) for kind in (BPMN, FORM, DECISION))
    return {
        process
        for process, definition in compiled.items()
        if process in diagrams or definition.forms & forms or definition.decisions & decisions
    }


def _ids(files: Mapping[str, bytes], kind: str) -> set[str]:
    """What files of a kind define, by their names and by their contents."""
    found: set[str] = set()
    for name, content in files.items():
        resource = resource_of(name)
        if resource is not None and resource[0] == kind:
            found |= {resource[1], *ids_of(kind, name, content)}
    return found


def _compile(around: Mapping[str, bytes]) -> dict[str, Definition]:
    decisions = {
        one: content
        for name, content in around.items()
        if (resource_of(name) or ("",))[0] == DECISION
        for one in ids_of(DECISION, name, content)
    }
    found = {}
    for name, content in around.items():
        resource = resource_of(name)
        if resource is not None and resource[0] == BPMN:
            definition = compile_version(content, decisions)
            found[definition.process_id] = definition
    return found


class ScenarioRuns:
    """Runs scenarios beside the pages, one change at a time, and keeps what came of the last thirty.

    Each run is a process of its own: the pages' own threads would share one processor with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._runs: OrderedDict[str, ScenarioRun] = OrderedDict()
        self._threads: dict[str, threading.Thread] = {}

    def find(self, digest: str) -> ScenarioRun | None:
        """The run on exactly these files, or None."""
        return self._runs.get(digest)

    def start(self, around: Mapping[str, bytes], changed: Mapping[str, bytes], *, again: bool = False) -> ScenarioRun:
        """Begin a run, or give the one on exactly these files; one that has ended may be asked for again."""
        digest = digest_of(around)
        with self._lock:
            found = self._runs.get(digest)
            if found is not None and (found.running or not again):
                return found
            run = ScenarioRun(digest=digest)
            self._keep(run)
            told = (run, dict(around), dict(changed))
            thread = threading.Thread(target=self._run, args=told, name="scenarios", daemon=True)
            self._threads[digest] = thread
            thread.start()
        return run

    def wait(self, digest: str, seconds: float | None = None) -> ScenarioRun | None:
        """Until a run has ended, or so many seconds have gone by; gives it as it stands then."""
        thread = self._threads.get(digest)
        if thread is not None:
            thread.join(seconds)
        return self.find(digest)

    def _keep(self, run: ScenarioRun) -> None:
        self._runs[run.digest] = run
        self._runs.move_to_end(run.digest)
        while len(self._runs) > _KEPT:
            gone, _ = self._runs.popitem(last=False)
            self._threads.pop(gone, None)

    def _run(self, run: ScenarioRun, around: Mapping[str, bytes], changed: Mapping[str, bytes]) -> None:
        """Follow the process that runs them; one that dies has a problem, and no result."""
        with self._turn:
            mine, its = _SPAWN.Pipe(duplex=False)
            worker = _SPAWN.Process(target=_work, args=(its, run, around, changed), daemon=True)
            try:
                worker.start()
                its.close()
                while run.running:
                    run = mine.recv()
                    with self._lock:
                        self._keep(run)
            except (EOFError, OSError) as problem:
                zh, en = (
                    "运行场景的进程中断了,请再运行一次。",
                    f"The process that ran the scenarios ended early. {problem}",
                )
                with self._lock:
                    self._keep(replace(run, running=False, problem_zh=zh, problem_en=en))
            finally:
                mine.close()
                worker.join(_LEAVE)
                if worker.is_alive():
                    worker.kill()


def _work(pipe: Connection, run: ScenarioRun, around: Mapping[str, bytes], changed: Mapping[str, bytes]) -> None:
    """Run the scenarios, and send the run as it goes on."""
    try:
        for state in _play(run, around, changed):
            run = state
            pipe.send(run)
    except DefinitionRefused as refused:
        zh, en = "文件未通过检查,场景没有运行。", "The files did not pass the checks; no scenario was run."
        run = replace(run, problem_zh=zh, problem_en=f"{en} {refused}")
    except ScenarioRefused as problem:
        run = replace(run, problem_zh=f"场景文件有误:{problem}", problem_en=str(problem))
    except EngineError as problem:
        run = replace(run, problem_zh=problem.message_zh, problem_en=str(problem))
    pipe.send(replace(run, running=False))


def _play(run: ScenarioRun, around: Mapping[str, bytes], changed: Mapping[str, bytes]) -> Iterator[ScenarioRun]:
    """The run after each scenario."""
    processes = touched_processes(around, changed)
    names = {process: file_name(SCENARIO, process) for process in processes}
    files = {name: around[name] for name in names.values() if name in around}
    scenarios = read_scenarios(files)
    untested = tuple(process for process, name in names.items() if name not in files)
    run = replace(run, processes=processes, untested=untested, total=len(scenarios))
    yield run
    if not scenarios:
        return
    with prepare(around, frozenset(around.keys() - changed.keys())) as stage:
        for scenario in scenarios:
            result = stage.run(scenario)
            run = replace(run, results=(*run.results, (scenario.process, _shown(result))))
            yield run


def _shown(result: Result) -> Result:
    """A result without what no page shows."""
    return replace(result, variables={}, path=(), taken=frozenset())

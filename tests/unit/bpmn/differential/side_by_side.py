"""Drives the engine and the reference interpreter through one random process with the same happenings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from engine import canonical
from engine.bpmn import compile_definition
from engine.model import (
    Cancel,
    Command,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    CorrelateSignal,
    FireTimer,
    InstanceStatus,
    JobKind,
    JobOpened,
    Modify,
    Opened,
    Start,
    SubscriptionOpened,
    ThrowError,
)
from tests.unit.bpmn.differential.blocks import Job, Process, User
from tests.unit.bpmn.differential.draw import draw_process
from tests.unit.bpmn.differential.interpreter import Happening, Reference
from tests.unit.bpmn.differential.lanes import Chance
from tests.unit.bpmn.running import ENTERED, LEFT_WORDS, Running


@dataclass
class Pair:
    """Both of them, and what was done so far."""

    process: Process
    running: Running = field(init=False)
    reference: Reference = field(init=False)
    done: list[Happening] = field(default_factory=list)
    told: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = {word: Counter() for word in ("waiting", "entered", "completed", "cancelled")}
        self.running = Running(compile_definition(draw_process(self.process), decisions={}))
        self.reference = Reference(self.process)
        self.running.do(Start(variables=dict(self.process.start)))
        self.compare()

    def do(self, happening: Happening) -> None:
        self.done.append(happening)
        command = self.command(happening)
        self.reference.do(happening)
        self.running.do(command)
        self.compare()

    def command(self, happening: Happening) -> Command:
        values = dict(happening.values)
        if happening.kind == "signal":
            return CorrelateSignal(name=happening.element)
        if happening.kind == "set":
            return Modify(variables=values)
        rows = [row for row in self.running.rows.values() if row.element == happening.element]
        row = [row for row in sorted(rows, key=lambda row: row.id) if _is_meant(row, happening)][happening.place]
        match happening.kind:
            case "user":
                return CompleteUserTask(id=row.id, variables=values)
            case "job":
                return CompleteJob(id=row.id, variables=values)
            case "error":
                return ThrowError(id=row.id, error_code=happening.name)
            case "timer":
                assert isinstance(row, JobOpened)
                assert row.due_at is not None
                self.running.now = max(self.running.now, row.due_at)
                return FireTimer(id=row.id)
            case _:
                assert isinstance(row, SubscriptionOpened)
                payload = next(iter(values.values()))
                return CorrelateMessage(id=row.id, name=row.message_name, payload=payload)

    def engine_tells(self) -> dict[str, object]:
        running = self.running
        for event in running.events[self.told :]:
            subject, _, word = event.kind.partition(".")
            element = str(event.element)
            if element.startswith("~") or element.endswith("_aux") or subject in ("instance", "incident"):
                continue
            if event.kind in ENTERED:
                self.counts["entered"][element] += 1
            elif word in LEFT_WORDS:
                self.counts["cancelled" if word == "cancelled" else "completed"][element] += 1
        self.told = len(running.events)
        self.counts["waiting"] = Counter(row.element for row in running.rows.values())
        return {
            **self.counts,
            "variables": {name: _number(value) for name, value in canonical.decode(running.state.variables).items()},
            "over": self.how_over(),
        }

    @property
    def over(self) -> str:
        return self.reference.over

    def how_over(self) -> str:
        last = self.running.last
        if last.uncaught_error is not None:
            return f"error {last.uncaught_error}"
        if last.status is InstanceStatus.ACTIVE:
            return ",".join(sorted(set(self.running.incidents.values())))
        return str(last.status)

    def compare(self) -> None:
        engine, reference = self.engine_tells(), self.reference.tells()
        if engine != reference:
            lines = [
                f"{name}:\n  engine    {_shown(engine[name])}\n  reference {_shown(reference[name])}"
                for name in engine
                if engine[name] != reference[name]
            ]
            raise AssertionError("\n".join([*lines, *map(str, self.done), draw_process(self.process).decode()]))


def _shown(value: object) -> object:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


def _number(value: object) -> object:
    if isinstance(value, list):
        return [_number(item) for item in value]
    return None if value is None else int(str(value))


def _is_meant(row: Opened, happening: Happening) -> bool:
    """Of the rows of a multiple event, only some are of the kind and name that the happening is about."""
    if isinstance(row, SubscriptionOpened):
        return happening.kind == row.kind and happening.name == row.message_name
    return not isinstance(row, JobOpened) or (row.kind is JobKind.TIMER) == (happening.kind == "timer")


def choices(pair: Pair) -> list[Happening]:
    """What may happen next."""
    found, seen = list[Happening](), Counter[tuple[str, str, str]]()
    for wait in pair.reference.world.waits:
        if wait.when is not None:
            found.append(Happening("set", values={wait.when.name: 0}))
        elif wait.kind == "signal":
            found.append(Happening("signal", wait.name))
        else:
            place = seen[wait.element, wait.kind, wait.name]
            seen[wait.element, wait.kind, wait.name] += 1
            found.append(Happening(wait.kind, wait.element, place, name=wait.name))
    return found


def next_happening(pair: Pair, chance: Chance) -> Happening:
    """One of the things that may happen, with random values."""
    possible = choices(pair)
    chosen = possible[chance.below(len(possible))]
    names: list[str] = list(chosen.values)
    if chosen.kind in ("user", "job"):
        wait = next(wait for wait in pair.reference.world.waits if wait.element == chosen.element)
        work = wait.frame.activity.work  # type: ignore[attr-defined]
        assert isinstance(work, User | Job)
        if chosen.kind == "job" and pair.process.errors and chance.below(4) == 3:
            code = pair.process.errors[chance.below(len(pair.process.errors))]
            return Happening("error", chosen.element, chosen.place, name=code)
        names = [name for name in work.writes if chance.below(3)]
    elif chosen.kind == "message":
        names = [chosen.name.removeprefix("msg_")]
    return Happening(chosen.kind, chosen.element, chosen.place, {name: chance.below(5) for name in names}, chosen.name)


def play(process: Process, chance: Chance, most: int = 40) -> Pair:
    """A random run; what does not end is cancelled, so that nothing may be left."""
    pair = Pair(process)
    for _ in range(most):
        if pair.over and not (pair.over == "deadlocked" and choices(pair)):
            break
        pair.do(next_happening(pair, chance))
    if pair.running.last.status is InstanceStatus.ACTIVE:
        pair.running.do(Cancel(reason="enough"))
    return pair

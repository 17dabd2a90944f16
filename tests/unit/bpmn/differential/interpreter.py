"""The reference interpreter: token semantics on the block tree, as plain as can be; it shares no code with the engine.

What happens from outside is a small value; after each, the engine and the interpreter must tell the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.unit.bpmn.differential import blocks, joins, throwing
from tests.unit.bpmn.differential.scopes import Scope, throw, uncaught
from tests.unit.bpmn.differential.world import Wait, World

__all__ = ["Happening", "Reference", "joins", "throwing"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something from outside, for the ``place``-th of those that wait at an element (the oldest is 0).

    Kinds: user, job, timer, message, signal (``element`` is its name), error (a job fails with code ``element_code``),
    set (variables of the process change).
    """

    kind: str
    element: str = ""
    place: int = 0
    values: dict[str, int] = field(default_factory=dict)
    #: Name of the message that comes, code of the error that a job fails with.
    name: str = ""


class Reference:
    """One process as the interpreter runs it."""

    def __init__(self, process: blocks.Process) -> None:
        self.world = World(dict(process.start))
        self.root = Scope(self.world, None, process.inside, "p")
        self.root.enter()
        self.world.run()

    def do(self, happening: Happening) -> None:
        world = self.world
        match happening.kind:
            case "signal":
                world.broadcast(happening.element)
            case "set":
                for name, value in happening.values.items():
                    self.root.assign(name, value)
            case "error":
                frame = self._wait(happening).frame
                if not throw(frame, "error", happening.name):
                    uncaught(world, frame, happening.name)
            case _:
                wait = self._wait(happening)
                for name, value in happening.values.items():
                    wait.frame.assign(name, value)
                world.fire(wait)
        world.run()

    def _wait(self, happening: Happening) -> Wait:
        kind = "job" if happening.kind == "error" else happening.kind
        waits = [wait for wait in self.world.waits if wait.element == happening.element and wait.kind == kind]
        return [wait for wait in waits if kind != "message" or wait.name == happening.name][happening.place]

    @property
    def over(self) -> str:
        """How it ended, or "deadlocked" when nothing from outside is waited for, or "" while it runs."""
        world = self.world
        return world.over or ("" if world.waiting() else "deadlocked")

    def tells(self) -> dict[str, Counter[str] | dict[str, object] | str]:
        world = self.world
        return {
            "waiting": world.waiting(),
            "entered": world.entered,
            "completed": world.completed,
            "cancelled": world.cancelled,
            "variables": world.variables,
            "over": self.over,
        }

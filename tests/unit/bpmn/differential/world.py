"""What the reference interpreter knows of a running process: variables, waits, counts, what comes next."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.unit.bpmn.differential.blocks import Trigger, When

if TYPE_CHECKING:
    from tests.unit.bpmn.differential.frames import Frame
    from tests.unit.bpmn.differential.joins import JoinFrame

#: Kinds of waits that a condition has no row for.
NO_ROW = ("condition",)


@dataclass(eq=False)
class Wait:
    """Something that waits: a task, a job, or an event; ``frame`` is where its variables are seen."""

    element: str
    kind: str
    frame: Frame
    fires: Callable[[Wait], None]
    name: str = ""
    when: When | None = None
    #: Turns of a cycle that are left.
    left: int = 1
    #: Whether its element is counted with it; an activity counts itself.
    counted: bool = True
    #: Whether the condition was true when last looked at.
    was: bool = False

    @property
    def again(self) -> bool:
        """Whether it can come once more."""
        return self.kind != "timer" or self.left > 1


@dataclass
class World:
    variables: dict[str, object]
    entered: Counter[str] = field(default_factory=Counter)
    completed: Counter[str] = field(default_factory=Counter)
    cancelled: Counter[str] = field(default_factory=Counter)
    waits: list[Wait] = field(default_factory=list)
    agenda: deque[tuple[Frame, Callable[[], None]]] = field(default_factory=deque)
    #: What moves only when nothing else can.
    late: deque[tuple[Frame, Callable[[], None]]] = field(default_factory=deque)
    #: Joins at which a token waits.
    joins: list[JoinFrame] = field(default_factory=list)
    over: str = ""
    #: How many activities are remembered so far, to be compensated.
    memories: int = 0
    #: How many frames there were.
    frames: int = 0

    def run(self) -> None:
        """Move what can move: joins when nothing else does, what is late when not even a join does."""
        while not self.over:
            if self.agenda:
                frame, move = self.agenda.popleft()
                if frame.live:
                    move()
            elif join := self._ready():
                self.joins.remove(join)
                join.goes()
            elif self.late:
                self.agenda.append(self.late.popleft())
            else:
                return

    def _ready(self) -> JoinFrame | None:
        self.joins = [join for join in self.joins if join.live]
        return next((join for join in self.joins if join.ready()), None)

    def next_number(self) -> int:
        """Of a new frame."""
        self.frames += 1
        return self.frames

    def passes(self, *elements: str) -> None:
        """A token went through these elements."""
        self.entered.update(elements)
        self.completed.update(elements)

    # --- waits ---------------------------------------------------------------------------------------------------

    def wait(
        self, element: str, trigger: Trigger, frame: Frame, fires: Callable[[Wait], None], before: Wait | None = None
    ) -> Wait:
        """An event begins to wait, perhaps once more; a condition that becomes true fires in its turn."""
        kind = "timer" if trigger.kind == "cycle" else trigger.kind
        wait = Wait(element, kind, frame, fires, trigger.name, trigger.when)
        wait.left = trigger.times if before is None else before.left - 1
        wait.was = before is not None
        self.entered[element] += 1
        self.waits.append(wait)
        if wait.when is not None:
            self._look(wait)
        return wait

    def take(self, wait: Wait) -> None:
        """What it waited for has come."""
        self.waits.remove(wait)
        self.completed[wait.element] += wait.counted

    def call_off(self, wait: Wait) -> None:
        if wait in self.waits:
            self.waits.remove(wait)
            self.cancelled[wait.element] += wait.counted

    def fire(self, wait: Wait) -> None:
        if wait in self.waits:
            wait.fires(wait)

    def broadcast(self, name: str) -> None:
        for wait in [wait for wait in self.waits if wait.kind == "signal" and wait.name == name]:
            self.fire(wait)

    def changed(self) -> None:
        """Variables changed: conditions are looked at."""
        for wait in list(self.waits):
            if wait.when is not None:
                self._look(wait)

    def _look(self, wait: Wait) -> None:
        assert wait.when is not None
        now = wait.when.holds(wait.frame.look(wait.when.name))
        if now and not wait.was:
            self.agenda.append((wait.frame, lambda: self.fire(wait)))
        wait.was = now

    def waiting(self) -> Counter[str]:
        return Counter(wait.element for wait in self.waits if wait.kind not in NO_ROW)

"""One sandbox: a case of the shop's processes as they would be, on a database of its own, moved by its owner's clicks.

Undoing is doing everything else again on a fresh copy: nothing can be left over of what was undone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from engine import canonical
from engine.clock import VirtualClock
from engine.errors import EngineError, StorageUnavailable
from engine.model import InstanceStatus, Variables
from engine.sandbox.kept import Kept
from engine.sandbox.pictures import Picture, read_pictures
from engine.sandbox.place import Sandboxes, database_name, keep
from engine.sandbox.problems import NotPossible
from engine.sandbox.stubs import Stubs
from engine.scenarios import (
    MAX_ACTIONS,
    START,
    Action,
    ActionKind,
    Mismatch,
    OpenTask,
    Performer,
    Step,
    Trouble,
    WaitingEvent,
    actions_of,
)
from engine.scenarios.writing import plain
from engine.store.database import Database

#: Farther nobody lets a case wait by hand.
MAX_PASS: Final = timedelta(days=400)
MAX_VALUES: Final = 64 * 1024


class Sandbox:
    """An open sandbox; see ``opened``."""

    def __init__(self, place: Sandboxes, folder: Path, kept: Kept) -> None:
        self._place, self._folder, self.kept = place, folder, kept
        self._db: Database | None = None
        self._clock = VirtualClock(START)
        self._performer: Performer | None = None

    @property
    def performer(self) -> Performer:
        """Does what is to be done, and reads what waits."""
        if self._performer is None:
            self._clock = VirtualClock(self.kept.now)
            file = self._folder / database_name(self.kept)
            self._db = Database.open(f"sqlite:///{file}", lasting=False)  # its loss costs a replay
            self._performer = Performer(self._db, self._clock, self.kept.process_id, Stubs(self.kept.pending))
            self._performer.steps = self.kept.steps
        return self._performer

    # -- what there is ----------------------------------------------------------------------------

    @property
    def steps(self) -> Sequence[Step]:
        """What was done so far."""
        return self.kept.steps

    @property
    def instance(self) -> Any:
        """The row of the case; None: it is not started."""
        key = self.kept.instance
        return None if key is None else self.performer.waits.instance(key)

    @property
    def is_active(self) -> bool:
        """Whether the case goes on."""
        row = self.instance
        return row is not None and row.status == InstanceStatus.ACTIVE

    def tasks(self) -> list[OpenTask]:
        """User tasks that wait."""
        row = self.instance
        return [] if row is None else self.performer.waits.tasks(row.case_id)

    def events(self) -> list[WaitingEvent]:
        """Timers, messages and signals that wait."""
        row = self.instance
        return [] if row is None else self.performer.waits.events(row.case_id)

    def trouble(self) -> Trouble | None:
        """What went wrong, if something did."""
        row = self.instance
        return None if row is None else self.performer.waits.trouble(row.case_id)

    def variables(self) -> dict[str, Any]:
        """What the case knows."""
        row = self.instance
        return {} if row is None else dict(canonical.decode(row.variables))

    def pictures(self) -> list[Picture]:
        """What the diagrams of the case's instances show, the root first."""
        row = self.instance
        return [] if row is None else read_pictures(self.performer, row.case_id)

    def source(self) -> Path:
        """The database of the deployed files, of which every run gets a copy."""
        return self._place.root / "deployed" / self.kept.deployed

    # -- what can be done -------------------------------------------------------------------------

    def act(self, action: Action) -> None:
        """Do something, and let everything run until it waits again.

        Raises:
            NotPossible: it cannot be done now, or the process does not take it; nothing was changed.
        """
        self._check(action)
        self._attempt([action])

    def undo(self) -> None:
        """Take back the last thing that was done.

        Raises:
            NotPossible: nothing was done.
        """
        if not self.kept.steps and not self.kept.pending:
            raise NotPossible("there is nothing to undo", message_zh="还没有做过什么,没有可以撤销的。")
        self.replay(self.kept.actions[:-1] if self.kept.pending else actions_of(self.kept.steps[:-1]))

    def instead(self, number: int, visit: int, values: Variables | None) -> None:
        """Say what a job or a call of a step gives, and do that step again; what came after it is undone.

        Args:
            number: of the step, from 0.
            visit: of the job or call among those of the step, from 0.
            values: what it gives; None: it is done for real.

        Raises:
            NotPossible: there is no such step or visit, or the process does not take the values.
        """
        if not 0 <= number < len(self.steps) or not 0 <= visit < len(self.steps[number].visits):
            raise NotPossible("there is no such job", message_zh="没有这个系统步骤,可能已经撤销了。请刷新页面。")
        step = self.steps[number]
        given = None if values is None else _sayable(values)
        visits = [replace(one, given=given) if n == visit else one for n, one in enumerate(step.visits)]
        # What came after it in the same step may not come up any more.
        changed = replace(step, visits=tuple(visits[: visit + 1]))
        self._attempt(changed.actions(), after=actions_of(self.steps[:number]))

    def replay(self, actions: Sequence[Action]) -> None:
        """Begin anew and do these things.

        Raises:
            NotPossible: one of them cannot be done; the sandbox is as it was.
        """
        self._attempt(list(actions), after=[])

    # -- doing it ---------------------------------------------------------------------------------

    def _attempt(self, actions: list[Action], *, after: list[Action] | None = None) -> None:
        """Do things now, or anew after others; where one cannot be done everything is as before."""
        before = self.kept.actions
        try:
            self._begin()
            if after is not None:
                self._anew()
            for action in [*(after or []), *actions]:
                self._perform(action)
        except StorageUnavailable:
            raise
        except (Mismatch, EngineError) as problem:
            self._anew()
            for action in before:
                self._perform(action)
            self._finish()
            raise _refused(problem) from problem
        self._finish()

    def _begin(self) -> None:
        """Write down that the database is about to be more than the steps say."""
        self.kept.whole = False
        keep(self._folder, self.kept)

    def _finish(self) -> None:
        self.kept.now = self._clock.now()
        self.kept.whole = True
        keep(self._folder, self.kept)

    def _anew(self) -> None:
        """Go on with a fresh copy of what is deployed."""
        self.close()
        old = database_name(self.kept)
        kept = self.kept
        kept.generation += 1
        kept.now, kept.instance, kept.steps, kept.pending = START, None, [], []
        try:
            shutil.copy(self.source(), self._folder / database_name(kept))
        except FileNotFoundError as problem:
            raise NotPossible("the deployed files are gone", message_zh="沙箱已过期,请重新打开一个。") from problem
        for left in self._folder.glob(f"{old}*"):
            left.unlink()

    def repair(self) -> None:
        """Do everything again where the program ended in the middle of a step."""
        if not self.kept.whole:
            self.replay(self.kept.actions)

    def _perform(self, action: Action) -> None:
        performer, kept = self.performer, self.kept
        if action.kind in (ActionKind.ANSWER, ActionKind.CALL):
            kept.pending.append(action)
            return
        if len(performer.steps) >= MAX_ACTIONS:
            raise NotPossible(
                f"no more than {MAX_ACTIONS} things", message_zh=f"一个沙箱最多做 {MAX_ACTIONS} 步,请撤销或另开一个。"
            )
        values: Variables = plain(dict(action.values or {}))
        if action.kind is ActionKind.START:
            kept.instance = performer.start(values, action.key or None)
        elif action.kind is ActionKind.PASS:
            performer.pass_time(action.duration)
        elif action.kind is ActionKind.COMPLETE:
            performer.complete(_nth(self.tasks(), action), values)
        else:
            performer.occur(_nth(self.events(), action), values)
        if kept.instance is not None:
            performer.settle(kept.instance)

    def _check(self, action: Action) -> None:
        """Refuse at once what cannot be, before the database is touched."""
        _sayable(action.values or {})
        kind = action.kind
        if kind is ActionKind.START and self.kept.instance is not None:
            raise NotPossible("it is started already", message_zh="已经发起了。要重来,请撤销到开始。")
        if kind is ActionKind.PASS and not timedelta(0) < action.duration <= MAX_PASS:
            raise NotPossible("time passes by 400 days at most", message_zh="时间一次最多前进 400 天。")
        if kind in (ActionKind.COMPLETE, ActionKind.OCCUR, ActionKind.PASS) and not self.is_active:
            raise NotPossible("the case is not active", message_zh="工单还没有发起,或已经结束。")
        if kind is ActionKind.COMPLETE:
            _nth(self.tasks(), action)
        if kind is ActionKind.OCCUR:
            _nth(self.events(), action)

    def close(self) -> None:
        """Give the database back."""
        if self._db is not None:
            self._db.close()
        self._db = self._performer = None


@contextmanager
def opened(place: Sandboxes, token: str, owner: str, change: int) -> Iterator[Sandbox]:
    """A sandbox, which nobody else has meanwhile.

    Raises:
        NoSandbox: there is none, or it is another person's or of another change.
    """
    with place.open(token, owner, change) as (folder, kept):
        sandbox = Sandbox(place, folder, kept)
        try:
            sandbox.repair()
            yield sandbox
        finally:
            sandbox.close()


def _nth(waiting: Sequence[Any], action: Action) -> Any:
    """What an action means among all that waits.

    Raises:
        NotPossible: it waits no more.
    """
    alike = [one for one in waiting if one.key == action.key]
    if not 1 <= action.n <= len(alike):
        raise NotPossible(f"{action.key} does not wait", message_zh="它已经不在等待了,请刷新页面。")
    return alike[action.n - 1]


def _sayable(values: Mapping[str, Any]) -> Variables:
    """The values as a scenario file says them.

    Raises:
        NotPossible: they are too large, or no values at all.
    """
    said: Variables = plain(dict(values))
    try:
        size = len(canonical.encode(dict(said)))
    except EngineError as problem:
        raise NotPossible(f"no values: {problem}", message_zh="内容里有不能保存的字符或层数太深。") from problem
    if size > MAX_VALUES:
        raise NotPossible("the values are too large", message_zh="内容超过 64 KB。")
    return said


def _refused(problem: Mismatch | EngineError) -> NotPossible:
    if isinstance(problem, NotPossible):
        return problem
    zh = problem.zh if isinstance(problem, Mismatch) else problem.message_zh
    return NotPossible(str(problem), message_zh=zh)

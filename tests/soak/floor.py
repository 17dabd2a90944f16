"""A sales floor on a virtual clock: hundreds of people over all shipped processes, while machines fail.

It is the walk of ``tests.processes.walks`` with the hours of a day, a crowd of agents, and faults by chance: the
program dies amid a step, an answer is lost and sent again, a service is down or slow, the clock jumps ahead.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

import pytest
from sqlalchemy import select

from engine.connectors import CONNECTORS, Connector, JobContext
from engine.definitions import Definitions
from engine.errors import EngineError, JobFailed
from engine.model import SYSTEM, Actor, Value, Variables
from engine.outbox import Message
from engine.queries import Queries, TaskView
from engine.runtime import Runtime
from engine.scenarios.waits import Waits
from engine.store.database import Database
from engine.store.tables import incident, process_instance, subscription, user_task
from engine.worker import Worker
from tests.engine.runtime.test_crashes import Crash, crash_after
from tests.processes.walks.answers import Memory
from tests.processes.walks.people import SUPERVISOR
from tests.processes.walks.walker import Stuck, Walk

#: Of a hundred people of the shop, how many are of each group; the other groups have two each.
SHARES: Final[Mapping[str, int]] = {
    "presales": 36, "aftersales": 38, "supervisor": 6, "warehouse": 8, "finance": 4, "dept_manager": 2,
}  # fmt: skip
#: People who are asked whether they may register an event.
_ASKED: Final = 8
#: The clock jumps so much more rarely than other things go wrong: else the day would be over by its jumps.
_JUMPS: Final = 0.1
#: Statements of a transaction, of which a crash comes behind one.
_DEEPEST: Final = 14


class Floor(Walk):
    """One shop; ``act`` does one thing of somebody's, ``pass_time`` moves the clock and does what is due."""

    def __init__(self, db: Database, seed: int, *, agents: int, faults: float, orders: int = 40) -> None:
        """``faults``: the share of actions, of a service's answers and of deliveries that go wrong."""
        self._faults = faults
        self._trouble = random.Random(f"trouble {seed}")
        self._number = 0
        self._url = f"sqlite:///{db.file}"
        super().__init__(db, seed, cases=0, orders=orders)
        self.lazy = False
        self._boot()
        for group, share in SHARES.items():
            for _ in range(max(0, agents * share // 100 - 2)):
                self.people.hire(group)
        self.people.hired.clear()

    def _boot(self) -> None:
        """The program begins: nothing is known but what the database holds."""
        self.definitions = Definitions(self.db, self.clock)
        connectors = {name: self._failing(connector) for name, connector in CONNECTORS.items()}
        self.runtime = Runtime(self.db, self.clock, self.definitions, connectors)
        self.worker = Worker(self.runtime, deliver=self._deliver)
        self.queries = Queries(self.db, self.definitions, self.clock)
        self.waits = Waits(self.db, self.definitions)
        self.people.moved(self.db)
        self.world.moved(self.runtime)

    def _failing(self, connector: Connector) -> Connector:
        def work(context: JobContext) -> Variables:
            if self._goes_wrong():
                raise JobFailed("the other side is down")
            result = connector(context)
            if self._goes_wrong():
                raise ConnectionError("the answer was lost")
            return result

        return work

    def _deliver(self, _: Message) -> None:
        if self._goes_wrong():
            raise OSError("no route")

    def _goes_wrong(self) -> bool:
        return self._trouble.random() < self._faults

    # -- time -------------------------------------------------------------------------------------

    def pass_time(self, by: timedelta) -> None:
        """Time passes, now and then by a jump of the clock; what is due is done, incidents are resolved."""
        if self._trouble.random() < self._faults * _JUMPS:
            by += timedelta(minutes=self._trouble.randint(1, 5))
            self.done["the clock jumps"] += 1
        self.clock.advance(by)
        self.guarded(lambda: self.worker.drain(looks=False))

    def look(self) -> None:
        """What the worker looks at beside jobs."""
        self.guarded(self.worker.drain)

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self._faults = 0.0

    def resolve(self) -> int:
        """Supervisors resolve what is stuck; gives how many incidents there were."""
        found = self._column(select(incident.c.id))
        for incident_id in found:
            self._tried("resolve", partial(self.runtime.resolve_incident, incident_id, SUPERVISOR))
        return len(found)

    # -- acting -----------------------------------------------------------------------------------

    def act(self) -> None:
        """One thing of somebody's; by chance the program dies in the midst of it."""
        self.guarded(self._act)

    def guarded(self, action: Callable[[], object]) -> None:
        """Do it; where the program dies amid it, it begins anew."""
        if not self._goes_wrong():
            action()
            return
        with pytest.MonkeyPatch.context() as patch, crash_after(self._trouble.randint(1, _DEEPEST), patch):
            try:
                action()
            except Crash:
                self.done["crash"] += 1
        self.db.close()
        self.db = Database.open(self._url)
        self._boot()

    def _act(self) -> None:
        weighted: list[tuple[float, Callable[[], None]]] = [
            (10, self._start_one),
            (80, self._complete_one),
            (2, self._try_one_wrongly),
            (2, self._claim_one),
            (6, self._something_happens),
            (4, self._parcel_moves),
            (3, lambda: self._note("paid", self.world.pay())),
            (2, lambda: self._note("sold", bool(self.world.another_order()))),
            (0.5, self._cancel),
            (0.3, self._shop_cancels),
        ]
        weights, actions = zip(*weighted, strict=True)
        (action,) = self.chance.choices(actions, weights)
        action()

    def _start_one(self) -> None:
        self._number += 1
        self._to_start = self._number + 1  # from which the walk makes the key of the start
        self._tried("start", self._start)

    def _complete_one(self) -> None:
        task_id = self._any_task()
        if task_id is not None:
            self._tried("complete", lambda: self._complete(task_id))

    def _complete(self, task_id: int) -> None:
        before = len(self.answered)
        super()._complete(task_id)
        if len(self.answered) > before and self._goes_wrong():
            self._send_again(task_id)

    def _send_again(self, task_id: int) -> None:
        """The answer was lost: the same form comes once more, and by somebody else's hand with another key."""
        view = self.queries.task(task_id, SYSTEM)
        (by,) = self._column(select(user_task.c.completed_by).where(user_task.c.id == task_id))
        actor = next(one for one in self.people.all if one.id == by)
        self.runtime.complete(task_id, self._sent[task_id], actor, submission_key=f"done-{task_id}")
        other = next(one for one in self.people.of(view.row.candidate_groups) if one.id != by)
        try:
            self.runtime.complete(task_id, self._sent[task_id], other, submission_key=f"late-{task_id}")
        except EngineError:
            self.done["sent again"] += 1
        else:
            raise Stuck(f"{task_id} was completed twice")

    def _filled(self, view: TaskView, actor: Actor) -> dict[str, Value]:
        values = super()._filled(view, actor)
        self._sent = {view.row.id: values}  # of the last form alone
        return values

    def _try_one_wrongly(self) -> None:
        task_id = self._any_task()
        if task_id is not None:
            self._tried("wrongly", lambda: self._try_wrongly(task_id))

    def _claim_one(self) -> None:
        task_id = self._any_task()
        if task_id is not None:
            self._tried("claim", lambda: self._claim(task_id))

    def _something_happens(self) -> None:
        found = self._column(select(subscription.c.id))
        if found:
            self._tried("register", lambda: self._happens(self.chance.choice(found)))

    def _any_task(self) -> int | None:
        found = self._column(select(user_task.c.id).where(user_task.c.status == "open"))
        return self.chance.choice(found) if found else None

    def _tried(self, name: str, command: Callable[[], object]) -> None:
        """A refusal is no harm: two people may want the same; nor is a form for which chance finds no answer."""
        try:
            command()
        except EngineError as refused:
            self.done[f"{name}: {refused.code}"] += 1
        except Stuck as stuck:
            if "nobody can" not in str(stuck):
                raise
            self.done["gave up"] += 1

    # -- what the walk does otherwise ---------------------------------------------------------------

    def _settle(self) -> None:
        """Nothing at once: the worker has its turns, and what fails is tried again."""

    def _registrars(self, case_id: str, event_id: int) -> list[Actor]:
        crowd = self.people.all
        self.people.all = [SUPERVISOR, *self.chance.sample(crowd, min(_ASKED, len(crowd)))]
        try:
            return super()._registrars(case_id, event_id)
        finally:
            self.people.all = crowd

    def _unclaim(self, task_id: int, actor_id: str) -> None:
        self._tried("unclaim", lambda: super(Floor, self)._unclaim(task_id, actor_id))

    def _say(self, case_id: str, text: str) -> None:
        """No log of a whole day."""

    def forget_ended(self) -> None:
        """Let go of what was kept of cases that have ended: a shop's memory is its database."""
        running = set(self._running())
        self._memory = defaultdict(Memory, {key: kept for key, kept in self._memory.items() if key in running})

    def cases(self) -> list[str]:
        """Ids of all cases."""
        return self._column(select(process_instance.c.case_id).distinct().order_by(process_instance.c.case_id))

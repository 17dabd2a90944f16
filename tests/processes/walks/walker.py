"""An opponent's walk through a shop: whatever is possible is done at random, until every case has ended.

``python -m tests.processes.walks --seeds 1-20`` walks outside of the test suite; see ``rules`` for what must hold.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select

from engine import attachments, formcheck, shop
from engine.attachments import FileRefused, Folder
from engine.clock import VirtualClock, from_microseconds
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.errors import EngineError, NotAllowed
from engine.model import SYSTEM, Actor, InstanceStatus, Value
from engine.queries import Queries, TaskView
from engine.runtime import Runtime
from engine.scenarios.waits import Waits
from engine.store.database import Database
from engine.store.tables import incident, job, process_instance, subscription, user_task
from engine.store.writes import HELD
from engine.worker import Worker
from tests.conftest import FRIDAY_9AM
from tests.processes.walks.answers import Answers, Memory, Occasion
from tests.processes.walks.people import SUPERVISOR, People
from tests.processes.walks.world import World

#: What people start by hand, and what only other processes call.
BY_FORM = tuple(f"p{number:02}" for number in range(1, 15))
CALLED = ("s01_three_guarantees", "s02_payout", "s03_amount_approval", "s04_price_difference")
#: Started less often: they come by themselves.
_OFTEN_CALLED = frozenset({"p05_order_tracking", "p07_delivery", *CALLED})
#: Actions of a walk: one that needs more does not end.
LONGEST = 4000
_PARCEL_NEWS = "msg_logistics_updated"
#: The worker's looks are many, and take longer than what a step of a walk does: of the days only some are looked at.
_BETWEEN_LOOKS = timedelta(days=1)
_DAYS_LOOKED_AT = 0.15


class Stuck(AssertionError):
    """A walk cannot go on: a finding."""


class Walk:
    """One shop; ``run`` starts cases until enough are started, and goes on until all have ended."""

    def __init__(self, db: Database, seed: int, *, cases: int, orders: int = 5, only: tuple[str, ...] = ()) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.db = db
        self.clock = VirtualClock(FRIDAY_9AM)
        self.definitions = Definitions(db, self.clock)
        self.runtime = Runtime(db, self.clock, self.definitions, CONNECTORS)
        self.worker = Worker(self.runtime, deliver=lambda _message: None)
        self.queries = Queries(db, self.definitions, self.clock)
        self.waits = Waits(db, self.definitions)
        self.people = People(self.chance, db)
        self.answers = Answers(self.chance)
        self.done: Counter[str] = Counter()
        self.log: list[str] = []
        self.answered: set[int] = set()
        #: Cases that were started by hand or as a caller would; all others came by messages.
        self.started: set[str] = set()
        #: Order id → when the shop itself cancelled it.
        self.cancelled_orders: dict[str, datetime] = {}
        self._memory: defaultdict[str, Memory] = defaultdict(Memory)
        self._files = Folder.beside(db)
        self._uploaded: dict[str, Value] = {}
        self._looked_at = self.clock.now()
        self._to_start = cases
        #: Whether some things are left lying for long.
        self.lazy = True
        # What starts by itself alone has tests of its own.
        names = [d.process_id for d in self.definitions.all_latest() if d.definition.none_start is not None]
        self._processes = [name for name in names if not only or name.startswith(only)]
        self.world = World(self.chance, self.runtime, self.clock, orders)
        self._settle()

    def run(self) -> None:
        """Walk to the end.

        Raises:
            Stuck: there is an incident, a form that nobody can fill in, a task that nobody may do, or no end.
        """
        for _ in range(LONGEST):
            if not self._to_start and not self._running():
                return
            self._act()
            self._settle()
            self.clock.advance(timedelta(seconds=self.chance.choice((1, 60, 600))))
        raise Stuck(f"no end after {LONGEST} actions: cases {self._running()}")

    # -- choosing ---------------------------------------------------------------------------------

    def _act(self) -> None:
        tasks = self._column(select(user_task.c.id).where(user_task.c.status == "open"))
        awaited = self._column(select(subscription.c.id))
        weighted: list[tuple[float, Callable[[], None]]] = [
            (3 if self._to_start else 0, self._start),
            (12 if tasks else 0, lambda: self._complete(self.chance.choice(tasks))),
            (1 if tasks else 0, lambda: self._try_wrongly(self.chance.choice(tasks))),
            (1 if tasks else 0, lambda: self._claim(self.chance.choice(tasks))),
            (0.7 if tasks else 0, self._save_progress),
            (3 if awaited else 0, lambda: self._happens(self.chance.choice(awaited))),
            (1.5 if tasks else 6, self._time_passes),
            (2, self._parcel_moves),
            (0.5, lambda: self._note("paid", self.world.pay())),
            (0.1 if self._to_start else 0, self._shop_cancels),
            (0.15 if self._to_start else 0, self._cancel),
        ]
        weights, actions = zip(*weighted, strict=True)
        (action,) = self.chance.choices(actions, weights)
        action()

    def settle(self) -> None:
        """Let the worker do what is due, its looks too.

        Raises:
            Stuck: something failed.
        """
        self._looked_at = self.clock.now()
        self.worker.drain()
        self._settle()

    def work(self) -> int:
        """Do every task that is open, nothing left lying; gives how many were."""
        self.lazy = False
        tasks = self._column(select(user_task.c.id).where(user_task.c.status == "open"))
        before = len(self.answered)
        for task_id in tasks:
            if self._is_open(task_id):
                self._complete(task_id)
                self._settle()
        return len(self.answered) - before

    def _is_open(self, task_id: int) -> bool:
        return bool(self._column(select(user_task.c.id).where(user_task.c.id == task_id, user_task.c.status == "open")))

    def _settle(self) -> None:
        now = self.clock.now()
        looks = now - self._looked_at >= _BETWEEN_LOOKS and self._looks_today(now)  # they take longer than all jobs
        self.worker.drain(looks=looks)
        if looks:
            self._looked_at = now
        with self.db.read() as connection:
            found = connection.execute(select(incident)).first()
            failed = connection.execute(select(job).where(job.c.problem.is_not(None))).first()
        if found is not None:
            raise Stuck(f"incident in case {found.case_id} at {found.element} ({found.kind}): {found.message}")
        if failed is not None:
            raise Stuck(f"job {failed.type} of case {failed.case_id} at {failed.element} failed: {failed.problem}")

    def _looks_today(self, now: datetime) -> bool:
        return random.Random(f"{self.seed}-{now.date()}").random() < _DAYS_LOOKED_AT

    def _running(self) -> list[str]:
        active = select(process_instance.c.case_id).where(process_instance.c.status == InstanceStatus.ACTIVE.value)
        return sorted(set(self._column(active)), key=int)

    # -- starting ---------------------------------------------------------------------------------

    def _start(self) -> None:
        self._to_start -= 1
        weights = [0.4 if name in _OFTEN_CALLED else 1 for name in self._processes]
        (process_id,) = self.chance.choices(self._processes, weights)
        deployed = self.definitions.latest(process_id)
        starters = self._starters(process_id)
        actor = self.chance.choice(starters) if starters else SYSTEM
        order_id = self.chance.choice(self.world.orders)
        now = self.clock.now()
        known = self.queries.shop_context({"order_id": order_id})
        unknown = self.chance.random() < 0.1
        occasion = Occasion(
            element="start",
            schema=deployed.start_schema or {},
            context=known["order"] | known if not unknown else {"order": None, "parcel": None},
            now=now,
            taken=self.queries.taken,
            files=attachments.usable(self.db, actor),
            upload=partial(self._upload, actor),
            given={"order_id": f"SO-U{self.chance.randint(1, 99):04}" if unknown else order_id},
        )
        asked = [f for f in formcheck.fields(occasion.schema) if f.key == "order_id"]
        if not asked or (not asked[0].required and self.chance.random() < 0.3):  # not every request names its order
            occasion = replace(occasion, given={"order_id": None} if asked else {})
        values = self.answers.fill(occasion, Memory())
        if values is None:
            self.done[f"{process_id} cannot be started for this order"] += 1
            return
        if not starters:
            values |= {"order_id": order_id, "customer_id": known["order"]["customer_id"], "channel": "marketplace"}
            values |= {"description": "由流程调用", "order_amount": known["order"]["order_amount"]}
            if self.chance.random() < 0.3:
                values.pop(self.chance.choice([name for name in values if name not in ("order_id", "customer_id")]))
        started = self.runtime.start(process_id, values, actor, start_key=f"key-{self._to_start}")
        self.started.add(started.case_id)
        self._say(started.case_id, f"{actor.id} starts {process_id} with {values}")
        self.done[f"start {process_id}"] += 1

    def _starters(self, process_id: str) -> list[Actor]:
        """Who may start it; people of the same groups may start the same, so one of them is asked."""
        able: dict[frozenset[str], bool] = {}
        for actor in self.people.all:
            if actor.groups not in able:
                options = self.queries.startable(actor)
                able[actor.groups] = any(option.process_id == process_id for option in options)
        return [actor for actor in self.people.all if able[actor.groups]]

    # -- tasks ------------------------------------------------------------------------------------

    def _complete(self, task_id: int) -> None:
        view = self.queries.task(task_id, SYSTEM)
        if view.ahead is not None or self._left_lying(task_id):
            return
        actor = self._doer(view)
        if actor is None:
            return
        if view.row.element == "enter_waybill" and self._sent_already(view):
            self._end(int(view.row.case_id), "已由另一张工单发出")
            return
        values = self._filled(view, actor)
        if view.row.element == "send_parcel" and self.chance.random() < 0.05:
            self._shop_cancels()
        self.runtime.complete(task_id, values, actor, submission_key=f"done-{task_id}")
        self.answered.add(task_id)
        self._memory[view.row.case_id].keep(f"{view.row.process_id}.{view.row.element}", values)
        self._say(view.row.case_id, f"{actor.id} completes {view.row.process_id}.{view.row.element} with {values}")
        self.done[f"complete {view.row.process_id}.{view.row.element}"] += 1

    def _left_lying(self, which: int) -> bool:
        """Some things nobody gets round to for long, so that the clock overtakes them."""
        return self.lazy and random.Random(f"{self.seed}-{which}").random() < 0.2 and self.chance.random() < 0.97

    def _doer(self, view: TaskView) -> Actor | None:
        """Somebody who may do the task; a new colleague where four eyes leave nobody."""
        row = view.row
        free = [a for a in self.people.of(row.candidate_groups) if row.assignee in (None, a.id)]
        for actor in free:
            if self._may_complete(row.id, actor):
                return actor
        if row.assignee is not None:
            self._unclaim(row.id, row.assignee)
            return None
        actor = self.people.hire(row.candidate_groups[0])
        self._say(row.case_id, f"{actor.id} is hired for {row.process_id}.{row.element}")
        if not self._may_complete(row.id, actor):
            raise Stuck(f"case {row.case_id}: nobody may do {row.process_id}.{row.element}")
        return actor

    @staticmethod
    def _sent_already(view: TaskView) -> bool:
        """Whether another case has sent the order: no waybill is taken any more, and a supervisor ends this one."""
        order = view.context.get("order") or {}
        sent = order.get("order_stage") in ("shipped", "signed") and order.get("waybill_no") is not None
        return sent and view.context.get("dispatch_kind") == "order"

    def _may_complete(self, task_id: int, actor: Actor) -> bool:
        try:
            return self.queries.task(task_id, actor).may_complete
        except EngineError:
            return False

    def _filled(self, view: TaskView, actor: Actor) -> dict[str, Value]:
        element = f"{view.row.process_id}.{view.row.element}"
        if view.schema is None:
            raise Stuck(f"{element} has no form")
        memory = self._memory[view.row.case_id]
        # Nobody would make another order's case of it, or of an exchange a first dispatch.
        known = {name: view.context[name] for name in ("order_id", "dispatch_kind") if view.context.get(name)}
        asked = {f.key for f in formcheck.fields(view.schema)} if view.row.element == "complete_inputs" else set()
        occasion = Occasion(
            given={name: value for name, value in known.items() if name in asked},
            element=element,
            schema=view.schema,
            context=view.context,
            now=self.clock.now(),
            taken=self.queries.taken,
            files=attachments.usable(self.db, actor, view.row.case_id),
            upload=partial(self._upload, actor),
        )
        values = self.answers.fill(occasion, memory)
        if values is None:
            raise Stuck(f"case {view.row.case_id}: nobody can fill in {element}: {self._errors(occasion)}")
        return values

    @staticmethod
    def _errors(occasion: Occasion) -> object:
        shown = formcheck.prefill(occasion.schema, occasion.context, now=occasion.now)
        found = formcheck.check_values(occasion.schema, shown, occasion.context, now=occasion.now, taken=occasion.taken)
        return found.errors

    def _try_wrongly(self, task_id: int) -> None:
        """Somebody who may not do a task neither finds it in the inbox nor can do it."""
        view = self.queries.task(task_id, SYSTEM)
        actor = self.people.anybody()
        listed = {row.id for row in self.queries.inbox(actor, limit=200).rows}
        if actor.groups.isdisjoint(view.row.candidate_groups) and "aftersales" not in actor.groups:
            if task_id in listed and view.row.assignee != actor.id:
                raise Stuck(f"{actor.id} finds the task {view.row.element} of {view.row.candidate_groups}")
            try:
                self.runtime.complete(task_id, {}, actor)
            except NotAllowed:
                self.done["refused"] += 1
            else:
                raise Stuck(f"{actor.id} did {view.row.element} of {view.row.candidate_groups}")

    def _claim(self, task_id: int) -> None:
        view = self.queries.task(task_id, SYSTEM)
        if view.row.assignee is not None:
            self._unclaim(task_id, view.row.assignee)
            return
        for actor in self.people.of(view.row.candidate_groups)[:1]:
            if self.queries.task(task_id, SYSTEM).ahead is None and self._may_complete(task_id, actor):
                self.runtime.claim(task_id, actor)
                self.done["claim"] += 1

    def _unclaim(self, task_id: int, actor_id: str) -> None:
        (actor,) = [a for a in self.people.all if a.id == actor_id]
        try:
            self.runtime.unclaim(task_id, actor)
        except NotAllowed:  # he has acted in the case since, and a supervisor would have to take it from him
            self.done["could not give back"] += 1
            raise

    def _save_progress(self) -> None:
        repairs = select(user_task.c.id).where(user_task.c.status == "open", user_task.c.element == "repair_product")
        for task_id in self._column(repairs)[:1]:
            view = self.queries.task(task_id, SYSTEM)
            actor = self._doer(view)
            if actor is None or not view.progress:
                return
            values = self._filled(view, actor)
            kept = {key: values[key] for key in view.progress if values.get(key) is not None}
            self.runtime.save_progress(task_id, kept, actor, submission_key=f"saved-{self.clock.now().isoformat()}")
            self._say(view.row.case_id, f"{actor.id} saves {kept}")
            self.done["save progress"] += 1

    # -- what happens outside ---------------------------------------------------------------------

    def _happens(self, event_id: int) -> None:
        with self.db.read() as connection:
            row = connection.execute(select(subscription).where(subscription.c.id == event_id)).one()
            of = connection.execute(select(process_instance).where(process_instance.c.key == row.instance)).one()
        if self._left_lying(event_id):
            return
        if row.message_name == "msg_order_dispatched" and self.chance.random() < 0.7:
            return  # mostly the dispatch itself tells
        if row.message_name != _PARCEL_NEWS and self.chance.random() < 0.3 and self._tells(row, of):
            return
        registrars = self._registrars(of.case_id, event_id)
        if not registrars:
            raise Stuck(f"case {of.case_id}: nobody may register {row.message_name} at {row.element}")
        actor = self.chance.choice(registrars)
        asked = self.queries.event_form(of.case_id, event_id, actor)
        occasion = Occasion(
            element=f"{of.process_id}.{row.element}",
            schema=asked.schema,
            context=asked.context,
            now=self.clock.now(),
            taken=self.queries.taken,
            files=attachments.usable(self.db, actor, of.case_id),
            upload=partial(self._upload, actor),
        )
        values = self.answers.fill(occasion, self._memory[of.case_id])
        if values is None:
            raise Stuck(f"case {of.case_id}: nobody can register {row.message_name}: {self._errors(occasion)}")
        self._memory[of.case_id].keep(occasion.element, values)
        self._say(of.case_id, f"{actor.id} registers {of.process_id}.{row.element} with {values}")
        if row.message_name == _PARCEL_NEWS:
            self._parcel_news(row.correlation_key, values, actor)
        else:
            self.runtime.register_event(of.case_id, event_id, values, actor, submission_key=f"event-{event_id}")
        self.done[f"register {of.process_id}.{row.element}"] += 1

    def _parcel_news(self, waybill_no: str, values: dict[str, Value], actor: Actor) -> None:
        try:
            shop.parcel_news(self.runtime, waybill_no, values, actor)
        except EngineError as refused:  # older than what is known
            self.done[f"parcel news: {refused.code}"] += 1

    def _tells(self, row: Any, of: Any) -> bool:
        """The shop's own systems tell it instead of a person."""
        if row.message_name == "msg_payment_received":
            due = self.queries.event_form(of.case_id, row.id, SUPERVISOR).context
            amount = due.get("price_difference" if of.process_id == "s04_price_difference" else "repair_fee")
            paid = self.chance.choice((Decimal(0), Decimal("0.01"), Decimal("-0.01"))) + (amount or Decimal(1))
            return paid > 0 and self._note(f"payment {of.process_id}", self.world.payment(of.case_id, paid))
        if row.message_name == "msg_platform_ruling":
            return self._note("ruling", self.world.ruling(of.case_id))
        if row.message_name == "msg_customer_shipped_back":
            return self._note("sent back", self.world.sent_back(of.case_id))
        return False

    def _registrars(self, case_id: str, event_id: int) -> list[Actor]:
        found = []
        for actor in self.people.all:
            try:
                listed = self.queries.case(case_id, actor).events
            except EngineError:
                continue
            if any(event.id == event_id for event in listed):
                found.append(actor)
        return found

    def _parcel_moves(self) -> None:
        waybills = self.world.waybills()
        if waybills:
            waybill_no = self.chance.choice(waybills)
            stage = self.world.some_stage(to_the_end=not self._to_start and self.chance.random() < 0.4)
            if self._note(f"parcel {stage}", self.world.parcel_moves(waybill_no, stage)):
                self._say("", f"parcel {waybill_no}: {stage}")

    def _shop_cancels(self) -> None:
        order_id = self.world.cancel()
        if order_id is not None:
            self.cancelled_orders[order_id] = self.clock.now()
            self.done["cancelled in the shop"] += 1
            self._say("", f"the shop cancels {order_id}")

    def _time_passes(self) -> None:
        due = self._column(select(job.c.due_at).where(job.c.due_at < HELD).order_by(job.c.due_at).limit(1))
        if due:
            self.clock.advance_to(from_microseconds(due[0]))
            self.done["time passes"] += 1
            self._say("", f"time passes to {from_microseconds(due[0])}")

    def _cancel(self) -> None:
        roots = select(process_instance.c.key).where(
            process_instance.c.status == InstanceStatus.ACTIVE.value, process_instance.c.parent.is_(None)
        )
        keys = self._column(roots)
        if keys:
            self._end(self.chance.choice(sorted(keys)), "客户撤回了请求")

    def _end(self, key: int, reason: str) -> None:
        self.runtime.cancel(key, reason, SUPERVISOR)
        self.done["cancel"] += 1
        self._say(str(key), f"is cancelled: {reason}")

    # -- small things -----------------------------------------------------------------------------

    def _upload(self, actor: Actor, name: str) -> Value:
        content = attachments.sample(name)
        try:
            kept = attachments.keep(self.db, self._files, name, content, actor=actor, now=self.clock.now())
        except FileRefused:  # too many that lie unused: what was uploaded last is taken
            return self._uploaded[actor.id]
        self._uploaded[actor.id] = dict(kept.value)
        return self._uploaded[actor.id]

    def _note(self, what: str, happened: bool) -> bool:
        if happened:
            self.done[what] += 1
        return happened

    def _say(self, case_id: str, text: str) -> None:
        self.log.append(f"{self.clock.now().isoformat(timespec='seconds')} [{case_id}] {text}")

    def _column(self, query: Any) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(query).scalars())

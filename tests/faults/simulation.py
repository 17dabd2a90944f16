"""A shop's days at random, repeatable by their seed: people, parcels, timers, failures, deployments and crashes.

``python -m tests.faults.simulation --seeds 1-40 --actions 400`` runs more of it than the test does.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine import canonical, formcheck
from engine.clock import VirtualClock, from_microseconds, to_microseconds
from engine.connectors import CONNECTORS, Connector, JobContext
from engine.definitions import Definitions
from engine.errors import EngineError, JobFailed
from engine.model import SYSTEM, Actor, Value, Variables
from engine.outbox import Message
from engine.queries import Queries
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.store.tables import incident, job, process_instance, shop_order, user_task
from engine.store.writes import HELD
from tests.conftest import FRIDAY_9AM
from tests.engine.runtime.test_crashes import Crash, crash_after
from tests.engine.shop_desk import FEW, shipped_files
from tests.faults.invariants import unlike_their_commands, violations

ZHAO = Actor(id="zhao", groups=frozenset({"supervisor"}))
PEOPLE = tuple(
    Actor(id=f"{group}{number}", groups=frozenset({group}), couriers=frozenset({"*"}))
    for group in ("aftersales", "presales", "warehouse", "finance", "delivery", "courier")
    for number in (1, 2)
)
ORDERS = tuple(f"SO-{number}" for number in range(3001, 3009))
TABLE = "processes/decisions/logistics_status.dmn"
#: What people mostly answer, so that cases come far.
LIKELY = {
    "info_complete": True, "region_type": "normal", "courier_reachable": True, "receipt_affected": False,
    "picked_complete": True, "info_reply": "accept", "stuck_in_region": False, "search_result": "not_found",
}  # fmt: skip
LONGEST_RUN = 200


class Simulation:
    """One shop; ``act`` does something at random, ``check`` says whether all still holds."""

    def __init__(self, url: str, seed: int) -> None:
        self.chance = random.Random(seed)
        self.url = url
        self.clock = VirtualClock(FRIDAY_9AM)
        #: User tasks whose completion was answered, idempotency keys used, messages that left.
        self.answered: set[int] = set()
        self.delivered: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self._number = 0
        self._threshold = 48
        self._files = shipped_files(*FEW)
        self.db = Database.open(url)
        self._boot()
        self.definitions.deploy(self._files, SYSTEM)
        self._put_orders()
        self._actions: tuple[tuple[int, Callable[[], None]], ...] = (
            (9, self._start),
            (1, self._order_is_paid),
            (34, self._complete),
            (4, self._claim),
            (14, self._run_jobs),
            (7, self._time_passes),
            (6, self._parcel_moves),
            (1, self._deploy),
            (1, self._cancel),
            (5, self._resolve),
            (1, self._order_is_cancelled),
        )

    def close(self) -> None:
        self.db.close()

    def _boot(self) -> None:
        """A process begins: nothing is known but what the database holds."""
        self.definitions = Definitions(self.db, self.clock)
        connectors = {name: self._failing(connector) for name, connector in CONNECTORS.items()}
        self.runtime = Runtime(self.db, self.clock, self.definitions, connectors)
        self.queries = Queries(self.db, self.definitions, self.clock)
        self.runner = JobRunner(self.runtime, self._deliver, jitter=self.chance.random)

    # -- the world outside ------------------------------------------------------------------------

    def _failing(self, connector: Connector) -> Connector:
        def work(context: JobContext) -> Variables:
            before = self.chance.random()
            if before < 0.06:
                raise JobFailed("the other side is down")
            result = connector(context)
            if before > 0.95:
                raise ConnectionError("the answer was lost")
            return result

        return work

    def _deliver(self, message: Message) -> None:
        fate = self.chance.random()
        if fate < 0.05:
            raise OSError("no route")
        if fate < 0.07:
            raise ValueError("a delivery of somebody else's making")
        self.delivered[message.key] += 1

    # -- acting -----------------------------------------------------------------------------------

    def act(self) -> None:
        """Do one thing; now and then the process dies in the midst of it and a new one begins."""
        weights = [weight for weight, _ in self._actions]
        ((_, action),) = self.chance.choices(self._actions, weights)
        if self.chance.random() > 0.2:
            action()
            return
        with pytest.MonkeyPatch.context() as patch, crash_after(self.chance.randint(1, 12), patch):
            try:
                action()
            except Crash:
                self.done["crash"] += 1
        self.db.close()
        self.db = Database.open(self.url)
        self._boot()

    def settle(self) -> None:
        """Time passes until no job is due within a day; incidents are resolved."""
        for _ in range(LONGEST_RUN):
            if self.runner.run_due(50) == 0:
                return
        raise AssertionError("there is always something due")

    def _tried(self, name: str, command: Callable[[], object]) -> bool:
        """Whether the command was answered; a refusal is no harm."""
        try:
            command()
        except EngineError as refused:
            self.done[f"{name}: {refused.code}"] += 1
            return False
        self.done[name] += 1
        return True

    def _key(self) -> str:
        self._number += 1
        return f"key-{self._number}"

    def _start(self) -> None:
        process_id = self.chance.choices(("p10_courier_query", "p07_delivery", "s02_payout"), (6, 2, 2))[0]
        actor = self.chance.choice((*PEOPLE[:6], SYSTEM, SYSTEM))
        deployed = self.definitions.latest(process_id)
        schema = deployed.start_schema or {}
        order_id = self.chance.choice(ORDERS)
        known = {"order_id": order_id, "order": self.queries.order_facts(order_id), "parcel": None}
        variables = self._filled(schema, {**known, "waybill_no": f"YT-{order_id}"}, given={"order_id": order_id})
        if variables is None:
            return
        if self.chance.random() < 0.1:
            variables = {"order_id": order_id, "customer_id": "C-1"}  # leads to 补全信息
        variables = {"customer_id": "C-1", "order_amount": Decimal(100), **variables}
        key = self._key()
        start = partial(self.runtime.start, process_id, variables, actor, start_key=key)
        if self._tried("start", start) and self.chance.random() < 0.1:
            self._tried("start again", start)

    def _order_is_paid(self) -> None:
        order_id = self.chance.choice(ORDERS)
        payload = {"order_id": order_id, "customer_id": "C-1", "order_amount": Decimal(50)}
        publish = partial(self.runtime.publish, "msg_order_paid", order_id, payload, actor=SYSTEM)
        message_id = f"paid-{order_id}-{self.chance.randint(1, 3)}"
        self._tried("order paid", lambda: publish(message_id=message_id))

    def _parcel_moves(self) -> None:
        waybills = self._column(
            select(process_instance.c.order_id).where(
                process_instance.c.status == "active", process_instance.c.order_id.is_not(None)
            )
        )
        if waybills:
            waybill = f"YT-{self.chance.choice(waybills)}"
            payload = {"stage": "in_transit", "location": "杭州"}
            kept = self.chance.choice((timedelta(0), timedelta(hours=6)))
            publish = partial(self.runtime.publish, "msg_logistics_updated", waybill, payload, actor=SYSTEM, ttl=kept)
            self._tried("parcel moved", publish)

    def _complete(self) -> None:
        task_id = self._any(select(user_task.c.id).where(user_task.c.status == "open"))
        if task_id is None:
            return
        view = self.queries.task(task_id, SYSTEM)
        variables = self._filled(view.schema or {}, view.context) if view.schema else {}
        if variables is None:
            self.done["form not filled in"] += 1
            return
        doers = [actor for actor in PEOPLE if actor.groups & set(view.row.candidate_groups)] or list(PEOPLE)
        actor = self.chance.choice([*doers, *doers, self.chance.choice(PEOPLE)])
        complete = partial(self.runtime.complete, task_id, variables, actor, submission_key=self._key())
        if self._tried(f"complete {view.row.element}", complete):
            self.answered.add(task_id)
            if self.chance.random() < 0.15:
                assert self._tried("complete again", complete)
                other = partial(self.runtime.complete, task_id, variables, PEOPLE[0], submission_key=self._key())
                assert not self._tried("complete by another", other)

    def _claim(self) -> None:
        task_id = self._any(select(user_task.c.id).where(user_task.c.status == "open"))
        if task_id is not None:
            command = self.chance.choice((self.runtime.claim, self.runtime.unclaim, self.runtime.unclaim))
            self._tried(command.__name__, lambda: command(task_id, self.chance.choice(PEOPLE)))

    def _run_jobs(self) -> None:
        self.done["jobs"] += self.runner.run_due(self.chance.choice((1, 2, 5, 50)))

    def _time_passes(self) -> None:
        if self.chance.random() < 0.6:
            self.clock.advance(timedelta(minutes=self.chance.randint(1, 600)))
            return
        due = self._column(select(job.c.due_at).where(job.c.due_at < HELD).order_by(job.c.due_at).limit(1))
        if due:
            self.clock.advance_to(from_microseconds(due[0]) + timedelta(microseconds=self.chance.choice((-1, 0, 1))))

    def _deploy(self) -> None:
        before, self._threshold = self._threshold, self.chance.choice((36, 48, 60))
        table = self._files[TABLE].replace(f"{before}]<".encode(), f"{self._threshold}]<".encode())
        self._files[TABLE] = table.replace(f"]{before}..".encode(), f"]{self._threshold}..".encode())
        self._tried("deploy", lambda: self.definitions.deploy({TABLE: self._files[TABLE]}, SYSTEM))

    def _cancel(self) -> None:
        key = self._any(select(process_instance.c.key).where(process_instance.c.status == "active"))
        if key is not None:
            self._tried("cancel", lambda: self.runtime.cancel(key, "客户撤回", ZHAO))

    def _resolve(self) -> None:
        incident_id = self._any(select(incident.c.id))
        if incident_id is not None:
            self._tried("resolve", lambda: self.runtime.resolve_incident(incident_id, ZHAO))

    # -- the shop ---------------------------------------------------------------------------------

    def _put_orders(self) -> None:
        facts = {"items": "枕头×1", "order_amount": Decimal(100), "receiver_name": "张三"}
        facts |= {"receiver_phone": "13800000000", "receiver_address": "杭州市西湖区1号"}
        rows = [
            {
                "order_id": order_id,
                "customer_id": "C-1",
                "channel": "marketplace",
                "order_stage": "paid",
                "facts": canonical.encode(facts),
                "updated_at": to_microseconds(FRIDAY_9AM),
            }
            for order_id in ORDERS
        ]
        with self.db.begin() as tx:
            tx.connection.execute(insert(shop_order), rows)

    def _order_is_cancelled(self) -> None:
        stage = self.chance.choice(("cancelled", "paid", "paid"))
        with self.db.begin() as tx:
            where = shop_order.c.order_id == self.chance.choice(ORDERS)
            tx.connection.execute(update(shop_order).where(where).values(order_stage=stage))

    # -- forms ------------------------------------------------------------------------------------

    def _filled(
        self, schema: Mapping[str, Any], context: Variables, *, given: Mapping[str, Value] | None = None
    ) -> dict[str, Value] | None:
        """Random values that the form accepts: guess, look what it says, guess again."""
        now = self.clock.now()
        first = formcheck.prefill(schema, context, now=now)
        for _ in range(12):
            values = {f.key: self._guess(f, first.get(f.key), now) for f in formcheck.fields(schema)}
            values |= given or {}
            shown = formcheck.visible(schema, values, context, now=now)
            values = {name: value for name, value in values.items() if name in shown}
            found = formcheck.check_values(schema, values, context, now=now, taken=self.queries.taken)
            if not found.errors:
                return found.variables
        return None

    def _guess(self, field: formcheck.Field, shown: Value, now: datetime) -> Value:
        if shown is not None and self.chance.random() < 0.7:
            return shown
        if field.key in LIKELY and self.chance.random() < 0.5:
            return LIKELY[field.key]
        if field.options:
            value: Value = self.chance.choice(field.options).value
            return value == "true" if field.properties.get("type") == "boolean" else value
        if field.type == "number":
            return Decimal(self.chance.choice((1, 10, 25, 40, 50, 73, 100)))
        if field.type == "datetime":
            return now if field.required else None
        if field.key in {"receiver_phone"}:
            return "13800000000"
        return f"{field.key}-{self.chance.randint(1, 999999)}"

    # -- looking ----------------------------------------------------------------------------------

    def _column(self, query: Any) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(query).scalars())

    def _any(self, query: Any) -> Any:
        found = self._column(query)
        return self.chance.choice(sorted(found)) if found else None

    def cases(self) -> list[str]:
        """Ids of all cases."""
        return self._column(select(process_instance.c.case_id).distinct().order_by(process_instance.c.case_id))

    def check(self) -> list[str]:
        """What does not hold, without re-execution."""
        return violations(self.db, answered=self.answered)


def simulate(url: str, seed: int, actions: int, *, every: int = 25) -> Simulation:
    """Run a shop and check it all the way.

    Raises:
        AssertionError: something does not hold.
    """
    shop = Simulation(url, seed)
    for number in range(1, actions + 1):
        shop.act()
        if number % every == 0:
            found = shop.check() + unlike_their_commands(shop.db, shop.cases()[-1:])
            assert not found, f"seed {seed}, action {number}: {found}"
    shop.clock.advance(timedelta(days=2))
    shop.settle()
    now = to_microseconds(shop.clock.now())
    found = violations(shop.db, answered=shop.answered, now=now) + unlike_their_commands(shop.db, shop.cases())
    assert not found, f"seed {seed}, at the end: {found}"
    return shop


def main() -> None:
    """Run seeds FIRST-LAST and tell what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-10")
    parser.add_argument("--actions", type=int, default=400)
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    for seed in range(int(first), int(last or first) + 1):
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'shop.db'}"
            upgrade(url)
            shop = simulate(url, seed, given.actions)
            print(f"seed {seed}: {len(shop.cases())} cases, {dict(shop.done)}", flush=True)
            shop.close()


if __name__ == "__main__":
    main()

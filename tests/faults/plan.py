"""A small but whole workload, step by step: each may die anywhere, and is then done again as its client would.

A step is a life of the program: it opens the database, does one thing and ends. What it does it finds in the database,
or sends again with the same key, so a second time changes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import inspect, text

from engine import shop
from engine.accounts import find_in
from engine.audit import NightlyReExecution
from engine.clock import VirtualClock, from_microseconds
from engine.connectors import CONNECTORS, JobContext
from engine.definitions import Definitions
from engine.errors import JobFailed, UncaughtError
from engine.model import SYSTEM, Actor, Variables
from engine.outbox import Message, Spool
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.store.tables import membership, user
from engine.worker import Worker, periodic
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import COURIER, DELIVERY, FEW, PRESALES, START, shipped_files
from tests.engine.support import LI, ZHAO, UncheckedDefinitions
from tests.unit.bpmn.drawing import Drawing, duration, mapping, properties

#: Hours, counted from the start, within which the other side of a connector and the way out are down.
JOB_OUTAGE: Final = (0, 20)
DELIVERY_OUTAGE: Final = (200, 220)


def odd() -> Drawing:
    """Corners that the shipped processes do not have: a job that fails, an answer that the process refuses."""
    drawing = Drawing("odd").start().user("ask").catch("ev", message="msg_early").service("flaky", "flaky")
    drawing.boundary("tm", "ask", duration("PT4H"), interrupting=False).end("end_tm").flow("tm", "end_tm")
    flags = {"propagateAllParentVariables": "true", "propagateAllChildVariables": "true"}
    drawing.call("sub", "inner", **flags).user("decide").gateway("gw", default="gw_end").end().error_end("bad", "BAD")
    drawing.flow("start", "ask", "ev", "flaky", "sub", "decide", "gw", "end")
    return drawing.flow("gw", "bad", when="=not(ok)")


def inner() -> Drawing:
    """What it calls."""
    return Drawing("inner").start().service("work", "work").end().flow("start", "work", "end")


def shut() -> Drawing:
    """Waits for a signal."""
    drawing = Drawing("shut").start().user("hold_on").service("work").end()
    drawing.element("intermediateCatchEvent", "ev", drawing.on_signal("sig_open"))
    return drawing.flow("start", "hold_on", "ev", "work", "end")


def opened() -> Drawing:
    """Begins with it."""
    drawing = Drawing("opened").service("work").end()
    drawing.element("startEvent", "start", drawing.on_signal("sig_open"))
    return drawing.flow("start", "work", "end")


def slow() -> Drawing:
    """A task whose people are reminded of it and say how far they are, in a case that becomes urgent."""
    drawing = Drawing("slow").start().user("take_time", extension=properties(progress="so_far")).end()
    return drawing.flow("start", "take_time", "end")


def slower() -> Drawing:
    """Its next version, to which a case goes over while it runs: a reminder more."""
    drawing = slow().boundary("tm", "take_time", duration("PT1H"), interrupting=False).end("end_tm")
    return drawing.flow("tm", "end_tm")


def hasten() -> Drawing:
    """Makes it urgent."""
    header = '<zeebe:taskHeaders><zeebe:header key="process_id" value="slow"/></zeebe:taskHeaders>'
    return Drawing("hasten").start().service("push", "raise_priority", header).end().flow("start", "push", "end")


def behind() -> Drawing:
    """Opens a linked case, is passed on to a colleague, and enters a target of hers."""
    header = '<zeebe:taskHeaders><zeebe:header key="process_id" value="linked"/></zeebe:taskHeaders>'
    given = mapping({"to": "li", "reason": "首问负责"})
    drawing = Drawing("behind").start().service("open", "start_process", header).service("give", "transfer_case", given)
    target = {"person": "li", "month": "2026-02", "sales_target": "=88000", "approved_by": "zhao"}
    drawing.service("aim", "set_target", mapping(target))
    drawing.user("look").end()
    return drawing.flow("start", "open", "give", "aim", "look", "end")


def linked() -> Drawing:
    """The one that it opens."""
    return Drawing("linked").start().user("read").end().flow("start", "read", "end")


def by_itself() -> Drawing:
    """Starts by itself, three hours after the shop has opened, and once in the plan's days."""
    drawing = Drawing("by_itself").service("work").end()
    timer = "<bpmn:timerEventDefinition><bpmn:timeCycle>0 12 2 1 *</bpmn:timeCycle></bpmn:timerEventDefinition>"
    drawing.element("startEvent", "start", timer)
    drawing.extension = properties(missed="each")
    return drawing.flow("start", "work", "end")


class Life:
    """The program from its start to its end, in a folder that outlives it."""

    def __init__(self, folder: Path, hours: float) -> None:
        self.url = f"sqlite:///{folder / 'shop.db'}"
        self.db = Database.open(self.url)
        self.clock = VirtualClock(FRIDAY_9AM + timedelta(hours=hours))
        if latest := self._latest():  # it does not run backwards from one life to the next
            self.clock.advance_to(from_microseconds(latest))
        self.spool = Spool(folder / "outbox")
        connectors = {**CONNECTORS, "flaky": self._flaky, "work": lambda _: {"worked": True}}
        self.definitions = Definitions(self.db, self.clock)
        self.runtime = Runtime(self.db, self.clock, self.definitions, connectors)
        # The nightly check draws another sample each time.
        looks = [look for look in periodic() if not isinstance(look, NightlyReExecution)]
        self.worker = Worker(self.runtime, deliver=self._deliver, looks=looks)
        self.runner = JobRunner(self.runtime, self._deliver)

    def close(self) -> None:
        """End, calmly or after a crash: what was begun and not committed is gone."""
        self.db.close()

    def _latest(self) -> int | None:
        with self.db.read() as connection:
            if not inspect(connection).has_table("history_event"):
                return None
            return connection.execute(text("SELECT max(at) FROM history_event")).scalar()

    def _is_down(self, outage: tuple[int, int]) -> bool:
        first, last = (FRIDAY_9AM + timedelta(hours=hours) for hours in outage)
        return first <= self.clock.now() < last

    def _flaky(self, _: JobContext) -> Variables:
        if self._is_down(JOB_OUTAGE):
            raise JobFailed("the other side is down")
        return {"answer": Decimal(1)}

    def _deliver(self, message: Message) -> None:
        if self._is_down(DELIVERY_OUTAGE):
            raise OSError("no route")
        self.spool(message)

    # -- what clients do --------------------------------------------------------------------------

    def start(self, process_id: str, variables: Variables, actor: Actor) -> None:
        """Start a case; the key is the order's."""
        self.runtime.start(process_id, variables, actor, start_key=f"{process_id}-{variables['order_id']}")

    def case(self, order: str, status: str) -> Iterator[tuple[str, int]]:
        """Case and key of an order's case, if it has that status."""
        sql = """SELECT case_id, key FROM process_instance
                 WHERE parent IS NULL AND business_key = :order_id AND status = :status"""
        with self.db.read() as connection:
            yield from connection.execute(text(sql), {"order_id": order, "status": status}).all()

    def suspend(self, order: str) -> None:
        """Suspend an order's case, if it runs."""
        for case, _ in self.case(order, "active"):
            self.runtime.suspend(case, ZHAO, reason="暂停")

    def resume(self, order: str) -> None:
        """Let it go on, if it is suspended."""
        for case, _ in self.case(order, "suspended"):
            self.runtime.resume(case, ZHAO)

    def cancel(self, order: str) -> None:
        """Cancel an order's suspended case."""
        for _, key in self.case(order, "suspended"):
            self.runtime.cancel(key, "不再需要", ZHAO)

    def task(self, element: str, number: int = 1, order: str | None = None) -> int:
        """The user task of an element that was made as the first, second …, whatever became of it."""
        sql = """SELECT t.id FROM user_task t JOIN process_instance i ON i.key = t.instance
                 WHERE t.element = :element AND (i.business_key = :order_id OR :order_id IS NULL) ORDER BY t.id"""
        with self.db.read() as connection:
            found = connection.execute(text(sql), {"element": element, "order_id": order}).scalars().all()
        return int(found[number - 1])

    def publish(self, name: str, order_id: str) -> None:
        """Publish a message about an order; its id is the order's."""
        self.runtime.publish(name, order_id, {}, actor=LI, message_id=order_id)

    def complete(self, task: int, variables: Variables, actor: Actor, *, key: str = "") -> None:
        """Complete a task; the key is its own."""
        self.runtime.complete(task, variables, actor, submission_key=f"key-{task}{key}")

    def save_progress(self, task: int, variables: Variables, actor: Actor) -> None:
        """Save how far a task is; the key is its own."""
        self.runtime.save_progress(task, variables, actor, submission_key=f"progress-{task}")

    def resolve(self) -> None:
        """Resolve every incident that there is."""
        with self.db.read() as connection:
            found = connection.execute(text("SELECT id FROM incident ORDER BY id")).scalars().all()
        for incident in found:
            self.runtime.resolve_incident(incident, ZHAO)

    def settle(self, hours: float = 0.2) -> None:
        """Do what is due, and what falls due until then."""
        limit = self.clock.now() + timedelta(hours=hours)
        self.worker.drain()
        while (due := self.runner.next_due()) is not None and due <= limit:
            self.clock.advance_to(due)
            self.worker.drain(looks=False)


Act: TypeAlias = Callable[[Life], None]


@dataclass(frozen=True)
class Step:
    """One thing that is done; ``hours`` after the start."""

    name: str
    hours: float
    act: Act


def _upgrade(life: Life) -> None:
    upgrade(life.url)


def _deploy(life: Life) -> None:
    life.definitions.deploy(shipped_files(*FEW), SYSTEM)


def _deploy_odd(life: Life) -> None:
    files = {
        f"{drawing.process_id}.bpmn": drawing.xml()
        for drawing in (odd(), inner(), shut(), opened(), slow(), hasten(), behind(), linked(), by_itself())
    }
    forms = ("odd.ask", "odd.decide", "shut.hold_on", "slow.take_time", "behind.look", "linked.read")
    files |= {f"{form}.form": f'{{"id": "{form}", "components": []}}'.encode() for form in forms}
    UncheckedDefinitions(life.db, life.clock).deploy(files, SYSTEM)


def _deploy_slower(life: Life) -> None:
    UncheckedDefinitions(life.db, life.clock).deploy({"slow.bpmn": slower().xml()}, SYSTEM)


def _go_over(life: Life) -> None:
    """Take the case of an order over to the version in force, if it is not there."""
    life.definitions.refresh()
    target = life.definitions.latest("slow").key
    with life.db.read() as connection:
        sql = text("SELECT key FROM process_instance WHERE process_id = 'slow' AND definition <> :target")
        found = connection.execute(sql, {"target": target}).scalars().all()
    for key in found:
        life.runtime.migrate(key, target, SYSTEM, mapping={}, reason="新版多一次提醒")


def _record(life: Life) -> None:
    with life.db.read() as connection:
        known = connection.execute(text("SELECT 1 FROM history_event WHERE kind = 'user.logged_in'")).scalar()
    if not known:
        life.runtime.record("user.logged_in", {"ip": "::1"}, LI)


def _hire(life: Life) -> None:
    with life.db.begin() as tx:
        if find_in(tx.connection, LI.id) is None:
            tx.connection.execute(user.insert().values(id=LI.id, name=LI.name, password_hash="-", active=1))
            tx.connection.execute(membership.insert().values(user=LI.id, group="aftersales"))


def _set_up(life: Life) -> None:
    shop.change_setting(life.db, life.clock, SYSTEM, "warehouse_address", "杭州1号仓")


def _broadcast(life: Life) -> None:
    """A signal has no key: who is not sure looks whether it is on its way."""
    with life.db.read() as connection:
        known = connection.execute(text("SELECT 1 FROM job WHERE kind IN ('signal', 'broadcast')")).first()
    if not known:
        life.runtime.broadcast("sig_open", {}, actor=LI)


def _ask_in_vain(life: Life) -> None:
    """The process refuses the answer, unless the crash came before the better one."""
    with suppress(UncaughtError):
        life.complete(life.task("decide", order="SO-1"), {"ok": False}, LI, key="-in-vain")
        raise AssertionError("the process took it")


def _do(
    element: str, actor: Actor, variables: Mapping[str, object], *, number: int = 1, within: float = 0.2
) -> Callable[[Life], None]:
    """Complete the task of an element, then do what follows; "now" among the variables is that instant."""

    def act(life: Life) -> None:
        given = {name: life.clock.now() if value == "now" else value for name, value in variables.items()}
        life.complete(life.task(element, number), given, actor)
        if within:
            life.settle(within)

    return act


def _moves(hours_since_update: int) -> dict[str, object]:
    return {"hours_since_update": Decimal(hours_since_update), "stuck_in_region": False, "customer_urges": True}


CUSTOMER: Final = {
    "info_complete": True, "region_type": "normal", "courier_reachable": True, "receipt_affected": False
}  # fmt: skip

PLAN: Final = (
    Step("upgrade", 0, _upgrade),
    Step("deploy", 0, _deploy),
    Step("deploy odd", 0, _deploy_odd),
    Step("record", 0, _record),
    Step("set up", 0, _set_up),
    Step("hire", 0, _hire),
    Step("start odd", 1, lambda life: life.start("odd", {"order_id": "SO-1"}, SYSTEM)),
    Step("start another", 1, lambda life: life.start("odd", {"order_id": "SO-2"}, SYSTEM)),
    Step("claim", 1, lambda life: life.runtime.claim(life.task("ask", order="SO-1"), LI)),
    Step("timers", 5.1, lambda life: life.settle()),
    Step("early", 6, lambda life: life.publish("msg_early", "SO-1")),
    Step("late", 7, lambda life: life.complete(life.task("ask", order="SO-1"), {}, LI)),
    Step("ask", 7, lambda life: life.complete(life.task("ask", order="SO-2"), {}, LI)),
    Step("wake", 7, lambda life: life.publish("msg_early", "SO-2")),
    Step("fail", 7, lambda life: life.settle()),
    Step("suspend", 20, lambda life: life.suspend("SO-1")),
    Step("resolve", 21, lambda life: life.resolve()),
    Step("resume", 21, lambda life: life.resume("SO-1")),
    Step("mend", 21, lambda life: life.settle()),
    Step("in vain", 22, _ask_in_vain),
    Step("at last", 22, lambda life: life.complete(life.task("decide", order="SO-1"), {"ok": True}, LI)),
    Step("shut", 23, lambda life: life.start("shut", {"order_id": "SO-4"}, SYSTEM)),
    Step("doomed", 23, lambda life: life.start("shut", {"order_id": "SO-5"}, SYSTEM)),
    Step("hold on", 23, lambda life: life.complete(life.task("hold_on", order="SO-4"), {}, LI)),
    Step("hold on, too", 23, lambda life: life.complete(life.task("hold_on", order="SO-5"), {}, LI)),
    Step("stop the doomed", 23, lambda life: life.suspend("SO-5")),
    Step("open", 24, _broadcast),
    Step("cancel the doomed", 24, lambda life: life.cancel("SO-5")),
    Step("opened", 24, lambda life: life.settle()),
    Step("slow", 25, lambda life: life.start("slow", {"order_id": "SO-6"}, SYSTEM)),
    Step("stop the slow", 25, lambda life: life.suspend("SO-6")),
    Step("go on slowly", 26, lambda life: life.resume("SO-6")),
    Step("hasten", 26, lambda life: life.start("hasten", {"order_id": "SO-6"}, SYSTEM)),
    Step("hastened", 26, lambda life: life.settle()),
    Step("behind", 26.2, lambda life: life.start("behind", {"order_id": "SO-7"}, SYSTEM)),
    Step("done behind", 26.3, lambda life: life.settle()),
    Step("slower", 26.5, _deploy_slower),
    Step("go over", 26.6, _go_over),
    Step("so far", 27, lambda life: life.save_progress(life.task("take_time"), {"so_far": "一半"}, LI)),
    Step("inquire", 30, lambda life: life.start("p10_courier_query", START, COURIER)),
    Step("check", 31, _do("check_logistics", COURIER, _moves(30))),
    Step("watch", 80, lambda life: life.settle()),
    Step("check again", 81, _do("check_logistics", COURIER, _moves(80), number=2)),
    Step("search", 82, _do("courier_search", COURIER, {"search_result": "not_found"})),
    Step("claim money", 83, _do("file_claim", COURIER, {"claim_amount": Decimal(120), "claim_no": "CL1"})),
    Step("verify", 84, _do("verify_customer_info", PRESALES, CUSTOMER)),
    Step("pick", 85, _do("pick_goods", DELIVERY, {"picked_complete": True})),
    Step("pack", 85, _do("pack_goods", DELIVERY, {"package_count": Decimal(1), "packaging_done": "together"})),
    Step("weigh", 85, _do("weigh_parcel", DELIVERY, {"weight_kg": Decimal("0.8")})),
    Step("waybill", 85, _do("enter_waybill", DELIVERY, {"courier": "圆通", "waybill_no": "YT2"})),
    Step("send", 86, _do("send_parcel", DELIVERY, {"dispatched_at": "now"}, within=0)),
    Step("done at last", 90, lambda life: life.complete(life.task("take_time"), {}, LI)),
    Step("no route", 200, lambda life: life.settle(hours=15)),
    Step("a route", 220, lambda life: life.resolve()),
    Step("the end", 220, lambda life: life.settle()),
)  # fmt: skip


def live(folder: Path, step: Step) -> None:
    """A life that does one step."""
    life = Life(folder, step.hours)
    try:
        step.act(life)
    finally:
        life.close()

"""Cases of the shipped processes with named people, played by scenarios or by hand, for stories to be told of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from engine import accounts, collaboration, ownership
from engine.clock import SHANGHAI, VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import SYSTEM, Actor, Event
from engine.narrative import Narrative, events_of, tell_case
from engine.queries import EventView, Queries
from engine.runtime import Runtime
from engine.scenarios import Scenario, read_scenarios
from engine.scenarios.play import Play
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.store.tables import process_instance, user_task
from engine.worker import Worker
from tests.processes.scenario_files import all_scenarios

ROOT = Path(__file__).parents[3]
#: A Friday morning, as the scenarios begin.
FRIDAY_9AM = datetime(2026, 1, 2, 9, 0, tzinfo=SHANGHAI)
#: Scenarios know one person a group, by the group's id.
PEOPLE = {
    "presales": "陈静",
    "aftersales": "李娜",
    "supervisor": "周敏",
    "dept_manager": "赵刚",
    "warehouse": "王强",
    "finance": "孙丽",
    "courier": "马超",
    "admin": "高远",
    "operations": "黄蕾",
    "technician": "罗平",
    "store_guide": "许倩",
    "designer": "沈航",
    "design_manager": "唐洁",
    "aftersales_clerk": "方圆",
    "logistics_dept": "韩松",
}
#: A colleague to hand things to.
COLLEAGUE = ("wang.fang", "王芳", "aftersales")
_SUFFIXES = (".bpmn", ".dmn", ".form", ".txt")


def spread(of_each: int) -> list[str]:
    """Numbers of some scenarios of each process, evenly from the first to the last; at least two of each."""
    of: dict[str, list[str]] = {}
    for no, scenario in all_scenarios().items():
        of.setdefault(scenario.process, []).append(no)
    places = [n / (of_each - 1) for n in range(of_each)]
    return sorted({numbers[round(place * (len(numbers) - 1))] for numbers in of.values() for place in places})


def build(folder: Path) -> Path:
    """A database with the shipped processes and the people."""
    file = folder / "deployed.db"
    file.write_bytes(_built())
    return file


@cache
def _built() -> bytes:
    """It is made once and copied."""
    with TemporaryDirectory() as folder:
        return _build(Path(folder) / "deployed.db").read_bytes()


def _build(file: Path) -> Path:
    upgrade(f"sqlite:///{file}")
    db = Database.open(f"sqlite:///{file}")
    try:
        found = [
            p for name in ("processes", "forms") for p in sorted((ROOT / name).rglob("*")) if p.suffix in _SUFFIXES
        ]
        files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}
        Definitions(db, VirtualClock(FRIDAY_9AM)).deploy(files, SYSTEM)
        with db.begin() as tx:
            for group, name in PEOPLE.items():
                accounts.add(tx, group, name, "correct horse", [group])
            accounts.add(tx, COLLEAGUE[0], COLLEAGUE[1], "correct horse", [COLLEAGUE[2]])
    finally:
        db.close()
    return file


class Theatre:
    """One case on a database of its own."""

    def __init__(self, deployed: Path, folder: Path) -> None:
        shutil.copy(deployed, folder / "case.db")
        self.db = Database.open(f"sqlite:///{folder / 'case.db'}")
        self.clock = VirtualClock(FRIDAY_9AM)
        self.definitions = Definitions(self.db, self.clock)
        self.queries = Queries(self.db, self.definitions, self.clock)
        self.runtime = Runtime(self.db, self.clock, self.definitions, CONNECTORS)
        self.worker = Worker(self.runtime, deliver=lambda _message: None)
        self.case_id = ""

    def play(self, scenario: Scenario) -> str | None:
        """Play a scenario; gives its problem."""
        problem = Play(scenario, self.db, self.clock).run().problem
        with self.db.read() as connection:
            self.case_id = connection.execute(select(process_instance.c.case_id).limit(1)).scalar_one()
        return problem

    def begin(self, process: str, do: str = "", **start: object) -> None:
        """Play a process up to a task of which nothing is said."""
        given = ", ".join(f"{name}: {value}" for name, value in start.items())
        text = f"process: {process}\nscenarios:\n- no: T-1\n  start: {{{given}}}\n  end: none\n{do}"
        (scenario,) = read_scenarios({"t.yaml": text.encode()})
        problem = self.play(scenario)
        assert problem is not None
        assert "the case waits at" in problem, problem

    def actor(self, person: str) -> Actor:
        """Who acts."""
        return accounts.get(self.db, person).actor

    def task(self, element: str) -> int:
        """The open task at an element."""
        query = select(user_task.c.id).where(user_task.c.element == element, user_task.c.status == "open")
        with self.db.read() as connection:
            return connection.execute(query).scalar_one()

    def wait(self, **span: float) -> None:
        """Let time pass, and the worker do what falls due."""
        self.clock.advance_to(self.clock.now() + timedelta(**span))
        self.worker.drain()

    def note(self, kind: str, person: str, value: Mapping[str, Any]) -> None:
        """Write an event that no step makes."""
        self.runtime.note(self.case_id, Event(kind=kind, value=dict(value)), self.actor(person))

    def events(self) -> list[EventView]:
        """The case's history."""
        return events_of(self.queries, self.case_id, SYSTEM)

    def tell(self, *, english: bool = False) -> Narrative:
        """The case in sentences."""
        case = self.queries.case(self.case_id, SYSTEM)
        now = self.clock.now()
        return tell_case(self.db, self.definitions, case, self.events(), now=now, english=english)


# -- the cases of which the stories are kept ------------------------------------------------------


def _shipped(no: str) -> Callable[[Theatre], None]:
    def play(theatre: Theatre) -> None:
        assert theatre.play(all_scenarios()[no]) is None

    return play


def _under_the_limit(theatre: Theatre) -> None:
    (scenario,) = read_scenarios({"t.yaml": _UNDER.encode()})
    assert theatre.play(scenario) is None


_UNDER = """process: p01_compensation
scenarios:
- no: T-2
  start: {issue_type: damaged, order_amount: 199}
  do:
    assess_compensation: {responsibility: seller, comp_amount: 20, comp_reason: 轻微破损, pay_method: original}
    negotiate_compensation: {customer_decision: accept, negotiation_note: "客户满意,电话13800001234"}
    finance_pay: {pay_ok: true, payment_no: P-201, paid_amount: 20}
  end: end_compensated
"""


def _late(theatre: Theatre) -> None:
    theatre.begin("p01_compensation", issue_type="damaged", order_amount=199)
    for _ in range(12):
        theatre.wait(hours=6)


def _handed_over(theatre: Theatre) -> None:
    theatre.begin("p01_compensation", issue_type="damaged", order_amount=199)
    agent, colleague, supervisor = theatre.actor("presales"), theatre.actor(COLLEAGUE[0]), theatre.actor("supervisor")
    offer = ownership.request(theatre.runtime, theatre.case_id, agent, reason="下班交接", to_user=colleague.id)
    theatre.wait(minutes=20)
    ownership.accept(theatre.runtime, offer, colleague)
    task = theatre.task("assess_compensation")
    theatre.runtime.claim(task, colleague)
    collaboration.comment(theatre.runtime, theatre.case_id, "客户很着急,电话 13800001234。", colleague)
    inquiry = collaboration.ask(
        theatre.runtime,
        theatre.case_id,
        colleague,
        question="包裹出库时完好吗?",
        to_group="warehouse",
        promised_at=theatre.clock.now() + timedelta(hours=8),
    )
    theatre.note("personal.revealed", colleague.id, {"field": "receiver_phone"})
    theatre.wait(hours=2, minutes=30)
    collaboration.answer(theatre.runtime, inquiry, "出库时完好,有照片。", theatre.actor("warehouse"))
    collaboration.report_exception(theatre.runtime, theatre.case_id, "同一批次已破损三件。", colleague)
    ownership.reassign(theatre.runtime, theatre.case_id, "aftersales", "王芳外出", supervisor)


def _repaired(theatre: Theatre) -> None:
    theatre.begin("p01_compensation", issue_type="damaged", order_amount=199)
    supervisor = theatre.actor("supervisor")
    theatre.runtime.suspend(theatre.case_id, supervisor, reason="等买家补图")
    theatre.wait(hours=26)
    theatre.runtime.resume(theatre.case_id, supervisor, reason="图已收到")
    task = theatre.task("assess_compensation")
    given = {"comp_amount": 15, "comp_reason": "磨损", "responsibility": "seller", "pay_method": "original"}
    theatre.runtime.skip(task, supervisor, reason="客服已电话谈妥", variables=given)
    theatre.worker.drain()
    waiting = theatre.task("negotiate_compensation")
    theatre.runtime.modify(
        int(theatre.case_id), supervisor, reason="金额谈错", cancel=[waiting], activate=["assess_compensation"]
    )


def _cancelled(theatre: Theatre) -> None:
    given = "{responsibility: seller, comp_amount: 50, comp_reason: 开线, pay_method: original}"
    do = f"  do:\n    assess_compensation: {given}\n"
    theatre.begin("p01_compensation", do, issue_type="quality", order_amount=199)
    theatre.wait(hours=1)
    theatre.runtime.cancel(int(theatre.case_id), "买家撤回申请", theatre.actor("supervisor"))


#: Story → how its case comes about.
CASES: dict[str, Callable[[Theatre], None]] = {
    "compensation_under_the_limit": _under_the_limit,
    "compensation_over_the_limit": _shipped("01-A1"),
    "compensation_refused_then_lower": _shipped("01-A2"),
    "no_answer_for_three_days": _shipped("01-S7"),
    "wrong_shipment_twice_negotiated": _shipped("03-S2"),
    "wrong_shipment_exchanged": _shipped("03-A4"),
    "lost_parcel_sent_again": _shipped("05-A9"),
    "returned_and_refunded": _shipped("12-A2"),
    "platform_complaint": _shipped("13-A2"),
    "late_and_escalated": _late,
    "handed_over": _handed_over,
    "repaired": _repaired,
    "cancelled": _cancelled,
}

"""A shop's database of years: 100 000 open and 1 000 000 closed user tasks, written straight into the tables."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, insert

from engine import accounts, canonical
from engine.clock import VirtualClock, to_microseconds
from engine.definitions import Definitions, Deployed
from engine.model import ID_BASE, SYSTEM
from engine.runtime.worth import fen_of
from engine.store.database import Database, Transaction
from engine.store.migrate import upgrade
from engine.store.tables import outbox, process_instance, user_task
from engine.store.tables.instances import NEVER_DUE

NOW: Final = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
ROOT: Final = Path(__file__).parent.parent
SUFFIXES: Final = {".bpmn", ".dmn", ".form", ".txt"}
PASSWORD: Final = "bench correct horse"
#: Who looks: an agent whose groups have about 60 % of the tasks, a supervisor who sees all of them.
AGENT: Final = "agent001"
SUPERVISOR: Final = "supervisor001"
#: Closed tasks a closed case.
CLOSED_A_CASE: Final = 5
_CHUNK: Final = 20_000


def fill(path: Path, *, opened: int, closed: int, now: datetime = NOW) -> Database:
    """Make the database; the same one every time, with its times before ``now``."""
    url = f"sqlite:///{path}"
    upgrade(url)
    db, clock = Database.open(url), VirtualClock(now)
    definitions = Definitions(db, clock)
    found = [p for folder in ("processes", "forms") for p in sorted((ROOT / folder).rglob("*")) if p.suffix in SUFFIXES]
    definitions.deploy({str(p.relative_to(ROOT)): p.read_bytes() for p in found}, SYSTEM)
    _add_people(db)
    steps = _steps(definitions.all_latest())
    draw = random.Random(6)
    started = 1_000
    for chunk in range(0, opened, _CHUNK):
        _write(db, [_open_case(draw, steps, started + n, now) for n in range(chunk, min(chunk + _CHUNK, opened))])
    started += opened
    cases = closed // CLOSED_A_CASE
    for chunk in range(0, cases, _CHUNK):
        _write(db, [_closed_case(draw, steps, started + n, now) for n in range(chunk, min(chunk + _CHUNK, cases))])
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return db


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    definition: int
    process_id: str
    element: str
    groups: str


#: An instance, its tasks, and what its customer was written.
Case = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


def _add_people(db: Database) -> None:
    with db.begin() as tx:
        for group, many in (("aftersales", 30), ("presales", 15), ("supervisor", 2), ("warehouse", 5), ("finance", 3)):
            for number in range(1, many + 1):
                accounts.add(
                    tx, f"{group}{number:03}".replace("aftersales", "agent"), f"{group}{number}", PASSWORD, [group]
                )


def _steps(versions: Sequence[Deployed]) -> tuple[list[_Step], list[_Step]]:
    """Every user task of every process: those of after-sales, and the others."""
    found = [
        _Step(
            definition=version.key,
            process_id=version.process_id,
            element=element.id,
            groups=",".join(sorted(version.definition.groups_of(element.id))),
        )
        for version in versions
        for element in version.definition.elements.values()
        if element.kind == "userTask" and version.definition.groups_of(element.id)
    ]
    mine = [step for step in found if {"aftersales", "courier"} & set(step.groups.split(","))]
    return mine, [step for step in found if step not in mine]


def _open_case(draw: random.Random, steps: tuple[list[_Step], list[_Step]], key: int, now: datetime) -> Case:
    step = draw.choice(steps[0] if draw.random() < 0.6 else steps[1])
    made = now - timedelta(minutes=draw.randrange(60 * 24 * 4))
    instance = _instance(draw, step, key, made)
    due = None if draw.random() < 0.08 else made + timedelta(minutes=draw.randrange(60, 60 * 24 * 5))
    claimed = draw.random() < 0.15
    who = f"{'agent' if step in steps[0] else 'presales'}{draw.randrange(1, 31 if step in steps[0] else 16):03}"
    row = _task(step, instance, 2, made) | {
        "assignee": who if claimed else None,
        "claimed_at": instance["opened_at"] if claimed else None,
        "urgency": 0 if instance["priority"] == "high" else 1,
        "priority": draw.choice((50, 50, 50, 50, 80)),
        "due_at": None if due is None else to_microseconds(due),
        "due_order": NEVER_DUE if due is None else to_microseconds(due),
        "remind_at": None if due is None else to_microseconds(made + (due - made) * 0.8),
        "follow_up_at": to_microseconds(now + timedelta(hours=draw.randrange(-9, 90))) if claimed else None,
        "owner": instance["owner"],
        "amount": fen_of(instance["variables"]),
    }
    return instance, [row], [_letter(draw, instance, now)]


def _closed_case(draw: random.Random, steps: tuple[list[_Step], list[_Step]], key: int, now: datetime) -> Case:
    chosen = [draw.choice(steps[0] if draw.random() < 0.6 else steps[1]) for _ in range(CLOSED_A_CASE)]
    made = now - timedelta(days=draw.randrange(5, 1000), minutes=draw.randrange(1440))
    instance = _instance(draw, chosen[0], key, made) | {"status": "completed", "state": None}
    instance["ended_at"] = instance["opened_at"] + 10**10
    rows = [
        _task(step, instance, number + 2, made)
        | {"status": "completed", "ended_at": instance["ended_at"], "completed_by": instance["owner"]}
        for number, step in enumerate(chosen)
    ]
    return instance, rows, []


def _letter(draw: random.Random, instance: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What the customer heard within the last day, so that nobody has to be reminded of all open cases at once."""
    at = max(instance["opened_at"], to_microseconds(now - timedelta(minutes=draw.randrange(1_400))))
    return {
        "id": instance["key"] * ID_BASE + 1, "instance": instance["key"], "case_id": instance["case_id"],
        "element": "tell", "audience": "customer", "recipient": instance["customer_id"], "channel": "marketplace",
        "template": "t", "template_hash": "", "text": "亲,您的问题已登记,我们会尽快为您处理,请您耐心等待。",
        "written_at": at, "delivered_at": at,
    }  # fmt: skip


def _instance(draw: random.Random, step: _Step, key: int, made: datetime) -> dict[str, Any]:
    amount = Decimal(draw.randrange(900, 300_000)) / 100
    variables = {
        "order_id": f"SO-{key:08}",
        "customer_id": f"C-{draw.randrange(200_000):06}",
        "description": "包裹好几天没有更新了,麻烦帮我查一下,急用" if key % 2 else "收到的颜色不对,想换一件",
        "order_amount": amount,
        "payout_amount": amount / 4 if key % 3 == 0 else None,
        "channel": "marketplace",
        "shop": "旗舰店",
        "note": "x" * 300,
    }
    owner = f"agent{draw.randrange(1, 31):03}" if draw.random() < 0.7 else f"presales{draw.randrange(1, 16):03}"
    at = to_microseconds(made)
    return {
        "key": key, "definition": step.definition, "process_id": step.process_id, "business_key": f"SO-{key:08}",
        "case_id": str(key), "parent": None, "parent_call": None, "parent_case_id": None, "depth": 0, "revision": 3,
        "status": "active", "state": b"{}", "variables": canonical.encode(variables), "end_state": None,
        "priority": "high" if draw.random() < 0.04 else "normal", "opened_by": owner, "first_owner": owner,
        "owner": owner, "customer_id": variables["customer_id"], "order_id": variables["order_id"],
        "promised_at": None, "opened_at": at, "case_opened_at": at, "ended_at": None, "incidents": 0,
        "history_seq": 3, "history_hash": b"0" * 32, "start_key": None,
    }  # fmt: skip


def _task(step: _Step, instance: dict[str, Any], number: int, made: datetime) -> dict[str, Any]:
    row = dict.fromkeys((column.name for column in user_task.columns), None)
    return row | {
        "id": instance["key"] * ID_BASE + number, "instance": instance["key"], "case_id": instance["case_id"],
        "definition": step.definition, "process_id": step.process_id, "element": step.element,
        "candidate_groups": step.groups, "priority": 50, "status": "open", "created_at": to_microseconds(made),
        "urgency": 1, "due_order": NEVER_DUE,
    }  # fmt: skip


def _write(db: Database, cases: list[Case]) -> None:
    with db.begin() as tx:
        _insert(tx, process_instance, [instance for instance, _, _ in cases])
        _insert(tx, user_task, [task for _, tasks, _ in cases for task in tasks])
        if letters := [letter for _, _, letters in cases for letter in letters]:
            _insert(tx, outbox, letters)


def _insert(tx: Transaction, table: Table, rows: list[dict[str, Any]]) -> None:
    tx.connection.execute(insert(table), rows)

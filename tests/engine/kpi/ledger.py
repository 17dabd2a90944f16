"""Writes what indicators count, row by row, without processes: cases, tasks, orders, register rows, figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update

from engine import accounts, canonical
from engine.clock import SHANGHAI, VirtualClock, to_microseconds
from engine.kpi.board import Board
from engine.kpi.figures import COLUMNS, FigureKind
from engine.kpi.indicators import INDICATORS
from engine.kpi.intake import take, upload
from engine.kpi.people import circle_of
from engine.kpi.periods import Period, read_period
from engine.kpi.readings import TOTAL, Reading
from engine.model import ID_BASE, Actor, RegisterRow
from engine.runtime.register_rows import RegisterRows
from engine.store.database import Database
from engine.store.instances import read_instances
from engine.store.tables import (
    definition,
    history_event,
    process_instance,
    promise,
    shop_order,
    transfer,
    user_task,
    visit,
)
from engine.store.writes import Writes
from tests.engine.register_pen import _Version

PEOPLE = {
    "li": ("李娜", "aftersales"),
    "wang": ("王强", "aftersales"),
    "chen": ("陈静", "presales"),
    "zhou": ("周敏", "supervisor"),
    "wu": ("吴刚", "dept_manager"),
    "xu": ("许文", "auditor"),
    "he": ("何平", "process_owner"),
}
NOVEMBER = read_period("2026-11")


def at(text: str) -> datetime:
    """A time on the shop's clock: 11-03 10:00."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def person(user_id: str, team: frozenset[str] | None = None) -> Actor:
    name, group = PEOPLE[user_id]
    return Actor(id=user_id, name=name, groups=frozenset({group}), team=team)


class Ledger:
    """A database with people, written into as tests need it."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db, self.clock = db, clock
        clock.advance_to(at("12-20 12:00"))
        with db.begin() as tx:
            for user_id, (name, group) in PEOPLE.items():
                accounts.add(tx, user_id, name, "correct horse", [group])
            row = {"process_id": "p", "version": 1, "hash": "h", "manifest": b"{}", "name": "p"}
            tx.connection.execute(insert(definition).values(key=1, deployed_at=0, deployed_by="x", **row))
        self._tasks = 0

    # --- cases -----------------------------------------------------------------------------------

    def case(
        self,
        process: str = "p10_courier_query",
        *,
        opened: str = "11-03 10:00",
        ended: str | None = "11-03 12:00",
        end: str | None = "end_informed",
        owner: str = "li",
        first: str | None = None,
        order: str | None = None,
        customer: str | None = "C-1",
        status: str | None = None,
        channel: str = "marketplace",
        parent: int | None = None,
        opened_by: str = "li",
        promised: str | None = None,
        linked: str | None = None,
    ) -> int:
        """A case, or an instance called by ``parent``; gives its key."""
        with self.db.begin() as tx:
            found = process_instance.c
            case_id = ""
            if parent is not None:
                case_id = tx.connection.execute(select(found.case_id).where(found.key == parent)).scalar_one()
            key: int = tx.connection.execute(
                insert(process_instance)
                .values(
                    definition=1, process_id=process, case_id=case_id, revision=1, depth=0 if parent is None else 1,
                    parent=parent, status=status or ("active" if ended is None else "completed"),
                    variables=canonical.encode({"channel": channel, "description": "包裹" * 40}), state=b"x" * 3000,
                    opened_by=opened_by, first_owner=first or owner, owner=owner, order_id=order, customer_id=customer,
                    opened_at=to_microseconds(at(opened)), case_opened_at=to_microseconds(at(opened)),
                    ended_at=None if ended is None else to_microseconds(at(ended)),
                    end_state=None if ended is None else end, history_hash=b"", parent_case_id=linked,
                    promised_at=None if promised is None else to_microseconds(at(promised)),
                )
                .returning(found.key)
            ).scalar_one()  # fmt: skip
            if parent is None:
                tx.connection.execute(update(process_instance).where(found.key == key).values(case_id=str(key)))
        return key

    def task(
        self,
        case: int,
        *,
        created: str = "11-03 10:00",
        ended: str | None = "11-03 11:00",
        by: str | None = "li",
        due: str | None = "11-03 14:00",
        of: tuple[str, str] = ("p10_courier_query", "check_logistics"),
        status: str | None = None,
    ) -> int:
        """A task of a step, (process, element); gives its id."""
        self._tasks += 1
        task_id = case * ID_BASE + self._tasks
        with self.db.begin() as tx:
            tx.connection.execute(
                insert(user_task).values(
                    id=task_id, instance=case, case_id=str(case), definition=1, process_id=of[0],
                    element=of[1], candidate_groups="aftersales", priority=50,
                    status=status or ("open" if ended is None else "completed"),
                    created_at=to_microseconds(at(created)),
                    ended_at=None if ended is None else to_microseconds(at(ended)),
                    completed_by=None if ended is None else by,
                    due_at=None if due is None else to_microseconds(at(due)),
                )
            )  # fmt: skip
        return task_id

    def register(self, case: int, register: str, when: str = "11-03 10:00", **values: Any) -> None:
        with self.db.begin() as tx:
            writes = Writes()
            rows = RegisterRows(tx, writes, at=to_microseconds(at(when)))
            row = RegisterRow(register=register, element="note", values=values)
            rows.write(read_instances(tx, case)[case], _Version, [row])  # type: ignore[arg-type]  # a part of one
            writes.flush(tx)

    def paid_out(self, payout: int, when: str) -> None:
        """The step confirm_payout of a payout's instance."""
        row = {"stream": payout, "seq": 7, "revision": 3, "n": 0, "at": to_microseconds(at(when)), "actor": "system"}
        with self.db.begin() as tx:
            tx.connection.execute(
                insert(history_event).values(
                    kind="element.entered", element="confirm_payout", commitment=b"", hash=b"", **row
                )
            )

    def promise(self, case: int, promised: str, answered: str | None = None, *, replaced: str | None = None) -> None:
        with self.db.begin() as tx:
            tx.connection.execute(
                insert(promise).values(
                    case_id=str(case), reason="", promised_at=to_microseconds(at(promised)),
                    made_at=to_microseconds(at("11-01 09:00")),
                    answered_at=None if answered is None else to_microseconds(at(answered)),
                    replaced_at=None if replaced is None else to_microseconds(at(replaced)),
                )
            )  # fmt: skip

    def passed_on(self, case: int, status: str = "accepted") -> None:
        with self.db.begin() as tx:
            tx.connection.execute(
                insert(transfer).values(
                    kind="transfer", case_id=str(case), from_user="wang", to_user="li", reason="x", note="",
                    status=status, requested_at=0, due_at=0,
                )
            )  # fmt: skip

    def visit(
        self,
        when: str = "11-05 10:00",
        *,
        satisfied: int | None = 5,
        owner: str = "li",
        asked: str = "visit",
        **more: Any,
    ) -> None:
        self._tasks += 1
        row = {"status": "answered", "cause": "case", "subject": f"case:{self._tasks}", "customer_id": "C-1", **more}
        with self.db.begin() as tx:
            tx.connection.execute(
                insert(visit).values(
                    owner=owner, created_at=0, due_at=0, done_at=to_microseconds(at(when)), done_by=owner, asked=asked,
                    satisfied=satisfied, **row,
                )
            )  # fmt: skip

    # --- the shop --------------------------------------------------------------------------------

    def order(
        self,
        order_id: str,
        *,
        paid: str | None = "11-02 10:00",
        agent: str | None = "li",
        customer: str = "C-1",
        amount: str = "100",
        stage: str = "paid",
    ) -> None:
        with self.db.begin() as tx:
            tx.connection.execute(
                insert(shop_order).values(
                    order_id=order_id, customer_id=customer, channel="marketplace", order_stage=stage, agent=agent,
                    facts=canonical.encode({"order_amount": Decimal(amount)}), updated_at=0,
                    paid_at=None if paid is None else to_microseconds(at(paid)),
                )
            )  # fmt: skip

    def figures(self, kind: FigureKind, *lines: Mapping[str, Any], actor: str = "wu") -> None:
        """Import lines of {day, person, channel, figure: number} by a CSV file."""
        labels = {column.name: column.label for column in COLUMNS[kind]}
        names = sorted({name for line in lines for name in line} - {"day", "person", "channel"})
        heads = ["日期", "客服", *(["渠道"] if kind is FigureKind.CHAT else []), *(labels[name] for name in names)]
        rows = [
            [
                str(line["day"]), str(line.get("person", "全店")),
                *([str(line.get("channel", "chat"))] if kind is FigureKind.CHAT else []),
                *(str(line.get(name, "")) for name in names),
            ]
            for line in lines
        ]  # fmt: skip
        text = "\n".join(",".join(cells) for cells in [heads, *rows])
        now = self.clock.now()
        with self.db.begin() as tx:
            upload_id = upload(tx, kind, "figures.csv", text.encode(), person(actor), now=now)
        with self.db.begin() as tx:
            take(tx, upload_id, person(actor), circle_of(tx.connection, person(actor), "P17"), now=now)

    # --- reading ---------------------------------------------------------------------------------

    def read(self, indicator: str, who: str = TOTAL, *, actor: str = "wu", period: Period = NOVEMBER) -> Reading:
        with self.db.read() as connection:
            board = Board(connection, circle_of(connection, person(actor)), period, self.clock.now())
            return board.read(INDICATORS[indicator])[who]

    def value(self, indicator: str, who: str = TOTAL, **more: Any) -> Decimal | None:
        return self.read(indicator, who, **more).value

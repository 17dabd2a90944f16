"""Sums are those of the lists and of looking at every row one by one, and no query of them reads a table end to end."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import sqlite

from engine.clock import from_microseconds, to_microseconds
from engine.kpi.board import Board
from engine.kpi.facts import FACTS, Scope, Side, Tally, count_items, list_items, sum_up, whole_of
from engine.kpi.people import circle_of
from engine.kpi.periods import Period, read_period
from engine.model import ID_BASE, Actor
from engine.store.tables import history_event, process_instance, register_cell, register_row, shop_order, user_task
from tests.engine.kpi.ledger import NOVEMBER, PEOPLE, Ledger, at, person
from tests.sample import some

D = Decimal
PERIODS = (NOVEMBER, read_period("2026-12"), read_period("2026-11-05"))
PROCESSES = ("p10_courier_query", "p12_return", "p09_exchange", "p04_bulk_order", "p13_rights_protection", "p02_urge")
HAPPENS = (
    "user_task.claimed", "user_task.assigned", "user_task.completed", "job.completed", "case.owner_changed",
    "instance.suspended", "instance.resumed", "comment.added",
)  # fmt: skip
#: Whose rows: everybody's, some people's, one person's.
CIRCLES = (None, frozenset({"li", "chen"}), frozenset({"wang"}))


def when(chance: random.Random) -> str:
    return f"{chance.choice((10, 11, 11, 11, 12)):02}-{chance.randrange(1, 20):02} {chance.randrange(24):02}:30"


def scatter(ledger: Ledger, chance: random.Random) -> None:
    """Orders, cases with their tasks, histories and register rows, a payout here and there."""
    agents = ("li", "李娜", " LI ", "wang", "Wang", "无名", None)
    for number in range(14):
        stage = chance.choice(("paid", "unpaid"))
        paid = None if stage == "unpaid" and chance.random() < 0.5 else when(chance)
        ledger.order(f"SO-{number}", paid=paid, agent=chance.choice(agents), customer=f"C-{number % 5}", stage=stage)
    for _ in range(14):
        _case(ledger, chance)


def _case(ledger: Ledger, chance: random.Random) -> None:
    opened, ended = sorted((when(chance), when(chance)))
    owner, first = chance.choices(("li", "wang", "chen"), k=2)
    process, order = chance.choice(PROCESSES), f"SO-{chance.randrange(14)}"
    key = ledger.case(
        process, opened=opened, ended=ended if chance.random() < 0.8 else None, owner=owner, first=first, order=order
    )
    streams = [key]
    if process == "p12_return":
        streams.append(ledger.case("s02_payout", parent=key, opened=opened, ended=ended))
        if chance.random() < 0.7:
            ledger.paid_out(streams[1], ended)
    tasks = [_task(ledger, chance, key, opened, ended) for _ in range(chance.randrange(3))]
    for stream in streams:
        _history(ledger, chance, stream, tasks if stream == key else [])
    for register, columns in _cells(chance, order):
        ledger.register(key, register, opened, **columns)


def _task(ledger: Ledger, chance: random.Random, case: int, opened: str, ended: str) -> int:
    due = chance.choice((None, opened, ended))
    task = ledger.task(case, created=opened, ended=ended, by=chance.choice(("li", "wang", "system", None)), due=due)
    if chance.random() < 0.6:
        with ledger.db.begin() as tx:
            taken = to_microseconds(at(opened))
            tx.connection.execute(user_task.update().where(user_task.c.id == task).values(claimed_at=taken))
    return task


def _history(ledger: Ledger, chance: random.Random, stream: int, tasks: list[int]) -> None:
    rows = []
    for seq in range(20, 20 + chance.randrange(8)):
        task = chance.choice([None, *tasks])
        rows.append({
            "stream": stream, "seq": seq, "revision": 1, "n": 0, "at": to_microseconds(at(when(chance))),
            "actor": "li", "kind": chance.choice(HAPPENS), "commitment": b"", "hash": b"",
            "token": None if task is None else task - stream * ID_BASE,
        })  # fmt: skip
    if rows:
        with ledger.db.begin() as tx:
            tx.connection.execute(insert(history_event), rows)


def _cells(chance: random.Random, order: str) -> Iterator[tuple[str, dict[str, Any]]]:
    def perhaps(value: object) -> object:
        return value if chance.random() < 0.7 else None

    day, amount = at(when(chance)), D(chance.randrange(-200, 9999)) / 100
    every = {
        "compensation_register": {"paid_amount": perhaps(amount), "paid_at": perhaps(day)},
        "refund_register": {
            "order_id": order, "paid_amount": amount, "paid_at": perhaps(day), "payout_kind": "refund",
            "status": chance.choice(("已打款", "待打款")),
        },
        "urge_register": {"gift_value": perhaps(amount)},
        "bulk_order_register": {
            "order_id": order, "goods_amount": perhaps(amount + 100), "final_amount": perhaps(amount),
            "confirmed_at": perhaps(day), "quoted_at": perhaps(day),
        },
        "shipment_register": {
            "order_id": order, "freight_cost": perhaps(amount), "dispatched_at": perhaps(day),
            "dispatch_kind": chance.choice(("order", "resend")),
        },
        "gift_freeship_register": {"order_id": order, "final_freeship": chance.choice((True, False))},
    }  # fmt: skip
    for register in chance.sample(sorted(every), chance.randrange(3)):
        yield register, {name: value for name, value in every[register].items() if value is not None}


def scope_of(ledger: Ledger, connection: Connection, period: Period) -> Scope:
    return Board(connection, circle_of(connection, person("wu")), period, ledger.clock.now()).scope


# --- sums and lists -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", some(range(4), 1))
def test_sums_are_those_of_the_lists_whoever_is_asked_for(ledger: Ledger, seed: int) -> None:
    scatter(ledger, random.Random(seed))
    counted = 0
    for period in some(PERIODS, 2):
        for people in CIRCLES:
            with ledger.db.read() as connection:
                scope = scope_of(ledger, connection, period)  # one for all kinds: what is read together stays
                for facts in FACTS.values():
                    sums = sum_up(facts, scope, people)
                    found = {key: tally for key, tally in sums.items() if tally.weight or tally.hit}
                    for key, tally in found.items():
                        if key:
                            assert tally == listed(scope, facts.id, frozenset({key})), (facts.id, period.code, key)
                    assert whole_of(facts, scope, sums, people) == listed(scope, facts.id, people), facts.id
                    counted += len(found)
    assert counted > 100


def listed(scope: Scope, facts_id: str, people: frozenset[str] | None) -> Tally:
    facts = FACTS[facts_id]
    page = list_items(facts, scope, Side.ALL, people=people, limit=500)
    assert len(page.items) == count_items(facts, scope, Side.ALL, people)
    tally = Tally()
    for item in page.items:
        tally.add(item.hit, item.weight)
    return tally


@pytest.mark.parametrize("seed", some(range(3), 1))
def test_the_order_in_which_indicators_are_read_changes_nothing(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    scatter(ledger, chance)
    team = Actor(id="zhou", name="周敏", groups=frozenset({"supervisor"}), team=frozenset({"li", "wang"}))
    for actor in (person("wu"), team, person("li")):
        with ledger.db.read() as connection:
            circle, now = circle_of(connection, actor), ledger.clock.now()
            whole = Board(connection, circle, NOVEMBER, now)
            for facts_id in chance.sample(sorted(FACTS), len(FACTS)):
                alone = Board(connection, circle, NOVEMBER, now).tallies(facts_id)
                assert {k: v for k, v in whole.tallies(facts_id)[0].items() if v.weight} == {
                    k: v for k, v in alone[0].items() if v.weight
                }, facts_id
                assert whole.tallies(facts_id)[1] == alone[1], facts_id


# --- every row, one by one ------------------------------------------------------------------------


class Book:
    """The tables in memory, and what is to be counted of them said once more, without SQL."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self.scope = scope
        self.cases = {row.key: row for row in connection.execute(select(process_instance))}
        self.orders = list(connection.execute(select(shop_order)))
        self.tasks = list(connection.execute(select(user_task)))
        self.events = list(connection.execute(select(history_event)))
        self.rows = {row.id: row for row in connection.execute(select(register_row))}
        self.cells: dict[int, dict[str, str]] = defaultdict(dict)
        for cell in connection.execute(select(register_cell)):
            self.cells[cell.row][cell.column] = cell.sort

    def inside(self, microseconds: int | None) -> bool:
        return microseconds is not None and self.scope.since <= microseconds < self.scope.until

    def on(self, row: int, column: str) -> bool:
        """Whether the day of a cell lies in the period."""
        sort = self.cells[row].get(column, "")
        first, last = self.scope.period.first.isoformat(), self.scope.period.last.isoformat()
        return sort.startswith("d") and first <= sort[1:11] <= last

    def fen(self, row: int, column: str) -> int | None:
        sort = self.cells[row].get(column, "")
        return round(float(sort[2:]) * 100) if sort.startswith("n1") else None

    def of(self, register: str) -> Iterator[tuple[int, str]]:
        for row in self.rows.values():
            if row.register == register:
                yield row.id, self.cases[int(row.case_id)].owner

    # --- what is counted: (person, hit, weight) of each row ---

    def costs(self) -> Iterator[tuple[str | None, int, int]]:
        free = {
            self.cells[row]["order_id"]
            for row, _ in self.of("gift_freeship_register")
            if self.cells[row].get("final_freeship") == "b1"
        }
        for row, owner in self.of("compensation_register"):
            if (paid := self.fen(row, "paid_amount")) is not None and self.on(row, "paid_at"):
                yield owner, paid, 1
        for row, owner in self.of("urge_register"):
            if (gift := self.fen(row, "gift_value")) is not None and self.inside(self.rows[row].opened_at):
                yield owner, gift, 1
        for row, owner in self.of("bulk_order_register"):
            goods, final = self.fen(row, "goods_amount"), self.fen(row, "final_amount")
            if goods is not None and final is not None and self.on(row, "confirmed_at"):
                yield owner, goods - final, 1
        for row, owner in self.of("shipment_register"):
            cells = self.cells[row]
            borne = cells.get("dispatch_kind") != "torder" or cells.get("order_id") in free
            if (freight := self.fen(row, "freight_cost")) is not None and self.on(row, "dispatched_at") and borne:
                yield owner, freight, 1

    def losses(self) -> Iterator[tuple[str | None, int, int]]:
        agents = {order.order_id: order.agent for order in self.orders}
        for row in self.rows.values():
            case, cells = self.cases[int(row.case_id)], self.cells[row.id]
            if case.process_id not in ("p09_exchange", "p12_return") or not self.inside(case.opened_at):
                continue
            paid = row.register in ("refund_register", "compensation_register") and "paid_at" in cells
            again = row.register == "shipment_register" and cells.get("dispatch_kind") != "torder"
            amount = self.fen(row.id, "paid_amount") if paid else self.fen(row.id, "freight_cost") if again else None
            if amount is not None:
                yield agents.get(case.order_id), amount, 1

    def receivables(self) -> Iterator[tuple[str | None, int, int]]:
        for row, _ in self.of("bulk_order_register"):
            final = self.fen(row, "final_amount")
            for order in self.orders:
                same = self.cells[row].get("order_id") == "t" + order.order_id.lower()
                if same and order.order_stage == "unpaid" and "confirmed_at" in self.cells[row] and final is not None:
                    yield order.agent, final, 1

    def _closed(self) -> Iterator[Any]:
        for case in self.cases.values():
            if case.depth == 0 and case.status == "completed" and self.inside(case.ended_at):
                yield case

    def owner_changes(self) -> Iterator[tuple[str | None, int, int]]:
        for case in self._closed():
            yield case.owner, sum(e.stream == case.key and e.kind == "case.owner_changed" for e in self.events), 1

    def paused(self) -> Iterator[tuple[str | None, int, int]]:
        for case in self._closed():
            of_case = [event for event in self.events if event.stream == case.key]
            resumed = sum(event.at for event in of_case if event.kind == "instance.resumed")
            total = resumed - sum(event.at for event in of_case if event.kind == "instance.suspended")
            yield case.owner, (abs(total) // 1_000_000) * (1 if total >= 0 else -1), 1

    def _steps(self, *kinds: str) -> Iterator[tuple[str | None, int, int]]:
        for case in self._closed():
            streams = {one.key for one in self.cases.values() if one.case_id == case.case_id}
            yield case.owner, sum(e.stream in streams and e.kind in kinds for e in self.events), 1

    def automated(self) -> Iterator[tuple[str | None, int, int]]:
        yield from self._steps("job.completed")

    def steps(self) -> Iterator[tuple[str | None, int, int]]:
        yield from self._steps("job.completed", "user_task.completed")

    def _done(self) -> Iterator[Any]:
        for task in self.tasks:
            by_people = task.completed_by not in (None, "system")
            if task.status == "completed" and by_people and self.inside(task.ended_at):
                yield task

    def tasks_in_time(self) -> Iterator[tuple[str | None, int, int]]:
        for task in self._done():
            if task.due_at is not None:
                yield task.completed_by, int(task.ended_at <= task.due_at), 1

    def touched(self) -> Iterator[tuple[str | None, int, int]]:
        for task in self._done():
            token = task.id - task.instance * ID_BASE
            taken = [
                event.at
                for event in self.events
                if (event.stream, event.token) == (task.instance, token)
                and event.kind in ("user_task.claimed", "user_task.assigned")
            ]
            yield task.completed_by, self._seconds(task.created_at, min(taken, default=task.ended_at)), 1

    def held(self) -> Iterator[tuple[str | None, int, int]]:
        for task in self._done():
            if task.claimed_at is not None:
                yield task.completed_by, self._seconds(task.claimed_at, task.ended_at), 1

    def late(self) -> Iterator[tuple[str | None, int, int]]:
        for task in self._done():
            if task.due_at is not None and task.ended_at > task.due_at:
                yield task.completed_by, self._seconds(task.due_at, task.ended_at), 1

    def tasks_handled(self) -> Iterator[tuple[str | None, int, int]]:
        for task in self._done():
            yield task.completed_by, self._seconds(task.created_at, task.ended_at), 1

    def _seconds(self, start: int, end: int) -> int:
        """There is no calendar: every second counts."""
        return max(0, int((from_microseconds(end) - from_microseconds(start)).total_seconds()))

    def refunds(self) -> Iterator[tuple[str | None, int, int]]:
        for payout in self.cases.values():
            if payout.process_id != "s02_payout" or payout.parent is None:
                continue
            claim = self.cases[payout.parent]
            if claim.process_id != "p12_return" or not self.inside(claim.opened_at):
                continue
            due = claim.opened_at + self.scope.rules.bound("refund_hours") * 3600 * 1_000_000
            paid = min(
                (e.at for e in self.events if (e.stream, e.element) == (payout.key, "confirm_payout")), default=0
            )
            late = not paid and payout.status == "active" and due < self.scope.now_us
            yield claim.owner, int(0 < paid <= due), int(bool(paid) or late)

    def buyers(self) -> Iterator[tuple[str | None, int, int]]:
        since = self.scope.until - self.scope.rules.bound("repeat_days") * 86_400 * 1_000_000
        times = Counter(o.customer_id for o in self.orders if o.paid_at and since < o.paid_at < self.scope.until)
        for agent, customer in {(o.agent, o.customer_id) for o in self.orders if self.inside(o.paid_at)}:
            yield agent, int(times[customer] >= 2), 1


REFERENCES: dict[str, Callable[[Book], Iterator[tuple[str | None, int, int]]]] = {
    name: getattr(Book, name)
    for name in (
        "costs", "losses", "receivables", "owner_changes", "paused", "automated", "steps", "tasks_in_time", "touched",
        "held", "late", "tasks_handled", "refunds",
    )
}  # fmt: skip


@pytest.mark.parametrize("seed", some(range(10, 16), 3))
def test_sums_are_what_looking_at_every_row_gives(ledger: Ledger, seed: int) -> None:
    scatter(ledger, random.Random(seed))
    known = {word: who for who, (name, _) in PEOPLE.items() for word in (who, name)}
    seen: set[str] = set()
    for period in PERIODS:
        with ledger.db.read() as connection:
            scope = scope_of(ledger, connection, period)
            book = Book(connection, scope)
            for facts_id, reference in REFERENCES.items():
                expected: dict[str, Tally] = {}
                for who, hit, weight in reference(book):
                    account = known.get((who or "").strip().lower(), "") if FACTS[facts_id].by_word else who or ""
                    if weight:
                        expected.setdefault(account, Tally()).add(hit, weight)
                        seen.add(facts_id)
                found = {key: tally for key, tally in sum_up(FACTS[facts_id], scope).items() if tally.weight}
                assert found == expected, (facts_id, period.code)
            buyers = {(agent, hit) for agent, hit, _ in book.buyers()}
            hits = sum_up(FACTS["buyers"], scope)
            assert (sum(t.hit for t in hits.values()) > 0) == any(hit for _, hit in buyers)
    assert len(seen) >= len(REFERENCES) - 3, "every kind comes up"


# --- plans ---------------------------------------------------------------------------------------

#: Of the present, however long ago it began: by indexes that hold nothing else.
_OPEN_ONLY = {"ix_process_instance_active", "ix_user_task_inbox", "ix_shop_order_unpaid"}
_LARGE = ("process_instance", "user_task", "history_event", "register_row", "register_cell", "shop_order")


@pytest.mark.parametrize("facts_id", FACTS)
def test_no_query_reads_a_large_table_from_end_to_end(ledger: Ledger, facts_id: str) -> None:
    with ledger.db.read() as connection:
        scope = scope_of(ledger, connection, NOVEMBER)
        queries = [FACTS[facts_id].query, *([FACTS[facts_id].together[0]] if FACTS[facts_id].together else [])]
        for query in queries:
            text = str(query(scope).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
            for line in plan:
                scanned = re.match(rf"SCAN ({'|'.join(_LARGE)})(_\d+)?\b(.*)", line)
                assert scanned is None or any(name in line for name in _OPEN_ONLY), plan
                # By register and column alone an index gives all that the register ever had.
                assert "ix_register_cell_sort (register=? AND column=?)" not in line, plan


@pytest.mark.parametrize("facts_id", ["solved", "effective", "first_contact", "at_first_go", "spans", "step_counts"])
def test_closed_cases_are_counted_without_a_look_at_their_blobs(ledger: Ledger, facts_id: str) -> None:
    query = FACTS["steps"].together[0] if facts_id == "step_counts" else FACTS[facts_id].query  # type: ignore[index]
    with ledger.db.read() as connection:
        built = query(scope_of(ledger, connection, NOVEMBER))
        text = str(built.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    lines = [line for line in plan if "process_instance" in line and "linked" not in line]
    assert lines
    assert all("COVERING INDEX" in line for line in lines), plan

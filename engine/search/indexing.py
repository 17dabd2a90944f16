"""Keeps the index up to date, a few seconds behind, without costing a step anything.

Every step leaves a row in ``history_value``; its row number is the order in which steps were committed. So the index
reads on from the last one it has seen. Whatever moves these numbers (a restored copy, a vacuumed file) shows in that
row being another one; then every case is compared once with what the index has of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from engine.search import grams, index, members
from engine.search.document import Document
from engine.search.index import Entry
from engine.search.reading import cases_of_orders, read_cases, read_orders
from engine.store import behind
from engine.store.database import Database, Transaction
from engine.store.tables import (
    search_case,
    search_order,
    search_pending,
    search_state,
    shop_order,
)

if TYPE_CHECKING:
    from engine.definitions import Definitions
    from engine.runtime import Runtime

#: Of one transaction, which nobody may write beside.
_STEPS: Final = 400
_CASES: Final = 60
_ORDERS: Final = 60
_SWEPT: Final = 60
#: Of a worker's turn: it has timers to fire, and people's pages share the processor with it.
_SECONDS: Final = 0.5
_ONLY: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is to be written, and how far the index has come then."""

    before: Row[Any]
    after: dict[str, int | None]
    #: Numbers of the rows of search_pending that are done with.
    pending: Sequence[int]
    cases: Sequence[Entry]
    orders: dict[str, Document]
    #: Whose cases are read again since they joined or left a team.
    member: members.Turn | None = None

    @property
    def moves(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.pending or self.cases or self.member) or any(
            getattr(self.before, name) != value for name, value in self.after.items()
        )


def due(db: Database, definitions: Definitions) -> int:
    """Index some of what has changed; gives how many cases and orders were looked at, 0 when the index is up to date.

    Any number of processes may do so at once: who comes second finds that the first has been there, and writes nothing.
    """
    with db.read() as connection:
        state = _state(connection)
        found = None if state is None or state.version != grams.VERSION else _look(connection, definitions, state)
    if found is None:
        _begin(db)
        return 1
    if not found.moves:
        return 0
    with db.begin() as tx:
        if _state(tx.connection) == found.before:
            _write(tx, found)
    return max(1, len(found.cases) + len(found.pending))


def look(runtime: Runtime) -> bool:
    """The worker's turn: index what has changed, for half a second at the most; makes no jobs."""
    until = monotonic() + _SECONDS
    while due(runtime.db, runtime.definitions) and monotonic() < until:
        pass
    return False


def rebuild(db: Database) -> None:
    """Empty the index, so that ``due`` makes it anew, all of it."""
    with db.begin() as tx:
        _empty(tx)


def index_again(tx: Transaction, definitions: Definitions, case_id: str) -> None:
    """Index a case as the caller's transaction has it: nothing stays of what the index had of it."""
    index.forget(tx, case_id)
    index.put_cases(tx, map(Entry.of, read_cases(tx.connection, definitions, [int(case_id)])))


def is_whole(connection: Connection) -> bool:
    """Whether every case has been read since the index was begun, and since somebody of it joined or left a team."""
    state = _state(connection)
    whole = state is not None and state.swept is None and state.version == grams.VERSION
    return whole and members.are_followed(connection)


def count(connection: Connection) -> tuple[int, int]:
    """How many cases and orders are in the index."""
    cases, orders = (
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (search_case, search_order)
    )
    return cases, orders


def _state(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(search_state).where(search_state.c.id == _ONLY)).one_or_none()


def _begin(db: Database) -> None:
    """The first time, and when words are cut differently than they were: everything is read anew."""
    with db.begin() as tx:
        state = _state(tx.connection)
        if state is None or state.version != grams.VERSION:
            _empty(tx)


def _empty(tx: Transaction) -> None:
    index.empty(tx)
    place = behind.newest_place(tx.connection)
    tx.connection.execute(delete(search_state))
    tx.connection.execute(insert(search_state).values(id=_ONLY, version=grams.VERSION, swept=0, **place))
    members.begin(tx)
    tx.connection.execute(delete(search_pending))
    tx.connection.execute(insert(search_pending).from_select(["order_id"], select(shop_order.c.order_id)))


def _look(connection: Connection, definitions: Definitions, state: Row[Any]) -> _Found:
    after: dict[str, int | None] = {}
    if not behind.is_in_place(connection, state):
        after = behind.newest_place(connection) | {"swept": 0}
        return _Found(before=state, after=after, pending=(), cases=(), orders={})
    keys: set[int] = set()
    steps = behind.steps_behind(connection, state.position, _STEPS)
    cases = behind.cases_of(connection, {step.stream for step in steps})
    for step in steps:
        key = cases.get(step.stream)
        if key is not None and key not in keys and len(keys) == _CASES:
            break
        keys |= {key} if key is not None else set()
        after = dict(step._mapping)
    pending = connection.execute(select(search_pending).order_by(search_pending.c.number).limit(_ORDERS)).all()
    orders = read_orders(connection, [row.order_id for row in pending])
    keys.update(cases_of_orders(connection, orders) if orders else ())
    if state.swept is not None:
        swept = _sweep(connection, state.swept)
        keys.update(key for key, differs in swept if differs)
        after["swept"] = swept[-1][0] if swept else None
    member = members.look(connection)
    keys.update(member.keys if member else ())
    return _Found(
        before=state,
        after=after,
        member=member,
        pending=[row.number for row in pending],
        cases=[Entry.of(case) for case in read_cases(connection, definitions, keys)] if keys else (),
        orders=orders,
    )


def _sweep(connection: Connection, swept: int) -> list[tuple[int, bool]]:
    """The next cases by their keys, and whether each differs from what the index has of it."""
    now = behind.cases_behind(connection, swept, _SWEPT)
    there = select(search_case.c.key, search_case.c.revisions).where(search_case.c.key.in_(list(now)))
    known = {row.key: row.revisions for row in connection.execute(there)}
    return [(key, known.get(key) != revisions) for key, revisions in now.items()]


def _write(tx: Transaction, found: _Found) -> None:
    index.put_cases(tx, found.cases)
    index.put_orders(tx, found.orders)
    if found.member:
        members.write(tx, found.member)
    if found.pending:
        tx.connection.execute(delete(search_pending).where(search_pending.c.number.in_(found.pending)))
    if found.after:
        tx.connection.execute(update(search_state).where(search_state.c.id == _ONLY).values(found.after))

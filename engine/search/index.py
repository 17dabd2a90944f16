"""Writes the index: a case's or order's row and its words, always both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, bindparam, delete, select, text
from sqlalchemy.dialects.sqlite import insert

from engine.search.document import CaseDocument, Document, unpacked
from engine.store.database import Transaction
from engine.store.tables import search_case, search_order

CASES: Final = "search_case_words"
ORDERS: Final = "search_order_words"
_ADD: Final = {name: text(f"INSERT INTO {name}(rowid, words) VALUES (:row, :words)") for name in (CASES, ORDERS)}
#: The index holds no text, so it has to be told which words a row had.
_TAKE: Final = {
    name: text(f"INSERT INTO {name}({name}, rowid, words) VALUES ('delete', :row, :words)") for name in (CASES, ORDERS)
}
_EMPTY: Final = {name: text(f"INSERT INTO {name}({name}) VALUES ('delete-all')") for name in (CASES, ORDERS)}

_PUT_CASE = insert(search_case).values({column.name: bindparam(column.name) for column in search_case.columns})
_PUT_CASE = _PUT_CASE.on_conflict_do_update(
    index_elements=["key"], set_={name: _PUT_CASE.excluded[name] for name in ("revisions", "body")}
)
_PUT_ORDER = insert(search_order).values(order_id=bindparam("order_id"), body=bindparam("body"))
_PUT_ORDER = _PUT_ORDER.on_conflict_do_update(index_elements=["order_id"], set_={"body": _PUT_ORDER.excluded.body})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index is to keep of a case, made before the transaction that writes it: nobody may write beside that."""

    #: As in ``search_case``.
    row: Mapping[str, Any]
    words: str

    @classmethod
    def of(cls, case: CaseDocument) -> Entry:
        """The entry of a case."""
        columns = ("key", "process_id", "opened_at", "revisions")
        row = {name: getattr(case, name) for name in columns} | {"body": case.document.packed()}
        return cls(row=row, words=case.document.words())


def put_cases(tx: Transaction, entries: Iterable[Entry]) -> int:
    """Index these cases anew; gives how many had changed."""
    found = {entry.row["key"]: entry for entry in entries}
    query = select(search_case.c.key, search_case.c.body).where(search_case.c.key.in_(list(found)))
    there = {row.key: row.body for row in tx.connection.execute(query)}
    changed = {key: entry.words for key, entry in found.items() if there.get(key) != entry.row["body"]}
    _take(tx.connection, CASES, {key: unpacked(there[key]).words() for key in changed if key in there})
    _add(tx.connection, CASES, changed)
    # The sum of the revisions moves on though nothing to be found has changed.
    rows = [entry.row for entry in found.values()]
    if rows:
        tx.connection.execute(_PUT_CASE, rows)
    return len(changed)


def put_orders(tx: Transaction, orders: Mapping[str, Document]) -> int:
    """Index these orders anew; gives how many had changed."""
    bodies = {order_id: order.packed() for order_id, order in orders.items()}
    there = {row.order_id: row for row in _orders(tx.connection, bodies)}
    changed = {
        order_id: body for order_id, body in bodies.items() if order_id not in there or there[order_id].body != body
    }
    if not changed:
        return 0
    rows = [{"order_id": order_id, "body": body} for order_id, body in changed.items()]
    _take(
        tx.connection, ORDERS, {there[key].number: unpacked(there[key].body).words() for key in changed if key in there}
    )
    tx.connection.execute(_PUT_ORDER, rows)
    _add(tx.connection, ORDERS, {row.number: orders[row.order_id].words() for row in _orders(tx.connection, changed)})
    return len(changed)


def forget(tx: Transaction, case_id: str) -> None:
    """Take a case out of the index, with all that it keeps of it; indexed again when the case changes.

    To be called in the transaction that erases the case's personal data.
    """
    key = int(case_id)
    body = tx.connection.execute(select(search_case.c.body).where(search_case.c.key == key)).scalar()
    if body is not None:
        _take(tx.connection, CASES, {key: unpacked(body).words()})
        tx.connection.execute(delete(search_case).where(search_case.c.key == key))


def forget_order(tx: Transaction, order_id: str) -> None:
    """Take an order out of the index, with all that it keeps of it; indexed again when the order changes."""
    for row in _orders(tx.connection, [order_id]):
        _take(tx.connection, ORDERS, {row.number: unpacked(row.body).words()})
        tx.connection.execute(delete(search_order).where(search_order.c.number == row.number))


def empty(tx: Transaction) -> None:
    """Take everything out of the index."""
    for name in (CASES, ORDERS):
        tx.connection.execute(_EMPTY[name])
    tx.connection.execute(delete(search_case))
    tx.connection.execute(delete(search_order))


def _orders(connection: Connection, order_ids: Iterable[str]) -> list[Row[Any]]:
    query = select(search_order).where(search_order.c.order_id.in_(list(order_ids)))
    return list(connection.execute(query).all())


def _take(connection: Connection, name: str, words: Mapping[int, str]) -> None:
    _each(connection, _TAKE[name], words)


def _add(connection: Connection, name: str, words: Mapping[int, str]) -> None:
    _each(connection, _ADD[name], words)


def _each(connection: Connection, statement: TextClause, words: Mapping[int, str]) -> None:
    rows = [{"row": row, "words": of_row} for row, of_row in sorted(words.items())]
    if rows:
        connection.execute(statement, rows)
